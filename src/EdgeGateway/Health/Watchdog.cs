using System.Globalization;
using EdgeGateway.Sync.Events;
using Microsoft.Extensions.Hosting.Systemd;

namespace EdgeGateway.Health;

/// <summary>
/// Tells systemd that the gateway lives, but only when it does: the housekeeping runs, and each enabled camera either looks at frames
/// or says honestly that it is down. A hung gateway is then restarted by systemd.
/// </summary>
internal sealed class Watchdog(Gateway gateway, ISystemdNotifier notifier)
{
    private static readonly TimeSpan TickLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FrameLimit = TimeSpan.FromSeconds(30);

    /// <summary>Half of WATCHDOG_USEC as systemd advises, or null where no watchdog is set.</summary>
    public static TimeSpan? Interval =>
        long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds / 2.0)
            : null;

    /// <summary>What does not move although it should; null when all is well.</summary>
    public string? Stuck()
    {
        var now = Environment.TickCount64;
        if (now - gateway.LastTickMs > TickLimit.TotalMilliseconds) return "the housekeeping has not run";
        foreach (var camera in gateway.Cameras)
        {
            var streaming = camera.State.Condition == CameraCondition.Streaming;
            if (streaming && camera.Meter.LastFrameAtMs > 0 && now - camera.Meter.LastFrameAtMs > FrameLimit.TotalMilliseconds)
                return $"camera {camera.Camera.Id} says that it is streaming and looks at no frame";
        }

        return null;
    }

    /// <summary>Feeds the watchdog until stopped.</summary>
    public async Task FeedAsync(CancellationToken stop)
    {
        if (Interval is not { } interval) return;
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (Stuck() is null) notifier.Notify(new ServiceState("WATCHDOG=1"));
            }
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }
}
