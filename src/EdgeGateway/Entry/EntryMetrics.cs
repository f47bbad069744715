using System.Diagnostics.Metrics;
using EdgeGateway.Health;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Entry;

/// <summary>What gates measure. Recorded when something happens at one; costs nothing while nobody listens.</summary>
internal static class EntryMetrics
{
    private static readonly Meter Meter = new(GatewayMetrics.MeterName);

    private static readonly Counter<long> Decisions = Meter.CreateCounter<long>("edgegateway.gate.decisions", description: "Decisions at gates by gate, decision and reason.");

    private static readonly Histogram<double> Delay = Meter.CreateHistogram<double>(
        "edgegateway.gate.decision.delay", unit: "s", description: "From the frame in which the plate was wide enough to the decision: frame time and processing.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1, 2] });

    private static readonly Histogram<double> Dwell = Meter.CreateHistogram<double>(
        "edgegateway.gate.dwell", unit: "s", description: "Time of vehicles at the gate, from first seen before it to passing.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [2, 5, 10, 20, 30, 60, 120, 300, 600] });

    public static void Decided(string gate, AccessDecision decision, string reason) =>
        Decisions.Add(1, new("gate", gate), new("decision", EventWords.Of(decision)), new("reason", reason));

    public static void Delayed(string gate, TimeSpan delay) => Delay.Record(delay.TotalSeconds, new KeyValuePair<string, object?>("gate", gate));

    public static void Passed(string gate, TimeSpan dwell) => Dwell.Record(dwell.TotalSeconds, new KeyValuePair<string, object?>("gate", gate));
}
