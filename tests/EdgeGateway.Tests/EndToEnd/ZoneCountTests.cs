using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Testing;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>People in zones and people who turn back, from the camera to events, alerts and the archive.</summary>
public sealed class ZoneCountTests
{
    private static FrameTime At(double seconds) => new(TimeSpan.FromSeconds(seconds), new DateTimeOffset(2026, 5, 1, 2, 0, 0, TimeSpan.Zero).AddSeconds(seconds));

    [Fact]
    public async Task A_zone_tells_who_is_in_it_raises_its_alert_and_leaves_sums_for_the_report()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port);
        site.Write("cameras/san.yaml", $$"""
            id: san
            name: Sân khấu
            source: { url: "{{Installation.UrlOf(await StreetClip.PathAsync())}}", loop: true }
            analyseFps: 5
            lines: { gate: { points: [[0.02, 0.5], [0.98, 0.5]], units: fraction } }
            zones: { all: { points: [[0, 0], [1, 0], [1, 1], [0, 1]], units: fraction } }
            counting:
              - { id: visitors, line: gate, interval: 1d, occupancy: true }
              - { id: present, zone: all, capacity: 1 }
            """);
        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("the zone is over its capacity", () => ioc.Alerts("capacity", "raised").Count > 0, gateway);
            await ioc.UntilAsync("stays have ended", () => ioc.Events("occupancy").Any(one => one.Data.TryGetProperty("meanDwell", out _)), gateway);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        Assert.EndsWith("capacity-san.present", ioc.Alerts("capacity", "raised")[0].Word("key"), StringComparison.Ordinal);
        var told = ioc.Events("occupancy").Where(one => one.Data.GetProperty("zone").GetString() == "all").ToList();
        Assert.All(told, one => Assert.Equal("tracks", one.Word("method")));
        // The alert comes with the second in which the zone's event does.
        var over = told.First(one => one.Word("level") != "normal");
        var apart = ioc.Alerts("capacity", "raised")[0].Event.GetProperty("time").GetDateTimeOffset() - over.Event.GetProperty("time").GetDateTimeOffset();
        Assert.InRange(apart.TotalSeconds, -2, 2);
        Assert.All(told.Where(one => one.Data.GetProperty("visits").GetInt32() < ZoneMeter.LeastVisits), one => Assert.False(one.Data.TryGetProperty("meanDwell", out _)));
        using var archive = CountArchive.Open(Path.Combine(site.Storage, CountArchive.FileName), site.Zone);
        var sums = archive.Zones(DateTimeOffset.UtcNow.AddHours(-2), DateTimeOffset.UtcNow.AddHours(1), "bai-bien");
        Assert.All(sums, one => Assert.Equal(("san", "all", "person"), (one.Camera, one.Zone, one.Class)));
        Assert.True(sums.Sum(one => one.WatchedSeconds) > 5 && sums.Max(one => one.Most) > 1 && sums.Sum(one => one.Visits) > 0, string.Join("; ", sums));
        await ioc.AllKeepTheContractAsync();
    }

    [Fact]
    public void A_track_that_comes_back_over_its_line_has_turned_back_and_one_that_goes_on_has_not()
    {
        static LineCrossed Over(long track, string line, CrossingDirection direction, double at) =>
            new(At(at), new TrackId(track), ObjectClass.Person, line, direction, null, TimeSpan.Zero, default);

        var turnBacks = new TurnBacks();
        TimeSpan? After(LineCrossed crossing) => turnBacks.See(crossing).After;

        Assert.Null(After(Over(1, "gate", CrossingDirection.In, 10)));
        Assert.Null(After(Over(2, "gate", CrossingDirection.Out, 11)));
        Assert.Null(After(Over(1, "exit", CrossingDirection.Out, 12)));
        Assert.Equal(TimeSpan.FromSeconds(7), After(Over(1, "gate", CrossingDirection.Out, 17)));
        Assert.Null(After(Over(1, "gate", CrossingDirection.In, 20))); // in again: the third way is no second turn-back
        for (var i = 0; i < 5_000; i++) Assert.Null(After(Over(100 + i, "gate", CrossingDirection.In, 40 + i)));
        Assert.Null(After(Over(100, "gate", CrossingDirection.Out, 6_000))); // long gone: memory is bounded
    }

    [Fact]
    public void A_crossing_that_is_taken_back_takes_its_turn_back_with_it()
    {
        static LineCrossed Over(CrossingDirection direction, double at, double? takesBack = null) =>
            new(At(at), new TrackId(1), ObjectClass.Person, "gate", direction, null, TimeSpan.Zero, default) { TakesBack = takesBack is { } taken ? At(taken) : null };

        var turnBacks = new TurnBacks();
        var early = Over(CrossingDirection.In, 10);
        turnBacks.See(early);
        Assert.Equal(new TurnBack(TimeSpan.FromSeconds(1), early), turnBacks.See(Over(CrossingDirection.Out, 11, takesBack: 10)));
        Assert.Equal(new TurnBack(TimeSpan.FromSeconds(2)), turnBacks.See(Over(CrossingDirection.Out, 12, takesBack: 10))); // that one is none already

        turnBacks.See(Over(CrossingDirection.In, 20));
        var back = Over(CrossingDirection.Out, 27);
        Assert.Equal(new TurnBack(TimeSpan.FromSeconds(7)), turnBacks.See(back));
        Assert.Equal(new TurnBack(TimeSpan.FromSeconds(1), back, TimeSpan.FromSeconds(7)), turnBacks.See(Over(CrossingDirection.In, 28, takesBack: 27)));
        Assert.Equal(TimeSpan.FromSeconds(20), turnBacks.See(Over(CrossingDirection.Out, 40)).After); // and goes in the end, 20 s after it came
    }

    [Fact]
    public void Stays_are_those_of_the_hour_and_their_mean_is_told_from_five_on()
    {
        ZoneCounted Zone(double at, int visits, double dwell) => new(At(at), "all", ObjectClass.Person, 3, visits, TimeSpan.FromSeconds(dwell));
        var dwell = new HourlyDwell();
        Assert.Equal((4, null), dwell.Of(Zone(10, 4, 400)));
        Assert.Equal((6, TimeSpan.FromSeconds(100)), dwell.Of(Zone(20, 6, 600)));
        Assert.Equal((1, null), dwell.Of(Zone(3_700, 7, 650)));
        Assert.Equal((5, TimeSpan.FromSeconds(20)), dwell.Of(Zone(3_800, 11, 700)));
        Assert.Equal((2, null), dwell.Of(Zone(3_900, 2, 9))); // the camera looks anew
    }
}
