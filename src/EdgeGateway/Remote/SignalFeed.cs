using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Vision.Analytics.Signals;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Remote;

/// <summary>
/// Traffic lights that a controller tells of: listens to their topics and hands each state to the cameras that name the topic. A payload is a
/// word (<c>red</c>, <c>yellow</c>, <c>green</c>, <c>unknown</c>) or <c>{"state":"red","at":"2026-08-14T10:00:00Z"}</c>. What cannot be read is
/// no state: the light then grows old and becomes unknown, and on an unknown light nobody is accused.
/// </summary>
internal sealed partial class SignalFeed : IAsyncDisposable
{
    private const int LongestPayload = 256;

    private readonly MqttSubscription _subscription;
    private readonly Action<string, LightState, DateTimeOffset> _tell;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    /// <param name="broker">The gateway's broker.</param>
    /// <param name="topics">The topics that cameras name.</param>
    /// <param name="tell">Takes topic, state and since when.</param>
    /// <param name="time">The clock, for payloads without a time.</param>
    /// <param name="logger">For payloads that cannot be read.</param>
    public SignalFeed(BrokerOptions broker, IReadOnlyList<string> topics, Action<string, LightState, DateTimeOffset> tell, TimeProvider time, ILogger logger)
    {
        (_tell, _time, _logger) = (tell, time, logger);
        _subscription = new MqttSubscription(broker with { ClientId = broker.ClientId + "-signals" }, topics, longestPayload: LongestPayload);
        _reading = Task.Run(ReadAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _subscription.DisposeAsync();
        await _reading;
        _stop.Dispose();
    }

    /// <summary>Reads a payload.</summary>
    /// <returns>False when it is neither a word nor the object described above.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> payload, DateTimeOffset now, out LightState state, out DateTimeOffset at)
    {
        (state, at) = (LightState.Unknown, now);
        if (payload.Length is 0 or > LongestPayload) return false;
        if (payload[0] != (byte)'{') return TryWord(Encoding.UTF8.GetString(payload).Trim(), out state);
        try
        {
            using var json = JsonDocument.Parse(payload.ToArray(), new JsonDocumentOptions { MaxDepth = 2 });
            if (json.RootElement.TryGetProperty("at", out var since) && since.TryGetDateTimeOffset(out var stated)) at = stated;
            return json.RootElement.TryGetProperty("state", out var word) && word.ValueKind == JsonValueKind.String && TryWord(word.GetString()!, out state);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second: a time that is a number, or a string with half a surrogate pair.
            return false;
        }
    }

    private static bool TryWord(string word, out LightState state)
    {
        LightState? known = word.ToLowerInvariant() switch
        {
            "red" => LightState.Red,
            "yellow" or "amber" => LightState.Yellow,
            "green" => LightState.Green,
            "unknown" or "off" => LightState.Unknown,
            _ => null,
        };
        state = known ?? LightState.Unknown;
        return known is not null;
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var message in _subscription.ReadAllAsync(_stop.Token))
            {
                if (message.Retained) continue; // of unknown age
                if (TryRead(message.Payload, _time.GetUtcNow(), out var state, out var at)) _tell(message.Topic, state, at);
                else LogUnreadable(_logger, message.Topic);
            }
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }

    [LoggerMessage(240, LogLevel.Warning, "What came on {Topic} is no state of a light: red, yellow, green, unknown, or an object with state and at")]
    private static partial void LogUnreadable(ILogger logger, string topic);
}
