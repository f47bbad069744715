using System.Diagnostics.Metrics;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;

namespace EdgeGateway.Sync;

/// <summary>The delivery's figures under the meter "EdgeGateway.Sync"; names as dashboards expect them.</summary>
internal sealed class DeliveryMetrics : IDisposable
{
    public const string MeterName = "EdgeGateway.Sync";

    private readonly Meter _meter = new(MeterName);

    public DeliveryMetrics(Func<DeliveryHealth> health, DeliveryQueue queue, OutboxStore store, TimeProvider time)
    {
        _meter.CreateObservableGauge("edgegateway_outbox_pending", () => health().Pending, description: "Events written and not yet taken over by the broker.");
        _meter.CreateObservableGauge("edgegateway_outbox_bytes", () => health().PendingBytes, description: "Their size in bytes.");
        _meter.CreateObservableGauge("edgegateway_outbox_oldest_seconds", () => health().Oldest is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0, description: "Age of the event that waits longest.");
        _meter.CreateObservableGauge("edgegateway_queue_events", () => health().Queued, description: "Events in memory, not yet written.");
        _meter.CreateObservableGauge("edgegateway_mqtt_connected", () => health().Connected ? 1 : 0, description: "1 while the broker is connected.");
        _meter.CreateObservableGauge("edgegateway_events_refused", () => health().Refused, description: "Events that the broker refused and that wait for another try.");
        _meter.CreateObservableCounter("edgegateway_events_delivered_total", () => health().Delivered, description: "Events that the broker accepted.");
        _meter.CreateObservableCounter("edgegateway_events_shed_total", () => Shed(queue, store), description: "Events given up, by kind.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Shed(DeliveryQueue queue, OutboxStore store) =>
        Enum.GetValues<EventPriority>().Select(kind => new Measurement<long>(queue.ShedOf(kind) + store.ShedOf(kind), new KeyValuePair<string, object?>("kind", EventWords.Of(kind))));
}
