using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tests.Analytics;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Plates;

public sealed class BrokenTracksTests
{
    private readonly BrokenTracks _broken = new();

    public BrokenTracksTests() => _broken.Add(new Track(
        new TrackId(1), ObjectClass.Car, new BoxPx(200, 200, 100, 80), 0.9f, 200, 0, Script.TimeOf(TimeSpan.Zero), Script.TimeOf(TimeSpan.FromSeconds(5)), 0));

    [Theory]
    [InlineData(400, 6, ObjectClass.Car, true)]       // where it would have come
    [InlineData(400, 6, ObjectClass.Truck, true)]     // a car for a lorry
    [InlineData(400, 6, ObjectClass.Motorcycle, false)]
    [InlineData(200, 6, ObjectClass.Car, false)]      // the next one, two lengths behind
    [InlineData(800, 8, ObjectClass.Car, false)]      // too long ago
    [InlineData(180, 4.8, ObjectClass.Car, true)]     // born while the old one coasted
    public void A_vehicle_that_begins_where_another_was_lost_is_the_same(float x, double seconds, ObjectClass kind, bool same) =>
        Assert.Equal(same, _broken.Continues(new BoxPx(x, 200, 100, 80), Script.TimeOf(TimeSpan.FromSeconds(seconds)), kind));

    [Fact]
    public void One_lost_vehicle_goes_on_as_one()
    {
        var (box, at) = (new BoxPx(400, 200, 100, 80), Script.TimeOf(TimeSpan.FromSeconds(6)));
        Assert.True(_broken.Continues(box, at, ObjectClass.Car));
        Assert.False(_broken.Continues(box, at, ObjectClass.Car));
    }

    [Fact]
    public void One_of_another_size_is_another() => Assert.False(_broken.Continues(new BoxPx(400, 200, 20, 16), Script.TimeOf(TimeSpan.FromSeconds(6)), ObjectClass.Car));
}
