using System.Diagnostics.Metrics;
using EdgeGateway.Health;
using EdgeGateway.Violations;

namespace EdgeGateway.Tests.Violations;

public sealed class ViolationMetricsTests
{
    [Fact]
    public void The_two_delays_of_an_act_are_histograms_in_seconds_under_its_cameras_name()
    {
        var camera = $"nga-tu-{Guid.NewGuid():N}";
        var seen = new List<(string Name, string? Unit, double Value)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, me) =>
            {
                if (instrument.Meter.Name == GatewayMetrics.MeterName && instrument is Histogram<double>) me.EnableMeasurementEvents(instrument);
            },
        };
        // Other tests of this program publish acts as well.
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            if (tags is [{ Key: "camera", Value: string name }] && name == camera) seen.Add((instrument.Name, instrument.Unit, value));
        });
        listener.Start();

        ViolationMetrics.Journaled(camera, TimeSpan.FromMilliseconds(840));
        ViolationMetrics.Kept(camera, TimeSpan.FromSeconds(18.5));

        // docs/evidence.md names them as Prometheus does: edgegateway_act_journal_delay_seconds, edgegateway_evidence_delay_seconds.
        Assert.Equal([("edgegateway.act.journal.delay", "s", 0.84), ("edgegateway.evidence.delay", "s", 18.5)], seen);
    }
}
