using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;

namespace EdgeGateway.Vision.Tests.Analytics.Rules;

/// <summary>Rules over one zone: a lane of 200 px by 500 px.</summary>
public sealed class ZoneRuleTests
{
    private static readonly Zone Lane = Stage.Rectangle("lan-phai", 300, 100, 500, 600);

    [Fact]
    public void Driving_against_the_lane_is_one_act_however_long_it_lasts()
    {
        var stage = WrongWay();
        stage.Add(ObjectClass.Motorcycle, 400, 80, vy: 70);
        var act = Assert.Single(stage.Run(8).Acts);
        Assert.Equal("WRONG_WAY", act.Code);
        Assert.True(act.From.Elapsed < act.At.Elapsed && act.At.Elapsed < act.To.Elapsed);
        Assert.True(act.Moments.Count >= 3);
    }

    [Theory]
    [InlineData(400, 620, 0, -70)] // the allowed way
    [InlineData(280, 200, 90, 30)] // across, a little against
    [InlineData(400, 120, 0, 12)] // reversing at walking pace
    public void Driving_as_allowed_across_or_backing_up_is_none(float x, float y, float vx, float vy)
    {
        var stage = WrongWay();
        stage.Add(ObjectClass.Car, x, y, vx, vy);
        Assert.Empty(stage.Run(6).Found);
    }

    [Fact]
    public void Backing_up_a_length_and_going_on_is_none()
    {
        var stage = WrongWay();
        var car = stage.Add(ObjectClass.Car, 400, 300, vy: 60);
        stage.Run(1.8);
        car.Vy = -80;
        Assert.Empty(stage.Run(3).Found);
    }

    [Fact]
    public void Going_to_and_fro_adds_up_to_nothing()
    {
        var stage = WrongWay();
        var car = stage.Add(ObjectClass.Car, 400, 300);
        for (var i = 0; i < 20; i++)
        {
            car.Vy = i % 2 == 0 ? 90 : -90;
            stage.Run(1);
        }

        Assert.Empty(stage.Found);
    }

    [Fact]
    public void Lost_and_found_under_another_number_is_the_same_act()
    {
        var stage = WrongWay();
        var rider = stage.Add(ObjectClass.Motorcycle, 400, 80, vy: 60);
        stage.Run(4);
        Assert.Single(stage.Acts);
        rider.IsPresent = false;
        stage.Run(1.5);
        stage.Renumber(rider);
        rider.IsPresent = true;
        Assert.Single(stage.Run(3).Acts);
    }

    [Fact]
    public void Who_drives_in_where_another_one_drove_out_is_another_and_is_reported()
    {
        var stage = new Stage((paths, _) => new ForbiddenZone(new ForbiddenZoneModel("cam", Stage.Rectangle("duong", 300, 100, 500, 900)), paths));
        var first = stage.Add(ObjectClass.Car, 400, 150, vy: 150);
        stage.Run(3);
        Assert.Single(stage.Acts);
        first.IsPresent = false;
        stage.Forget(first);
        stage.Run(0.4);
        stage.Add(ObjectClass.Car, 400, 640, vy: -150);
        Assert.Equal(2, stage.Run(3).Acts.Count());
    }

    [Fact]
    public void After_the_cool_down_the_same_vehicle_is_reported_again()
    {
        var stage = new Stage((paths, _) => new WrongWay(new WrongWayModel("nguoc-chieu", Lane, new PointPx(0, -1)) { CoolDown = TimeSpan.FromSeconds(10) }, paths));
        var rider = stage.Add(ObjectClass.Motorcycle, 400, 80, vy: 70);
        stage.Run(6);
        rider.Vy = -70;
        stage.Run(7);
        rider.Vy = 70;
        stage.Run(6);
        Assert.Equal(2, stage.Acts.Count());
    }

    [Fact]
    public void A_short_look_is_not_enough_to_accuse()
    {
        var stage = new Stage((paths, _) => new WrongWay(new WrongWayModel("nguoc-chieu", Lane, new PointPx(0, -1)) { MinSeen = TimeSpan.FromSeconds(8) }, paths));
        stage.Add(ObjectClass.Motorcycle, 400, 80, vy: 70);
        Assert.Empty(stage.Run(6).Found);
    }

    [Theory]
    [InlineData(ObjectClass.Truck, 1)]
    [InlineData(ObjectClass.Car, 0)]
    [InlineData(ObjectClass.Person, 0)]
    public void A_zone_closed_to_trucks_stops_trucks_only(ObjectClass kind, int acts)
    {
        var stage = new Stage((paths, _) => new ForbiddenZone(new ForbiddenZoneModel("cam-tai", Lane) { Classes = ClassSet.Of(ObjectClass.Truck) }, paths));
        stage.Add(kind, 400, 620, vy: -80);
        Assert.Equal(acts, stage.Run(5).Acts.Count(act => act.Code == "PROHIBITED_ROAD"));
    }

    [Fact]
    public void Hours_make_it_a_closed_time_and_midnight_belongs_to_the_day_before()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("vn", TimeSpan.FromHours(7), null, null);
        // Friday nights, 22:00 to 05:00.
        var calendar = new RuleCalendar(zone, [new HoursOfDay(new TimeOnly(22, 0), new TimeOnly(5, 0))], [DayOfWeek.Friday]);
        int At(DateTimeOffset local)
        {
            var stage = new Stage((paths, _) => new ForbiddenZone(new ForbiddenZoneModel("gio-cam", Lane) { Calendar = calendar }, paths)) { Start = local.ToUniversalTime() };
            stage.Add(ObjectClass.Car, 400, 620, vy: -80);
            return stage.Run(5).Acts.Count(act => act.Code == "PROHIBITED_TIME");
        }

        var vietnam = TimeSpan.FromHours(7);
        Assert.Equal(1, At(new DateTimeOffset(2026, 6, 5, 23, 0, 0, vietnam))); // a Friday
        Assert.Equal(1, At(new DateTimeOffset(2026, 6, 6, 4, 0, 0, vietnam))); // its night
        Assert.Equal(0, At(new DateTimeOffset(2026, 6, 6, 23, 0, 0, vietnam)));
        Assert.Equal(0, At(new DateTimeOffset(2026, 6, 5, 4, 0, 0, vietnam)));
    }

    [Fact]
    public void Dates_add_and_take_away_days()
    {
        var only = new RuleCalendar(TimeZoneInfo.Utc, [], null, [new DateOnly(2026, 9, 2)]);
        var except = new RuleCalendar(TimeZoneInfo.Utc, [], [DayOfWeek.Wednesday], null, [new DateOnly(2026, 9, 2)]);
        var feast = new DateTimeOffset(2026, 9, 2, 12, 0, 0, TimeSpan.Zero);
        Assert.True(only.Holds(feast));
        Assert.False(only.Holds(feast.AddDays(1)));
        Assert.False(except.Holds(feast));
        Assert.True(except.Holds(feast.AddDays(7)));
    }

    [Fact]
    public void Standing_in_a_closed_zone_is_not_driving_in_it()
    {
        var stage = new Stage((paths, _) => new ForbiddenZone(new ForbiddenZoneModel("cam", Lane), paths));
        stage.Add(ObjectClass.Car, 400, 400);
        Assert.Empty(stage.Run(20).Found);
    }

    [Fact]
    public void Riding_along_the_pavement_is_an_act_and_crossing_it_into_a_house_is_not()
    {
        var along = Pavement();
        along.Add(ObjectClass.Motorcycle, 400, 120, vy: 80);
        Assert.Equal("SIDEWALK_DRIVING", Assert.Single(along.Run(5).Acts).Code);
        var across = Pavement();
        across.Add(ObjectClass.Motorcycle, 260, 300, vx: 80);
        Assert.Empty(across.Run(4).Found);
        var pushed = Pavement();
        pushed.Add(ObjectClass.Motorcycle, 400, 120, vy: 20);
        Assert.Empty(pushed.Run(20).Found);
        var onFoot = Pavement();
        onFoot.Add(ObjectClass.Person, 400, 120, vy: 80);
        Assert.Empty(onFoot.Run(5).Found);
    }

    private static Stage WrongWay() => new((paths, _) => new WrongWay(new WrongWayModel("nguoc-chieu", Lane, new PointPx(0, -1)), paths));

    private static Stage Pavement() => new((paths, _) => new Sidewalk(new SidewalkModel("via-he", Lane), paths));
}

/// <summary>Lanes by class, solid lines, and forbidden turns.</summary>
public sealed class PathRuleTests
{
    private static readonly DirectedLine Solid = new("vach-lien", new PointPx(400, 600), new PointPx(400, 100));

    [Theory]
    [InlineData(ObjectClass.Car, 500, 1)]
    [InlineData(ObjectClass.Car, 300, 0)]
    [InlineData(ObjectClass.Motorcycle, 500, 0)]
    public void A_lane_is_for_its_classes(ObjectClass kind, float x, int acts)
    {
        var stage = Lanes();
        stage.Add(kind, x, 620, vy: -80);
        Assert.Equal(acts, stage.Run(6).Acts.Count(act => act.Code == "WRONG_LANE"));
        Assert.Equal(acts, stage.Found.Count);
    }

    [Fact]
    public void A_car_that_stands_in_the_other_lane_is_not_driving_in_it()
    {
        var stage = Lanes();
        stage.Add(ObjectClass.Car, 500, 300);
        Assert.Empty(stage.Run(10).Found);
    }

    [Fact]
    public void Changing_lanes_over_the_solid_line_is_one_act_and_touching_it_is_none()
    {
        var change = Lanes(zones: false);
        change.Add(ObjectClass.Car, 330, 580, vx: 40, vy: -80);
        Assert.Equal("ILLEGAL_LANE_CHANGE", Assert.Single(change.Run(5).Acts).Code);
        var touch = Lanes(zones: false);
        var car = touch.Add(ObjectClass.Car, 370, 580, vx: 16, vy: -60);
        touch.Run(2);
        car.Vx = -16;
        Assert.Empty(touch.Run(4).Found);
    }

    [Fact]
    public void A_change_of_lanes_lasts_from_the_last_place_clearly_off_the_line_to_the_crossing()
    {
        var stage = Lanes(zones: false);
        stage.Add(ObjectClass.Car, 332, 580, vx: 40, vy: -80);
        var act = Assert.Single(stage.Run(5).Acts);
        Assert.Equal(2.25, act.From.Elapsed.TotalSeconds, 0.126);       // 13 px off, of a box of 80
        Assert.Equal(2.575, act.At.Elapsed.TotalSeconds, 0.126);        // between the frames at 397 and 402 px
        Assert.True(act.To.Elapsed >= act.At.Elapsed);
        Assert.Equal(act.At.Elapsed - act.From.Elapsed, act.At.Utc - act.From.Utc);
    }

    [Fact]
    public void Who_stops_on_the_solid_line_in_a_queue_began_the_change_before_that()
    {
        var stage = Lanes(zones: false);
        var car = stage.Add(ObjectClass.Car, 332, 580, vx: 40, vy: -80);
        stage.Run(1.625);
        (car.Vx, car.Vy) = (0, 0);
        stage.Run(6);
        (car.Vx, car.Vy) = (40, -80);
        var act = Assert.Single(stage.Run(4).Acts);
        Assert.Equal(2.25, act.From.Elapsed.TotalSeconds, 0.126);
        Assert.InRange(act.At.Elapsed.TotalSeconds, 8.5, 9);
    }

    [Fact]
    public void Who_waits_on_the_solid_line_for_longer_than_paths_reach_back_has_changed_lanes_all_the_same()
    {
        var stage = Lanes(zones: false);
        var car = stage.Add(ObjectClass.Car, 332, 580, vx: 40, vy: -80);
        stage.Run(1.875);
        (car.Vx, car.Vy) = (0, 0);
        stage.Run(25);
        (car.Vx, car.Vy) = (40, -80);
        Assert.Equal("ILLEGAL_LANE_CHANGE", Assert.Single(stage.Run(4).Acts).Code);
    }

    [Fact]
    public void Who_drove_in_a_wrong_lane_and_left_it_over_the_solid_line_did_both()
    {
        var stage = Lanes();
        var car = stage.Add(ObjectClass.Car, 470, 620, vy: -80);
        stage.Run(3);
        car.Vx = -60;
        Assert.Equal(["ILLEGAL_LANE_CHANGE", "WRONG_LANE"], stage.Run(3).Acts.Select(act => act.Code).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Driving_in_a_wrong_lane_lasts_from_its_entry_to_the_moment_it_is_certain()
    {
        var stage = Lanes();
        stage.Add(ObjectClass.Car, 500, 620, vy: -80);
        var act = Assert.Single(stage.Run(6).Acts);
        Assert.Equal("WRONG_LANE", act.Code);
        Assert.InRange(act.From.Elapsed.TotalSeconds, 1.1, 1.8);
        Assert.True(act.At.Elapsed - act.From.Elapsed >= TimeSpan.FromSeconds(1.2));
        Assert.Equal(act.To, act.At);
    }

    [Fact]
    public void A_turn_that_begins_right_behind_its_entry_line_has_led_over_it_where_its_direction_is_given()
    {
        Assert.Equal("NO_TURN", Assert.Single(Behind(CrossingDirection.Out).Acts).Code);
        Assert.Empty(Behind(null).Found);
        Assert.Empty(Behind(CrossingDirection.In).Found);

        static Stage Behind(CrossingDirection? way)
        {
            var (entry, exit) = (new DirectedLine("vao", new PointPx(400, 400), new PointPx(700, 400)), new DirectedLine("ra", new PointPx(100, 400), new PointPx(400, 400)));
            var stage = new Stage((paths, _) => new Turn(new TurnModel("cam", "no_turn", entry, exit) { EntryDirection = way }, paths));
            var car = stage.Add(ObjectClass.Car, 500, 390, vy: -100);
            stage.Run(1);
            (car.Vx, car.Vy) = (-100, 0);
            stage.Run(2);
            (car.Vx, car.Vy) = (0, 100);
            return stage.Run(3);
        }
    }

    [Fact]
    public void Turning_back_over_two_lines_is_an_act_and_one_of_them_alone_is_none()
    {
        var stage = Turns("no_u_turn");
        var car = stage.Add(ObjectClass.Car, 500, 560, vy: -100);
        stage.Run(2.6);
        (car.Vx, car.Vy) = (-100, 0);
        stage.Run(2);
        (car.Vx, car.Vy) = (0, 100);
        Assert.Equal("NO_UTURN", Assert.Single(stage.Run(3).Acts).Code);
        var straight = Turns("no_turn");
        straight.Add(ObjectClass.Car, 500, 560, vy: -100);
        straight.Add(ObjectClass.Car, 300, 100, vy: 100);
        Assert.Empty(straight.Run(5).Found);
    }

    [Fact]
    public void A_sharp_turn_whose_second_crossing_is_certain_before_the_first_is_an_act()
    {
        var (entry, exit) = (new DirectedLine("vao", new PointPx(400, 400), new PointPx(700, 400)), new DirectedLine("ra", new PointPx(560, 250), new PointPx(560, 450)));
        var stage = new Stage((paths, _) => new Turn(new TurnModel("cam", "no_turn", entry, exit) { EntryDirection = CrossingDirection.Out }, paths));
        var car = stage.Add(ObjectClass.Car, 500, 560, vy: -100);
        stage.Run(1.6);
        // Along the entry line it is hardly beyond, and soon far behind the exit line.
        (car.Vx, car.Vy) = (120, -6);
        Assert.Equal("NO_TURN", Assert.Single(stage.Run(4).Acts).Code);
    }

    [Fact]
    public void The_way_back_takes_too_long_to_be_one_turn()
    {
        var stage = Turns("no_u_turn");
        var car = stage.Add(ObjectClass.Car, 500, 560, vy: -100);
        stage.Run(2.6);
        car.Vy = 0;
        stage.Run(45);
        (car.Vx, car.Vy) = (-100, 0);
        stage.Run(2);
        (car.Vx, car.Vy) = (0, 100);
        Assert.Empty(stage.Run(3).Found);
    }

    [Fact]
    public void Over_one_line_there_and_back_is_turning_back_only_when_it_went_beyond()
    {
        var line = new DirectedLine("vach", new PointPx(100, 400), new PointPx(700, 400));
        Stage New() => new((paths, _) => new Turn(new TurnModel("quay-dau", "no_u_turn", line, line), paths));
        var turned = New();
        var car = turned.Add(ObjectClass.Car, 500, 560, vy: -100);
        turned.Run(3.2);
        car.Vy = 100;
        Assert.Single(turned.Run(3).Acts);
        var peeped = New();
        car = peeped.Add(ObjectClass.Car, 500, 460, vy: -100);
        peeped.Run(1.1);
        car.Vy = 100;
        Assert.Empty(peeped.Run(2).Found);
    }

    private static Stage Lanes(bool zones = true) => new((paths, _) => new Lane(
        new LaneModel(
            "lan",
            zones ? [new LaneUse(Stage.Rectangle("o-to", 200, 100, 400, 600), ClassSet.FourWheelers), new LaneUse(Stage.Rectangle("xe-may", 400, 100, 600, 600), ClassSet.Of(ObjectClass.Motorcycle))] : [],
            [Solid]),
        paths));

    private static Stage Turns(string rule) => new((paths, _) => new Turn(
        new TurnModel("cam", rule, new DirectedLine("vao", new PointPx(400, 400), new PointPx(700, 400)), new DirectedLine("ra", new PointPx(100, 400), new PointPx(400, 400))), paths));
}
