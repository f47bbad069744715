using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Health;

/// <summary>The gateway's own alerts: raised, updated and cleared under one key. Thread-safe.</summary>
internal sealed class AlertBook(GatewayEvents events, EventOrigin site, Delivery delivery, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, AlertData> _raised = new(StringComparer.Ordinal);

    /// <summary>Raises an alert, or updates it when its text differs.</summary>
    public void Raise(string key, AlertKind kind, AlertSeverity severity, TwoLanguages text)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var known = _raised.GetValueOrDefault(key);
            if (known is not null && known.Text == text) return;
            var alert = new AlertData(key, kind, known is null ? AlertState.Raised : AlertState.Updated, severity, text, known?.Since ?? now);
            _raised[key] = alert;
            delivery.Offer(events.Create(site, now, alert));
        }
    }

    /// <summary>Clears an alert; nothing happens when it is not raised.</summary>
    public void Clear(string key)
    {
        lock (_gate)
        {
            if (!_raised.Remove(key, out var known)) return;
            delivery.Offer(events.Create(site, time.GetUtcNow(), known with { State = AlertState.Cleared }));
        }
    }
}
