using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Gates;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Analytics.Gates;

public sealed class GateWatchTests
{
    private static readonly DirectedLine Line = new("vach", new PointPx(0, 500), new PointPx(1000, 500)); // downwards is in

    private readonly Plates _plates = new();
    private readonly List<Observation> _found = [];
    private TimeSpan _now = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(25)]
    public void A_plate_that_is_never_settled_is_decided_on_in_time_with_room_for_the_frame_s_own_cost(double fps)
    {
        var watch = Watch();
        _plates.Sight = new PlateSight(40, 1);
        Drive(watch, fps, seconds: 1, y: 300);
        Assert.Empty(_found);
        _plates.Sight = new PlateSight(61, 1);
        var wide = _now;
        Drive(watch, fps, seconds: 2, y: 320);
        var asked = Assert.IsType<VehicleAtGate>(Assert.Single(_found));
        Assert.False(asked.IsSettled);
        Assert.Equal(wide, asked.DueSince.Elapsed);
        Assert.InRange((asked.At.Elapsed - wide).TotalMilliseconds, 0, 550);
    }

    [Fact]
    public void A_plate_that_was_settled_from_afar_is_decided_on_in_the_first_frame_in_which_it_is_wide()
    {
        var watch = Watch();
        (_plates.Sight, _plates.IsSettledNow) = (new PlateSight(40, 5), true);
        Drive(watch, 8, seconds: 1, y: 300);
        Assert.Empty(_found);
        _plates.Sight = new PlateSight(60, 5);
        var wide = _now;
        Drive(watch, 8, seconds: 5, y: 320);
        var seen = Assert.IsType<VehicleAtGate>(Assert.Single(_found));
        Assert.True(seen.IsSettled);
        Assert.Equal((wide, 1), (seen.At.Elapsed, seen.Waiting));
        Assert.False(watch.IsDeciding);
    }

    [Fact]
    public void A_plate_that_settles_after_the_deadline_is_said_once_more()
    {
        var watch = Watch();
        _plates.Sight = new PlateSight(70, 2);
        Drive(watch, 8, seconds: 2, y: 300);
        Assert.False(Assert.IsType<VehicleAtGate>(Assert.Single(_found)).IsSettled);
        (_plates.Sight, _plates.IsSettledNow) = (new PlateSight(70, 6), true);
        Drive(watch, 8, seconds: 2, y: 300);
        Assert.Equal([false, true], _found.Cast<VehicleAtGate>().Select(seen => seen.IsSettled));
    }

    [Fact]
    public void A_vehicle_that_waits_without_a_plate_is_asked_about()
    {
        var watch = Watch();
        Drive(watch, 8, seconds: 3.5, y: 300);
        Assert.Empty(_found);
        Assert.True(watch.IsDeciding); // although it stands: the motion gate must let frames through
        Drive(watch, 8, seconds: 1.5, y: 300);
        var seen = Assert.IsType<VehicleAtGate>(Assert.Single(_found));
        Assert.Equal((false, 0), (seen.IsSettled, seen.PlateWidthPx));
        Assert.InRange(seen.Waited.TotalSeconds, 4, 4.8);
    }

    [Fact]
    public void Who_is_first_seen_behind_the_gate_is_leaving_and_not_asked()
    {
        var watch = Watch();
        (_plates.Sight, _plates.IsSettledNow) = (new PlateSight(90, 5), true);
        Drive(watch, 8, seconds: 1, y: 600);
        Drive(watch, 8, seconds: 10, y: 300); // it has driven out and stands before the gate
        Assert.Empty(_found);
        Assert.Equal(1, watch.Waiting);
    }

    [Fact]
    public void Only_those_in_the_queue_s_zone_and_of_its_classes_are_asked()
    {
        var watch = Watch(model => model with { Queue = new Zone("cho", [new(400, 200), new(600, 200), new(600, 480), new(400, 480)]) });
        (_plates.Sight, _plates.IsSettledNow) = (new PlateSight(90, 5), true);
        Drive(watch, 8, seconds: 2, y: 100);
        Drive(watch, 8, seconds: 2, y: 300, kind: ObjectClass.Person, id: 2);
        Assert.Empty(_found);
        Drive(watch, 8, seconds: 2, y: 300);
        Assert.Equal(new TrackId(1), Assert.IsType<VehicleAtGate>(Assert.Single(_found)).Track);
    }

    [Fact]
    public void Forty_vehicles_that_come_and_go_undecided_allocate_nothing_and_are_not_remembered()
    {
        var watch = Watch();
        var tracks = new Track[40];
        void Frame(int frame)
        {
            _now += TimeSpan.FromMilliseconds(125);
            var now = At(_now);
            for (var i = 0; i < tracks.Length; i++) tracks[i] = TrackOf(1 + i + frame / 20 * tracks.Length, 200 + 5 * i, now, i % 5 == 0 ? ObjectClass.Person : ObjectClass.Car);
            watch.Look(tracks, now, _found);
            if (frame % 20 != 19) return;
            foreach (var track in tracks) watch.Forget(track.Id);
        }

        _plates.Sight = new PlateSight(30, 1);
        for (var frame = 0; frame < 100; frame++) Frame(frame);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var frame = 100; frame < 1000; frame++) Frame(frame);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Empty(_found);
    }

    private GateWatch Watch(Func<GateWatchModel, GateWatchModel>? change = null) => new((change ?? (model => model))(new GateWatchModel("cong", Line, CrossingDirection.In)), _plates);

    private void Drive(GateWatch watch, double fps, double seconds, float y, ObjectClass kind = ObjectClass.Car, int id = 1)
    {
        for (var i = 0; i < seconds * fps; i++)
        {
            var now = At(_now);
            watch.Look([TrackOf(id, y, now, kind)], now, _found);
            _now += TimeSpan.FromSeconds(1 / fps);
        }
    }

    private static Track TrackOf(long id, float y, FrameTime now, ObjectClass kind) =>
        new(new TrackId(id), kind, new BoxPx(450, y - 100, 100, 100), 0.9f, 0, 0, now, now, 0);

    private static FrameTime At(TimeSpan elapsed) => new(elapsed, new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero) + elapsed);

    private sealed class Plates : IPlateLook
    {
        public PlateSight Sight { get; set; }

        public bool IsSettledNow { get; set; }

        public PlateSight SightOf(TrackId track) => Sight;

        public bool IsSettled(TrackId track, int minReads, float minConfidence) => IsSettledNow;

        public PlateReading? ReadingOf(TrackId track) => null;
    }
}
