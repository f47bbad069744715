using CsCheck;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Analytics;

public sealed class ZoneOccupancyTests
{
    // A notch from the top makes it concave.
    private static readonly Zone Square = new(
        "san", [new(100, 100), new(300, 100), new(350, 250), new(400, 100), new(500, 100), new(500, 400), new(100, 400)]);

    private readonly ZoneOccupancy _zones = new([Square]);
    private readonly List<Observation> _found = [];
    private double _time;

    private void Frame(params (long Id, float X, float Y, bool Matched)[] people)
    {
        var now = Script.TimeOf(TimeSpan.FromSeconds(_time));
        var tracks = people.Select((p, i) => new Track(
            new TrackId(p.Id), ObjectClass.Person, new BoxPx(p.X - 20, p.Y - 80, 40, 80), 0.9f, 0, 0, now, now, p.Matched ? i : -1)).ToArray();
        _zones.Look(tracks, now, _found);
        _time += 0.1;
    }

    private int Present => _zones.Present(0, ObjectClass.Person);

    [Theory]
    [InlineData(200, 300, true)]
    [InlineData(350, 200, false)]
    [InlineData(350, 260, true)]
    [InlineData(99, 300, false)]
    [InlineData(501, 300, false)]
    [InlineData(300, 401, false)]
    public void A_point_is_inside_or_outside_of_a_notched_zone(float x, float y, bool inside) =>
        Assert.Equal(inside, ZonePolygon.Holds(Square, new PointPx(x, y)));

    [Theory]
    [InlineData(50, 100, true)] // the picture's lower edge cuts it
    [InlineData(50, 103, true)] // and the tracker thinks its feet below
    [InlineData(-2, 80, true)]
    [InlineData(50, 40, false)]
    public void A_zone_drawn_down_to_the_edge_of_the_picture_holds_what_that_edge_cuts(float x, float y, bool inside)
    {
        var lower = new Zone("duoi", [new(0, 50), new(100, 50), new(100, 100), new(0, 100)]) { Picture = (100, 100) };
        Assert.Equal(inside, ZonePolygon.Holds(lower, new PointPx(x, y)));
        Assert.Equal(inside, new EdgeGateway.Vision.Analytics.Rules.ZoneArea(lower).Holds(new PointPx(x, y)));
    }

    [Fact]
    public void The_first_look_tells_of_an_empty_zone_too()
    {
        Frame();
        Frame();
        Assert.Equal([0], _found.Cast<ZoneCounted>().Where(told => told.Class == ObjectClass.Person).Select(told => told.Present));
    }

    [Fact]
    public void Zones_that_share_an_edge_never_both_hold_a_point()
    {
        Zone left = new("a", [new(0, 0), new(10, 0), new(10, 10), new(0, 10)]);
        Zone right = new("b", [new(10, 0), new(20, 0), new(20, 10), new(10, 10)]);
        Gen.Select(Gen.Int[1, 19], Gen.Int[1, 9]).Sample((x, y) =>
            ZonePolygon.Holds(left, new PointPx(x, y)) != ZonePolygon.Holds(right, new PointPx(x, y)));
    }

    [Fact]
    public void People_who_come_stay_and_go_are_counted_with_their_time()
    {
        for (var i = 0; i < 10; i++) Frame((1, 50, 300, true), (2, 200, 300, true));
        Assert.Equal(1, Present);
        for (var i = 0; i < 20; i++) Frame((1, 250, 300, true), (2, 200, 300, true));
        Assert.Equal(2, Present);
        for (var i = 0; i < 10; i++) Frame((1, 50, 300, true), (2, 200, 300, true));
        Assert.Equal(1, Present);
        for (var i = 0; i < 20; i++) Frame();
        Assert.Equal(0, Present);
        var last = Assert.IsType<ZoneCounted>(_found[^1]);
        Assert.Equal((0, 2), (last.Present, last.Visits));
        Assert.Equal(2.0 + 3.9, last.TotalDwell.TotalSeconds, 0.25);
    }

    [Fact]
    public void Someone_swaying_at_the_edge_changes_nothing()
    {
        for (var i = 0; i < 100; i++) Frame((1, i % 4 < 2 ? 96 : 104, 300, true));
        Assert.Equal(0, Present);
        Assert.All(_found, told => Assert.Equal((0, TimeSpan.Zero), (Assert.IsType<ZoneCounted>(told).Present, told.At.Elapsed)));
    }

    [Fact]
    public void A_coasting_track_stays_where_it_was()
    {
        for (var i = 0; i < 10; i++) Frame((1, 200, 300, true));
        for (var i = 0; i < 10; i++) Frame((1, 600, 300, false));
        Assert.Equal(1, Present);
        _zones.Forget(new TrackId(1));
        Assert.Equal(0, Present);
    }

    [Fact]
    public void Changes_are_reported_at_most_once_a_second()
    {
        for (var i = 0; i < 100; i++) Frame([.. Enumerable.Range(0, i / 3).Select(n => ((long)n + 1, 120f + n, 300f, true))]);
        Assert.InRange(_found.Cast<ZoneCounted>().Count(told => told.Present > 0), 8, 11);
        Assert.Equal(Present, Assert.IsType<ZoneCounted>(_found[^1]).Present, 10.0);
    }
}
