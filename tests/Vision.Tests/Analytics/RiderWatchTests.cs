using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Analytics;

public sealed class RiderWatchTests
{
    private const int Rider = 1, Machine = 2;

    private readonly RiderWatch _riders = new();
    private double _time;

    private static Track Of(int id, ObjectClass kind, float x, float bottom, float width, float height, float vx, bool matched = true) => new(
        new TrackId(id), kind, new BoxPx(x - width / 2, bottom - height, width, height), 0.9f, vx, 0, Script.TimeOf(TimeSpan.Zero), Script.TimeOf(TimeSpan.Zero), matched ? id : -1);

    private bool IsCounted(params Track[] tracks)
    {
        _time += 0.125;
        var marked = _riders.Mark(tracks, Script.TimeOf(TimeSpan.FromSeconds(_time)));
        foreach (ref readonly var track in marked)
        {
            if (track.Id.Value == Rider) return !track.Rides;
        }

        return false;
    }

    [Theory]
    [InlineData(ObjectClass.Motorcycle)]
    [InlineData(ObjectClass.Bicycle)]
    public void Who_rides_is_no_pedestrian_from_the_first_frame_on(ObjectClass kind)
    {
        for (var i = 0; i < 16; i++)
        {
            var x = 100 + 20 * i;
            Assert.False(IsCounted(Of(Rider, ObjectClass.Person, x, 280, 40, 90, 160), Of(Machine, kind, x + 4, 300, 50, 80, 155)));
        }
    }

    [Fact]
    public void The_machine_itself_stays()
    {
        var tracks = new[] { Of(Rider, ObjectClass.Person, 100, 280, 40, 90, 0), Of(Machine, ObjectClass.Motorcycle, 104, 300, 50, 80, 0) };
        Assert.Equal([true, false], _riders.Mark(tracks, Script.TimeOf(TimeSpan.Zero)).ToArray().Select(track => track.Rides));
    }

    [Fact]
    public void Who_walks_past_a_parked_machine_stays_a_pedestrian()
    {
        for (var i = 0; i < 32; i++)
        {
            Assert.True(IsCounted(Of(Rider, ObjectClass.Person, 100 + 12 * i, 310, 40, 100, 96), Of(Machine, ObjectClass.Motorcycle, 300, 300, 60, 80, 0)));
        }
    }

    [Fact]
    public void A_rider_whose_machine_is_hidden_for_a_moment_stays_a_rider()
    {
        for (var i = 0; i < 16; i++) IsCounted(Of(Rider, ObjectClass.Person, 100 + 20 * i, 280, 40, 90, 160), Of(Machine, ObjectClass.Motorcycle, 104 + 20 * i, 300, 50, 80, 160));
        for (var i = 16; i < 22; i++) Assert.False(IsCounted(Of(Rider, ObjectClass.Person, 100 + 20 * i, 280, 40, 90, 160)));
    }

    [Fact]
    public void A_rider_whose_machine_is_known_a_frame_later_becomes_a_rider_at_once()
    {
        Assert.True(IsCounted(Of(Rider, ObjectClass.Person, 100, 280, 40, 90, 160)));
        for (var i = 1; i < 3; i++) IsCounted(Of(Rider, ObjectClass.Person, 100 + 20 * i, 280, 40, 90, 160), Of(Machine, ObjectClass.Motorcycle, 104 + 20 * i, 300, 50, 80, 160));
        Assert.False(IsCounted(Of(Rider, ObjectClass.Person, 160, 280, 40, 90, 160), Of(Machine, ObjectClass.Motorcycle, 164, 300, 50, 80, 160)));
    }

    [Fact]
    public void Who_gets_off_and_walks_away_becomes_a_pedestrian()
    {
        for (var i = 0; i < 16; i++) IsCounted(Of(Rider, ObjectClass.Person, 100, 280, 40, 90, 0), Of(Machine, ObjectClass.Motorcycle, 104, 300, 50, 80, 0));
        var counted = false;
        for (var i = 0; i < 24; i++) counted = IsCounted(Of(Rider, ObjectClass.Person, 100 + 12 * i, 310, 40, 95, 96), Of(Machine, ObjectClass.Motorcycle, 104, 300, 50, 80, 0));
        Assert.True(counted);
    }

    [Fact]
    public void A_walker_whom_the_model_less_surely_calls_a_motorcycle_too_stays_a_pedestrian()
    {
        for (var i = 0; i < 16; i++)
        {
            var x = 100 + 6 * i;
            Assert.True(IsCounted(Of(Rider, ObjectClass.Person, x, 300, 40, 90, 48), Of(Machine, ObjectClass.Motorcycle, x + 3, 301, 38, 74, 48) with { Score = 0.6f }));
        }
    }

    [Fact]
    public void Who_walks_far_behind_a_machine_in_the_same_line_of_sight_is_counted()
    {
        for (var i = 0; i < 16; i++)
            Assert.True(IsCounted(Of(Rider, ObjectClass.Person, 100, 210, 20, 50, 10), Of(Machine, ObjectClass.Motorcycle, 104, 300, 80, 160, 10)));
    }
}
