using System.Diagnostics;
using System.Text.Json;
using EdgeGateway.Sync.Mqtt;

namespace EdgeGateway.Benchmarks.Fleet;

/// <summary>
/// The operations centre's side: a persistent session that drops repeats by event id. Each event carries a number of its own as track; the book
/// of numbers shows what took effect, whatever the ids say.
/// </summary>
internal sealed class FleetCentre : IAsyncDisposable
{
    private readonly MqttSubscription _subscription;
    private readonly Task _reading;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly byte[] _effects;
    private readonly long[] _offered;
    private readonly float[] _latencyMs;
    private int _taken;

    /// <param name="broker">Broker and user.</param>
    /// <param name="capacity">Most events that are offered in the run.</param>
    public FleetCentre(BrokerOptions broker, int capacity)
    {
        (_effects, _offered, _latencyMs) = (new byte[capacity], new long[capacity], new float[capacity]);
        _subscription = new MqttSubscription(broker, ["edge/#"], keepSession: true);
        _reading = ReadAsync();
    }

    public Task Subscribed => _subscription.Subscribed;

    /// <summary>Events that took effect so far.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Messages whose id was known.</summary>
    public int Repeats { get; private set; }

    /// <summary>Messages of the bare publishers.</summary>
    public int Bare { get; private set; }

    /// <summary>Writes down when an event was offered; before it is.</summary>
    public void Offered(int number, long timestamp) => Volatile.Write(ref _offered[number], timestamp);

    /// <summary>How often an event took effect: 1 is right.</summary>
    public int Effects(int number) => _effects[number];

    public float LatencyMs(int number) => _latencyMs[number];

    public async ValueTask DisposeAsync()
    {
        await _subscription.DisposeAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        await foreach (var message in _subscription.ReadAllAsync())
        {
            if (message.Topic.EndsWith("/bare", StringComparison.Ordinal))
            {
                Bare++;
                continue;
            }

            if (!message.Topic.EndsWith("/crossing", StringComparison.Ordinal)) continue; // status and the gateways' own alerts
            using var json = JsonDocument.Parse(message.Payload);
            if (!_ids.Add(json.RootElement.GetProperty("id").GetString()!))
            {
                Repeats++;
                continue;
            }

            var number = (int)json.RootElement.GetProperty("data").GetProperty("track").GetInt64();
            if (_effects[number] < byte.MaxValue) _effects[number]++;
            _latencyMs[number] = (float)Stopwatch.GetElapsedTime(Volatile.Read(ref _offered[number])).TotalMilliseconds;
            Interlocked.Increment(ref _taken);
        }
    }
}
