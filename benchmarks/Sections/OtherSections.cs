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
        var pictures = Table.Captured(() => PlateFigures.Run(Checkout.Models, data, every: 4));
        var clip = Path.Combine(data, "videos", "street_plate_pan.mp4");
        var video = File.Exists(clip) ? Table.Captured(() => PlateClipFigures.Run(Checkout.Models, clip)) : "";
        return $"""
            On real crops and scenes (every fourth picture; most of them were seen in training, so the held-out figures in models/cards are the ones to trust):

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
