using EdgeGateway.Commands;
using EdgeGateway.Health;
using EdgeGateway.Testing;
using EdgeGateway.Tests.EndToEnd;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Tests.Health;

public sealed class WatchdogTests
{
    [Fact]
    public async Task A_camera_thread_that_hangs_stops_the_food_and_one_that_looks_again_brings_it_back()
    {
        using var site = new Installation().Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        var folder = LoadedConfig.FolderOf(site.Folder);
        var first = folder.Load();
        using var hang = new ManualResetEventSlim(initialState: true);
        var notifier = new Food();
        await using var gateway = new Gateway(first.Gateway!, NullLoggerFactory.Instance, TimeProvider.System, inspect: (_, _, _) => hang.Wait());
        gateway.Start(first.Files);
        var watchdog = new Watchdog(gateway, notifier) { Limits = new WatchdogLimits { Frame = TimeSpan.FromSeconds(2), Outbox = TimeSpan.FromSeconds(30) } };
        using var stop = new CancellationTokenSource();
        var feeding = watchdog.FeedAsync(TimeSpan.FromMilliseconds(50), stop.Token);
        await Wait.Until("frames are looked at and the watchdog is fed", () => gateway.Cameras.Single().Meter.Watched > 3 && notifier.Given > 3 && watchdog.Stuck() is null, Ioc.Patience);
        hang.Reset();
        await Wait.Until("the hanging camera is named", () => watchdog.Stuck() is { } stuck && stuck.Contains("cong", StringComparison.Ordinal), Ioc.Patience);
        hang.Set();
        var before = notifier.Given;
        await Wait.Until("it is fed again", () => watchdog.Stuck() is null && notifier.Given > before, Ioc.Patience);
        await stop.CancelAsync();
        await feeding;
    }

    [Fact]
    public async Task A_camera_that_is_honestly_down_and_a_broker_that_is_away_do_not_stop_the_food()
    {
        using var site = new Installation().Camera("cong", "rtsp://127.0.0.1:1/main");
        var first = LoadedConfig.FolderOf(site.Folder).Load();
        var notifier = new Food();
        await using var gateway = new Gateway(first.Gateway!, NullLoggerFactory.Instance, TimeProvider.System);
        gateway.Start(first.Files);
        var watchdog = new Watchdog(gateway, notifier) { Limits = new WatchdogLimits { Frame = TimeSpan.FromMilliseconds(500) } };
        using var stop = new CancellationTokenSource();
        var feeding = watchdog.FeedAsync(TimeSpan.FromMilliseconds(50), stop.Token);
        await Wait.Until("it is fed for a while", () => notifier.Given > 40, Ioc.Patience);
        Assert.Null(watchdog.Stuck());
        await stop.CancelAsync();
        await feeding;
    }

    private sealed class Food : ISystemdNotifier
    {
        private int _given;

        public int Given => Volatile.Read(ref _given);

        public bool IsEnabled => true;

        public void Notify(ServiceState state) => Interlocked.Increment(ref _given);
    }
}
