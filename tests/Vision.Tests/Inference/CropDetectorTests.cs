using EdgeGateway.Testing;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tests.Inference;

/// <summary>A second model at parts of the frame, with words of its own; YOLOX-nano stands in for a third party's.</summary>
public sealed class CropDetectorTests
{
    [Fact]
    public void Objects_in_a_crop_have_the_models_own_words_and_places_of_the_frame()
    {
        using var model = TryOpen();
        Assert.SkipWhen(model is null || SharedData.TryPath("detection", "val") is null, "shared/models/yolox_nano.onnx and shared/data/detection are not beside this checkout.");
        using var crops = new CropDetector(new ObjectDetector(model, new FairTurnstile(1)), "cong");
        var (person, motorcycle) = (crops.IndicesOf("person", "Motorcycle")[0], crops.IndicesOf("motorcycle")[0]);
        Assert.Equal(("person", "motorcycle"), (crops.Classes[person], crops.Classes[motorcycle]));
        var (found, wanted) = (0, 0);
        foreach (var (file, boxes) in CocoTruth.Load(SharedData.TryPath("detection", "val.json")!).Where(one => one.File.StartsWith("coco128_", StringComparison.Ordinal)))
        {
            using var frame = ImageFile.Load(SharedData.TryPath("detection", "val", file)!);
            foreach (var (box, _) in boxes.Where(one => one.Class == ObjectClass.Person && one.Box.Area > 96 * 96))
            {
                wanted++;
                foreach (ref readonly var one in crops.Detect(frame, box))
                {
                    if (one.ClassIndex != person || one.Box.Iou(box) < 0.5f) continue;
                    found++;
                    break;
                }
            }
        }

        Assert.True(wanted > 20 && found >= 0.7 * wanted, $"{found} of {wanted}");
    }

    [Fact]
    public void A_word_that_the_model_lacks_is_named_with_those_it_has()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolox", "yolox", 64, "helmet", "head"));
        using var crops = new CropDetector(new ObjectDetector(model, new FairTurnstile(1)), "cong");
        Assert.Equal([1, 0], crops.IndicesOf("head", "helmet"));
        var fault = Assert.Throws<ModelException>(() => crops.IndicesOf("head", "cap"));
        Assert.Contains("knows no class 'cap'; models.json lists helmet, head", fault.Message);
    }

    [Theory]
    [InlineData(-50, -50, 20, 20)]
    [InlineData(600, 440, 300, 300)]
    [InlineData(10, 10, 0, 0)]
    [InlineData(-100, -100, 2000, 2000)]
    public void A_box_beside_the_frame_is_cut_to_it(float x, float y, float width, float height)
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolox", "yolox", 64, "helmet", "head"));
        using var crops = new CropDetector(new ObjectDetector(model, new FairTurnstile(1)), "cong");
        using var frame = TinyModels.GreyFrame(640, 480);
        foreach (ref readonly var one in crops.Detect(frame, new BoxPx(x, y, width, height), 0))
        {
            Assert.True(one.Box is { X: >= 0, Y: >= 0, Right: <= 640, Bottom: <= 480 });
            Assert.Equal(ObjectClass.Other, one.Class);
        }
    }

    [Fact]
    public void Looking_allocates_nothing_once_crops_of_each_shape_were_seen()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolox", "yolox", 64, "helmet", "head"));
        using var crops = new CropDetector(new ObjectDetector(model, new FairTurnstile(1)), "cong");
        using var frame = TinyModels.GreyFrame(640, 480);
        LookAround();
        var before = GC.GetAllocatedBytesForCurrentThread();
        LookAround();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void LookAround()
        {
            for (var i = 0; i < 200; i++) crops.Detect(frame, new BoxPx(i, i, 80 + i, 90), 0.01f);
        }
    }

    private static OnnxModel? TryOpen() => SharedData.TryPath("..", "models", "yolox_nano.onnx") is not { } path ? null : TinyModels.Open(new ModelManifest
    {
        Name = "yolox-nano", Task = "detect", File = "yolox_nano.onnx", Path = path, Decoder = "yolox", Classes = YoloxNanoTests.CocoClasses,
        Sha256 = ModelCatalogue.HashOf(path), Input = new ModelInput { Name = "images", Width = 416, Height = 416, Colour = "bgr", Scale = 1 },
    });
}
