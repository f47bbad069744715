using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Benchmarks.Pipeline;

/// <summary>
/// CPU per analysed frame of the whole path on one 1080p25 stream, all frames decoded, analysed at 5 a second, gating and plates off, one
/// ONNX Runtime thread, divided by (ffmpeg decoding the same frames to nowhere + bare ONNX Runtime on the same model). A gateway runs for
/// years, so its compiling at the start is measured apart: the whole clip goes through once before anything counts.
/// </summary>
internal static class FrameCost
{
    public const double AnalyseFps = 5;
    private const int Rounds = 9;

    public static string Measure()
    {
        var clip = Clips.Hd25();
        using var gateway = new GatewayOnClip(clip, AnalyseFps);
        var first = gateway.Measure();
        var rows = new List<IReadOnlyList<string>>();
        var (ratios, ownMore, childrenMore) = (new List<double>(), new List<double>(), new List<double>());
        var (decodeBefore, bareBefore) = (DecodeSeconds(clip), BareInferenceSeconds(first.Analysed));
        for (var round = 0; round < Rounds; round++)
        {
            // Whatever else runs on the machine changes from minute to minute: ours stands between two measurements of theirs, and their mean counts.
            var ours = gateway.Measure();
            var (bareAfter, decodeAfter) = (BareInferenceSeconds(ours.Analysed), DecodeSeconds(clip));
            var (decode, bare) = ((decodeBefore + decodeAfter) / 2, (bareBefore + bareAfter) / 2);
            (decodeBefore, bareBefore) = (decodeAfter, bareAfter);
            var ratio = ours.CpuSeconds / (decode + bare);
            ratios.Add(ratio);
            double Ms(double seconds) => seconds * 1000 / ours.Analysed;
            ownMore.Add(Ms(ours.Own - bare));
            childrenMore.Add(Ms(ours.Children - decode));
            rows.Add([(round + 1).ToString(CultureInfo.InvariantCulture), ours.Analysed.ToString(CultureInfo.InvariantCulture), Table.Number(Ms(decode)), Table.Number(Ms(bare)), Table.Number(Ms(ours.CpuSeconds)), Table.Number(Ms(ours.Own)), Table.Number(Ms(ours.Children)), Table.Number(ratio)]);
        }

        return Table.Of(["round", "analysed", "ffmpeg decode, ms", "bare inference, ms", "ours in all, ms", "of it own", "of it ffmpeg", "ratio"], rows)
            + $"""

            Median ratio **{Table.Number(Median(ratios))}** (asked: at most 1.25; lowest {Table.Number(ratios.Min())}, highest {Table.Number(ratios.Max())}). Median difference: ffmpeg {Table.Number(Median(childrenMore))} ms more than decoding alone, the gateway {Table.Number(Median(ownMore))} ms more than inference alone. CPU milliseconds (user and system) per analysed frame; five decoded frames stand behind each. The yardstick decodes with the deblocking filter; the gateway leaves it out where pictures are only seen small (docs/ingest.md), without which the ratio was 1.19 (28 November, 04:04).

            Each round: the gateway, between two measurements of decoding and inference, whose mean is the yardstick. Not counted: the clip's first way through, in which .NET compiles ({Table.Number(first.Own * 1000 / first.Analysed)} ms own). Clip: {Path.GetFileName(clip)}, 40 s of a real scene as 1080p25 H.264. Model: {ModelName()}.
            """;
    }

    /// <summary>CPU of decoding a clip with one thread to nowhere, as the gateway decodes.</summary>
    public static double DecodeSeconds(string clip) => OtherProgram.CpuSeconds("ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-i", clip, "-an", "-f", "null", "-");

    /// <summary>CPU of running the model so many times on one thread, nothing else.</summary>
    public static double BareInferenceSeconds(long runs)
    {
        var manifest = ModelCatalogue.Load(Checkout.Models)["street"];
        using var model = OnnxModel.Open(manifest, OnnxOptions.Default);
        var (width, height) = ObjectDetector.InputFor(manifest.Input, 1920, 1080); // what the gateway opens for such frames
        using var lane = model.OpenLane(width, height);
        lane.Input.Fill(0.5f);
        for (var i = 0; i < 5; i++) lane.Run();
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        for (var i = 0L; i < runs; i++) lane.Run();
        return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string ModelName()
    {
        var (width, height) = ObjectDetector.InputFor(ModelCatalogue.Load(Checkout.Models)["street"].Input, 1920, 1080);
        return $"street at {width}×{height}, the input it gets for wide frames, here and there";
    }
}
