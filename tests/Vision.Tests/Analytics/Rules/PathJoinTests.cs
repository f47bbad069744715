using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Analytics.Rules;

/// <summary>A stop line at y = 400; vehicles drive upwards over it while the tracker changes its mind about their numbers.</summary>
public sealed class PathJoinTests
{
    private static readonly DirectedLine Line = new("vach-dung", new PointPx(100, 400), new PointPx(700, 400));

    [Fact]
    public void Lost_before_the_line_and_found_where_it_was_going_it_is_one_way()
    {
        var stage = RedLight();
        var rider = stage.Add(ObjectClass.Motorcycle, 300, 560, vy: -100);
        stage.Run(1.25);
        Hide(stage, rider, 0.5);
        stage.Run(3);
        var act = Assert.Single(stage.Acts);
        Assert.Equal(rider.Id, act.Track);
        Assert.True(act.Moments[0].Box.Bottom > 400);
    }

    [Fact]
    public void Where_two_were_lost_and_one_is_found_nobody_knows_which()
    {
        var stage = RedLight();
        var one = stage.Add(ObjectClass.Motorcycle, 300, 560, vy: -100);
        var other = stage.Add(ObjectClass.Motorcycle, 352, 560, vy: -100);
        stage.Run(1.25);
        other.IsPresent = false;
        one.X = 326;
        Hide(stage, one, 0.5);
        Assert.Empty(stage.Run(3).Acts);
    }

    [Fact]
    public void Found_elsewhere_it_is_somebody_else()
    {
        var stage = RedLight();
        var rider = stage.Add(ObjectClass.Motorcycle, 300, 560, vy: -100);
        stage.Run(1.25);
        rider.X = 480;
        Hide(stage, rider, 0.5);
        Assert.Empty(stage.Run(3).Acts);
    }

    [Fact]
    public void Numbers_that_change_places_do_not_change_who_did_it()
    {
        var stage = RedLight();
        var one = stage.Add(ObjectClass.Motorcycle, 300, 560, vy: -100);
        var other = stage.Add(ObjectClass.Motorcycle, 400, 560, vy: -100);
        stage.Run(1.25);
        (one.Id, other.Id) = (other.Id, one.Id);
        stage.Run(3);
        Assert.Equal([one.Id, other.Id], stage.Acts.OrderBy(act => act.Moments[^1].Box.X).Select(act => act.Track));
        Assert.Equal(2, stage.Found.OfType<TrackHandedOn>().Select(handed => handed.Track).Distinct().Count());
    }

    [Fact]
    public void Who_stands_somewhere_is_known_again_after_the_tracker_has_given_it_up()
    {
        var stage = new Stage((paths, board) => new StopLine(new StopLineModel("qua-vach", Line, CrossingDirection.Out, Stage.LightId), paths, board)) { Light = LightState.Red };
        stage.Run(3);
        var car = stage.Add(ObjectClass.Car, 300, 560, vy: -100);
        stage.Run(2.1);
        car.Vy = 0;
        stage.Run(1);
        car.IsPresent = false;
        stage.Run(3);
        stage.Forget(car);
        Hide(stage, car, 1);
        Assert.Single(stage.Run(1).Acts);
    }

    [Theory]
    [InlineData(-94, true)]  // where the mean of both speeds leads
    [InlineData(70, false)]  // behind where it was lost: no turn leads there
    public void A_turn_that_nobody_saw_is_told_by_the_speeds_before_and_after_it(float up, bool isOneWay)
    {
        var (entry, exit) = (new DirectedLine("vao", new PointPx(100, 400), new PointPx(700, 400)), new DirectedLine("ra", new PointPx(560, 100), new PointPx(560, 450)));
        var stage = new Stage((paths, _) => new Turn(new TurnModel("cam", "no_turn", entry, exit) { EntryDirection = CrossingDirection.Out }, paths));
        var car = stage.Add(ObjectClass.Car, 400, 560, vy: -60);
        stage.Run(3.9);
        // Too long unseen for any join but that of a turn.
        var (x, y) = (car.X, car.Y);
        Hide(stage, car, 3);
        (car.X, car.Y, car.Vx, car.Vy) = (x + 115, y + up, 80, 0);
        stage.Run(4);
        Assert.Equal(isOneWay ? 1 : 0, stage.Acts.Count());
    }

    [Theory]
    [InlineData(-50, 0, true)]   // it drove on unseen
    [InlineData(0, -50, false)]  // it stood before and stands after: in between its number went elsewhere
    public void A_way_is_steady_over_an_instant_when_it_does_not_leap_there(float speed, float leap, bool isSteady)
    {
        var stage = RedLight();
        var car = stage.Add(ObjectClass.Car, 300, 700, vy: speed);
        stage.Run(2);
        var lost = stage.Now.Elapsed;
        car.IsDetected = false;
        stage.Run(1);
        (car.IsDetected, car.Y) = (true, car.Y + leap);
        stage.Run(1);
        Assert.Empty(stage.Found.OfType<TrackHandedOn>()); // too short a leap to break the path
        Assert.Equal(isSteady, stage.Paths.IsSteady(car.Id, lost));
    }

    [Fact]
    public void A_path_that_nobody_continues_ends()
    {
        RedLight? rule = null;
        var stage = new Stage((paths, board) => rule = new RedLight(new RedLightModel("den-do", Line, CrossingDirection.Out, Stage.LightId), paths, board)) { Light = LightState.Red };
        var car = stage.Add(ObjectClass.Car, 300, 560);
        stage.Run(2);
        car.IsPresent = false;
        stage.Forget(car);
        Assert.Equal((1, 1), (rule!.Remembered, stage.Paths.Remembered)); // it stood there: perhaps it stands there still
        stage.Run(8);
        Assert.Equal((0, 0), (rule.Remembered, stage.Paths.Remembered));
    }

    private static Stage RedLight()
    {
        var stage = new Stage((paths, board) => new RedLight(new RedLightModel("den-do", Line, CrossingDirection.Out, Stage.LightId), paths, board)) { Light = LightState.Red };
        return stage.Run(3);
    }

    /// <summary>Not seen for a while, then under another number; the tracker still looks for the old one.</summary>
    private static void Hide(Stage stage, Actor actor, double seconds)
    {
        actor.IsPresent = false;
        stage.Run(seconds);
        actor.Id = new TrackId(actor.Id.Value + 100);
        actor.FirstSeen = null;
        actor.IsPresent = true;
    }
}
