using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;

namespace EdgeGateway.Vision.Tests.Analytics.Rules;

/// <summary>A stop line from left to right at y = 400; vehicles drive upwards, which is "out".</summary>
public sealed class RedLightTests
{
    private static readonly DirectedLine Line = new("vach-dung", new PointPx(100, 400), new PointPx(700, 400));

    [Fact]
    public void Driving_over_the_line_at_red_is_one_act_with_its_proof()
    {
        var stage = New();
        stage.Light = LightState.Red;
        stage.Run(6);
        stage.Add(ObjectClass.Motorcycle, 300, 560, vy: -100);
        stage.Run(4);
        var act = Assert.Single(stage.Acts);
        Assert.Equal(("RED_LIGHT", "red_light", "den-do", ObjectClass.Motorcycle), (act.Code, act.Rule, act.RuleId, act.Class));
        Assert.Equal(7 + 1.6, act.At.Elapsed.TotalSeconds, 0.2);
        Assert.InRange(act.Moments.Count, 3, 4);
        Assert.True(act.Moments[0].Box.Bottom > 400 && act.Moments[^1].Box.Bottom < 400 - 0.3f * 80);
        Assert.All(act.Signal, span => Assert.Equal(LightState.Red, span.State));
        Assert.True(act.Signal[0].From.Elapsed < act.At.Elapsed && act.Signal[^1].To.Elapsed > act.At.Elapsed);
        Assert.InRange(act.Confidence.Total, 0.5f, 1f);
        Assert.NotNull(act.Confidence.Signal);
        Assert.Null(act.Confidence.Plate);
        Assert.False(act.IsIndicative);
        Assert.Contains("vượt vạch dừng", act.Reason.Vi, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LightState.Green)]
    [InlineData(LightState.Yellow)]
    [InlineData(LightState.Unknown)]
    [InlineData(null)]
    public void At_any_other_light_nobody_is_accused(LightState? light)
    {
        var stage = New();
        stage.Light = light;
        stage.Run(3);
        stage.Add(ObjectClass.Car, 300, 560, vy: -100);
        Assert.Empty(stage.Run(4).Found);
    }

    [Fact]
    public void Who_crosses_just_as_it_turns_red_is_not_accused()
    {
        var stage = New();
        stage.Light = LightState.Green;
        stage.Add(ObjectClass.Car, 300, 560, vy: -100);
        stage.Run(1.3);
        stage.Light = LightState.Red;
        Assert.Empty(stage.Run(4).Found);
    }

    [Fact]
    public void Who_waits_at_the_line_and_goes_at_green_is_not_accused()
    {
        var stage = New();
        stage.Light = LightState.Red;
        var car = stage.Add(ObjectClass.Car, 300, 480, vy: -100);
        stage.Run(0.6);
        car.Vy = 0;
        stage.Run(10);
        stage.Light = LightState.Green;
        car.Vy = -100;
        Assert.Empty(stage.Run(4).Found);
    }

    [Fact]
    public void Who_stands_with_its_wheels_on_the_line_at_red_and_goes_on_at_green_did_not_run_it()
    {
        var stage = New();
        stage.Light = LightState.Red;
        var car = stage.Add(ObjectClass.Car, 300, 480, vy: -100);
        stage.Run(0.875);
        car.Vy = 0;
        stage.Run(6);
        stage.Light = LightState.Green;
        car.Vy = -100;
        Assert.Empty(stage.Run(4).Found);
    }

    [Fact]
    public void Who_stood_on_the_line_and_starts_at_green_before_the_lamps_are_certain_did_not_run_it()
    {
        var stage = New();
        stage.Light = LightState.Red;
        var car = stage.Add(ObjectClass.Car, 300, 480, vy: -100);
        stage.Run(0.875);
        car.Vy = 0;
        stage.Run(6);
        // Two frames and a quarter of a second make the lamps certain; the car is off with the first of them.
        var green = stage.Now;
        car.Vy = -100;
        stage.Light = null;
        stage.Run(0.375);
        stage.Board.Find(Stage.LightId)!.Tell(LightState.Green, green, stage.Now);
        stage.Light = LightState.Green;
        Assert.Empty(stage.Run(4).Found);
    }

    [Fact]
    public void Who_turns_back_at_the_line_is_not_accused()
    {
        var stage = New();
        stage.Light = LightState.Red;
        var rider = stage.Add(ObjectClass.Motorcycle, 300, 480, vy: -100);
        stage.Run(1.1);
        rider.Vy = 80;
        Assert.Empty(stage.Run(4).Found);
    }

    [Fact]
    public void Who_rolls_over_the_line_at_red_and_waits_in_the_junction_has_run_it()
    {
        var stage = New();
        stage.Light = LightState.Red;
        stage.Run(2);
        var rider = stage.Add(ObjectClass.Motorcycle, 300, 480, vy: -100);
        stage.Run(1);
        rider.Vy = 0;
        Assert.Single(stage.Run(6).Acts);
    }

    [Fact]
    public void The_other_direction_is_not_accused()
    {
        var stage = New();
        stage.Light = LightState.Red;
        stage.Run(2);
        stage.Add(ObjectClass.Car, 300, 250, vy: 100);
        Assert.Empty(stage.Run(4).Found);
    }

    [Fact]
    public void People_and_the_rider_on_a_motorcycle_are_never_accused()
    {
        var stage = new Stage((paths, board) => new RedLight(Model with { Classes = ClassSet.Of(ObjectClass.Person, ObjectClass.Motorcycle) }, paths, board)) { Light = LightState.Red };
        stage.Run(2);
        stage.Add(ObjectClass.Person, 300, 550, vy: -100);
        Assert.Empty(stage.Run(4).Found);
    }

    [Fact]
    public void A_flicker_over_the_line_is_no_crossing()
    {
        var stage = New();
        stage.Light = LightState.Red;
        var car = stage.Add(ObjectClass.Car, 300, 430);
        stage.Run(3);
        car.Y = 300;
        stage.Run(0.125);
        car.Y = 430;
        Assert.Empty(stage.Run(3).Acts);
    }

    [Fact]
    public void A_box_that_coasts_over_the_line_accuses_nobody()
    {
        var stage = New();
        stage.Light = LightState.Red;
        var car = stage.Add(ObjectClass.Car, 300, 480, vy: -100);
        stage.Run(0.5);
        car.IsDetected = false;
        Assert.Empty(stage.Run(3).Found);
    }

    [Fact]
    public void Lost_before_the_line_and_found_long_after_says_nothing_of_the_moment_between()
    {
        var stage = New();
        stage.Light = LightState.Green;
        var car = stage.Add(ObjectClass.Car, 300, 480, vy: -50);
        stage.Run(1);
        car.IsDetected = false;
        stage.Run(2);
        stage.Light = LightState.Red;
        car.IsDetected = true;
        Assert.Empty(stage.Run(4).Found);
    }

    [Fact]
    public void Machine_and_rider_tracked_apart_are_one_act()
    {
        var stage = New();
        stage.Light = LightState.Red;
        stage.Run(3);
        stage.Add(ObjectClass.Motorcycle, 300, 560, vy: -100);
        stage.Add(ObjectClass.Motorcycle, 304, 556, vy: -100);
        stage.Run(4);
        Assert.Single(stage.Acts);
    }

    [Fact]
    public void Two_motorcycles_side_by_side_are_two_acts()
    {
        var stage = New();
        stage.Light = LightState.Red;
        stage.Run(3);
        stage.Add(ObjectClass.Motorcycle, 300, 560, vy: -100);
        stage.Add(ObjectClass.Motorcycle, 352, 556, vy: -100);
        stage.Run(4);
        Assert.Equal(2, stage.Acts.Count());
    }

    [Fact]
    public void After_a_track_ended_nothing_of_it_is_kept()
    {
        RedLight? rule = null;
        var stage = new Stage((paths, board) => rule = new RedLight(Model, paths, board)) { Light = LightState.Red };
        var car = stage.Add(ObjectClass.Car, 300, 560, vy: -100);
        stage.Run(2);
        Assert.Equal(1, rule!.Remembered);
        car.IsPresent = false;
        stage.Forget(car);
        Assert.Equal((0, 0), (rule.Remembered, stage.Paths.Remembered));
    }

    [Fact]
    public void Outside_its_hours_the_rule_sees_nothing()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("vn", TimeSpan.FromHours(7), null, null);
        var stage = new Stage((paths, board) => new RedLight(Model with { Calendar = new RuleCalendar(zone, [new HoursOfDay(new TimeOnly(6, 0), new TimeOnly(11, 0))]) }, paths, board)) { Light = LightState.Red };
        stage.Run(2);
        stage.Add(ObjectClass.Car, 300, 560, vy: -100);
        Assert.Empty(stage.Run(4).Found); // 05:00 UTC is 12:00 here
    }

    [Fact]
    public void An_unknown_light_stops_the_start()
    {
        var fault = Assert.Throws<ArgumentException>(() => New("den-2"));
        Assert.Contains("\"den-2\"", fault.Message, StringComparison.Ordinal);
    }

    private static RedLightModel Model { get; } = new("den-do", Line, CrossingDirection.Out, Stage.LightId);

    private static Stage New(string light = Stage.LightId) => new((paths, board) => new RedLight(Model with { Signal = light }, paths, board));
}

/// <summary>The same line; standing beyond it.</summary>
public sealed class StopLineTests
{
    [Fact]
    public void Standing_beyond_the_line_at_red_is_one_act()
    {
        var (stage, car) = Arrive(LightState.Red);
        car.Vy = 0;
        stage.Run(8);
        var act = Assert.Single(stage.Acts);
        Assert.Equal("STOP_LINE", act.Code);
        Assert.Equal("s", act.Measure!.Unit);
    }

    [Fact]
    public void Who_is_lost_where_it_stands_is_not_said_again_under_the_number_of_who_waited_behind_it()
    {
        var (stage, first) = Arrive(LightState.Red);
        first.Vy = 0;
        stage.Run(8);
        var behind = stage.Add(ObjectClass.Car, first.X, first.Y + 100);
        stage.Run(1);
        first.IsPresent = false;
        behind.Vy = -100;
        stage.Run(1);
        behind.Vy = 0;
        stage.Run(8);
        Assert.Single(stage.Acts);
    }

    [Fact]
    public void Standing_before_the_line_is_allowed()
    {
        var (stage, car) = Arrive(LightState.Red, seconds: 1.3);
        car.Vy = 0;
        Assert.Empty(stage.Run(10).Found);
    }

    [Fact]
    public void Who_entered_at_green_and_is_held_up_is_not_meant()
    {
        var (stage, car) = Arrive(LightState.Green);
        car.Vy = 0;
        stage.Run(2);
        stage.Light = LightState.Red;
        Assert.Empty(stage.Run(10).Found);
    }

    [Fact]
    public void Driving_on_is_not_standing()
    {
        var (stage, _) = Arrive(LightState.Red);
        Assert.Empty(stage.Run(4).Found);
    }

    [Fact]
    public void An_unknown_light_accuses_nobody()
    {
        var (stage, car) = Arrive(null);
        car.Vy = 0;
        Assert.Empty(stage.Run(10).Found);
    }

    [Fact]
    public void Who_is_first_seen_right_beyond_the_line_and_drives_away_from_it_has_come_over_it()
    {
        var stage = Before(LightState.Red);
        var car = stage.Add(ObjectClass.Car, 300, 390, vy: -100);
        stage.Run(0.75);
        car.Vy = 0;
        var act = Assert.Single(stage.Run(8).Acts);
        // Nobody saw the crossing: it is dated by the first box, at which the vehicle was over.
        Assert.Equal(4, act.From.Elapsed.TotalSeconds, 0.001);
        Assert.InRange(act.At.Elapsed.TotalSeconds, 4.6, 5.2);
    }

    [Theory]
    [InlineData(300, 390, 0, 0)]        // stands there from the first frame on: nobody knows since when
    [InlineData(300, 330, 0, 100)]      // comes back towards the line
    [InlineData(300, 395, 160, -20)]    // drives along the line
    [InlineData(800, 390, 0, -100)]     // beside the line's end
    [InlineData(300, 120, 0, -100)]     // far beyond: came from elsewhere
    public void Who_is_first_seen_beyond_the_line_otherwise_has_not(float x, float y, float vx, float vy)
    {
        var stage = Before(LightState.Red);
        var car = stage.Add(ObjectClass.Car, x, y, vx, vy);
        stage.Run(0.5);
        (car.Vx, car.Vy) = (0, 0);
        Assert.Empty(stage.Run(8).Found);
    }

    [Fact]
    public void Who_is_first_seen_beyond_the_line_soon_after_the_light_changed_may_have_come_over_it_in_time()
    {
        var stage = Before(LightState.Green);
        stage.Light = LightState.Red;
        stage.Run(1.5);
        var car = stage.Add(ObjectClass.Car, 300, 390, vy: -100);
        stage.Run(0.75);
        car.Vy = 0;
        Assert.Empty(stage.Run(8).Found);
    }

    private static (Stage Stage, Actor Car) Arrive(LightState? light, double seconds = 2.1)
    {
        var stage = Before(light);
        var car = stage.Add(ObjectClass.Car, 300, 560, vy: -100);
        stage.Run(seconds);
        return (stage, car);
    }

    private static Stage Before(LightState? light)
    {
        var line = new DirectedLine("vach-dung", new PointPx(100, 400), new PointPx(700, 400));
        return new Stage((paths, board) => new StopLine(new StopLineModel("qua-vach", line, CrossingDirection.Out, Stage.LightId), paths, board)) { Light = light }.Run(3);
    }
}
