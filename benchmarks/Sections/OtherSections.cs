using System.Globalization;
using System.Text.Json;
using EdgeGateway.Benchmarks.Plates;
using EdgeGateway.Benchmarks.Tracking;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Evaluation;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;

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
        var catalogue = ModelCatalogue.Load(Checkout.Models);
        using var detect = OnnxModel.Open(catalogue["plate-detect"], OnnxOptions.Default);
        using var read = OnnxModel.Open(catalogue["plate-read"], OnnxOptions.Default);
        using var plates = new PlateEvaluation(detect, read);
        var crops = plates.Read([.. PlateSet.Crops(data).Where(plate => plate.HeldOut)], new SkippedPictures(Console.Error.WriteLine));
        var scenes = plates.Chain([.. PlateSet.Scenes(data).Where(scene => scene.HeldOut)], new SkippedPictures(Console.Error.WriteLine));
        return $"""
            On real crops whose texts the training did not see, and on whole scenes that hold such a text; what each figure means stands in `src/Vision/Evaluation/PlateOutcome.cs`.

            ```json
            {JsonSerializer.Serialize(new { crops, scenes }, Table.Indented)}
            ```
            """;
    }
}

/// <summary>What voting over the looks at a moving plate adds to single frames.</summary>
internal static class VoteSection
{
    private const int AnalyseFps = 8;

    // Printed on the two plates that a person can read in the clip (the README beside it).
    private static readonly string[] Printed = ["29C27223", "59P253509"];

    public static string Measure()
    {
        var clip = Checkout.Data is { } data ? Path.Combine(data, "videos", "street_plate_pan.mp4") : null;
        if (!File.Exists(clip)) return "The clip is not beside this checkout, so nothing was measured.";
        var followed = PlateClipFigures.Followed(Checkout.Models, clip);
        var rows = followed.Select(plate => (Plate: plate, Truth: TruthOf(plate))).Where(one => one.Truth is not null)
            .OrderBy(one => one.Truth, StringComparer.Ordinal).ThenByDescending(one => one.Plate.Single.Count).Select(one => RowOf(one.Plate, one.Truth!)).ToList();
        var others = followed.Where(plate => TruthOf(plate) is null).ToList();
        var passages = PlateClipFigures.Passages(Checkout.Models, clip, AnalyseFps);
        var read = passages.All.Where(passage => passage.Plate is not null)
            .Select(passage => (IReadOnlyList<string>)[passage.Class.Name(), passage.Plate!.Text, Printed.Contains(passage.Plate.Text) ? "yes" : "no", Table.Number(passage.Plate.Confidence, 3)]).ToList();
        return $"""
            `street_plate_pan.mp4`: a hand-held, moving camera, two plates that a person can read. Every frame is searched whole; a row is a plate followed from frame to frame (a plate lost and found again has two).

            {Table.Of(["plate", "frames", "single frame exact, raw", "single frame exact, with grammar", $"{PlateClipFigures.FewLooks} looks together exact", "all looks together", "exact"], rows).Trim()}

            {others.Count} other things were taken for a plate in two frames or more; {others.Count(plate => plate.Voted is { } text && !text.Contains('?'))} of them were given a text without doubt by the vote.

            What the gateway itself reports at {AnalyseFps} frames a second (`street`, tracker, chain; {passages.Looks} looks, {passages.Reads} reads, {Table.Number(passages.MillisecondsPerLook)} ms a look):

            {Table.Of(["class", "text", "exact", "confidence"], read).Trim()}
            """;
    }

    private static IReadOnlyList<string> RowOf(FollowedPlate plate, string truth) =>
    [
        truth, plate.Single.Count.ToString(CultureInfo.InvariantCulture), Share(plate.Raw, truth), Share(plate.Single, truth), Share(plate.Few, truth), plate.Voted ?? "–", plate.Voted == truth ? "yes" : "no",
    ];

    // A follower belongs to the printed text that most of its single frames are within three characters of.
    private static string? TruthOf(FollowedPlate plate) =>
        Printed.FirstOrDefault(truth => plate.Raw.Count(text => text.Length == truth.Length && text.Zip(truth).Count(pair => pair.First != pair.Second) <= 3) * 2 > plate.Raw.Count);

    private static string Share(IReadOnlyList<string> texts, string truth) =>
        texts.Count == 0 ? "–" : $"{Table.Number(100.0 * texts.Count(text => text == truth) / texts.Count, 1)} % of {texts.Count}";
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
    private static readonly JsonSerializerOptions OneLine = new(Table.Indented) { WriteIndented = false };

    public static string Measure()
    {
        using var yardstick = Yardstick.TryMake();
        List<ModelManifest> models = [.. yardstick is null ? [] : ModelCatalogue.Load(yardstick.Folder).Models, .. ModelCatalogue.Load(Checkout.Models).Models];
        return Table.OfJsonLines(string.Join('\n', new[] { 1, 2 }.SelectMany(threads => ModelTimes.Measure(models, threads)).Select(time => JsonSerializer.Serialize(time, OneLine))))
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
