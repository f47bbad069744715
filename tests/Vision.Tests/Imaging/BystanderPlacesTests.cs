using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tests.Imaging;

public sealed class BystanderPlacesTests
{
    private const int Width = 640;
    private const int Height = 480;
    private const float Certain = 0.4f;

    private static readonly BoxPx Accused = new(300, 200, 40, 80);

    [Fact]
    public void A_walkers_top_quarter_is_hidden_and_no_more()
    {
        var places = Of([Seen(ObjectClass.Person, new BoxPx(100, 100, 40, 120))]);
        Assert.Equal(new BoxPx(100, 100, 40, 30), Assert.Single(places.Hidden));
    }

    [Fact]
    public void A_riders_head_above_the_machines_box_is_hidden()
    {
        // Boxed from the shoulders down, as machines are; the helmet is the 25 pixels above.
        var places = Of([Seen(ObjectClass.Motorcycle, new BoxPx(100, 300, 50, 90))]);
        Assert.Contains(places.Hidden, place => Covers(place, new BoxPx(112, 275, 25, 25)));
    }

    [Theory]
    [InlineData(0)] // the shoulders and no more
    [InlineData(30)]
    [InlineData(70)]
    public void A_rider_cut_by_the_lower_edge_is_hidden_by_the_measure_of_the_shoulders(float below)
    {
        // Of a machine 110 pixels high, 60 wide, only the top 40 to 110 are in the picture.
        var box = new BoxPx(400, Height - 40 - below, 60, 40 + below);
        var places = Of([Seen(ObjectClass.Motorcycle, box)]);
        Assert.Contains(places.Hidden, place => Covers(place, new BoxPx(box.X + 16, box.Y - 34, 28, 34)));
    }

    [Fact]
    public void A_walker_of_whom_only_head_and_shoulders_are_in_the_picture_is_hidden_to_the_chin()
    {
        var places = Of([Seen(ObjectClass.Person, new BoxPx(200, Height - 45, 44, 45))]);
        Assert.Contains(places.Hidden, place => Covers(place, new BoxPx(208, Height - 45, 28, 32)));
    }

    [Fact]
    public void A_rider_half_out_at_the_side_is_hidden_to_the_chin()
    {
        var places = Of([Seen(ObjectClass.Person, new BoxPx(Width - 15, Height - 60, 15, 60))]);
        Assert.Contains(places.Hidden, place => Covers(place, new BoxPx(Width - 15, Height - 60, 15, 24)));
    }

    [Fact]
    public void Who_rides_the_accused_machine_stays_and_who_walks_behind_it_does_not()
    {
        var rider = Seen(ObjectClass.Person, new BoxPx(305, 175, 30, 75));
        var machine = Seen(ObjectClass.Motorcycle, new BoxPx(302, 204, 38, 74));
        Assert.Empty(Of([rider, machine]).Hidden);
        Assert.Single(Of([rider, machine, Seen(ObjectClass.Person, new BoxPx(310, 190, 10, 26))]).Hidden); // small: far behind
        Assert.Single(Of([rider, machine, Seen(ObjectClass.Person, new BoxPx(325, 220, 40, 110))]).Hidden); // before it, nearer the camera
    }

    [Fact]
    public void Somebody_in_front_of_an_accused_car_is_hidden_although_inside_its_box()
    {
        var car = new BoxPx(200, 200, 200, 140);
        var seen = new[] { Seen(ObjectClass.Car, car), Seen(ObjectClass.Person, new BoxPx(280, 220, 30, 90)), Seen(ObjectClass.Motorcycle, new BoxPx(330, 260, 30, 60)) };
        Assert.Equal(3, BystanderPlaces.Of(seen, [], car, ObjectClass.Car, Certain, Width, Height).Hidden.Count); // two heads, one plate
    }

    [Fact]
    public void The_accused_plate_is_kept_and_every_other_hidden_found_or_not()
    {
        BoxPx own = new(312, 250, 16, 12), other = new(110, 260, 24, 14);
        var places = BystanderPlaces.Of([Seen(ObjectClass.Car, new BoxPx(80, 200, 90, 90)), Seen(ObjectClass.Truck, new BoxPx(500, 100, 100, 100))], [other, own], Accused, ObjectClass.Motorcycle, Certain, Width, Height);
        Assert.Equal(own, places.OwnPlate);
        Assert.Equal([other, new BoxPx(525, 155, 50, 35)], places.Hidden); // the car's was found, the lorry's was not
    }

    [Fact]
    public void A_doubtful_person_is_hidden_and_a_doubtful_machine_is_not() =>
        Assert.Single(Of([Seen(ObjectClass.Person, new BoxPx(10, 10, 20, 60), 0.25f), Seen(ObjectClass.Car, new BoxPx(100, 10, 60, 60), 0.25f)]).Hidden);

    private static BystanderPlaces Of(IReadOnlyList<Detection> seen) => BystanderPlaces.Of(seen, [], Accused, ObjectClass.Motorcycle, Certain, Width, Height);

    private static Detection Seen(ObjectClass kind, BoxPx box, float score = 0.8f) => new(box, score, 0, kind);

    private static bool Covers(in BoxPx place, in BoxPx head) => place.X <= head.X && place.Y <= head.Y && place.Right >= head.Right && place.Bottom >= head.Bottom;
}
