using EdgeGateway.Sync.Events;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>
/// Keeps a connection: connects, runs the pump until the connection ends, and tries again for ever, with a pause that
/// doubles up to a cap and has jitter, so that a town of gateways does not come back in one second.
/// </summary>
internal sealed class LinkSupervisor(BrokerOptions options, OutboxPump pump, Func<GatewayPresence, GatewayEvent> status, RetainedBoard board, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    private volatile LinkView _view = new(LinkState.Off, "");

    /// <summary>Where the link stands and why, in words.</summary>
    public LinkView View => _view;

    /// <summary>The state changed. Raised by the supervisor's task: do not block.</summary>
    public event Action<LinkView>? Changed;

    /// <summary>Works until stopped; then says offline and goodbye.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var pause = options.ReconnectFirst;
        while (!stop.IsCancellationRequested)
        {
            var before = pump.Acknowledged;
            var began = time.GetTimestamp();
            ConnectDecision ended;
            try
            {
                ended = await ConnectAndPumpAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                logger.PumpFailed(fault.Message, fault);
                ended = new(LinkState.Unreachable, false, fault.Message);
            }

            if (stop.IsCancellationRequested) break;
            if (pump.Acknowledged > before || (ended.State == LinkState.Connected && time.GetElapsedTime(began) > Settled)) pause = options.ReconnectFirst;
            var state = ended.State == LinkState.Connected ? LinkState.Unreachable : ended.State;
            var cap = ended.Slow ? options.RefusedMax : options.ReconnectMax;
            var wait = Min(pause, cap) * (0.5 + (0.5 * Random.Shared.NextDouble()));
            logger.BrokerAway(options.Address.ToString(), EventWords.Of(state), ended.Advice, wait.TotalSeconds);
            Show(state, ended.Advice);
            pause = Min(pause * 2, cap);
            try { await Task.Delay(wait, time, stop); }
            catch (OperationCanceledException) { break; }
        }

        Show(LinkState.Off, "");
    }

    private async Task<ConnectDecision> ConnectAndPumpAsync(CancellationToken stop)
    {
        if (_view.State is LinkState.Off) Show(LinkState.Connecting, "");
        var outcome = await MqttSession.ConnectAsync(options, status(GatewayPresence.Offline), stop);
        if (outcome.Session is not { } session) return outcome.Decision;
        await using (session)
        {
            logger.BrokerConnected(options.Address.ToString(), options.ClientId, session.SessionPresent ? "kept" : "new", session.Window);
            var online = status(GatewayPresence.Online);
            board.Set(online.Topic, online.Json);
            Show(LinkState.Connected, "");
            await pump.RunAsync(session, stop);
            if (!stop.IsCancellationRequested) return outcome.Decision with { Advice = $"The connection ended: {(session.Closed.IsCompleted ? await session.Closed : "no acknowledgement came in time")}." };
            await OutboxPump.TryPublishAsync(session, status(GatewayPresence.Offline)).WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None).ContinueWith(_ => { }, TaskScheduler.Default);
            await session.LeaveAsync();
            return outcome.Decision;
        }
    }

    private void Show(LinkState state, string detail)
    {
        if (_view.State == state && _view.Detail == detail) return;
        var view = new LinkView(state, detail);
        _view = view;
        Changed?.Invoke(view);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

/// <summary>Where the link to the broker stands, and why when it does not stand.</summary>
public sealed record LinkView(LinkState State, string Detail);
