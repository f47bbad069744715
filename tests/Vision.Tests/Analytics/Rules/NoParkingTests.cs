using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;

namespace EdgeGateway.Vision.Tests.Analytics.Rules;

/// <summary>A zone of 400 px by 300 px in which standing for 20 s is reported.</summary>
public sealed class NoParkingTests
{
    private static readonly Zone Zone = Stage.Rectangle("le-duong", 200, 300, 600, 600);

    [Fact]
    public void Standing_too_long_is_one_act_and_no_second_one_follows()
    {
        var stage = New();
        stage.Add(ObjectClass.Car, 400, 500);
        stage.Run(19);
        Assert.Empty(stage.Found);
        stage.Run(50);
        var act = Assert.Single(stage.Acts);
        Assert.Equal("NO_PARKING", act.Code);
        Assert.Equal(("standing", "s"), (act.Measure!.Name, act.Measure.Unit));
        Assert.InRange(act.Measure.Value, 20, 21);
    }

    [Fact]
    public void The_sign_for_no_stopping_has_its_own_code()
    {
        var stage = New(rule: "no_stopping");
        stage.Add(ObjectClass.Car, 400, 500);
        Assert.Equal("NO_STOPPING", Assert.Single(stage.Run(25).Acts).Code);
    }

    [Fact]
    public void A_short_stop_driving_through_and_standing_outside_are_none()
    {
        var stage = New();
        var car = stage.Add(ObjectClass.Car, 400, 500);
        stage.Add(ObjectClass.Car, 100, 500);
        stage.Add(ObjectClass.Person, 300, 500);
        stage.Run(15);
        car.Vy = -60;
        Assert.Empty(stage.Run(40).Found);
    }

    [Fact]
    public void A_box_that_trembles_and_is_half_hidden_now_and_then_still_stands()
    {
        var stage = New();
        var car = stage.Add(ObjectClass.Car, 400, 500);
        var random = new Random(4);
        for (var i = 0; i < 8 * 25; i++)
        {
            (car.X, car.Y) = (400 + 6 * (random.NextSingle() - 0.5f), 500 + 6 * (random.NextSingle() - 0.5f));
            if (i % 17 == 3) car.Y -= 30;
            stage.Run(0.125);
        }

        Assert.Single(stage.Acts);
    }

    [Fact]
    public void Moving_up_a_length_begins_anew()
    {
        var stage = New();
        var car = stage.Add(ObjectClass.Car, 400, 560);
        stage.Run(15);
        car.Y -= 100;
        Assert.Empty(stage.Run(15).Acts);
        Assert.Single(stage.Run(10).Acts);
    }

    [Fact]
    public void Hidden_and_found_under_another_number_it_has_stood_all_the_time()
    {
        var stage = New();
        var car = stage.Add(ObjectClass.Car, 400, 500);
        stage.Run(15);
        car.IsPresent = false;
        stage.Run(4);
        stage.Renumber(car);
        car.IsPresent = true;
        stage.Run(7);
        Assert.Single(stage.Acts);
        car.IsPresent = false;
        stage.Run(4);
        stage.Renumber(car);
        car.IsPresent = true;
        Assert.Single(stage.Run(30).Acts);
    }

    [Fact]
    public void A_number_that_goes_to_a_passing_car_and_the_cars_own_in_its_place_change_nothing_for_who_stands()
    {
        var stage = New();
        var parked = stage.Add(ObjectClass.Car, 400, 500);
        stage.Run(12);
        var passing = stage.Add(ObjectClass.Car, 250, 320);
        passing.Vy = 80;
        stage.Run(2);
        (parked.Id, passing.Id) = (passing.Id, parked.Id);
        stage.Run(10);
        Assert.Equal(parked.Id, Assert.Single(stage.Acts).Track);
    }

    [Fact]
    public void Given_a_new_number_in_full_sight_it_has_stood_all_the_time()
    {
        var stage = New();
        var car = stage.Add(ObjectClass.Car, 400, 500);
        stage.Run(12);
        car.IsPresent = false;
        stage.Add(ObjectClass.Car, 400, 500);
        Assert.Single(stage.Run(10).Acts);
    }

    [Fact]
    public void Who_drives_up_to_where_a_number_was_lost_has_not_stood_there()
    {
        var stage = New();
        var first = stage.Add(ObjectClass.Car, 400, 500);
        stage.Run(15);
        first.IsPresent = false;
        stage.Run(2);
        var second = stage.Add(ObjectClass.Car, 400, 320);
        second.Vy = 60;
        stage.Run(3);
        second.Vy = 0;
        Assert.Empty(stage.Run(15).Acts);
    }

    [Theory]
    [InlineData(LightState.Red)]
    [InlineData(LightState.Unknown)]
    [InlineData(null)]
    public void Waiting_at_a_light_that_is_red_or_cannot_be_read_is_no_parking(LightState? light)
    {
        var stage = New(signals: [Stage.LightId]);
        stage.Light = light;
        stage.Add(ObjectClass.Car, 400, 500);
        stage.Add(ObjectClass.Car, 500, 510);
        Assert.Empty(stage.Run(120).Found);
    }

    [Fact]
    public void A_queue_that_leaves_at_green_is_none_and_who_stays_is_parked()
    {
        var stage = New(signals: [Stage.LightId]);
        stage.Light = LightState.Red;
        var waits = stage.Add(ObjectClass.Car, 350, 500);
        var parks = stage.Add(ObjectClass.Car, 500, 500);
        stage.Run(60);
        stage.Light = LightState.Green;
        stage.Run(6);
        waits.Vy = -60;
        stage.Run(20);
        stage.Light = LightState.Red;
        stage.Run(30);
        Assert.Equal(parks.Id, Assert.Single(stage.Acts).Track);
    }

    [Fact]
    public void A_jam_without_a_light_is_none_until_the_others_flow_past()
    {
        var stage = New();
        stage.Add(ObjectClass.Car, 400, 500);
        var (ahead, behind) = (stage.Add(ObjectClass.Car, 400, 420), stage.Add(ObjectClass.Car, 400, 580));
        Assert.Empty(stage.Run(60).Found);
        (ahead.Vy, behind.Vx, behind.Vy) = (-80, -30, -80);
        stage.Run(4);
        Assert.Single(stage.Run(25).Acts);
    }

    [Fact]
    public void On_a_pavement_nothing_queues()
    {
        var stage = new Stage((paths, board) => new NoParking(new NoParkingModel("via-he", "no_parking", Zone, TimeSpan.FromSeconds(20)) { IsQueueAware = false }, paths, board));
        stage.Add(ObjectClass.Car, 400, 500);
        stage.Add(ObjectClass.Car, 400, 420);
        stage.Add(ObjectClass.Car, 400, 580);
        Assert.Equal(3, stage.Run(25).Acts.Count());
    }

    [Fact]
    public void Time_before_the_hours_is_not_counted()
    {
        var calendar = new RuleCalendar(TimeZoneInfo.Utc, [new HoursOfDay(new TimeOnly(6, 0), new TimeOnly(22, 0))]);
        var stage = new Stage((paths, board) => new NoParking(new NoParkingModel("dung-do", "no_parking", Zone, TimeSpan.FromSeconds(20)) { Calendar = calendar }, paths, board))
        {
            Start = new DateTimeOffset(2026, 6, 1, 5, 59, 20, TimeSpan.Zero),
        };
        stage.Add(ObjectClass.Car, 400, 500);
        stage.Run(55);
        Assert.Empty(stage.Found);
        stage.Run(10);
        Assert.Equal(6, Assert.Single(stage.Acts).From.Utc.Hour);
    }

    private static Stage New(string rule = "no_parking", string[]? signals = null) =>
        new((paths, board) => new NoParking(new NoParkingModel("dung-do", rule, Zone, TimeSpan.FromSeconds(20)) { Signals = signals ?? [] }, paths, board));
}
