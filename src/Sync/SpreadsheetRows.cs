namespace EdgeGateway.Sync;

/// <summary>
/// Small tables that a person types: a header and rows with commas, or with semicolons as a spreadsheet set to Vietnamese saves them; lines that begin with
/// # and empty rows are passed over. No quotes: for tables of others there is <see cref="Registration.Csv.CsvRecords"/>.
/// </summary>
internal static class SpreadsheetRows
{
    /// <summary>Each row with its line, from 2, its cells trimmed.</summary>
    /// <param name="table">The text.</param>
    /// <param name="name">Its name, for the message.</param>
    /// <param name="header">What the first line must be, with commas.</param>
    /// <param name="columns">The table's own names by those of the header, where they differ.</param>
    /// <param name="folded">What of the first line does not matter.</param>
    /// <exception cref="InvalidDataException">The first line is another.</exception>
    public static IEnumerable<(int Line, string[] Cells)> Of(TextReader table, string name, string header, Func<string, string> folded, IReadOnlyDictionary<string, string>? columns = null)
    {
        if (columns is not null) header = folded(string.Join(',', header.Split(',').Select(column => columns.GetValueOrDefault(column, column))));
        var first = folded((table.ReadLine() ?? "").TrimStart('\uFEFF'));
        var separator = first.Contains(';', StringComparison.Ordinal) ? ';' : ',';
        if (first.Replace(separator, ',').Normalize() != header.Normalize()) throw new InvalidDataException($"{name}:1: the first line must be {header}");
        for (var line = 2; table.ReadLine() is { } text; line++)
        {
            if (!text.AsSpan().Trim(", ;").IsEmpty && !text.StartsWith('#')) yield return (line, text.Split(separator, StringSplitOptions.TrimEntries)); // an empty row has its separators
        }
    }
}
