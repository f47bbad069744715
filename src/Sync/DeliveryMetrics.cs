using System.Diagnostics.Metrics;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;

namespace EdgeGateway.Sync;

/// <summary>The delivery's figures under the meter "EdgeGateway.Sync"; names as dashboards expect them.</summary>
internal sealed class DeliveryMetrics : IDisposable
{
    public const string MeterName = "EdgeGateway.Sync";

    private readonly Meter _meter = new(MeterName);

    public DeliveryMetrics(
        Func<DeliveryHealth> health, DeliveryQueue queue, OutboxStore store, OutboxPump pump, CommandService? commands, EvidenceUploader? evidence, TimeProvider time)
    {
        _meter.CreateObservableGauge("edgegateway_outbox_pending", () => health().Pending, description: "Events written and not yet taken over by the broker.");
        _meter.CreateObservableGauge("edgegateway_outbox_bytes", () => health().PendingBytes, description: "Their size in bytes.");
        _meter.CreateObservableGauge("edgegateway_outbox_oldest_seconds", () => health().Oldest is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0, description: "Age of the event that waits longest for the broker.");
        _meter.CreateObservableGauge("edgegateway_unacknowledged_events", () => health().Unacknowledged, description: "Events that the broker has and the operations centre has not acknowledged.");
        _meter.CreateObservableGauge("edgegateway_unacknowledged_oldest_seconds", () => health().OldestUnacknowledged is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0, description: "Age of the event that waits longest for broker or operations centre.");
        _meter.CreateObservableCounter("edgegateway_acknowledged_total", () => store.Receipts.AcknowledgedCount, description: "Events that the operations centre acknowledged.");
        _meter.CreateObservableCounter("edgegateway_unacknowledged_given_up_total", () => Kinds(store.Receipts.GivenUpOf), description: "Delivered events let go of by age or quota without an acknowledgement, by kind.");
        _meter.CreateObservableGauge("edgegateway_publish_in_flight", () => pump.InFlight, description: "Events without their PUBACK.");
        _meter.CreateObservableGauge("edgegateway_publish_window", () => pump.Window, description: "How many events may be without their PUBACK now; it shrinks on a line that loses them.");
        _meter.CreateObservableGauge("edgegateway_publish_ack_seconds", () => pump.AckSeconds, description: "Mean time to a PUBACK over the last ones: the back-pressure of broker and line.");
        _meter.CreateObservableGauge("edgegateway_queue_events", () => health().Queued, description: "Events in memory, not yet written.");
        _meter.CreateObservableGauge("edgegateway_mqtt_connected", () => health().Connected ? 1 : 0, description: "1 while the broker is connected.");
        _meter.CreateObservableGauge("edgegateway_events_refused", () => health().Refused, description: "Events that the broker refused and that wait for another try.");
        _meter.CreateObservableCounter("edgegateway_events_delivered_total", () => health().Delivered, description: "Events that the broker accepted.");
        _meter.CreateObservableCounter("edgegateway_events_shed_total", () => Kinds(kind => queue.ShedOf(kind) + store.ShedOf(kind)), description: "Events given up, by kind.");
        if (commands is not null)
        {
            _meter.CreateObservableCounter("edgegateway_commands_total", () => Enum.GetValues<CommandStatus>().Select(status =>
                new Measurement<long>(commands.CountOf(status), new KeyValuePair<string, object?>("status", EventWords.Of(status)))), description: "Commands by how they ended.");
            _meter.CreateObservableCounter("edgegateway_commands_dropped_total", () => commands.Dropped, description: "Commands dropped because too many came.");
        }

        if (evidence is null) return;
        _meter.CreateObservableCounter("edgegateway_evidence_sent_bytes_total", () => evidence.SentBytes, description: "Bytes of evidence that the broker has.");
        _meter.CreateObservableGauge("edgegateway_evidence_parts_waiting", () => evidence.Waiting, description: "Parts of evidence that wait.");
        _meter.CreateObservableCounter("edgegateway_evidence_failed_total", () => evidence.Failed, description: "Uploads of evidence that were given up.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Kinds(Func<EventPriority, long> numberOf) =>
        Enum.GetValues<EventPriority>().Select(kind => new Measurement<long>(numberOf(kind), new KeyValuePair<string, object?>("kind", EventWords.Of(kind))));
}
