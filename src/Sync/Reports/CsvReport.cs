using System.Globalization;
using System.Text;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Reports;

/// <summary>
/// The report as a table: UTF-8 with a byte order mark, so that spreadsheets open it; one row a stretch of time, gate and class, the column
/// glossary and the notes below the table. A stretch in which nobody watched has empty counts: a gap, not a zero.
/// </summary>
public static class CsvReport
{
    private static readonly (string Name, string Vi, string En)[] Columns =
    [
        ("from", "bắt đầu, giờ địa phương", "beginning, local time"),
        ("to", "kết thúc, giờ địa phương", "end, local time"),
        ("weekday", "thứ trong tuần", "day of the week"),
        ("holiday", "ngày lễ, để trống nếu không phải", "holiday, empty when it is none"),
        ("site", "mã điểm", "site"),
        ("gateway", "thiết bị đã đếm", "the gateway that counted"),
        ("camera", "tên camera (cổng)", "name of the camera (gate)"),
        ("line", "vạch đếm", "the line"),
        ("counter", "bộ đếm", "the counter"),
        ("class", "loại: person là người", "class: what was counted"),
        ("in", "lượt vào; trống nghĩa là không quan sát được", "crossings in; empty means nobody watched"),
        ("out", "lượt ra; trống nghĩa là không quan sát được", "crossings out; empty means nobody watched"),
        ("net", "vào trừ ra", "in minus out"),
        ("coverage", "phần thời gian được quan sát, 0 đến 1", "share of the time that was watched, 0 to 1"),
        ("method", "cách đếm: tracks = theo vết, calibrated = đã hiệu chỉnh, density = ước tính mật độ", "how it was counted: tracks, calibrated by a count by hand, or density"),
        ("raw_in", "lượt vào trước hiệu chỉnh", "crossings in before correction"),
        ("raw_out", "lượt ra trước hiệu chỉnh", "crossings out before correction"),
        ("method_share", "phần các khoảng được đếm theo cách ghi ở cột method, 0 đến 1", "share of the intervals that were counted as method says, 0 to 1"),
    ];

    private static readonly TimeSpan[] Lengths = [TimeSpan.FromMinutes(15), TimeSpan.FromHours(1), TimeSpan.FromDays(1)];

    /// <summary>Writes the table.</summary>
    /// <param name="output">Gets UTF-8 with its mark.</param>
    /// <param name="report">The report, for site, period and notes.</param>
    /// <param name="setting">Names and holidays.</param>
    /// <param name="counts">The counts of the same period.</param>
    /// <param name="length">The stretch of a row: 1, 15 or 60 minutes or a day. A counter with longer intervals has longer rows.</param>
    /// <param name="language">Of glossary and notes; column names are the same in both.</param>
    /// <param name="separator">Between cells. With a semicolon decimals have a comma: a spreadsheet set to Vietnamese takes 0.983 for 983.</param>
    public static void Write(Stream output, VisitorReport report, ReportSetting setting, ICountSource counts, TimeSpan length, ReportLanguage language, char separator = ',')
    {
        using var writer = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true) { NewLine = "\r\n" };
        writer.WriteLine(string.Join(separator, Columns.Select(column => column.Name)));
        var told = new HashSet<(string Gateway, string Camera, string Line)>();
        var longer = new Dictionary<TimeSpan, ILookup<CountSeries, CountSum>>();
        foreach (var group in Sums(report, setting, counts, length).GroupBy(sum => sum.Series))
        {
            // In rows shorter than the counter's intervals the rest of each would read as a gap: its rows are as long as they.
            var (sums, stretch) = ((IEnumerable<CountSum>)group, length);
            while (sums.Any(sum => sum.IsCoarse) && Lengths.FirstOrDefault(one => one > stretch) is { Ticks: > 0 } next)
            {
                if (!longer.TryGetValue(next, out var all)) longer[next] = all = Sums(report, setting, counts, next).ToLookup(sum => sum.Series);
                (sums, stretch) = (all[group.Key], next);
            }

            Rows(writer, report, setting, group.Key, sums, stretch, language, separator);
            told.Add((group.Key.Gateway, group.Key.Camera, group.Key.Line));
        }

        // A gate that counted just before and says nothing in this period is a gap too.
        foreach (var gate in report.Gates.Where(gate => !told.Contains((gate.Gateway, gate.Camera, gate.Line))))
            Rows(writer, report, setting, new CountSeries(gate.Gateway, report.Site, gate.Camera, gate.Counter, gate.Line, "person"), [], length, language, separator);

        writer.WriteLine();
        writer.WriteLine(Cell(language.Say(report.Statement)));
        foreach (var note in report.Notes) writer.WriteLine(Cell(language.Say(note)));
        writer.WriteLine();
        writer.WriteLine($"{Cell(language.Say("cột", "column"))}{separator}{Cell(language.Say("nghĩa", "meaning"))}");
        foreach (var (name, vi, en) in Columns) writer.WriteLine($"{name}{separator}{Cell(language.Say(vi, en))}");
    }

    /// <summary>
    /// A cell that a spreadsheet takes as text: quoted where needed, and with an apostrophe before what it would take for a formula
    /// (= + - @ tab and carriage return at the beginning; OWASP, CSV Injection).
    /// </summary>
    internal static string Cell(string text)
    {
        text = HtmlReport.Straight(text);
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n;") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static IEnumerable<CountSum> Sums(VisitorReport report, ReportSetting setting, ICountSource counts, TimeSpan length) =>
        counts.Sums(length, report.From, report.To, report.Site).Where(sum => setting.IsInReport(sum.Series));

    private static void Rows(StreamWriter writer, VisitorReport report, ReportSetting setting, CountSeries series, IEnumerable<CountSum> sums, TimeSpan length, ReportLanguage language, char separator)
    {
        var next = IntervalGrid.Begin(report.From, length, setting.Zone);
        var end = report.To < report.Made ? report.To : report.Made;
        foreach (var sum in sums)
        {
            for (; next < sum.From; next += length) Row(writer, setting, series, next, length, null, language, separator);
            // What lies before us was not watched yet, and is not missing either; nor is what lies before the report begins.
            var begin = sum.From > report.From ? sum.From : report.From;
            var gone = ((end < sum.From + length ? end : sum.From + length) - begin).TotalSeconds;
            Row(writer, setting, series, sum.From, length, sum, language, separator, gone > 0 ? Math.Clamp(sum.WatchedSeconds / gone, 0, 1) : 0);
            next = sum.From + length;
        }

        for (; next < end; next += length) Row(writer, setting, series, next, length, null, language, separator);
    }

    private static void Row(StreamWriter writer, ReportSetting setting, CountSeries series, DateTimeOffset from, TimeSpan length, CountSum? sum, ReportLanguage language, char separator, double coverage = 0)
    {
        var local = TimeZoneInfo.ConvertTime(from, setting.Zone);
        var holiday = setting.Holidays.Of(DateOnly.FromDateTime(local.DateTime));
        var watched = sum is { WatchedSeconds: > 0 } ? sum : null;
        writer.WriteLine(string.Join(
            separator, Time(local), Time(TimeZoneInfo.ConvertTime(from + length, setting.Zone)), language.Weekday(local.DayOfWeek), Cell(holiday is null ? "" : language.Say(holiday.NameVi, holiday.NameEn)),
            Cell(series.Site), Cell(series.Gateway), Cell(setting.NameOf(series.Gateway, series.Camera)), Cell(series.Line), Cell(series.Counter), Cell(series.Class),
            Whole(watched?.In), Whole(watched?.Out), Whole(watched?.In - watched?.Out), Share(coverage, separator), sum is null ? "" : EventWords.Of(sum.Method.Most),
            Whole(watched?.RawIn), Whole(watched?.RawOut), sum is null ? "" : Share(sum.Method.Share, separator)));
    }

    private static string Time(DateTimeOffset local) => local.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Share(double share, char separator) => share.ToString("0.###", CultureInfo.InvariantCulture).Replace('.', separator == ';' ? ',' : '.');

    private static string Whole(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
