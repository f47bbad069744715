using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Violations;

/// <summary>
/// Takes violations to the outbox exactly once. A mark is committed together with the event and stays until the journal has forgotten the act: killed in
/// between, the next start finds the mark and publishes nothing again, however long the broker has had the event. Thread-safe.
/// </summary>
internal sealed class ViolationOutlet(Delivery delivery)
{
    private const string Key = "acts-published";

    private readonly Lock _gate = new();
    private HashSet<string>? _marks;

    /// <summary>True when the event of this act was committed and the journal may still hold the act.</summary>
    public bool WasPublished(string id)
    {
        lock (_gate) return Marks().Contains(id);
    }

    /// <summary>Offers an event with its mark; ends when both are committed.</summary>
    /// <exception cref="OperationCanceledException">The disk did not take them in time: they are still offered, together.</exception>
    public Task PublishAsync(GatewayEvent item, CancellationToken stop)
    {
        lock (_gate)
        {
            Marks().Add(item.Id.ToString());
            delivery.Queue.OfferTogether([item], Key, Text());
        }

        return delivery.FlushAsync(stop);
    }

    /// <summary>The journal holds the act no more.</summary>
    public void Forget(string id)
    {
        lock (_gate)
        {
            if (Marks().Remove(id)) delivery.SaveState(Key, Text());
        }
    }

    private HashSet<string> Marks() => _marks ??= [.. (delivery.LoadState(Key) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    private string Text() => string.Join(' ', Marks());
}
