using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Demo;
using EdgeGateway.Health;
using EdgeGateway.Vision.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Benchmarks.Pipeline;

/// <summary>
/// CPU per analysed frame of the whole path on one 1080p25 stream, all frames decoded, analysed at 5 a second, gating and plates off, one
/// ONNX Runtime thread, divided by (ffmpeg decoding the same frames to nowhere + bare ONNX Runtime on the same model).
/// </summary>
internal static class FrameCost
{
    public const double AnalyseFps = 5;
    private const int Rounds = 3;

    public static string Measure()
    {
        var clip = Clips.Hd25();
        var rows = new List<IReadOnlyList<string>>();
        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var decode = DecodeSeconds(clip);
            var ours = Ours(clip);
            var bare = BareInferenceSeconds(ours.Analysed);
            var ratio = ours.CpuSeconds / (decode + bare);
            ratios.Add(ratio);
            double Ms(double seconds) => seconds * 1000 / ours.Analysed;
            rows.Add([(round + 1).ToString(CultureInfo.InvariantCulture), ours.Analysed.ToString(CultureInfo.InvariantCulture), Table.Number(Ms(decode)), Table.Number(Ms(bare)), Table.Number(Ms(ours.CpuSeconds)), Table.Number(Ms(ours.Own)), Table.Number(Ms(ours.Children)), Table.Number(ratio)]);
        }

        return Table.Of(["round", "analysed", "ffmpeg decode, ms", "bare inference, ms", "ours in all, ms", "of it own", "of it ffmpeg", "ratio"], rows)
            + $"\nMedian ratio **{Table.Number(ratios.Order().ElementAt(Rounds / 2))}** (asked: at most 1.25). CPU milliseconds per analysed frame; five decoded frames stand behind each. Clip: {Path.GetFileName(clip)}, 40 s of a real scene as 1080p25 H.264. Model: {ModelName()}.";
    }

    /// <summary>CPU of decoding a clip with one thread to nowhere, as the gateway decodes.</summary>
    public static double DecodeSeconds(string clip) => OtherProgram.CpuSeconds("ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-i", clip, "-an", "-f", "null", "-");

    /// <summary>The whole path on a clip: CPU of this process and its ffmpeg.</summary>
    public static (long Analysed, double CpuSeconds, double Own, double Children) Ours(string clip)
    {
        using var config = new TemporaryConfig(
            """
            id: bench
            site: { id: bench, name: Bench }
            mqtt: { url: "mqtt://127.0.0.1:1883" }
            storage: { folder: "{storage}" }
            """,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["one"] = string.Create(CultureInfo.InvariantCulture, $$"""
                    id: one
                    source: { url: "file:///dev/null" }
                    analyseFps: {{AnalyseFps}}
                    motionGate: false
                    lines: { middle: { points: [[0.02, 0.5], [0.98, 0.5]], units: fraction } }
                    counting: [ { id: all, line: middle, classes: [person], interval: 1m } ]
                    """),
            });
        var loaded = config.Load();
        using var models = new SharedModels(Checkout.Models, OnnxOptions.Default, 1);
        Run(2); // compiling is not measured
        var before = ProcessFigures.Now();
        var summary = Run(null);
        var after = ProcessFigures.Now();
        var (own, children) = ((after.OwnCpu - before.OwnCpu).TotalSeconds, (after.ChildrenCpu - before.ChildrenCpu).TotalSeconds);
        return (summary.Analysed, own + children, own, children);

        ReplaySummary Run(int? seconds) => Replay.Run(
            new ReplaySite("bench", TimeZoneInfo.Utc), loaded.Cameras[0], models, null, seconds is null ? clip : Clips.Short(clip, seconds.Value), Replay.DefaultStart, _ => { }, NullLogger.Instance);
    }

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

    private static string ModelName()
    {
        var (width, height) = ObjectDetector.InputFor(ModelCatalogue.Load(Checkout.Models)["street"].Input, 1920, 1080);
        return $"street at {width}×{height}, the input it gets for wide frames, here and there";
    }
}
