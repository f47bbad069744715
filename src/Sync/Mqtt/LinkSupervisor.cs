using System.Security.Cryptography.X509Certificates;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>
/// Keeps a connection: connects, runs the pump until the connection ends, and tries again for ever, with a pause that
/// doubles up to a cap and has jitter, so that a town of gateways does not come back in one second.
/// </summary>
internal sealed class LinkSupervisor(
    BrokerOptions options, OutboxPump pump, Func<GatewayPresence, GatewayEvent> status, RetainedBoard board, MqttLine line, CommandDoor? commands, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan JustRotated = TimeSpan.FromHours(1);

    private readonly BriefConnections _brief = new(time);
    private volatile LinkView _view = new(LinkState.Off, "");

    /// <summary>When the files of certificates changed, as a timestamp; null once a connection stood with them.</summary>
    private long? _rotatedAt;

    /// <summary>The connection that has just ended was given up for new files.</summary>
    private bool _rotatedNow;

    /// <summary>The certificate with which the broker let the gateway in last.</summary>
    private X509Certificate2? _knownGood;

    /// <summary>Where the link stands and why, in words.</summary>
    public LinkView View => _view;

    /// <summary>The state changed. Raised by the supervisor's task: do not block.</summary>
    public event Action<LinkView>? Changed;

    /// <summary>
    /// The broker refused the subscription to this gateway's commands (the filter), or granted it (null): no command comes, and no acknowledgement. In 3.1.1
    /// this is also the only sign of a gateway without rights on its own topics: such brokers answer a forbidden event with PUBACK and drop it.
    /// </summary>
    public event Action<string?>? CommandsRefused;

    /// <summary>The broker refuses the certificate in the files, with its reason, and the former one is in use; or it takes the new one (null). Do not block.</summary>
    public event Action<TwoLanguages?>? CertificateRefused;

    /// <summary>One connection after the other ends within seconds (true), or one stands (false). Raised by the supervisor's tasks: do not block.</summary>
    public event Action<bool>? Contested;

    /// <summary>Works until stopped; then says offline and goodbye.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var pause = new RetryPause(options.ReconnectFirst);
        while (!stop.IsCancellationRequested)
        {
            var before = pump.Acknowledged;
            var began = time.GetTimestamp();
            _rotatedNow = false;
            ConnectDecision ended;
            try
            {
                ended = await ConnectAndPumpAsync(stop);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                break; // told to end in the midst of a connect, which may fail in its own words before it hears of it
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                logger.PumpFailed(fault.Message, fault);
                ended = new(LinkState.Unreachable, false, fault.Message);
            }

            if (stop.IsCancellationRequested) break;
            var wasConnected = ended.State == LinkState.Connected;
            if (_rotatedNow && wasConnected) continue; // with the new files, at once
            if (_brief.Ended(began, wasConnected))
            {
                Contested?.Invoke(true);
                if (wasConnected) ended = ended with { Advice = $"{ended.Advice} {_brief.Count} connections in a row ended within seconds: does another box, or a copy of this one, connect as '{options.ClientId}'?" };
            }

            if (pump.Acknowledged > before || (wasConnected && time.GetElapsedTime(began) > Settled)) pause.Reset();
            var state = wasConnected ? LinkState.Unreachable : ended.State;
            var cap = ended.Slow ? options.RefusedMax : options.ReconnectMax;
            var wait = pause.Next(cap) * (0.5 + (0.5 * Random.Shared.NextDouble()));
            logger.BrokerAway(options.Address.ToString(), EventWords.Of(state), ended.Advice, wait.TotalSeconds);
            Show(state, ended.Advice, ended.AdviceVi);
            try { await Task.Delay(wait, time, stop); }
            catch (OperationCanceledException) { break; }
        }

        Show(LinkState.Off, "");
    }

    private async Task<ConnectDecision> ConnectAndPumpAsync(CancellationToken stop)
    {
        if (_view.State is LinkState.Off) Show(LinkState.Connecting, "");
        // The files are looked at from before the connect, so that no change falls between.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var rotated = new CertificateWatch(options, time, logger).ChangedAsync(over.Token);
        try
        {
            var outcome = await MqttSession.ConnectAsync(options, status(GatewayPresence.Offline), commands, stop);
            var isRefused = outcome.Session is null && (outcome.Decision.WasReached || outcome.Decision.State is not (LinkState.Unreachable or LinkState.Incompatible));
            // Other files than those with which it was let in last: changed while it stood, or while it was away.
            if (isRefused && _knownGood is { } known && outcome.Tried is { } tried && !tried.RawDataMemory.Span.SequenceEqual(known.RawDataMemory.Span)) _rotatedAt ??= time.GetTimestamp();
            if (isRefused && _rotatedAt is not null && _knownGood is { } former && former.NotAfter.ToUniversalTime() > time.GetUtcNow().UtcDateTime)
            {
                // A box on a pole that was given a wrong certificate would otherwise need a visit: the one that was good a moment ago may be good still.
                var (refused, again) = (outcome.Decision, await MqttSession.ConnectAsync(options, status(GatewayPresence.Offline), commands, stop, former));
                if (again.Session is { } stood)
                {
                    logger.FormerCertificate(refused.Advice);
                    CertificateRefused?.Invoke(new TwoLanguages(refused.AdviceVi ?? refused.Advice, refused.Advice));
                    await using (stood) return await PumpAsync(stood, again.Decision, rotated, stop);
                }
            }

            if (outcome.Session is not { } session)
            {
                return isRefused && _rotatedAt is { } changed && time.GetElapsedTime(changed) < JustRotated
                    ? outcome.Decision with
                    {
                        Advice = $"{outcome.Decision.Advice} The files of certificates had just changed: has the broker's authority issued the new one, and for this key?",
                        AdviceVi = $"{outcome.Decision.AdviceVi ?? outcome.Decision.Advice} Tệp chứng thư vừa được thay: chứng thư mới có do đúng nơi cấp của máy chủ cấp, và khớp với khóa này không?",
                    }
                    : outcome.Decision;
            }

            if (_rotatedAt is not null) CertificateRefused?.Invoke(null);
            (_rotatedAt, _knownGood) = (null, session.Certificate);
            await using (session) return await PumpAsync(session, outcome.Decision, rotated, stop);
        }
        finally
        {
            line.Down();
            await over.CancelAsync();
            await rotated.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task<ConnectDecision> PumpAsync(MqttSession session, ConnectDecision connected, Task rotated, CancellationToken stop)
    {
        logger.BrokerConnected(options.Address.ToString(), options.ClientId, session.SessionPresent ? "kept" : "new", session.Window);
        var online = status(GatewayPresence.Online);
        board.Set(online.Topic, online.Json);
        Show(LinkState.Connected, "");
        line.Up(session);
        if (commands is not null) _ = ListenAsync(session, commands.Filter);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (_brief.IsContested) _ = TellWhenItStandsAsync(until.Token);
        var pumping = pump.RunAsync(session, until.Token);
        if (await Task.WhenAny(pumping, rotated) == rotated) await until.CancelAsync();
        try { await pumping; }
        finally { await until.CancelAsync(); }
        if (!stop.IsCancellationRequested)
        {
            if (!rotated.IsCompletedSuccessfully) return connected with { Advice = $"The connection ended: {(session.Closed.IsCompleted ? await session.Closed : "no acknowledgement came in time")}." };
            await session.LeaveAsync(); // no last will: the gateway is back at once
            (_rotatedAt, _rotatedNow) = (time.GetTimestamp(), true);
            return connected with { Advice = "The files of certificates changed." };
        }

        await OutboxPump.TryPublishAsync(session, status(GatewayPresence.Offline)).WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None).ContinueWith(_ => { }, TaskScheduler.Default);
        await session.LeaveAsync();
        return connected;
    }

    private async Task TellWhenItStandsAsync(CancellationToken ended)
    {
        try { await Task.Delay(BriefConnections.Stands, time, ended); }
        catch (OperationCanceledException) { return; }
        _brief.Stood();
        Contested?.Invoke(false);
    }

    /// <summary>A broker that allows no commands costs the commands, never the events.</summary>
    private async Task ListenAsync(MqttSession session, string filter)
    {
        try
        {
            var reason = await session.SubscribeAsync(filter);
            if (reason >= 0x80) logger.CommandsNotAllowed(filter, reason);
            CommandsRefused?.Invoke(reason >= 0x80 ? filter : null);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The connection is over; the next one asks again.
        }
    }

    private void Show(LinkState state, string detail, string? detailVi = null)
    {
        if (_view.State == state && _view.Detail == detail) return;
        var view = new LinkView(state, detail) { DetailVi = detailVi };
        _view = view;
        Changed?.Invoke(view);
    }
}

/// <summary>Where commands come in.</summary>
/// <param name="Filter">The topic filter to ask for.</param>
/// <param name="LongestPayload">Bytes of the longest that may be done; of a longer one so many come through the door, and one more.</param>
/// <param name="Enter">Takes one; never waits.</param>
internal sealed record CommandDoor(string Filter, int LongestPayload, Action<IncomingCommand> Enter);

/// <summary>Where the link to the broker stands, and why when it does not stand.</summary>
public sealed record LinkView(LinkState State, string Detail)
{
    /// <summary>The detail in Vietnamese; null where there is none.</summary>
    public string? DetailVi { get; init; }
}
