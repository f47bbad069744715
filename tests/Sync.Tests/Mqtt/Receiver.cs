using System.Collections.Concurrent;
using System.Text.Json;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>
/// A reference consumer: a persistent subscriber that drops repeats by id, as an operations centre must. What it holds is
/// "exactly once in effect".
/// </summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly MqttSubscription _subscription;
    private readonly Task _reading;

    private Receiver(MqttSubscription subscription)
    {
        _subscription = subscription;
        _reading = ReadAsync();
    }

    /// <summary>Every message as it came, repeats included.</summary>
    public ConcurrentQueue<ReceivedMessage> Messages { get; } = new();

    /// <summary>Events by id, each once.</summary>
    public ConcurrentDictionary<string, byte[]> Events { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes that differed under one id; must stay empty.</summary>
    public ConcurrentQueue<string> Altered { get; } = new();

    public static async Task<Receiver> StartAsync(BrokerOptions broker, string filter = "edge/+/+/+/events/#")
    {
        var receiver = new Receiver(new MqttSubscription(broker with { ClientId = $"receiver-{Guid.NewGuid():N}" }, [filter], keepSession: true));
        await receiver._subscription.Subscribed.WaitAsync(TimeSpan.FromSeconds(60));
        return receiver;
    }

    public bool HasAll(IEnumerable<Sync.Events.GatewayEvent> events) => events.All(item => Events.ContainsKey(item.Id.ToString()));

    public ReceivedMessage? Last(string topic) => Messages.LastOrDefault(message => message.Topic == topic);

    public async ValueTask DisposeAsync()
    {
        await _subscription.DisposeAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        await foreach (var message in _subscription.ReadAllAsync())
        {
            Messages.Enqueue(message);
            using var json = JsonDocument.Parse(message.Payload);
            var id = json.RootElement.GetProperty("id").GetString()!;
            var known = Events.GetOrAdd(id, message.Payload);
            if (!known.AsSpan().SequenceEqual(message.Payload)) Altered.Enqueue(id);
        }
    }
}
