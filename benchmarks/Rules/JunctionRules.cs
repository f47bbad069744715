using EdgeGateway.Benchmarks.Rules.Simulator;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;

namespace EdgeGateway.Benchmarks.Rules;

/// <summary>The rules of the simulated junction, with the product's defaults.</summary>
internal static class JunctionRules
{
    public const string Light = "den-1";

    public static IFrameAnalytic[] Make(SignalBoard board)
    {
        var paths = new TrackPaths();
        var stop = Line("vach-dung", new PointM(0, Junction.StopLineY), new PointM(Junction.Kerb, Junction.StopLineY));
        var back = Line("chieu-ve", new PointM(-7, Junction.StopLineY), new PointM(-0.3, Junction.StopLineY));
        var right = Line("re-phai", new PointM(Junction.Kerb + 0.5, 43), new PointM(Junction.Kerb + 0.5, 29));
        var solid = Line("vach-lien", new PointM(Junction.LaneEdge, Junction.NearY), new PointM(Junction.LaneEdge, Junction.FarY));
        var plane = new RoadPlane([.. Junction.SpeedRoad.Select(Eye.ToPx)], [.. Junction.SpeedRoad.Select(p => (p.X, p.Y))]);
        return
        [
            paths,
            new RedLight(new RedLightModel("den-do", stop, CrossingDirection.Out, Light), paths, board),
            new StopLine(new StopLineModel("qua-vach", stop, CrossingDirection.Out, Light), paths, board),
            new WrongWay(new WrongWayModel("nguoc-chieu", Area("phan-duong", Junction.Carriageway), new PointPx(0, -1)), paths),
            new ForbiddenZone(new ForbiddenZoneModel("cam", Area("ben", Junction.ClosedBay)), paths),
            new Sidewalk(new SidewalkModel("via-he", Area("via-he", Junction.Pavement)), paths),
            new NoParking(new NoParkingModel("dung-do", "no_parking", Area("le-duong", Junction.KerbZone), TimeSpan.FromSeconds(20)) { Signals = [Light] }, paths, board),
            new Lane(new LaneModel("lan", [new LaneUse(Area("lan-o-to", Junction.CarLane), ClassSet.FourWheelers), new LaneUse(Area("lan-xe-may", Junction.MotorcycleLane), ClassSet.Of(ObjectClass.Motorcycle, ObjectClass.Bicycle))], [solid]), paths),
            new Turn(new TurnModel("quay-dau", "no_u_turn", stop, back) { EntryDirection = CrossingDirection.Out, ExitDirection = CrossingDirection.In }, paths),
            new Turn(new TurnModel("re-phai", "no_turn", stop, right) { EntryDirection = CrossingDirection.Out }, paths),
            new Speeding(new SpeedingModel("toc-do", plane, 50), paths),
        ];
    }

    private static DirectedLine Line(string id, PointM a, PointM b) => new(id, Eye.ToPx(a), Eye.ToPx(b));

    private static Zone Area(string id, PointM[] points) => new(id, [.. points.Select(Eye.ToPx)]);
}
