using System.Globalization;

namespace EdgeGateway.Sync.Reports;

/// <summary>One listed day.</summary>
/// <param name="QuickReport">True: a quick report is made on this day's afternoon.</param>
public sealed record Holiday(DateOnly Date, string NameVi, string NameEn, bool QuickReport);

/// <summary>The listed days of a CSV file with the header <c>date,name_vi,name_en,quick_report</c>; with semicolons and days first too, as a spreadsheet set to Vietnamese saves it. Lunar feasts stand in it as dates: the file is data, made once and checked, not computed here.</summary>
public sealed class HolidayCalendar
{
    /// <summary>Its first line.</summary>
    public const string Header = "date,name_vi,name_en,quick_report";

    private static readonly string[] Dates = ["yyyy-MM-dd", "d/M/yyyy"];
    private readonly SortedDictionary<DateOnly, Holiday> _days;

    private HolidayCalendar(SortedDictionary<DateOnly, Holiday> days) => _days = days;

    /// <summary>No listed days.</summary>
    public static HolidayCalendar Empty { get; } = new([]);

    /// <summary>Reads the file.</summary>
    /// <param name="file">The text.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="columns">The file's own column names by ours, where they differ.</param>
    /// <exception cref="InvalidDataException">The file holds mistakes; the message names the lines, up to ten.</exception>
    public static HolidayCalendar Read(TextReader file, string name, IReadOnlyDictionary<string, string>? columns = null)
    {
        var days = new SortedDictionary<DateOnly, Holiday>();
        var mistakes = new List<string>();
        foreach (var (line, cells) in SpreadsheetRows.Of(file, name, Header, first => first.Trim(), columns))
        {
            if (mistakes.Count == 10) break;
            if (cells.Length != 4) mistakes.Add($"{name}:{line}: four cells are needed, {Header}");
            else if (!DateOnly.TryParseExact(cells[0], Dates, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) mistakes.Add($"{name}:{line}: '{cells[0]}' is no date YYYY-MM-DD (or day/month/year)");
            else if (cells[3] is not ("yes" or "no")) mistakes.Add($"{name}:{line}: quick_report '{cells[3]}' is neither yes nor no");
            else if (cells[1].Length is 0 or > 100 || cells[2].Length is 0 or > 100) mistakes.Add($"{name}:{line}: the names must have 1 to 100 letters");
            else if (!days.TryAdd(date, new Holiday(date, cells[1], cells[2], cells[3] == "yes"))) mistakes.Add($"{name}:{line}: {cells[0]} is listed twice");
            if (days.Count > 5000) throw new InvalidDataException($"{name} lists more than 5,000 days.");
        }

        if (mistakes.Count > 0) throw new InvalidDataException(string.Join('\n', mistakes));
        return new HolidayCalendar(days);
    }

    /// <summary>Reads a file by its path.</summary>
    /// <exception cref="InvalidDataException">The file holds mistakes.</exception>
    public static HolidayCalendar Open(string path, IReadOnlyDictionary<string, string>? columns = null)
    {
        using var file = new StreamReader(path);
        return Read(file, path, columns);
    }

    /// <summary>The day, when it is listed.</summary>
    public Holiday? Of(DateOnly date) => _days.GetValueOrDefault(date);

    /// <summary>The listed days from one to another, both included.</summary>
    public IEnumerable<Holiday> Between(DateOnly first, DateOnly last) => _days.Values.Where(day => day.Date >= first && day.Date <= last);
}
