using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Sites;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sites;

/// <summary>
/// Hears the counts of the other gateways of a site on the same broker. The broker keeps what comes while this box is away, and each
/// message counts once; it is acknowledged when the archive has it on the disk. What does not keep to the schema, or speaks for another gateway than its topic, is left out.
/// </summary>
internal sealed class OtherGateways : IAsyncDisposable
{
    // A broker has some twenty messages under way at a time; so many share one commit.
    private const int Together = 16;

    /// <summary>Bytes; a count has some 600.</summary>
    private const int LongestEvent = 64 << 10;

    private readonly MqttSubscription _subscription;
    private readonly Func<Task> _keep;
    private readonly Action<CameraEvent> _take;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private LinkState? _told;

    private OtherGateways(BrokerOptions broker, IReadOnlyList<string> gateways, Action<CameraEvent> take, Func<Task> keep, ILogger logger)
    {
        (_take, _keep, _logger) = (take, keep, logger);
        _subscription = new MqttSubscription(broker with { ClientId = broker.ClientId + "-site" }, SiteEventReader.Filters(gateways), OnLink, keepSession: true, acknowledgesItself: false, longestPayload: LongestEvent);
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Begins to listen; null when there is no other gateway.</summary>
    /// <param name="broker">The gateway's own broker.</param>
    /// <param name="aggregate">The ids of <c>site.aggregate</c>.</param>
    /// <param name="self">This gateway, whose own counts come another way.</param>
    /// <param name="take">Takes what was heard, in order.</param>
    /// <param name="keep">Ends when what was taken is on the disk, or a disk that takes nothing holds it in memory.</param>
    /// <param name="logger">For changes of state.</param>
    public static OtherGateways? Listen(BrokerOptions broker, IEnumerable<string> aggregate, string self, Action<CameraEvent> take, Func<Task> keep, ILogger logger)
    {
        var others = aggregate.Where(id => id != self).Distinct(StringComparer.Ordinal).ToList();
        return others.Count == 0 ? null : new OtherGateways(broker, others, take, keep, logger);
    }

    public async ValueTask DisposeAsync()
    {
        // What is taken is acknowledged while the link stands; what is not comes again.
        await _stop.CancelAsync();
        await _reading;
        await _subscription.DisposeAsync();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        var taken = new List<ReceivedMessage>(Together);
        await foreach (var message in Messages())
        {
            taken.Add(message);
            try
            {
                if (SiteEventReader.Read(message.Payload) is { } heard && message.Topic.StartsWith($"edge/{heard.Gateway}/cameras/{heard.Camera}/", StringComparison.Ordinal)) _take(heard);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                GatewayLog.OtherGatewayNotTaken(_logger, fault, message.Topic); // one message must not end the sum
            }

            if (taken.Count < Together && _subscription.HasMore && !_stop.IsCancellationRequested) continue;
            await _keep();
            foreach (var one in taken) await one.AcknowledgeAsync();
            taken.Clear();
        }
    }

    private async IAsyncEnumerable<ReceivedMessage> Messages()
    {
        await using var messages = _subscription.ReadAllAsync(_stop.Token).GetAsyncEnumerator();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (!await messages.MoveNextAsync() || _stop.IsCancellationRequested) yield break;
            }
            catch (OperationCanceledException)
            {
                yield break;
            }

            yield return messages.Current;
        }
    }

    private void OnLink(LinkView link)
    {
        if (_told == link.State) return;
        _told = link.State;
        GatewayLog.OtherGatewaysLink(_logger, link.State, link.Detail);
    }
}
