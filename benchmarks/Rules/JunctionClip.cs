using System.Globalization;
using EdgeGateway.Cameras;
using EdgeGateway.Demo;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Tracking;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Benchmarks.Rules;

/// <summary>What the rules said of the real junction, beside what people saw there.</summary>
internal sealed record ClipResult(
    IReadOnlyList<ActSuspected> Acts, IReadOnlyList<double> Missed, IReadOnlyList<ActSuspected> Extra, int LightRight, int LightWrong, int LightUnknown, int Frames);

/// <summary>
/// The clip of a real junction through detector, tracker and rules, as a camera file configures them. Truth: seven motorcycles cross
/// upwards at red before 38 s; two cars wait from 7 s until green; nobody parks or drives the wrong way.
/// </summary>
internal static class JunctionClip
{
    public const string File = "hanoi_junction_light.mp4";
    private const double Until = 38;
    private static readonly double[] RedCrossings = [19.60, 22.40, 25.50, 28.40, 30.30, 31.80, 34.60];

    private const string Camera = """
        id: hanoi
        source: { url: "file:///dev/null" }
        analyseFps: 12
        motionGate: false
        lines: { vach: { points: [[20, 335], [575, 335]], units: px, frame: [640, 480] } }
        zones:
          phai: { points: [[330, 470], [345, 345], [560, 345], [610, 470]], units: px, frame: [640, 480] }
          lan: { points: [[10, 470], [90, 345], [560, 345], [610, 470]], units: px, frame: [640, 480] }
        signals: { den: { source: picture, region: { points: [[545, 150], [565, 235]], units: px, frame: [640, 480] } } }
        rules:
          - { id: den-do, rule: red_light, line: vach, direction: out, signal: den }
          - { id: dung-do, rule: no_parking, zone: lan, after: 20s }
          - { id: nguoc-chieu, rule: wrong_way, zone: phai, allowed: [0, -1] }
        """;

    /// <summary>Runs the clip.</summary>
    /// <param name="path">The clip.</param>
    /// <param name="model">Name of the detector; the catalogue's first when null.</param>
    /// <param name="inspect">Sees each frame with its tracks and what was found in it; for pictures.</param>
    public static ClipResult Run(string path, string? model = null, Action<Frame, IReadOnlyList<Track>, IReadOnlyList<Observation>>? inspect = null)
    {
        using var config = new TemporaryConfig(
            "id: bench\nsite: { id: bench, name: Bench }\nmqtt: { url: \"mqtt://127.0.0.1:1883\" }\nstorage: { folder: \"{storage}\" }\n",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["hanoi"] = Camera,
            });
        var camera = config.Load().Cameras[0];
        using var models = new SharedModels(Checkout.Models, OnnxOptions.Default, 1);
        var detector = models.Detector(model);
        var options = CameraStages.TrackerFor(detector.Model.Manifest, camera.Config.MinScore);
        var tracker = new ByteTracker(options);
        var signals = RuleModels.SignalsOf(camera, 640, 480);
        var board = new SignalBoard(signals);
        var reader = new SignalReader(signals, board);
        var rules = RuleModels.Of(camera, 640, 480, board, TimeZoneInfo.Utc);
        using var lane = detector.OpenFor("hanoi", 640, 480);
        var (seen, tracks, found, times) = (new DetectionBuffer(TrackerOptions.DefaultCapacity), new TrackBuffer(), new List<Observation>(), new List<double>());
        var looks = new AppearanceBuffer(TrackerOptions.DefaultCapacity);
        using (var stream = new CameraStream(CaptureOptionsOf.File(camera, path, Replay.DefaultStart), TimeProvider.System, NullLogger.Instance))
        {
            stream.Start();
            while (stream.Take(CancellationToken.None) is { } frame)
            {
                using (frame)
                {
                    var before = found.Count;
                    reader.Read(frame);
                    lane.Detect(frame, options.LowScore, seen);
                    tracker.Update(seen.Items, looks.Look(frame, seen.Items), frame.Time, tracks);
                    foreach (var rule in rules) rule.Look(tracks.Items, frame.Time, found);
                    foreach (var gone in tracker.Ended)
                    {
                        foreach (var rule in rules) rule.Forget(gone);
                    }

                    times.Add(frame.Time.Elapsed.TotalSeconds);
                    inspect?.Invoke(frame, tracks.Items.ToArray(), found[before..]);
                }
            }
        }

        foreach (var rule in rules) rule.Finish(found);
        return Judge([.. found.OfType<ActSuspected>()], times, board.Find("den")!);
    }

    /// <summary>The text of the report.</summary>
    public static string Describe(ClipResult result)
    {
        string Seconds(double s) => s.ToString("0.0", CultureInfo.InvariantCulture);
        var right = 100.0 * result.LightRight / (result.LightRight + result.LightWrong + result.LightUnknown);
        return $"""
            A real junction (`{File}`, {result.Frames} frames), detector, tracker and rules as a camera file configures them:

            - light read from the picture: right in **{right.ToString("0.00", CultureInfo.InvariantCulture)} %** of the frames outside 42.3–42.5 s (asked: at least 99 %), wrong {result.LightWrong}, unknown {result.LightUnknown}
            - `red_light` before 38 s: **{RedCrossings.Length - result.Missed.Count} of {RedCrossings.Length}** crossings at red reported once{(result.Missed.Count > 0 ? ", missed: " + string.Join(", ", result.Missed.Select(s => Seconds(s) + " s")) : "")}
            - anything else before 38 s: **{result.Extra.Count(act => act.At.Elapsed.TotalSeconds <= Until)}**{(result.Extra.Count > 0 ? " (all of the clip: " + string.Join(", ", result.Extra.Select(act => $"{act.Code} {Seconds(act.At.Elapsed.TotalSeconds)} s")) + ")" : "")}; `no_parking` after 20 s over the cars that wait from 7 s until green, and `wrong_way`, included
            """;
    }

    private static ClipResult Judge(ActSuspected[] acts, List<double> times, SignalTimeline light)
    {
        var left = acts.Where(act => act.Code == ActCodes.RedLight).ToList();
        var missed = new List<double>();
        foreach (var crossing in RedCrossings)
        {
            var best = left.Where(act => Math.Abs(act.At.Elapsed.TotalSeconds - crossing) <= 0.8 + 0.5).MinBy(act => Math.Abs(act.At.Elapsed.TotalSeconds - crossing));
            if (best is null) missed.Add(crossing);
            else left.Remove(best);
        }

        var judged = times.Where(t => t is <= 42.3 or >= 42.5).Select(t => (Is: light.At(TimeSpan.FromSeconds(t)), Was: t < 42.4 ? LightState.Red : LightState.Green)).ToList();
        return new ClipResult(
            acts, missed, [.. acts.Where(act => act.Code != ActCodes.RedLight), .. left],
            judged.Count(one => one.Is == one.Was), judged.Count(one => one.Is != one.Was && one.Is != LightState.Unknown), judged.Count(one => one.Is == LightState.Unknown), times.Count);
    }
}
