using System.Globalization;
using EdgeGateway.Sync.Events;
using Microsoft.Extensions.Hosting.Systemd;

namespace EdgeGateway.Health;

/// <summary>How long something may stand still before it counts as stuck.</summary>
internal sealed record WatchdogLimits
{
    /// <summary>The second-by-second housekeeping.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A camera that says that it is streaming and looks at no frame.</summary>
    public TimeSpan Frame { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The outbox's writer and pump. A commit on a worn SD card, or a broker's answer, takes its seconds.</summary>
    public TimeSpan Outbox { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>
/// Tells systemd that the gateway lives, but only when it does: the housekeeping runs, each enabled camera either looks at frames
/// or says honestly that it is down, and the outbox moves or waits honestly for disk or broker. A hung gateway is then restarted by systemd.
/// </summary>
internal sealed class Watchdog(Gateway gateway, ISystemdNotifier notifier)
{
    public WatchdogLimits Limits { get; init; } = new();

    /// <summary>Half of WATCHDOG_USEC as systemd advises, or null where no watchdog is set.</summary>
    public static TimeSpan? Interval =>
        long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds / 2.0)
            : null;

    /// <summary>What does not move although it should; null when all is well.</summary>
    public string? Stuck()
    {
        var now = Environment.TickCount64;
        if (now - gateway.LastTickMs > Limits.Tick.TotalMilliseconds) return "the housekeeping has not run";
        foreach (var camera in gateway.Cameras)
        {
            if (camera.State.Condition != CameraCondition.Streaming) continue;
            // Before the first frame the time runs from the moment when it said that it streams: opening a model may hang too.
            var moved = Math.Max(camera.Meter.LastFrameAtMs, camera.State.ConditionSinceMs);
            if (now - moved > Limits.Frame.TotalMilliseconds) return $"camera {camera.Camera.Id} says that it is streaming and looks at no frame";
        }

        return gateway.Delivery.Stuck(Limits.Outbox);
    }

    /// <summary>Feeds the watchdog until stopped.</summary>
    public Task FeedAsync(CancellationToken stop) => Interval is { } interval ? FeedAsync(interval, stop) : Task.CompletedTask;

    /// <summary>Feeds it at this interval; what is stuck is logged once each time it begins.</summary>
    internal async Task FeedAsync(TimeSpan interval, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            string? told = null;
            while (await timer.WaitForNextTickAsync(stop))
            {
                var stuck = Stuck();
                if (stuck is null) notifier.Notify(new ServiceState("WATCHDOG=1"));
                else if (told is null) gateway.LogStuck(stuck);
                told = stuck;
            }
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }
}
