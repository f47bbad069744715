using System.Globalization;
using System.Text;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Reports;

/// <summary>One page: what the numbers are, in the order in which a head of office asks. Where and how far to trust them: HtmlPage.Tables.cs.</summary>
internal sealed partial class HtmlPage(VisitorReport report, TimeZoneInfo zone, ReportLanguage language)
{
    /// <summary>Beyond this many days the chart goes by month and the table by hour goes by weekday.</summary>
    private const int MostSingleDays = 45;

    /// <summary>Up to this many rows the table by hour stays beside the chart of the days.</summary>
    private const int FewDays = 8;

    private readonly StringBuilder _html = new(64 * 1024);

    private bool IsLong => report.Days.Count > MostSingleDays;

    public string Make()
    {
        var title = $"{Say("Báo cáo lượt khách", "Visitor report")}: {report.SiteName}, {Period(report.From, report.To)}";
        _html.Append("<!doctype html>\n<html lang=\"").Append(Say("vi", "en")).Append("\"><head><meta charset=\"utf-8\">")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width\">")
            .Append("<title>").Append(E(title)).Append("</title><style>").Append(HtmlReport.Style).Append("</style></head><body>\n");
        Head();
        Cards();
        Lead();
        _html.Append("<p class=\"say\">").Append(E(language.Say(report.Statement))).Append("</p>\n");
        Comparisons();
        var isFew = IsLong || report.Days.Count <= FewDays;
        if (IsWatched && IsDay) HourChart();
        else if (IsWatched) Chart();
        if (IsWatched && isFew && !IsDay) HeatMap();
        Gates();
        Holidays();
        if (IsWatched && !isFew) HeatMap();
        Zones();
        Lines();
        Vehicles();
        Trust();
        DayTable();
        _html.Append("<footer>").Append(E(Say(
            $"Lập tự động lúc {language.Moment(report.Made, zone)} bởi EdgeGateway từ các khoảng đếm đã lưu. Giờ địa phương {report.TimeZone}.",
            $"Made by EdgeGateway from the archived count intervals at {language.Moment(report.Made, zone)}. Local time {report.TimeZone}."))).Append(' ').Append(E(language.Say(report.Statement))).Append("</footer>\n</body></html>\n");
        return _html.ToString();
    }

    private bool IsDay => report.Days.Count == 1;

    /// <summary>The period before and the same period last year are one and the same for a whole year.</summary>
    private bool IsYear => report.Before.From == report.LastYear.From;

    private bool IsWatched => report.Days.Any(day => day.People.Coverage > 0);

    private void Head()
    {
        _html.Append("<header><h1>").Append(E(Say("Báo cáo lượt khách", "Visitor report"))).Append("</h1><div><b>").Append(E(report.SiteName)).Append("</b></div><div class=\"sub\">")
            .Append(E(Period(report.From, report.To))).Append(" · ").Append(E(Say("thiết bị đếm", "counted by"))).Append(": ").Append(E(report.Gateways.Count == 0 ? "–" : string.Join(", ", report.Gateways))).Append("</div></header>\n");
    }

    private void Cards()
    {
        var peaks = report.Peaks;
        var has = report.Total.Coverage > 0;
        _html.Append("<div class=\"cards\">");
        Card(has ? language.Number(report.Total.In) : "–", Say("lượt vào", "crossings in"), report.LowIn is { } low && report.HighIn is { } high ? Say("khoảng tin cậy 95 %: ", "95 % range: ") + $"{language.Number(low)} – {language.Number(high)}" : null);
        Card(has ? language.Number(report.Total.Out) : "–", Say("lượt ra", "crossings out"), null);
        Card(peaks.Hour is null ? "–" : language.Number(peaks.HourIn), Say("lượt vào giờ cao điểm", "in at the peak hour"), peaks.Hour is { } hour ? HourText(hour) : null, isWhole: true);
        Card(language.Percent(report.Total.Coverage), Say("thời gian được quan sát", "of the time watched"), report.Gates.Count == 1 ? Say("1 cổng", "1 gate") : Say($"{report.Gates.Count} cổng", $"{report.Gates.Count} gates"));
        _html.Append("</div>\n");
    }

    private void Card(string value, string label, string? more, bool isWhole = false)
    {
        _html.Append("<div class=\"card\"><b>").Append(E(value)).Append("</b><span>").Append(E(label));
        if (more is not null) _html.Append(isWhole ? "<br><span class=\"n\">" : "<br>").Append(E(more)).Append(isWhole ? "</span>" : "");
        _html.Append("</span></div>");
    }

    /// <summary>The period in three sentences, as they are read out in a meeting.</summary>
    private void Lead()
    {
        if (report.Total.Coverage <= 0) return;
        var peaks = report.Peaks;
        _html.Append("<p class=\"lead\">").Append(Say("Trong kỳ ghi nhận", "In this period there were")).Append(" <b>").Append(language.Number(report.Total.In)).Append("</b> ").Append(E(Say("lượt vào", "crossings in")));
        var changes = new List<string>();
        if (!IsYear && report.Before.ChangePerWatchedHourPercent is { } before) changes.Add(Change(before) + Say(" so với kỳ trước", " against the period before"));
        if (report.LastYear.ChangePerWatchedHourPercent is { } year) changes.Add(Change(year) + Say($" so với {LastYearWords.Vi}", $" against {LastYearWords.En}"));
        if (changes.Count > 0) _html.Append(", ").Append(E(string.Join(Say(" và ", " and "), changes))).Append(E(Say(" (tính trên mỗi giờ quan sát)", " (per watched hour)")));
        _html.Append(". ");
        if (!IsYear) TooThin(report.Before, "kỳ trước", "the period before");
        TooThin(report.LastYear, LastYearWords.Vi, LastYearWords.En);
        if (peaks.Day is { } day && report.Days.Count > 1)
        {
            _html.Append(E(Say("Ngày đông nhất là", "The busiest day was"))).Append(" <b>").Append(E($"{language.Weekday(day.DayOfWeek)} {language.Date(day)}")).Append("</b> (").Append(E($"{language.Number(peaks.DayIn)} {Say("lượt vào", "in")}")).Append("). ");
        }

        if (peaks.PresentAt is { } at)
        {
            _html.Append(E(Say("Số người có mặt cao nhất, ước tính theo giờ từ vào trừ ra, là", "Most people present, estimated by the hour from in minus out, were"))).Append(" <b>").Append(language.Number(peaks.Present)).Append("</b> (<span class=\"n\">")
                .Append(E(language.Moment(at, zone))).Append("</span>). ");
        }

        if (peaks.Hour is not null && peaks.HourCoverage < 0.9) _html.Append(E(Say($"Giờ cao điểm chỉ được quan sát {language.Percent(peaks.HourCoverage)}.", $"The peak hour was watched for {language.Percent(peaks.HourCoverage)} only.")));
        _html.Append("</p>\n");
    }

    /// <summary>What a year ago stands beside the period: a holiday beside the same one, with its date.</summary>
    private TwoLanguages LastYearWords
    {
        get
        {
            if (!report.LastYear.IsSameHoliday) return new("cùng kỳ năm trước", "the same period last year");
            var date = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(report.LastYear.From, zone).DateTime);
            return new($"cùng ngày lễ năm trước, ngày {language.Date(date)}", $"the same holiday last year, {language.Date(date)}");
        }
    }

    /// <summary>Says why there is no change against a period that has data.</summary>
    private void TooThin(Comparison then, string vi, string en)
    {
        if (!IsTooThin(then)) return;
        _html.Append(E(Say(
            $"Không so sánh được với {vi}: thời gian quan sát quá ít (kỳ này {language.Percent(report.Total.Coverage)}, kỳ kia {language.Percent(then.People.Coverage)}). ",
            $"This cannot be compared with {en}: too little was watched ({language.Percent(report.Total.Coverage)} now, {language.Percent(then.People.Coverage)} then). ")));
    }

    private bool IsTooThin(Comparison then) => then.HasData && !Comparison.AreComparable(report.Total, then.People);

    private string Change(double percent)
    {
        var size = language.Change(Math.Abs(percent)).TrimStart('+');
        return percent == 0 ? Say("không đổi", "unchanged") : percent > 0 ? Say($"tăng {size}", $"up {size}") : Say($"giảm {size}", $"down {size}");
    }

    private void Comparisons()
    {
        _html.Append("<section><h2>").Append(E(Say("So sánh", "Comparison"))).Append("</h2><table class=\"wrap\"><thead><tr>");
        Heads(("", "l"), (Say("lượt vào", "in"), ""), (Say("lượt ra", "out"), ""), (Say("cổng", "gates"), ""), (Say("quan sát", "watched"), ""), (Say("thay đổi lượt vào", "change of in"), ""), (Say("trên mỗi giờ quan sát", "per watched hour"), ""));
        _html.Append("</tr></thead><tbody><tr><td>").Append(E(Say("Kỳ này", "This period"))).Append("</td>");
        Cells(Value(report.Total, report.Total.In), Value(report.Total, report.Total.Out), language.Number(report.Gates.Count), language.Percent(report.Total.Coverage), "", "");
        _html.Append("</tr>");
        if (!IsYear) CompareRow(Say("Kỳ trước", "Period before"), report.Before);
        CompareRow(report.LastYear.IsSameHoliday ? Say("Cùng ngày lễ năm trước", "Same holiday last year") : Say("Cùng kỳ năm trước", "Same period last year"), report.LastYear);
        _html.Append("</tbody></table></section>\n");
    }

    private void CompareRow(string label, Comparison then)
    {
        _html.Append("<tr><td class=\"w\">").Append(E(label)).Append("<br><span class=\"small\">").Append(E(Period(then.From, then.To))).Append("</span></td>");
        if (IsTooThin(then))
        {
            Cells(language.Number(then.People.In), language.Number(then.People.Out), language.Number(then.Gates), language.Percent(then.People.Coverage));
            _html.Append("<td colspan=\"2\" class=\"gap\">").Append(E(Say("không so sánh được", "cannot be compared"))).Append("</td>");
        }
        else if (then.HasData)
        {
            Cells(
                language.Number(then.People.In), language.Number(then.People.Out), language.Number(then.Gates), language.Percent(then.People.Coverage),
                then.ChangePercent is { } change ? language.Change(change) : "–", then.ChangePerWatchedHourPercent is { } fair ? language.Change(fair) : "–");
        }
        else
        {
            _html.Append("<td colspan=\"6\" class=\"gap\">").Append(E(Say("không có số liệu", "no data"))).Append("</td>");
        }

        _html.Append("</tr>");
    }

    private void Chart()
    {
        var title = IsLong ? Say("Lượt vào theo tháng", "Crossings in by month") : Say("Lượt vào theo ngày", "Crossings in by day");
        List<Bar> bars = IsLong
            ? [.. Months().Select(month => new Bar($"{month.Month:00}{(month.IsCut ? "*" : "")}\n{(month.Month == 1 || month == Months()[0] ? month.Year : "")}", month.Figures.Coverage > 0 ? month.Figures.In : null, month.Figures.Coverage, false, month.LastYear))]
            : [.. report.Days.Select((day, i) => new Bar($"{language.Weekday(day.Date.DayOfWeek)}\n{language.ShortDate(day.Date)}", day.People.Coverage > 0 ? day.People.In : null, day.People.Coverage, day.HolidayVi is not null, report.LastYear.ByDay[i]))];
        List<string> key = [];
        if (bars.Exists(bar => bar.IsMarked)) key.Add(Say("Hình thoi: ngày lễ", "Diamond: holiday"));
        if (bars.Exists(bar => bar.Value is not null && bar.Coverage < DayFigures.WellWatched)) key.Add(Say("Sọc: quan sát dưới 90 % thời gian", "Hatched: watched for less than 90 % of the time"));
        if (bars.Exists(bar => bar.Value is null)) key.Add(Say("Gạch ngang: không có số liệu", "Dash: no data"));
        if (bars.Exists(bar => bar.Before is not null)) key.Add(Say(IsLong ? "Vạch qua cột: cùng tháng năm trước" : "Vạch qua cột: ngày tương ứng năm trước", IsLong ? "Line over a bar: same month last year" : "Line over a bar: same day of the period last year"));
        if (IsLong && Months().Where(month => month.IsCut).ToList() is { Count: > 0 } cut)
            key.Add(Say($"*: chỉ một phần của tháng ({string.Join(", ", cut.Select(MonthText))})", $"*: part of the month only ({string.Join(", ", cut.Select(MonthText))})"));
        _html.Append("<section><h2>").Append(E(title)).Append("</h2>").Append(SvgCharts.Bars(bars, language, title)).Append("<div class=\"small\">").Append(E(string.Join(". ", key.Append(""))).Trim()).Append("</div></section>\n");
    }

    private void HourChart()
    {
        var title = Say("Lượt vào theo giờ", "Crossings in by hour");
        var (begin, end) = (TimeZoneInfo.ConvertTime(report.From, zone), TimeZoneInfo.ConvertTime(report.To, zone));
        var last = end.Date > begin.Date ? 24 : end.Hour + (end.Minute + end.Second > 0 ? 1 : 0);
        List<Bar> bars = [.. Enumerable.Range(begin.Hour, Math.Max(1, last - begin.Hour)).Select(hour => new Bar($"{hour}", report.Days[0].Hours[hour], report.Days[0].HourCoverage[hour] ?? 0, IsMarked: false))];
        _html.Append("<section><h2>").Append(E(title)).Append("</h2>").Append(SvgCharts.Bars(bars, language, title)).Append("<div class=\"small\">")
            .Append(E(Say("Trục ngang: giờ trong ngày, 0 là 00:00–01:00. Gạch ngang: không có số liệu.", "Below: hours of the day, 0 is 00:00–01:00. Dash: no data.")));
        if (bars.Exists(bar => bar.Value is not null && bar.Coverage < DayFigures.WellWatched)) _html.Append(E(Say(" Sọc: quan sát dưới 90 % giờ đó, số thật cao hơn.", " Hatched: watched for less than 90 % of the hour; the true number is higher.")));
        _html.Append("</div></section>\n");
    }

    private void HeatMap()
    {
        var title = IsLong ? Say("Lượt vào trung bình theo thứ và giờ", "Mean crossings in by weekday and hour") : Say("Lượt vào theo ngày và giờ", "Crossings in by day and hour");
        List<HeatRow> rows = IsLong
            ? [.. ((DayOfWeek[])[DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Saturday, DayOfWeek.Sunday]).Select(day => new HeatRow(language.Weekday(day), false, MeanHours(day, one => one.Hours.Select(hour => (double?)hour)), MeanHours(day, one => one.HourCoverage)))]
            : [.. report.Days.Select(day => new HeatRow($"{language.Weekday(day.Date.DayOfWeek)} {language.ShortDate(day.Date)}", day.HolidayVi is not null, [.. day.Hours.Select(hour => (double?)hour)], day.HourCoverage))];
        _html.Append("<section><h2>").Append(E(title)).Append("</h2>").Append(SvgCharts.HeatMap(rows, language, title)).Append("<div class=\"small\">")
            .Append(E(Say("Cột: giờ trong ngày, 0 là 00:00–01:00. Ô xám sọc: không quan sát được; đó là khoảng trống, không phải số không.", "Columns: hours of the day, 0 is 00:00–01:00. Grey hatched: nobody watched; that is a gap, not a zero.")));
        if (rows.Exists(row => Enumerable.Range(0, 24).Any(row.IsThin)))
        {
            _html.Append(' ').Append(SvgCharts.ThinKey).Append(' ').Append(E(Say(
                IsLong ? "Góc đậm: trung bình quan sát dưới 90 % của giờ đó; số thật cao hơn." : "Góc đậm: quan sát dưới 90 % của giờ đó; số thật cao hơn.",
                IsLong ? "Dark corner: watched for less than 90 % of the hour on average; the true number is higher." : "Dark corner: watched for less than 90 % of the hour; the true number is higher.")));
        }

        _html.Append("</div></section>\n");
    }

    private IReadOnlyList<double?> MeanHours(DayOfWeek weekday, Func<DayFigures, IEnumerable<double?>> hours)
    {
        var days = report.Days.Where(day => day.Date.DayOfWeek == weekday).Select(day => hours(day).ToArray()).ToList();
        var mean = new double?[24];
        for (var hour = 0; hour < 24; hour++)
        {
            var values = days.Select(day => day[hour]).OfType<double>().ToList();
            mean[hour] = values.Count == 0 ? null : values.Average();
        }

        return mean;
    }

    private List<MonthFigures> Months()
    {
        var months = new List<MonthFigures>();
        foreach (var month in report.Days.Select((day, i) => (Day: day, LastYear: report.LastYear.ByDay[i])).GroupBy(one => (one.Day.Date.Year, one.Day.Date.Month)))
        {
            var days = month.ToList();
            months.Add(new MonthFigures(
                days[0].Day.Date, days[^1].Day.Date, new Figures(days.Sum(one => one.Day.People.In), days.Sum(one => one.Day.People.Out), Math.Round(days.Average(one => one.Day.People.Coverage), 3)),
                // A month of which days are missing is no whole month to stand beside this one.
                days.Count(one => one.LastYear is not null) >= DayFigures.WellWatched * days.Count ? days.Sum(one => one.LastYear ?? 0) : null));
        }

        return months;
    }

    /// <summary>A month, or the days of it that lie in the period.</summary>
    private string MonthText(MonthFigures month) => !month.IsCut
        ? language.Month(month.Year, month.Month)
        : Say($"{month.First.Day:00}–{month.Last.Day:00}/{language.Month(month.Year, month.Month)}", $"{language.Month(month.Year, month.Month)}-{month.First.Day:00}–{month.Last.Day:00}");

    private string HourText(DateTimeOffset hour)
    {
        var local = TimeZoneInfo.ConvertTime(hour, zone);
        return string.Create(CultureInfo.InvariantCulture, $"{local:HH}:00–{local.AddHours(1):HH}:00 {language.Weekday(local.DayOfWeek)} {language.ShortDate(DateOnly.FromDateTime(local.DateTime))}");
    }

    private string Period(DateTimeOffset from, DateTimeOffset to)
    {
        var (begin, end) = (TimeZoneInfo.ConvertTime(from, zone), TimeZoneInfo.ConvertTime(to, zone));
        if (begin.TimeOfDay == TimeSpan.Zero && end.TimeOfDay == TimeSpan.Zero)
        {
            var (first, last) = (DateOnly.FromDateTime(begin.DateTime), DateOnly.FromDateTime(end.DateTime).AddDays(-1));
            return first == last ? Day(first) : $"{language.Date(first)} – {language.Date(last)}";
        }

        if (begin.Date == end.Date) return string.Create(CultureInfo.InvariantCulture, $"{Day(DateOnly.FromDateTime(begin.DateTime))}, {begin:HH':'mm}–{end:HH':'mm}");
        return $"{language.Moment(from, zone)} – {language.Moment(to, zone)}";
    }

    /// <summary>A day with its weekday: a Saturday beside a Friday explains most of a change.</summary>
    private string Day(DateOnly day) => $"{language.Weekday(day.DayOfWeek)} {language.Date(day)}";

    private string Say(string vi, string en) => language.Say(vi, en);

    private string Value(Figures figures, long value) => figures.Coverage > 0 ? language.Number(value) : "–";

    private void Heads(params ReadOnlySpan<(string Text, string Class)> heads)
    {
        foreach (var (text, cssClass) in heads) _html.Append(cssClass.Length == 0 ? "<th>" : $"<th class=\"{cssClass}\">").Append(E(text)).Append("</th>");
    }

    private void Cells(params ReadOnlySpan<string> cells)
    {
        foreach (var cell in cells) _html.Append("<td>").Append(E(cell)).Append("</td>");
    }

    private static string E(string text) => HtmlReport.Encode(text);

    /// <param name="First">Its first day within the period.</param>
    /// <param name="Last">Its last one.</param>
    private sealed record MonthFigures(DateOnly First, DateOnly Last, Figures Figures, long? LastYear)
    {
        public int Year => First.Year;

        public int Month => First.Month;

        /// <summary>True where days of it are no part of the period.</summary>
        public bool IsCut => First.Day != 1 || Last.Day != DateTime.DaysInMonth(Year, Month);
    }
}
