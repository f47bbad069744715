using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Sites;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Tests.Counting;

public sealed class ZoneMeterTests : IDisposable
{
    private static readonly DateTimeOffset Ten = new(2026, 7, 4, 3, 0, 0, TimeSpan.Zero); // 10:00 local
    private readonly string _folder = TestEvents.Folder();
    private readonly ZoneMeter _meter = new(IntervalGrid.HoChiMinh);

    public ZoneMeterTests() => _meter.Expect("san", "person");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Watch(DateTimeOffset from, int seconds)
    {
        for (var i = 0; i < seconds; i++) _meter.Watch(from.AddSeconds(i));
    }

    private List<ZoneStretch> Drain()
    {
        List<ZoneStretch> found = [];
        _meter.Drain(found);
        return found;
    }

    [Fact]
    public void People_present_are_averaged_over_watched_seconds_alone()
    {
        Watch(Ten, 10);
        _meter.Take("san", "person", 4, 0, TimeSpan.Zero, Ten.AddSeconds(10));
        Watch(Ten.AddSeconds(10), 20); // then nobody looks for a minute
        _meter.Take("san", "person", 1, 3, TimeSpan.FromSeconds(60), Ten.AddSeconds(90));
        _meter.Take("via-he", "person", 9, 0, TimeSpan.Zero, Ten.AddSeconds(90)); // no counter asks for it
        Watch(Ten.AddSeconds(90), 10);
        Assert.Equal([new ZoneStretch("san", "person", Ten, 90, 40, 4, 3, TimeSpan.FromSeconds(60))], Drain());
        Assert.Empty(Drain());
    }

    [Fact]
    public void An_hour_ends_with_its_sums_and_a_camera_that_looks_anew_begins_at_nothing()
    {
        _meter.Take("san", "person", 2, 7, TimeSpan.FromSeconds(70), Ten.AddMinutes(59));
        Watch(Ten.AddMinutes(59), 60);
        Watch(Ten.AddHours(1), 1);
        _meter.Take("san", "person", 1, 8, TimeSpan.FromSeconds(75), Ten.AddHours(1));
        _meter.Take("san", "person", 0, 1, TimeSpan.FromSeconds(3), Ten.AddHours(1).AddSeconds(2)); // restarted: visits begin anew
        Assert.Equal([(Ten, 60, 2, 7), (Ten.AddHours(1), 1, 2, 2)], Drain().Select(one => (one.Hour, one.WatchedSeconds, one.Most, one.Visits)));
    }

    [Fact]
    public void The_archive_adds_parts_of_an_hour_and_tells_no_mean_of_fewer_than_five_stays()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), IntervalGrid.HoChiMinh);
        ZoneStretch Part(DateTimeOffset hour, int most, int visits) => new("san", "person", hour, 600, 300, most, visits, TimeSpan.FromSeconds(20 * visits));
        void Add(params ZoneStretch[] parts) => archive.Together(() =>
        {
            foreach (var part in parts) archive.AddZone("bai-bien", "g1", "cong", part);
            return 0;
        });

        Add(Part(Ten, 3, 2), Part(Ten, 5, 1));
        var few = Assert.Single(archive.Zones(Ten, Ten.AddHours(1), "bai-bien"));
        Assert.Equal((2.0, 5, 3L, 600.0), (few.Mean, few.Most, few.Visits, few.WatchedSeconds));
        Assert.Null(few.MeanDwell);
        Add(Part(Ten.AddHours(2), 9, 4), Part(Ten.AddDays(1), 50, 1));
        var day = Assert.Single(archive.Zones(Ten.AddHours(-10), Ten.AddHours(14), "bai-bien"));
        Assert.Equal((9, Ten.AddHours(2), TimeSpan.FromSeconds(20)), (day.Most, day.MostIn, day.MeanDwell!.Value));
        Assert.Empty(archive.Zones(Ten, Ten.AddDays(1), "bien-khac"));
    }

    [Fact]
    public void A_zone_at_the_edge_of_its_capacity_does_not_flutter()
    {
        var levels = new CapacityLevels(20, 0.8, 0.95, 0.1);
        var (level, told) = (OccupancyLevel.Normal, new List<OccupancyLevel>());
        foreach (var present in (int[])[15, 16, 15, 16, 15, 19, 18, 21, 20, 19, 18, 16, 13])
        {
            if (levels.Of(present, level) is var next && next != level) told.Add(next);
            level = next;
        }

        Assert.Equal([OccupancyLevel.Warn, OccupancyLevel.Full, OccupancyLevel.Over, OccupancyLevel.Full, OccupancyLevel.Warn, OccupancyLevel.Normal], told);
    }
}
