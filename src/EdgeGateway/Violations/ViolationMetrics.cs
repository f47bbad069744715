using System.Diagnostics.Metrics;
using EdgeGateway.Health;

namespace EdgeGateway.Violations;

/// <summary>How old acts are when they are safe. Recorded once an act; costs nothing while nobody listens.</summary>
internal static class ViolationMetrics
{
    private static readonly Meter Meter = new(GatewayMetrics.MeterName);

    private static readonly Histogram<double> Journal = Meter.CreateHistogram<double>(
        "edgegateway.act.journal.delay", unit: "s", description: "From the raising of a suspected act to its commit in the journal: a power cut before that loses it.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] });

    private static readonly Histogram<double> Evidence = Meter.CreateHistogram<double>(
        "edgegateway.evidence.delay", unit: "s", description: "From the raising of a suspected act to its signed package of evidence on the disk: the plate is waited for, and the clip ends two seconds after the act.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 60, 120] });

    public static void Journaled(string camera, TimeSpan delay) => Journal.Record(delay.TotalSeconds, new KeyValuePair<string, object?>("camera", camera));

    public static void Kept(string camera, TimeSpan delay) => Evidence.Record(delay.TotalSeconds, new KeyValuePair<string, object?>("camera", camera));
}
