using Microsoft.Extensions.Hosting.Systemd;

namespace EdgeGateway.Health;

/// <summary>
/// A start that seals what was kept in clear takes as long as the disk needs: systemd is asked for more time while the work moves on, or it would kill the
/// gateway at TimeoutStartSec again and again (sd_notify(3), EXTEND_TIMEOUT_USEC). Without systemd nothing happens.
/// </summary>
internal static class StartPatience
{
    private static readonly TimeSpan More = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(5);

    private static readonly SystemdNotifier Notifier = new();
    private static long _askedMs = long.MinValue / 2;

    /// <summary>A piece of the work is done. From any thread, as often as one likes.</summary>
    public static void AskFor()
    {
        var now = Environment.TickCount64;
        var asked = Interlocked.Read(ref _askedMs);
        if (!Notifier.IsEnabled || now - asked < AskEvery.TotalMilliseconds || Interlocked.CompareExchange(ref _askedMs, now, asked) != asked) return;
        Notifier.Notify(new ServiceState($"EXTEND_TIMEOUT_USEC={(long)More.TotalMicroseconds}"));
    }
}
