using EdgeGateway.Sync.Counting;
using Gate = (string Gateway, string Camera, string Line);

namespace EdgeGateway.Sync.Reports;

/// <summary>
/// Which gates were to be watched over a period, and when. A gate that says nothing is missed all the same; but a line of the own gateway that is
/// configured no more is missed until its last count, and not after. Where exactly one line of its camera begins there, it is the same gate under
/// another name, and is missed from there on.
/// </summary>
internal sealed class GatesToWatch
{
    private readonly Dictionary<Gate, (DateTimeOffset From, DateTimeOffset To)> _parts = [];

    /// <param name="setting">Knows the lines that are configured.</param>
    /// <param name="known">Gates that counted in the period, or not long before.</param>
    /// <param name="people">What they counted in it.</param>
    /// <param name="from">When it begins.</param>
    /// <param name="later">Gates that counted after it: these were not gone within it.</param>
    public GatesToWatch(ReportSetting setting, IEnumerable<Gate> known, List<CountSum> people, DateTimeOffset from, Func<IEnumerable<Gate>> later)
    {
        Gates = [.. known.Distinct().OrderBy(gate => gate.Gateway, StringComparer.Ordinal).ThenBy(gate => gate.Camera, StringComparer.Ordinal).ThenBy(gate => gate.Line, StringComparer.Ordinal)];
        Former = Gates.FindAll(setting.IsFormer);
        if (Former.Count == 0) return;
        var stayed = later().ToHashSet();
        Former.RemoveAll(stayed.Contains);
        var names = new NamesOfGates(setting, people);
        foreach (var gate in Former)
        {
            var last = people.Where(sum => VisitorReportBuilder.GateOf(sum) == gate).Select(sum => EndOf(sum, setting.Zone)).DefaultIfEmpty(from).Max();
            _parts[gate] = (from, last);
            if (last > from && names.Now(gate) is var now && now != gate) _parts[now] = (last, DateTimeOffset.MaxValue);
        }

        Gates.RemoveAll(gate => _parts.TryGetValue(gate, out var part) && part.To <= from);
    }

    /// <summary>In the order of their names.</summary>
    public List<Gate> Gates { get; }

    /// <summary>Those that were there before, or at the beginning, and are configured no more.</summary>
    public List<Gate> Former { get; }

    /// <summary>Seconds in which the gates were to be watched, added up.</summary>
    public double Seconds(DateTimeOffset from, DateTimeOffset to) => Gates.Sum(gate => Seconds(gate, from, to));

    /// <summary>The same of one gate.</summary>
    public double Seconds(Gate gate, DateTimeOffset from, DateTimeOffset to)
    {
        if (_parts.TryGetValue(gate, out var part)) (from, to) = (part.From > from ? part.From : from, part.To < to ? part.To : to);
        return Math.Max(0, (to - from).TotalSeconds);
    }

    private static DateTimeOffset EndOf(CountSum sum, TimeZoneInfo zone) => sum.IsCoarse ? IntervalGrid.Begin(sum.From, TimeSpan.FromDays(1), zone).AddDays(1) : sum.From + sum.Length;
}

/// <summary>
/// What gates are called now, as far as counts show it: where the only former line of a camera ends, exactly one line of it begins. Several that
/// changed at once cannot be told from each other.
/// </summary>
internal sealed class NamesOfGates(ReportSetting setting, IEnumerable<CountSum> sums)
{
    private readonly Dictionary<Gate, (DateTimeOffset First, DateTimeOffset Last)> _spans =
        sums.GroupBy(VisitorReportBuilder.GateOf).ToDictionary(gate => gate.Key, gate => (gate.Min(sum => sum.From), gate.Max(sum => sum.From)));

    /// <summary>The gate under its name of now; itself where it has no other.</summary>
    public Gate Now(Gate gate) => setting.IsFormer(gate) && Begun(gate) is [var one] && IsAlone(gate) ? one : gate;

    /// <summary>Former lines and those that began where they ended, where nobody can say which became which: neither's pace says anything of the other period.</summary>
    public IEnumerable<Gate> Unmatched() =>
        _spans.Keys.Where(gate => setting.IsFormer(gate) && Now(gate) == gate && Begun(gate).Count > 0).SelectMany(gate => Begun(gate).Append(gate)).Distinct();

    private bool IsAlone(Gate gate) => _spans.Keys.Count(other => IsBeside(other, gate) && setting.IsFormer(other)) == 1;

    /// <summary>Lines of the camera whose counts begin where a former one's end.</summary>
    private List<Gate> Begun(Gate gate) => _spans.TryGetValue(gate, out var span)
        ? [.. _spans.Where(other => IsBeside(other.Key, gate) && !setting.IsFormer(other.Key) && other.Value.First >= span.Last).Select(other => other.Key)]
        : [];

    private static bool IsBeside(Gate one, Gate other) => (one.Gateway, one.Camera) == (other.Gateway, other.Camera);
}
