using System.Collections.Frozen;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration.Csv;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Registration;

/// <summary>A plate that stands on a list at a time.</summary>
/// <param name="List">The list's word: stolen, sought, expired_inspection, or one of an installer's own.</param>
/// <param name="ColourSeen">True when the list names this very colour; false when it names none or the colour was not seen.</param>
/// <param name="Note">What the list says beside it.</param>
public sealed record WatchHit(string List, string Note, bool ColourSeen)
{
    /// <summary>The colour that the list names and that was not seen: it may be another vehicle. Null where none is named, or it was seen.</summary>
    public PlateColour? UnseenColour { get; init; }
}

/// <summary>What is wrong with a list; the rest of it works.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Line">Its line; 0 for the file as a whole.</param>
/// <param name="Reason">In both languages; of a file that cannot be read, the Vietnamese one tells no more than that.</param>
public sealed record WatchListProblem(string File, long Line, TwoLanguages Reason);

/// <summary>
/// Lists of stolen and sought vehicles, those with expired inspection, and those that a gate lets in or turns away (<c>plate,colour,list,valid_from,valid_to,note</c>).
/// A look is a dictionary's; a changed file is read beside and swapped in, and an unreadable one leaves the old list in force.
/// </summary>
public sealed class WatchLists : IDisposable
{
    private const int MostRows = 1_000_000;
    private const int MostProblems = 1000;
    private const int LongestNote = 200;

    /// <summary>The columns of a list.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["plate", "colour", "list", "valid_from", "valid_to", "note"];

    private static readonly string[] Required = ["plate", "list"];

    private readonly IReadOnlyList<string> _paths;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<string>? _known;
    private readonly IReadOnlyDictionary<string, string>? _columns;
    private readonly ITimer _timer;
    private readonly Lock _reading = new();
    private readonly Dictionary<string, (DateTime Written, long Length)> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTime Written, long Length)> _lastLook = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (FrozenDictionary<string, Entry[]> Plates, IReadOnlyList<WatchListProblem> Problems)> _lists = new(StringComparer.Ordinal);
    private volatile State _state = new([], [], 0);

    /// <summary>Reads the lists and watches them.</summary>
    /// <param name="paths">CSV files; one that is absent is a problem until it comes.</param>
    /// <param name="time">The clock by which files are looked at.</param>
    /// <param name="logger">Gets file names and line numbers, no plate.</param>
    /// <param name="every">How often files are looked at.</param>
    /// <param name="known">The words that mean something to the reader: a row with another one would be on no list without a word. Null: any word.</param>
    /// <param name="columns">The lists' own column names by ours, where they differ.</param>
    public WatchLists(IReadOnlyList<string> paths, TimeProvider time, ILogger logger, TimeSpan? every = null, IReadOnlyList<string>? known = null, IReadOnlyDictionary<string, string>? columns = null)
    {
        (_paths, _logger, _known, _columns) = (paths, logger, known, columns);
        Reload();
        var pause = every ?? TimeSpan.FromSeconds(1);
        _timer = time.CreateTimer(_ => Read(onlySettled: true), null, pause, pause);
    }

    /// <summary>Rows that were left out and files that could not be read.</summary>
    public IReadOnlyList<WatchListProblem> Problems => _state.Problems;

    /// <summary>Another number after each change that was taken up.</summary>
    public int Version => _state.Version;

    /// <summary>Plates on all lists.</summary>
    public int Count => _state.Lists.Sum(list => list.Count);

    /// <summary>The lists on which a plate stands at a time; empty for a doubtful text. Well under a microsecond.</summary>
    /// <param name="plate">As read.</param>
    /// <param name="colour">Its colour; a list that names another one does not count.</param>
    /// <param name="at">When it was seen.</param>
    /// <param name="kind">Its kind where that is sure: a row that is written as another kind's does not count.</param>
    public IReadOnlyList<WatchHit> Look(string plate, PlateColour colour, DateTimeOffset at, PlateKind kind = PlateKind.Unknown)
    {
        if (!RegistryWords.TryFold(plate, out var folded)) return [];
        List<WatchHit>? hits = null;
        foreach (var list in _state.Lists)
        {
            if (!list.TryGetValue(folded, out var entries)) continue;
            foreach (var entry in entries)
            {
                if ((entry.From is { } from && at < from) || (entry.To is { } to && at >= to)) continue;
                if (entry.Colour != PlateColour.Unknown && colour != PlateColour.Unknown && entry.Colour != colour) continue;
                if (!RegistryWords.MayBeOne(entry.Kind, kind)) continue;
                (hits ??= []).Add(new WatchHit(entry.List, entry.Note, entry.Colour != PlateColour.Unknown && entry.Colour == colour) { UnseenColour = entry.Colour != PlateColour.Unknown && colour == PlateColour.Unknown ? entry.Colour : null });
            }
        }

        return hits ?? (IReadOnlyList<WatchHit>)[];
    }

    /// <summary>True when a plate stands on a list at any time, past and future ones included.</summary>
    public bool IsKnown(string plate, PlateColour colour, string list, PlateKind kind = PlateKind.Unknown)
    {
        if (!RegistryWords.TryFold(plate, out var folded)) return false;
        foreach (var file in _state.Lists)
        {
            if (file.TryGetValue(folded, out var entries) && entries.Any(entry => entry.List == list && RegistryWords.MayBeOne(entry.Kind, kind) && (entry.Colour == PlateColour.Unknown || colour == PlateColour.Unknown || entry.Colour == colour))) return true;
        }

        return false;
    }

    /// <summary>Reads changed files now.</summary>
    public void Reload() => Read(onlySettled: false);

    // By the timer a file is read that was the same at two looks: one that is being copied would lack its last rows, and who is denied there would be let in.
    private void Read(bool onlySettled)
    {
        if (!_reading.TryEnter()) return; // the last reading is still under way
        try
        {
            var changed = false;
            foreach (var path in _paths) changed |= ReloadOne(path, onlySettled);
            if (changed) _state = new State([.. _lists.Values.Select(list => list.Plates)], [.. _lists.Values.SelectMany(list => list.Problems)], _state.Version + 1);
        }
        finally
        {
            _reading.Exit();
        }
    }

    public void Dispose() => _timer.Dispose();

    private bool ReloadOne(string path, bool onlySettled)
    {
        var name = Path.GetFileName(path);
        try
        {
            var file = new FileInfo(path);
            var stamp = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
            var isSettled = _lastLook.TryGetValue(path, out var before) && before == stamp;
            _lastLook[path] = stamp;
            if ((onlySettled && !isSettled) || (_read.TryGetValue(path, out var known) && known == stamp)) return false;
            _read[path] = stamp;
            if (!file.Exists) return Keep(path, name, new TwoLanguages("không có tệp; danh sách đã đọc trước đó, nếu có, vẫn có hiệu lực", "the file is not there; the last list stays in force"));
            var (plates, problems) = ReadFile(path, name);
            _lists[path] = (plates, problems);
            _logger.WatchListRead(name, plates.Count, problems.Count);
            return true;
        }
        catch (CsvRefusedException fault)
        {
            return Keep(path, name, Unread(fault));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Rights and disks are mended without a change of the file: it is tried again, and told once.
            _read.Remove(path);
            var isTold = _lists.TryGetValue(path, out var last) && last.Problems is [{ Line: 0 } only] && only.Reason.En == fault.Message;
            return !isTold && Keep(path, name, Unread(fault));
        }

        static TwoLanguages Unread(Exception fault) => new("không đọc được tệp; danh sách đã đọc trước đó, nếu có, vẫn có hiệu lực", fault.Message);
    }

    private bool Keep(string path, string name, TwoLanguages problem)
    {
        _logger.WatchListProblem(name, problem.En);
        _lists[path] = (_lists.TryGetValue(path, out var old) ? old.Plates : FrozenDictionary<string, Entry[]>.Empty, [new WatchListProblem(name, 0, problem)]);
        return true;
    }

    private (FrozenDictionary<string, Entry[]> Plates, IReadOnlyList<WatchListProblem> Problems) ReadFile(string path, string name)
    {
        using var records = new CsvRecords(CsvText.Open(path, encoding: null)) { IsOfOneLine = true };
        var header = CsvHeader.Read(records, name, Required, Columns, _columns);
        var plates = new Dictionary<string, List<Entry>>(StringComparer.Ordinal);
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        List<WatchListProblem> problems = [];
        for (var rows = 0; records.Read(); rows++)
        {
            if (rows == MostRows)
            {
                problems.Add(new WatchListProblem(name, records.Line, new TwoLanguages($"nhiều hơn {MostRows} dòng: phần còn lại bị bỏ", $"more than {MostRows} rows: the rest is left out")));
                break;
            }

            if (Row(records, header, words, out var plate, out var entry) is { } reason)
            {
                if (problems.Count < MostProblems) problems.Add(new WatchListProblem(name, records.Line, reason));
                continue;
            }

            if (!plates.TryGetValue(plate, out var entries)) plates[plate] = entries = new List<Entry>(1);
            entries.Add(entry);
        }

        return (plates.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal), problems);
    }

    private TwoLanguages? Row(CsvRecords records, CsvHeader header, Dictionary<string, string> words, out string plate, out Entry entry)
    {
        (plate, entry) = ("", default);
        if (records.Fault is { } fault) return new TwoLanguages("dòng không đúng dạng CSV", fault);
        foreach (var column in Columns)
        {
            if (CsvCell.IsFormula(records.Field(header[column]))) return new TwoLanguages($"{column}: là công thức của bảng tính, không phải giá trị", $"{column}: a formula of a spreadsheet, not a value");
        }

        if (!RegistryWords.TryFold(records.Text(header["plate"]), out plate) || !RegistryWords.IsWhole(plate)) return new TwoLanguages("plate: không phải một biển số", "plate: no plate has this text");
        var colourText = records.Text(header["colour"]);
        var colour = RegistryWords.ColourOf(colourText);
        if (colour == PlateColour.Unknown && colourText is not ("" or "unknown" or "any" or "*")) return new TwoLanguages("colour: white, yellow, blue, red, hoặc để trống nếu màu nào cũng được", "colour: white, yellow, blue, red, or empty for any");
        var list = records.Text(header["list"]);
        if (list.Length is 0 or > 32 || !list.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-')) return new TwoLanguages("list: một từ chữ thường, ví dụ stolen, sought, expired_inspection", "list: a word of small letters, e.g. stolen, sought, expired_inspection");
        if (_known?.Contains(list, StringComparer.Ordinal) == false) return new TwoLanguages($"list: một trong {string.Join(", ", _known)}", $"list: {string.Join(", ", _known)}");
        if (!CsvCell.TryMoment(records.Field(header["valid_from"]), isEnd: false, out var from)) return new TwoLanguages("valid_from: một ngày, 2024-05-31, hoặc giờ, 2024-05-31T08:00:00+07:00", "valid_from: a date, 2024-05-31, or a time, 2024-05-31T08:00:00+07:00");
        if (!CsvCell.TryMoment(records.Field(header["valid_to"]), isEnd: true, out var to)) return new TwoLanguages("valid_to: một ngày, 2024-05-31, hoặc giờ, 2024-05-31T08:00:00+07:00", "valid_to: a date, 2024-05-31, or a time, 2024-05-31T08:00:00+07:00");
        if (from >= to) return new TwoLanguages("valid_to: không sau valid_from nên dòng không bao giờ có hiệu lực", "valid_to: not after valid_from, so the row is never valid");
        var note = records.Text(header["note"]);
        if (note.Length > LongestNote || note.Any(char.IsControl)) return new TwoLanguages($"note: một dòng, nhiều nhất {LongestNote} ký tự", $"note: one line of at most {LongestNote} characters");
        // A list's word and most notes repeat: one text for all rows.
        entry = new Entry(colour, RegistryWords.KindAsWritten(records.Text(header["plate"])), Shared(words, list), from, to, Shared(words, note));
        return null;
    }

    private static string Shared(Dictionary<string, string> words, string text)
    {
        if (words.TryGetValue(text, out var known)) return known;
        if (words.Count < 10_000) words[text] = text;
        return text;
    }

    private readonly record struct Entry(PlateColour Colour, PlateKind Kind, string List, DateTimeOffset? From, DateTimeOffset? To, string Note);

    private sealed record State(IReadOnlyList<FrozenDictionary<string, Entry[]>> Lists, IReadOnlyList<WatchListProblem> Problems, int Version);
}
