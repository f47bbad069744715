using EdgeGateway.Sync.Storage;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeGateway.Sync.Counting;

/// <summary>One stored calibration: whose it is, what it rests on, what it says.</summary>
/// <param name="Line">The line that was counted: the factor is of its view, and of no other. Empty, written by hand: whatever line the counter watches.</param>
/// <param name="Direction"><c>in</c> or <c>out</c>.</param>
/// <param name="Truth">Crossings counted by hand.</param>
/// <param name="Observed">Crossings that the pipeline counted in the same film.</param>
/// <param name="Matched">Pairs of one of each, in time.</param>
/// <param name="Basis">How the interval was made, in words.</param>
/// <param name="Film">SHA-256 of the film.</param>
public sealed record StoredCalibration(
    string Camera, string Counter, string Line, string Class, string Direction, double Factor, double Low, double High,
    int Truth, int Observed, int Matched, string Basis, DateTimeOffset Made, string Film)
{
    /// <summary>True when 1 lies within the interval: the correction cannot be told from none.</summary>
    [JsonIgnore]
    public bool IsLikeNone => Low <= 1 && High >= 1;

    /// <summary>True where it holds for this counter over this line.</summary>
    public bool IsOf(string camera, string counter, string line) => Camera == camera && Counter == counter && (string.IsNullOrEmpty(Line) || Line == line);

    /// <summary>True where both would hold for the same crossings.</summary>
    internal bool IsTwice(StoredCalibration other) => IsOf(other.Camera, other.Counter, string.IsNullOrEmpty(other.Line) ? Line : other.Line) && (Class, Direction) == (other.Class, other.Direction);
}

/// <summary>The calibrations of a gateway in one readable file, <c>calibration.json</c> in the storage folder.</summary>
public sealed partial class CalibrationBook
{
    public const string FileName = "calibration.json";

    private static readonly BookJson Readable = new(new JsonSerializerOptions(BookJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = null });

    private readonly string _path;
    private DateTime _written;

    private CalibrationBook(string path, List<StoredCalibration> entries, DateTime written) => (_path, Entries, _written) = (path, entries, written);

    public List<StoredCalibration> Entries { get; }

    /// <summary>Reads the file; an absent one is an empty book.</summary>
    /// <exception cref="InvalidDataException">The file is damaged: calibrated numbers must not silently become raw ones.</exception>
    public static CalibrationBook Open(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var written = File.GetLastWriteTimeUtc(path); // before the contents: a file exchanged in between is read once more, not missed
        if (!File.Exists(path)) return new CalibrationBook(path, [], written);
        try
        {
            var entries = JsonSerializer.Deserialize(File.ReadAllBytes(path), BookJson.Default.ListStoredCalibration) ?? [];
            if (entries.Exists(one => one is null || !double.IsFinite(one.Factor) || one.Factor <= 0)) throw new JsonException("a factor is not a number above zero");
            if (entries.Find(one => entries.Exists(other => !ReferenceEquals(one, other) && one.IsTwice(other))) is { } twice)
                throw new InvalidDataException($"{path} holds two factors for {twice.Camera}/{twice.Counter}, {twice.Class} {twice.Direction}: take one of the two out.");
            return new CalibrationBook(path, entries, written);
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{path} is damaged ({fault.Message}). Calibrate again, or remove the file to publish uncorrected counts.", fault);
        }
    }

    /// <summary>
    /// The book as its file is now: this one while the file is as it was. One that cannot be read now leaves what held so far, and is
    /// told of by the next start and by every report.
    /// </summary>
    public CalibrationBook Fresh()
    {
        var written = File.GetLastWriteTimeUtc(_path);
        if (written == _written) return this;
        try
        {
            return Open(Path.GetDirectoryName(_path)!);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            _written = written; // not again until it changes
            return this;
        }
    }

    /// <summary>What holds for a counter over a line; null when it was never calibrated there.</summary>
    public CounterCalibration? For(string camera, string counter, string line)
    {
        var mine = Entries.Where(one => one.IsOf(camera, counter, line)).ToList();
        return mine.Count == 0 ? null : new CounterCalibration(mine.Select(one => new Correction(one.Class, one.Direction == "in", one.Factor, one.Low, one.High)));
    }

    /// <summary>
    /// Those of a film's calibrations that are worth keeping. One that cannot be told from none is not: it would change counts by chance. Of a counter
    /// that adds to a number of people present both directions of a class are, as soon as one can be told from none, or neither: with one alone
    /// corrected everybody who comes weighs more, or less, than when he goes, and the number drifts.
    /// </summary>
    /// <param name="fresh">What one film gave.</param>
    /// <param name="present">Counters that add to a number of people present.</param>
    public static IReadOnlyList<StoredCalibration> Worth(IReadOnlyCollection<StoredCalibration> fresh, IReadOnlySet<string> present) =>
        [.. fresh.GroupBy(one => (one.Camera, one.Counter, one.Class)).SelectMany(both => !present.Contains(both.Key.Counter) ? both.Where(one => !one.IsLikeNone) : both.Count() == 2 && both.Any(one => !one.IsLikeNone) ? both : [])];

    /// <summary>Takes over calibrations in place of those for the same counter, class and direction, and writes the file whole. Of what is not <see cref="Worth"/> keeping, what was kept before stays.</summary>
    public void Keep(IReadOnlyCollection<StoredCalibration> taken)
    {
        if (taken.Count == 0) return;
        foreach (var one in taken)
        {
            Entries.RemoveAll(old => (old.Camera, old.Counter, old.Class, old.Direction) == (one.Camera, one.Counter, one.Class, one.Direction));
            Entries.Add(one);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        WholeFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(Entries, Readable.ListStoredCalibration));
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
    [JsonSerializable(typeof(List<StoredCalibration>))]
    private sealed partial class BookJson : JsonSerializerContext;
}
