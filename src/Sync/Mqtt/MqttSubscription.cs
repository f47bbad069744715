using System.Buffers;
using System.Threading.Channels;
using EdgeGateway.Sync.Events;
using MQTTnet;
using MQTTnet.Formatter;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>A message as it came in.</summary>
public sealed record ReceivedMessage(string Topic, byte[] Payload, bool Retained)
{
    internal Func<Task>? Receipt { get; init; }

    /// <summary>Tells the broker that the message is safe here; until then it keeps it. In the order in which they came; nothing where the subscription acknowledges by itself.</summary>
    public async Task AcknowledgeAsync()
    {
        if (Receipt is null) return;
        try { await Receipt(); }
        catch (Exception fault) when (fault is not OutOfMemoryException) { /* the link is gone: the broker sends it again */ }
    }
}

/// <summary>Listens to topics for people who watch: a small client that reconnects and hands messages on in order.</summary>
public sealed class MqttSubscription : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<ReceivedMessage> _messages = Channel.CreateBounded<ReceivedMessage>(
        new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _keepSession;
    private readonly bool _acknowledgesItself;
    private readonly int _longestPayload;
    private readonly Task _running;

    /// <param name="options">Broker and user.</param>
    /// <param name="filters">Topic filters, e.g. <c>edge/#</c>.</param>
    /// <param name="onState">Is told when the link comes, goes or is refused.</param>
    /// <param name="keepSession">
    /// True: the broker keeps what comes while this client is away, under the client id as given. False, for people who
    /// watch: nothing is kept and the client id gets a random tail, so that several may watch.
    /// </param>
    /// <param name="acknowledgesItself">False: the reader acknowledges each message when it is safe, so that what a kill takes comes again.</param>
    /// <param name="longestPayload">Bytes of the longest message that the reader has a use for. In MQTT 5 a much longer one is not sent at all; what comes longer is cut one byte beyond.</param>
    public MqttSubscription(BrokerOptions options, IReadOnlyList<string> filters, Action<LinkView>? onState = null, bool keepSession = false, bool acknowledgesItself = true, int longestPayload = 1 << 20)
    {
        (_keepSession, _acknowledgesItself, _longestPayload) = (keepSession, acknowledgesItself, longestPayload);
        if (!keepSession) options = options with { ClientId = $"{options.ClientId}-{Guid.NewGuid():N}" };
        _running = RunAsync(options, filters, onState ?? (_ => { }));
    }

    /// <summary>Ends when the first subscription stands.</summary>
    public Task Subscribed => _subscribed.Task;

    /// <summary>Messages in order of arrival. A slow reader slows the broker down; nothing is dropped here.</summary>
    public IAsyncEnumerable<ReceivedMessage> ReadAllAsync(CancellationToken cancel = default) => _messages.Reader.ReadAllAsync(cancel);

    /// <summary>True when another message can be read at once.</summary>
    public bool HasMore => _messages.Reader.CanPeek && _messages.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(BrokerOptions options, IReadOnlyList<string> filters, Action<LinkView> onState)
    {
        while (!_stop.IsCancellationRequested)
        {
            ConnectDecision decision;
            try { decision = await ListenAsync(options, filters, onState); }
            catch (OperationCanceledException) { break; }
            catch (Exception fault) when (fault is not OutOfMemoryException) { decision = new(LinkState.Unreachable, false, fault.Message); }
            onState(new LinkView(decision.State == LinkState.Connected ? LinkState.Unreachable : decision.State, decision.Advice) { DetailVi = decision.AdviceVi });
            try { await Task.Delay(decision.Slow ? options.ReconnectMax : options.ReconnectFirst, _stop.Token); }
            catch (OperationCanceledException) { break; }
        }

        _messages.Writer.TryComplete();
    }

    private async Task<ConnectDecision> ListenAsync(BrokerOptions options, IReadOnlyList<string> filters, Action<LinkView> onState)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.DisconnectedAsync += _ => { closed.TrySetResult(); return Task.CompletedTask; };
        client.ApplicationMessageReceivedAsync += async received =>
        {
            var message = received.ApplicationMessage;
            received.AutoAcknowledge = _acknowledgesItself;
            Func<Task>? receipt = _acknowledgesItself ? null : () => received.AcknowledgeAsync(CancellationToken.None);
            await _messages.Writer.WriteAsync(new ReceivedMessage(message.Topic, MqttSession.Bounded(message.Payload, _longestPayload), message.Retain) { Receipt = receipt }, _stop.Token);
        };
        var outcome = await MqttSession.ConnectPlainAsync(client, options, _keepSession, _longestPayload, _stop.Token);
        if (outcome.State != LinkState.Connected) return outcome;
        var subscribe = new MqttClientFactory().CreateSubscribeOptionsBuilder();
        foreach (var filter in filters) subscribe.WithTopicFilter(filter, MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce);
        var granted = await client.SubscribeAsync(subscribe.Build(), _stop.Token);
        if (granted.Items.FirstOrDefault(item => (int)item.ResultCode >= 0x80) is { } refused)
            return new(LinkState.Refused, true, $"The broker does not let this user read {refused.TopicFilter.Topic} ({refused.ResultCode}).");
        _subscribed.TrySetResult();
        onState(new LinkView(LinkState.Connected, ""));
        await closed.Task.WaitAsync(_stop.Token);
        return outcome with { Advice = "The connection ended." };
    }
}
