using System.Diagnostics.Metrics;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Registration;

/// <summary>The figures of look-ups, beside those of the delivery; never a plate as a label.</summary>
internal static class RegistrationMetrics
{
    private static readonly Meter Meter = new(DeliveryMetrics.MeterName);
    private static readonly Counter<long> LookUps = Meter.CreateCounter<long>("edgegateway_registry_lookups_total", description: "Look-ups of a vehicle's registration, by outcome.");
    private static readonly Counter<long> Away = Meter.CreateCounter<long>("edgegateway_registry_source_failures_total", description: "Questions that a source could not answer, by source.");

    public static void LookedUp(LookUpResult result) => LookUps.Add(1, new KeyValuePair<string, object?>("status", EventWords.Of(result.Status)));

    public static void SourceAway(string source) => Away.Add(1, new KeyValuePair<string, object?>("source", source));
}
