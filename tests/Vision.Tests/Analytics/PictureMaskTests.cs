using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tests.Analytics;

public sealed class PictureMaskTests
{
    private static readonly Zone Square = new("san", [new(100, 100), new(300, 100), new(300, 300), new(100, 300)]);

    private static Detection At(float x, float bottom, ObjectClass kind) => new(new BoxPx(x - 20, bottom - 80, 40, 80), 0.7f, (int)kind, kind);

    [Fact]
    public void A_mask_hides_all_that_stands_in_it_by_its_feet()
    {
        var mask = new PictureMask(Square, null);
        Assert.All(Enum.GetValues<ObjectClass>(), kind => Assert.True(mask.Hides(At(200, 290, kind))));
        Assert.False(mask.Hides(At(200, 310, ObjectClass.Person)));
        Assert.False(mask.Hides(At(90, 200, ObjectClass.Person)));
    }

    [Fact]
    public void A_mask_of_some_classes_lets_the_others_be_seen()
    {
        var mask = new PictureMask(Square, ClassSet.Of(ObjectClass.Motorcycle, ObjectClass.Bicycle));
        Assert.True(mask.Hides(At(200, 200, ObjectClass.Motorcycle)));
        Assert.True(mask.Hides(At(200, 200, ObjectClass.Bicycle)));
        Assert.False(mask.Hides(At(200, 200, ObjectClass.Person)));
        Assert.False(mask.Hides(At(200, 400, ObjectClass.Motorcycle)));
    }
}
