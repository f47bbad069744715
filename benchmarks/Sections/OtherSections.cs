using EdgeGateway.Benchmarks.Tracking;
using EdgeGateway.Benchmarks.Plates;

namespace EdgeGateway.Benchmarks;

/// <summary>The letterbox pass beside OpenCV's functions.</summary>
internal static class LetterboxSection
{
    public static string Measure() =>
        Table.OfJsonLines(Table.Captured(() => PreprocessComparison.Run()))
        + "\nRatios are OpenCV's median divided by ours, one thread, in turns. `ratioSame`: the same interpolation in cvtColor, resize, copyMakeBorder, blobFromImage (asked: at least 2).";
}

/// <summary>The tracker beside known ones on MOTChallenge sequences.</summary>
internal static class TrackingSection
{
    public static string Measure()
    {
        if (Checkout.Data is not { } data) return "The sequences are not beside this checkout, so nothing was measured.";
        return Table.OfJsonLines(Table.Captured(() => TrackingScores.Print(Path.Combine(data, "tracking"), Console.Out)))
            + "\n`known`: the better of ByteTrack and OC-SORT, sequence by sequence, on the same detections (IoU 0.5). `every`: 1 all frames, 4 one in four with the rate divided as well.";
    }
}

/// <summary>Reading of plates on real pictures.</summary>
internal static class PlatesSection
{
    public static string Measure()
    {
        if (Checkout.Data is not { } data) return "The pictures are not beside this checkout, so nothing was measured.";
        var pictures = Table.Captured(() => PlateFigures.Run(Checkout.Models, data, heldOutOnly: true));
        var clip = Path.Combine(data, "videos", "street_plate_pan.mp4");
        var video = File.Exists(clip) ? Table.Captured(() => PlateClipFigures.Run(Checkout.Models, clip)) : "";
        return $"""
            On real crops and scenes whose texts the training did not see:

            ```json
            {pictures.Trim()}
            ```

            On a moving hand-held clip, each frame's own text beside what all frames say together:

            ```json
            {video.Trim()}
            ```
            """;
    }
}

/// <summary>Outbox and pump beside bare MQTTnet.</summary>
internal static class DeliverySection
{
    public static string Measure()
    {
        var lines = new List<string>();
        var folder = Directory.CreateTempSubdirectory("edgegateway-bench-");
        try
        {
            Outbox.OutboxBench.RunAsync(folder.FullName, lines.Add).GetAwaiter().GetResult();
            Delivery.DeliveryBench.RunAsync(folder.FullName, lines.Add).GetAwaiter().GetResult();
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return string.Join('\n', lines.Select(line => "- " + line));
    }
}

/// <summary>Each model on one and two threads beside YOLOX-nano, in one run.</summary>
internal static class ModelsSection
{
    public static string Measure()
    {
        using var yardstick = Yardstick.TryMake();
        return Table.OfJsonLines(Table.Captured(() => InferenceComparison.Run(Checkout.Models, yardstick?.Folder)))
            + "\nYardstick (`timesYardstick` 1): YOLOX-nano at 416 × 416, where it stands beside the checkout.";
    }
}

/// <summary>A folder with the public YOLOX-nano and an entry for it, for as long as a comparison takes.</summary>
internal sealed class Yardstick : IDisposable
{
    private Yardstick(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Makes it, or returns null where the public model does not stand beside the checkout.</summary>
    public static Yardstick? TryMake()
    {
        var source = Checkout.Data is { } data ? Path.GetFullPath(Path.Combine(data, "..", "models", "yolox_nano.onnx")) : null;
        if (!File.Exists(source)) return null;
        var folder = Directory.CreateTempSubdirectory("edgegateway-yardstick-").FullName;
        File.Copy(source, Path.Combine(folder, "yolox_nano.onnx"));
        var classes = string.Join(',', Enumerable.Range(0, 80).Select(i => $"\"class{i}\""));
        File.WriteAllText(Path.Combine(folder, "models.json"), $$"""
            {"version":1,"models":[{"name":"yolox-nano","task":"detect","file":"yolox_nano.onnx","sha256":"{{Vision.Inference.ModelCatalogue.HashOf(source)}}",
             "input":{"name":"images","width":416,"height":416,"colour":"bgr","scale":1,"pad":114},"decoder":"yolox","outputs":["output"],"classes":[{{classes}}]}]}
            """);
        return new Yardstick(folder);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
