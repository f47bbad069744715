using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Tests.Inference;

public sealed class CornerDetectorTests
{
    [Fact]
    public void Corners_come_back_in_the_pixels_of_the_frame()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("corners", "yolov8_corners", 64, "plate"));
        using var lane = CornerDetectorLane.Open(model, new FairTurnstile(1), "a");
        using var frame = TinyModels.GreyFrame(300, 200);
        var found = new CornerDetectionBuffer(4);
        lane.Detect(frame, new PixelRegion(100, 50, 128, 128), 0.5f, found);
        var plate = Assert.Single(found.Items.ToArray());
        Assert.Equal(new BoxPx(144, 104, 40, 20), plate.Box);
        Assert.Equal(new PointPx(144, 106), plate.TopLeft);
        Assert.Equal(new PointPx(184, 102), plate.TopRight);
        Assert.Equal(new PointPx(184, 122), plate.BottomRight);
        Assert.Equal(new PointPx(144, 126), plate.BottomLeft);
        Assert.Equal(0.9f, plate.Score);
    }

    [Fact]
    public void Finding_allocates_nothing()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("corners", "yolov8_corners", 64, "plate"));
        using var lane = CornerDetectorLane.Open(model, new FairTurnstile(1), "a");
        using var frame = TinyModels.GreyFrame(300, 200);
        var found = new CornerDetectionBuffer(4);
        for (var i = 0; i < 50; i++) lane.Detect(frame, new PixelRegion(0, 0, 300 - i, 200), 0.5f, found);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) lane.Detect(frame, new PixelRegion(i, i, 200 - i, 100 + i), 0.5f, found);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_model_without_corners_is_refused()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolov8", "yolov8", 64, "person", "car"));
        Assert.Contains("gives no corners", Assert.Throws<ModelException>(() => CornerDetectorLane.Open(model, new FairTurnstile(1), "a")).Message);
    }
}
