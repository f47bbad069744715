using EdgeGateway.Sync;
using EdgeGateway.Sync.Counting;

namespace EdgeGateway;

/// <summary>State goes into the outbox's own file, in the transaction of the events that belong to it, some 25 ms later.</summary>
internal sealed class DeliveryStateStore(Delivery delivery) : ICountStateStore
{
    public void Save(string key, string json) => delivery.SaveState(key, json);

    public string? Load(string key) => delivery.LoadState(key);
}
