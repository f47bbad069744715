using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Sites;

namespace EdgeGateway.Sync.Reports;

/// <summary>
/// This gateway's counts together with exports of others. Exports go into an archive of their own, where the same interval of the same
/// gateway, camera and counter stands once, in its highest revision. What this archive and the exports both know is put together there too.
/// </summary>
public sealed class MergedCounts : ICountSource, IDisposable
{
    private readonly CountArchive? _own;
    private readonly CountArchive _merged;
    private readonly string _file;
    private readonly HashSet<string> _mergedGateways;

    /// <summary>Files with rows of this gateway itself, which were left out, and how many those were.</summary>
    public IReadOnlyList<(string File, long Rows)> LeftOut { get; private init; } = [];

    /// <summary>Files whose numbers are no more than the file's own word, with the gateway that they name.</summary>
    public IReadOnlyList<(string File, string Gateway, ExportSeal Seal)> Unproven { get; private init; } = [];

    /// <summary>Where intervals of one counter lie over each other, and may: no more time was watched than there was.</summary>
    public IReadOnlyList<OverlappingCounts> Overlapping { get; private init; } = [];

    /// <summary>What this archive and the files call the cameras of their gateways; the files know their own better.</summary>
    public IReadOnlyDictionary<(string Gateway, string Camera), string> Names { get; private init; } = new Dictionary<(string, string), string>();

    private MergedCounts(CountArchive? own, CountArchive merged, string file, HashSet<string> gateways) => (_own, _merged, _file, _mergedGateways) = (own, merged, file, gateways);

    /// <summary>Reads the exports.</summary>
    /// <param name="own">This gateway's archive; null when it has none.</param>
    /// <param name="exports">The files.</param>
    /// <param name="site">The site they must be of.</param>
    /// <param name="zone">Local time.</param>
    /// <param name="ownGateway">Whose archive <paramref name="own"/> is. Rows of it in an export are left out.</param>
    /// <param name="verify">As in <see cref="CountExport.Read"/>.</param>
    /// <exception cref="ExportException">A file cannot be taken, or with it intervals of one counter would hold more watched time than there was.</exception>
    public static MergedCounts Open(CountArchive? own, IReadOnlyList<string> exports, string site, TimeZoneInfo zone, string ownGateway, Func<string, byte[], byte[], bool>? verify = null)
    {
        var file = Path.Combine(Path.GetTempPath(), $"edgegateway-merge-{Guid.NewGuid():N}.db");
        var merged = CountArchive.Open(file, zone, durable: false);
        try
        {
            var (leftOut, unproven) = (new List<(string, long)>(), new List<(string, string, ExportSeal)>());
            var names = new Dictionary<(string, string), string>(own?.Names ?? new Dictionary<(string, string), string>());
            foreach (var export in exports)
            {
                var read = CountExport.Read(export, site, verify, merged, own is null ? null : ownGateway);
                foreach (var (camera, name) in read.Head.Names ?? new Dictionary<string, string>(StringComparer.Ordinal))
                {
                    if (CountArchive.IsName(name)) names[(read.Head.Gateway, camera)] = name;
                }

                if (read.LeftOut > 0) leftOut.Add((export, read.LeftOut));
                if (read.Seal != ExportSeal.Verified) unproven.Add((export, read.Head.Gateway, read.Seal));
                RequirePossible(OverlapsOf(merged, site, [read.Head.Gateway, .. read.Head.Heard ?? []]), export, zone);
            }

            var gateways = merged.Series.Select(series => series.Gateway).ToHashSet(StringComparer.Ordinal);
            if (own is not null)
            {
                foreach (var known in own.Intervals(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), site, gateways).Chunk(5000)) merged.Add(known);
            }

            var overlaps = OverlapsOf(merged, site, gateways);
            RequirePossible(overlaps, string.Join(", ", exports), zone);
            return new MergedCounts(own, merged, file, gateways) { LeftOut = leftOut, Unproven = unproven, Overlapping = overlaps, Names = names };
        }
        catch
        {
            merged.Dispose();
            Remove(file);
            throw;
        }
    }

    /// <summary>The report with a note on each file that nobody's signature was checked of, and on each counter whose intervals overlap within its period.</summary>
    public VisitorReport Noted(VisitorReport report) => report with
    {
        Notes =
        [
            .. report.Notes, .. Unproven.GroupBy(one => one.Seal).Select(same => NoteOn(same.Key, [.. same])),
            .. Overlapping.Where(one => one.From < report.To && one.To > report.From).GroupBy(one => (one.Series.Gateway, one.Series.Camera, one.Series.Counter)).Select(one => NoteOn(one.Key, one.Count())),
        ],
    };

    private static List<OverlappingCounts> OverlapsOf(CountArchive merged, string site, IReadOnlyCollection<string> gateways) =>
        [.. OverlappingCounts.Find(merged.Intervals(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), site, gateways.ToHashSet(StringComparer.Ordinal)))];

    private static void RequirePossible(List<OverlappingCounts> overlaps, string files, TimeZoneInfo zone)
    {
        if (overlaps.Find(one => !one.IsPossible) is not { } wrong) return;
        var (from, to) = (TimeZoneInfo.ConvertTime(wrong.From, zone), TimeZoneInfo.ConvertTime(wrong.To, zone));
        throw new ExportException(
            $"{files}: {wrong.Intervals} intervals of counter '{wrong.Series.Counter}' (gateway {wrong.Series.Gateway}, camera {wrong.Series.Camera}, {wrong.Series.Class}) lie over each other from {from:yyyy-MM-dd HH:mm} to {to:yyyy-MM-dd HH:mm} "
            + $"and say that {wrong.Watched.TotalMinutes:0} of {(to - from).TotalMinutes:0} minutes were watched: the same people would count twice, so nothing is added. Do two gateways have the id '{wrong.Series.Gateway}'? Else export again on it.");
    }

    private static TwoLanguages NoteOn((string Gateway, string Camera, string Counter) counter, int places) => new(
        $"Bộ đếm {counter.Counter} (thiết bị {counter.Gateway}, camera {counter.Camera}) có {places} chỗ các khoảng chồng lên nhau, như khi đổi độ dài khoảng; thời gian quan sát ở đó không vượt thời gian thật, nên số được cộng.",
        $"Intervals of the counter {counter.Counter} (gateway {counter.Gateway}, camera {counter.Camera}) overlap at {places} {(places == 1 ? "place" : "places")}, as after a change of their length; no more time was watched there than there was, so they are added.");

    private static TwoLanguages NoteOn(ExportSeal seal, List<(string File, string Gateway, ExportSeal Seal)> files)
    {
        if (files is not [var (file, gateway, _)])
        {
            string Names(string of) => string.Join(", ", files.Select(one => $"{Path.GetFileName(one.File)} ({of} {one.Gateway})"));
            return seal == ExportSeal.Unsigned
                ? new TwoLanguages($"Các tệp {Names("thiết bị")} không có chữ ký: không chứng minh được số liệu trong đó do các thiết bị ấy đếm.", $"The files {Names("gateway")} are not signed: nothing proves that their numbers were counted by these gateways.")
                : new TwoLanguages($"Chữ ký của các tệp {Names("thiết bị")} chưa được kiểm tra: lập báo cáo với --key và khóa công khai của các thiết bị ấy.", $"The signatures of the files {Names("gateway")} were not checked: make the report with --key and these gateways' public keys.");
        }

        var name = Path.GetFileName(file);
        return seal == ExportSeal.Unsigned
            ? new TwoLanguages($"Tệp {name} của thiết bị {gateway} không có chữ ký: không chứng minh được số liệu trong đó do thiết bị ấy đếm.", $"The file {name} of gateway {gateway} is not signed: nothing proves that its numbers were counted by that gateway.")
            : new TwoLanguages($"Chữ ký của tệp {name} (thiết bị {gateway}) chưa được kiểm tra: lập báo cáo với --key và khóa công khai của thiết bị ấy.", $"The signature of the file {name} (gateway {gateway}) was not checked: make the report with --key and that gateway's public key.");
    }

    public IEnumerable<CountSum> Hours(DateTimeOffset from, DateTimeOffset to, string? site) =>
        (_own?.Hours(from, to, site) ?? []).Where(IsOwn).Concat(_merged.Hours(from, to, site));

    public IEnumerable<CountSeries> SeriesWithin(DateTimeOffset from, DateTimeOffset to, string? site) =>
        (_own?.SeriesWithin(from, to, site) ?? []).Concat(_merged.SeriesWithin(from, to, site)).Distinct();

    public IEnumerable<CountSum> Sums(TimeSpan length, DateTimeOffset from, DateTimeOffset to, string? site) =>
        (_own?.Sums(length, from, to, site) ?? []).Where(IsOwn).Concat(_merged.Sums(length, from, to, site));

    public IReadOnlyList<LineFlow> Flows(DateTimeOffset from, DateTimeOffset to, string site) => _own?.Flows(from, to, site) ?? [];

    public OriginTally Origins(DateTimeOffset from, DateTimeOffset to, string site) => _own?.Origins(from, to, site) ?? new OriginTally(0, 0, 0);

    public IReadOnlyList<ZoneSum> Zones(DateTimeOffset from, DateTimeOffset to, string site) => _own?.Zones(from, to, site) ?? [];

    public IReadOnlyList<OccupancyCorrection> Corrections(DateTimeOffset from, DateTimeOffset to, string site) => _own?.Corrections(from, to, site) ?? [];

    public void Dispose()
    {
        _merged.Dispose();
        Remove(_file);
    }

    private bool IsOwn(CountSum sum) => !_mergedGateways.Contains(sum.Series.Gateway);

    private static void Remove(string file)
    {
        foreach (var end in (string[])["", "-wal", "-shm"]) File.Delete(file + end);
    }
}
