using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Analytics.Rules;

/// <summary>A road seen straight from above at first (10 px a metre), then in perspective.</summary>
public sealed class SpeedingTests
{
    private static readonly PointPx[] Square = [new(100, 100), new(300, 100), new(300, 500), new(100, 500)];
    private static readonly (double X, double Y)[] Metres = [(0, 40), (20, 40), (20, 0), (0, 0)];

    [Fact]
    public void Points_of_the_picture_find_their_place_on_the_road()
    {
        // A trapezium: the far edge of 20 m is 100 px wide, the near one 400 px.
        var plane = new RoadPlane([new(350, 200), new(450, 200), new(600, 500), new(200, 500)], Metres);
        Assert.All(plane.Corners.Zip(Metres), pair =>
        {
            var (x, y) = plane.ToMetres(pair.First);
            Assert.Equal(pair.Second.X, x, 1e-4);
            Assert.Equal(pair.Second.Y, y, 1e-4);
        });
        // Where the diagonals cross is the middle of the rectangle, whatever the perspective.
        var (mx, my) = plane.ToMetres(new PointPx(400, 260));
        Assert.Equal(10, mx, 1e-4);
        Assert.Equal(20, my, 1e-4);
        Assert.True(plane.MetresPerPixel(new PointPx(400, 210)) > 3 * plane.MetresPerPixel(new PointPx(400, 490)));
    }

    [Fact]
    public void Three_points_on_one_line_are_no_plane() =>
        Assert.Throws<ArgumentException>(() => new RoadPlane([new(0, 0), new(100, 0), new(200, 0), new(0, 100)], Metres));

    [Theory]
    [InlineData(ObjectClass.Car, 48, null)]
    [InlineData(ObjectClass.Car, 53, null)]
    [InlineData(ObjectClass.Car, 66, "SPEED_10_20")]
    [InlineData(ObjectClass.Car, 80, "SPEED_20_35")]
    [InlineData(ObjectClass.Car, 100, "SPEED_OVER_35")]
    [InlineData(ObjectClass.Motorcycle, 80, "SPEED_OVER_20")]
    [InlineData(ObjectClass.Person, 80, null)]
    public void A_speed_above_the_limit_has_its_band_by_class(ObjectClass kind, double kmh, string? code)
    {
        var act = Drive(kind, kmh);
        Assert.Equal(code, act?.Code);
        if (act is null) return;
        Assert.True(act.IsIndicative);
        Assert.InRange(act.Measure!.Value, kmh - 1, kmh + 1);
        Assert.InRange(act.Measure.PlusMinus, 0.1, 5);
        Assert.Contains("tham khảo", act.Reason.Vi, StringComparison.Ordinal);
    }

    [Fact]
    public void A_speed_that_its_error_could_explain_accuses_nobody()
    {
        Assert.NotNull(Drive(ObjectClass.Car, 57));
        Assert.Null(Drive(ObjectClass.Car, 57, tremble: 40));
    }

    [Fact]
    public void One_bad_box_does_not_move_the_median() =>
        Assert.InRange(Drive(ObjectClass.Car, 80, badBox: true)!.Measure!.Value, 78, 82);

    [Fact]
    public void A_number_that_passes_to_a_faster_neighbour_makes_no_mean_of_both()
    {
        var stage = new Stage((paths, _) => new Speeding(new SpeedingModel("toc-do", new RoadPlane(Square, Metres), 50), paths));
        var number = stage.Add(ObjectClass.Car, 200, 520, vy: -56);      // 20 km/h
        stage.Run(2.5);
        (number.X, number.Y, number.Vy) = (215, number.Y - 12, -222);    // 80 km/h, beside it
        var act = Assert.Single(stage.Run(3).Acts);
        Assert.InRange(act.Measure!.Value, 77, 83);
    }

    [Fact]
    public void One_vehicle_under_two_numbers_drives_too_fast_once_though_the_second_is_judged_first()
    {
        var stage = new Stage((paths, _) => new Speeding(new SpeedingModel("toc-do", new RoadPlane(Square, Metres), 50), paths)) { FramesPerSecond = 16 };
        var car = stage.Add(ObjectClass.Car, 200, 520, vy: -222);        // 80 km/h
        stage.Run(1);
        car.IsPresent = false;
        stage.Run(0.25);
        // Taken for something else, it is not known as the same path; and it leaves before the first number is given up.
        (car.Id, car.Class, car.FirstSeen, car.IsPresent) = (new TrackId(101), ObjectClass.Motorcycle, null, true);
        Assert.Equal(new TrackId(101), Assert.Single(stage.Run(3).Acts).Track);
    }

    [Fact]
    public void A_certificate_holds_until_its_day_ends()
    {
        Assert.False(Drive(ObjectClass.Car, 80, certifiedUntil: new DateTimeOffset(2026, 6, 2, 0, 0, 0, TimeSpan.Zero))!.IsIndicative);
        Assert.True(Drive(ObjectClass.Car, 80, certifiedUntil: new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero))!.IsIndicative);
    }

    [Fact]
    public void The_bands_meet_without_a_gap()
    {
        Assert.Null(ActCodes.Speed(ObjectClass.Car, 4.99));
        Assert.Equal("SPEED_5_10", ActCodes.Speed(ObjectClass.Car, 5));
        Assert.Equal("SPEED_10_20", ActCodes.Speed(ObjectClass.Car, 10));
        Assert.Equal("SPEED_10_20", ActCodes.Speed(ObjectClass.Motorcycle, 20));
        Assert.Equal("SPEED_20_35", ActCodes.Speed(ObjectClass.Truck, 20.1));
        Assert.Equal("SPEED_OVER_35", ActCodes.Speed(ObjectClass.Bus, 35.1));
    }

    private static ActSuspected? Drive(ObjectClass kind, double kmh, double tremble = 0, bool badBox = false, DateTimeOffset? certifiedUntil = null)
    {
        var model = new SpeedingModel("toc-do", new RoadPlane(Square, Metres), 50) { CertifiedUntil = certifiedUntil };
        var stage = new Stage((paths, _) => new Speeding(model, paths));
        var car = stage.Add(kind, 200, 520, vy: (float)(-kmh / 3.6 * 10));
        var random = new Random(1);
        for (var i = 0; i < 40; i++)
        {
            var off = (float)(tremble * (random.NextDouble() - 0.5)) + (badBox && i == 7 ? 40 : 0);
            car.Y += off;
            stage.Run(0.125);
            car.Y -= off;
        }

        return stage.Acts.SingleOrDefault();
    }
}
