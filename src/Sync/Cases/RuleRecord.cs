using System.Diagnostics.Metrics;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Cases;

/// <summary>How a rule did on a camera, by the officers' verdicts.</summary>
/// <param name="Detected">All cases.</param>
/// <param name="Established">Verdict: the act is there.</param>
/// <param name="Rejected">Verdict: the rule was wrong.</param>
/// <param name="WithoutUse">Cases whose evidence may be used for nothing but statistics (approval missing or over, clock, camera moved).</param>
public sealed record RuleRecord(string Rule, string RuleId, string Camera, RuleMode Mode, int Detected, int Established, int Rejected, int Unclear, int WithoutUse)
{
    /// <summary>Cases with a verdict that says something of the rule.</summary>
    public int Judged => Established + Rejected;

    /// <summary>Share of right detections among those judged; null before the first verdict.</summary>
    public double? Precision => Judged == 0 ? null : (double)Established / Judged;

    /// <summary>Share of wrong detections among those judged; null before the first verdict.</summary>
    public double? RejectedShare => Judged == 0 ? null : (double)Rejected / Judged;

    /// <summary>The precision's 95 % interval.</summary>
    public (double Low, double High) Interval() => WilsonInterval.Of(Established, Judged);

    /// <summary>One record for each rule, camera and mode.</summary>
    public static IReadOnlyList<RuleRecord> Of(IEnumerable<Case> cases) =>
    [
        .. cases.GroupBy(item => (item.Opened.Rule, item.Opened.RuleId, item.Opened.Camera, item.Opened.Mode)).OrderBy(group => group.Key.Rule, StringComparer.Ordinal).ThenBy(group => group.Key.Camera, StringComparer.Ordinal).ThenBy(group => group.Key.RuleId, StringComparer.Ordinal)
            .Select(group => new RuleRecord(group.Key.Rule, group.Key.RuleId, group.Key.Camera, group.Key.Mode, group.Count(), Count(group, CaseVerdict.Established), Count(group, CaseVerdict.Rejected), Count(group, CaseVerdict.Unclear), group.Count(item => item.Opened.Use == EvidenceUse.None))),
    ];

    private static int Count(IEnumerable<Case> cases, CaseVerdict verdict) => cases.Count(item => item.Verdict == verdict);
}

/// <summary>The cases' figures under the meter "EdgeGateway.Sync": a bad rule shows itself.</summary>
public sealed class CaseMetrics : IDisposable
{
    /// <summary>The verdicts of this long a time are counted.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromDays(30);

    /// <summary>A page of metrics is asked for every few seconds; verdicts come by the hour.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private readonly Meter _meter = new(DeliveryMetrics.MeterName);
    private readonly Lock _lock = new();
    private readonly CaseBook _cases;
    private readonly TimeProvider _time;
    private IReadOnlyList<RuleRecord> _records = [];
    private DateTimeOffset _readAt = DateTimeOffset.MinValue;

    public CaseMetrics(CaseBook cases, TimeProvider time)
    {
        (_cases, _time) = (cases, time);
        _meter.CreateObservableGauge("edgegateway_cases_rejected_ratio", () => Read().Where(record => record.RejectedShare is not null).Select(record => Of(record, record.RejectedShare!.Value)), description: "Share of cases that officers rejected among those judged, last 30 days.");
        _meter.CreateObservableGauge("edgegateway_cases_judged", () => Read().Select(record => Of(record, (double)record.Judged)), description: "Cases with a verdict, last 30 days.");
        _meter.CreateObservableGauge("edgegateway_cases_detected", () => Read().Select(record => Of(record, (double)record.Detected)), description: "Cases opened, last 30 days.");
    }

    public void Dispose() => _meter.Dispose();

    private static Measurement<double> Of(RuleRecord record, double value) => new(value, new("rule", record.Rule), new("rule_id", record.RuleId), new("camera", record.Camera), new("mode", EventWords.Of(record.Mode)));

    private IReadOnlyList<RuleRecord> Read()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (now - _readAt < Fresh) return _records;
            (_records, _readAt) = (RuleRecord.Of(_cases.List(now - Window, now)), now);
            return _records;
        }
    }
}
