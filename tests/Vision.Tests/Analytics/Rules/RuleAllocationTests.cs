using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Analytics.Rules;

public sealed class RuleAllocationTests
{
    [Fact]
    public void Twelve_rules_over_forty_tracks_that_come_and_go_allocate_nothing_and_remember_nobody()
    {
        var board = new SignalBoard([new SignalModel("den-1")]);
        var paths = new TrackPaths();
        var line = new DirectedLine("vach", new PointPx(0, 500), new PointPx(900, 500));
        var exit = new DirectedLine("ra", new PointPx(0, 900), new PointPx(900, 900));
        var zone = Stage.Rectangle("lan", 100, 100, 900, 600);
        var plane = new RoadPlane([new(100, 100), new(900, 100), new(900, 600), new(100, 600)], [(0, 40), (10, 40), (10, 0), (0, 0)]);
        var loitering = new Loitering(new LoiteringModel("lau", zone, TimeSpan.FromHours(1)) { Classes = ClassSet.People });
        IFrameAnalytic[] rules =
        [
            new RedLight(new RedLightModel("a", line, CrossingDirection.Out, "den-1"), paths, board),
            new StopLine(new StopLineModel("b", line, CrossingDirection.Out, "den-1"), paths, board),
            new WrongWay(new WrongWayModel("c", zone, new PointPx(0, -1)), paths),
            new ForbiddenZone(new ForbiddenZoneModel("d", zone) { Classes = ClassSet.Of(ObjectClass.Bus) }, paths),
            new NoParking(new NoParkingModel("e", "no_parking", zone, TimeSpan.FromHours(1)) { Signals = ["den-1"] }, paths, board),
            new NoParking(new NoParkingModel("f", "no_stopping", zone, TimeSpan.FromHours(1)), paths, board),
            new Lane(new LaneModel("g", [new LaneUse(zone, ClassSet.MotorVehicles)], [exit]), paths),
            new Turn(new TurnModel("h", "no_u_turn", line, exit), paths),
            new Sidewalk(new SidewalkModel("i", zone), paths),
            new Speeding(new SpeedingModel("j", plane, 90), paths),
            new Crowding(new CrowdingModel("k", zone, 50) { Classes = ClassSet.People }),
            loitering,
        ];
        var tracks = new Track[40];
        var found = new List<Observation>();
        void Frame(int frame)
        {
            var now = new FrameTime(TimeSpan.FromSeconds(frame / 8.0), DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(frame / 8.0));
            board.Advance(now);
            board.Tell("den-1", LightState.Green, now.Utc);
            for (var i = 0; i < tracks.Length; i++)
            {
                var kind = (i % 4) switch { 0 => ObjectClass.Car, 1 => ObjectClass.Motorcycle, 2 => ObjectClass.Truck, _ => ObjectClass.Person };
                var y = 450 - i % 7 * 40 + 3f * (frame % 5);
                tracks[i] = new Track(new TrackId(1 + i + frame / 40 * tracks.Length), kind, new BoxPx(150 + 15 * i, y - 80, 50, 80), 0.8f, 0, 0, now, now, i % 9 == 4 ? -1 : i);
            }

            paths.Look(tracks, now, found);
            foreach (var rule in rules) rule.Look(tracks, now, found);
            if (frame % 40 != 39) return;
            foreach (var track in tracks)
            {
                paths.Forget(track.Id);
                foreach (var rule in rules) rule.Forget(track.Id);
            }
        }

        for (var frame = 0; frame < 200; frame++) Frame(frame);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var frame = 200; frame < 1200; frame++) Frame(frame);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Empty(found);
        // Who stood somewhere is looked for a little longer than its track.
        paths.Look([], new FrameTime(TimeSpan.FromSeconds(1200), DateTimeOffset.UnixEpoch), found);
        Assert.Equal(0, paths.Remembered);
    }
}
