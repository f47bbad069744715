using System.Text;

namespace EdgeGateway.Sync.Registration.Csv;

/// <summary>Where each known column stands in a table.</summary>
internal sealed class CsvHeader
{
    private readonly Dictionary<string, int> _columns;

    private CsvHeader(Dictionary<string, int> columns, int count) => (_columns, Count) = (columns, count);

    /// <summary>Columns of the table, unknown ones counted.</summary>
    public int Count { get; }

    /// <summary>Index of a column; -1 when the table lacks it.</summary>
    public int this[string name] => _columns.GetValueOrDefault(name, -1);

    /// <summary>Reads the first record.</summary>
    /// <param name="records">At its beginning.</param>
    /// <param name="file">For messages.</param>
    /// <param name="required">Columns without which the table means nothing.</param>
    /// <param name="known">All columns that are read; others are left alone.</param>
    /// <param name="names">The table's own names, by ours; null when it uses ours.</param>
    /// <exception cref="CsvRefusedException">A required column is missing or a known one stands twice; the message names it. What was found is not repeated: a table without a header begins with somebody's name.</exception>
    public static CsvHeader Read(CsvRecords records, string file, IReadOnlyList<string> required, IReadOnlyList<string> known, IReadOnlyDictionary<string, string>? names = null)
    {
        string Theirs(string name) => names?.GetValueOrDefault(name) ?? name;
        records.FindDelimiter();
        if (!records.Read()) throw new CsvRefusedException($"{file}:1: the table is empty; its first line names the columns: {string.Join(',', known.Select(Theirs))}.");
        string[] found = [.. Enumerable.Range(0, records.Count).Select(records.Text)];
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in known)
        {
            var wanted = Theirs(name);
            bool IsWanted(string text) => text.Normalize(NormalizationForm.FormC).Equals(wanted.Normalize(NormalizationForm.FormC), StringComparison.OrdinalIgnoreCase);
            var index = Array.FindIndex(found, IsWanted);
            if (index < 0) continue;
            // Which of the two is meant, nobody can tell: the first owner of a row is not its last.
            if (Array.FindLastIndex(found, IsWanted) != index) throw new CsvRefusedException($"{file}:1: the column {wanted} stands twice. Name one of them otherwise.");
            columns[name] = index;
        }

        var missing = required.Where(name => !columns.ContainsKey(name)).Select(Theirs).ToList();
        if (missing.Count > 0) throw new CsvRefusedException($"{file}:1: the column {string.Join(", ", missing)} is missing. The first line must name the columns: {string.Join(',', known.Select(Theirs))}.");
        return new CsvHeader(columns, found.Length);
    }
}

/// <summary>Values of a table's cells.</summary>
internal static class CsvCell
{
    /// <summary>Vietnam keeps +07:00 all year.</summary>
    private static readonly TimeSpan Local = TimeSpan.FromHours(7);

    // A time with its offset, or without one: then it is Vietnam's, never that of the machine. No other order of day and month is guessed at.
    private static readonly string[] Times = [.. new[] { "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd HH:mm" }.SelectMany(begin => new[] { "", ":ss", ":ss.FFFFFFF" }.SelectMany(seconds => new[] { "", "'Z'", "zzz" }.Select(offset => begin + seconds + offset)))];

    private static readonly System.Buffers.SearchValues<byte> OfNumbers = System.Buffers.SearchValues.Create("0123456789 .-"u8);

    /// <summary>True for what a spreadsheet would run: a cell that begins with =, @, a tab, or a sign that is no number's.</summary>
    public static bool IsFormula(ReadOnlySpan<byte> cell)
    {
        if (cell.IsEmpty) return false;
        return cell[0] switch
        {
            (byte)'=' or (byte)'@' or (byte)'\t' => true,
            (byte)'+' or (byte)'-' => cell[1..].ContainsAnyExcept(OfNumbers),
            _ => false,
        };
    }

    /// <summary>
    /// Reads a moment: a day (2024-05-31 or 31/05/2024, local) or an ISO time with its offset; without one it is local. As an end, a day is its last moment:
    /// "valid to 31 May" holds on 31 May.
    /// </summary>
    public static bool TryMoment(ReadOnlySpan<byte> cell, bool isEnd, out DateTimeOffset? moment)
    {
        moment = null;
        if (cell.IsEmpty || cell.SequenceEqual("-"u8)) return true;
        if (cell.Length == 10)
        {
            var iso = cell[4] == '-' && cell[7] == '-';
            if (!iso && (cell[2] != '/' || cell[5] != '/')) return false;
            if (!TryNumber(iso ? cell[..4] : cell[6..], out var y) || !TryNumber(iso ? cell[5..7] : cell[3..5], out var m) || !TryNumber(iso ? cell[8..] : cell[..2], out var d)) return false;
            if (y is < 1900 or > 2200 || m is < 1 or > 12 || d < 1 || d > DateTime.DaysInMonth(y, m)) return false;
            moment = new DateTimeOffset(y, m, d, 0, 0, 0, Local).AddDays(isEnd ? 1 : 0);
            return true;
        }

        if (cell.Length is < 16 or > 40) return false;
        var text = Encoding.UTF8.GetString(cell);
        if (!DateTimeOffset.TryParseExact(text, Times, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var parsed) || parsed.Year is < 1900 or > 2200) return false;
        // No zone is written behind the time of day: the digits are local ones.
        moment = text.AsSpan(11).ContainsAny("Z+-") ? parsed : new DateTimeOffset(parsed.DateTime, Local);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            value = (value * 10) + (digit - '0');
        }

        return true;
    }
}
