using System.Threading.Channels;
using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Violations;

/// <summary>
/// Takes complete acts from the camera's thread and publishes them one after the other, since a clip ends some seconds after its act.
/// Bounded: beyond <see cref="MostWaiting"/> the act is published without pictures at once, never lost.
/// </summary>
internal sealed partial class ViolationQueue : IAsyncDisposable
{
    private const int MostWaiting = 32;
    private static readonly TimeSpan LongestAct = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(7); // of the ten that a stop may take

    private readonly Channel<(SettledAct Act, bool Tampered)> _waiting = Channel.CreateBounded<(SettledAct, bool)>(MostWaiting);
    private readonly ViolationDesk _desk;
    private readonly Func<Footage?> _footage;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="desk">Publishes; disposed here.</param>
    /// <param name="footage">The camera's ring; null where there is none.</param>
    /// <param name="logger">For acts that failed.</param>
    public ViolationQueue(ViolationDesk desk, Func<Footage?> footage, ILogger logger)
    {
        (_desk, _footage, _logger) = (desk, footage, logger);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Takes an act. On the camera's thread; never waits.</summary>
    public void Offer(SettledAct act, bool tampered)
    {
        if (_waiting.Writer.TryWrite((act, tampered))) return;
        LogFull(_logger, act.Act.RuleId);
        _ = Task.Run(() => PublishAsync(act, null, tampered));
    }

    /// <summary>Publishes what waits, without waiting for pictures that are still to come, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _stop.CancelAfter(LongestStop);
        await _running;
        _desk.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (var (act, tampered) in _waiting.Reader.ReadAllAsync()) await PublishAsync(act, _footage(), tampered);
    }

    private async Task PublishAsync(SettledAct act, Footage? footage, bool tampered)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(LongestAct);
            await _desk.PublishAsync(act, footage, tampered, limit.Token);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogFailed(_logger, fault, act.Act.RuleId); // one act that fails must not end the publishing of the next
        }
    }

    [LoggerMessage(251, LogLevel.Warning, "Rule {Rule}: too many acts wait for their pictures; this one is published without")]
    private static partial void LogFull(ILogger logger, string rule);

    [LoggerMessage(252, LogLevel.Error, "Rule {Rule}: an act could not be published")]
    private static partial void LogFailed(ILogger logger, Exception fault, string rule);
}
