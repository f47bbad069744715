using EdgeGateway.Testing;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tests.Inference;

/// <summary>A third party's network, dropped in by its manifest alone.</summary>
public sealed class YoloxNanoTests
{
    public static readonly string[] CocoClasses =
    [
        "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light", "fire hydrant", "stop sign", "parking meter", "bench",
        "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis",
        "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle", "wine glass", "cup", "fork", "knife",
        "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed",
        "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock",
        "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
    ];

    [Fact]
    public void It_finds_the_people_and_vehicles_of_street_pictures()
    {
        var path = SharedData.TryPath("..", "models", "yolox_nano.onnx");
        var pictures = SharedData.TryPath("detection", "val");
        Assert.SkipWhen(path is null || pictures is null, "shared/models/yolox_nano.onnx and shared/data/detection are not beside this checkout.");
        var manifest = new ModelManifest
        {
            Name = "yolox-nano", Task = "detect", File = "yolox_nano.onnx", Path = path, Decoder = "yolox", Classes = CocoClasses,
            Sha256 = "695e750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14",
            Input = new ModelInput { Name = "images", Width = 416, Height = 416, Colour = "bgr", Scale = 1 },
        };
        using var model = TinyModels.Open(manifest);
        using var lane = new ObjectDetector(model, new FairTurnstile(1)).Open("val");
        var truth = CocoTruth.Load(SharedData.TryPath("detection", "val.json")!);
        var found = new DetectionBuffer(100);
        var (boxes, hits) = (0, 0);
        foreach (var (file, wanted) in truth.Where(t => t.File.StartsWith("coco128_", StringComparison.Ordinal)).Take(25))
        {
            using var frame = ImageFile.Load(Path.Combine(pictures, file));
            lane.Detect(frame, 0.25f, found);
            foreach (var (box, objectClass) in wanted.Where(w => w.Box.Area > 48 * 48))
            {
                boxes++;
                foreach (var detection in found.Items)
                {
                    if (detection.Class != objectClass || detection.Box.Iou(box) < 0.5f) continue;
                    hits++;
                    break;
                }
            }
        }

        Assert.True(boxes > 20, $"Only {boxes} large boxes.");
        // A wrong colour order, scale or grid finds next to nothing; the network as it should be finds most large objects.
        Assert.True(hits >= 0.7 * boxes, $"{hits} of {boxes}");
    }
}
