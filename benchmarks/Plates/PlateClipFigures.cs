using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Benchmarks.Plates;

/// <summary>
/// The plate chain on a clip, in two ways. What the vote adds: every frame is searched whole, each plate followed by place, and each
/// frame's own text counted beside what all its looks say together. What the gateway would report: detector, tracker and chain at a
/// camera's rate. Prints one JSON object.
/// </summary>
internal static class PlateClipFigures
{
    private sealed class Follower(BoxPx box)
    {
        public BoxPx Box { get; set; } = box;

        public int LastFrame { get; set; }

        public PlateVote Vote { get; } = new();

        public List<string> Texts { get; } = [];
    }

    /// <param name="models">Folder of models.json.</param>
    /// <param name="clip">A video file.</param>
    /// <param name="analyseFps">Rate at which the gateway's own way is shown.</param>
    /// <param name="street">Name of the model that finds vehicles.</param>
    public static void Run(string models, string clip, int analyseFps = 8, string street = "street")
    {
        var catalogue = ModelCatalogue.Load(models);
        using var detect = OnnxModel.Open(catalogue["plate-detect"], OnnxOptions.Default);
        using var read = OnnxModel.Open(catalogue["plate-read"], OnnxOptions.Default);
        var vote = Vote(detect, read, clip);
        var passages = catalogue.Contains(street) ? Passages(catalogue[street], detect, read, clip, analyseFps) : null;
        Console.WriteLine(JsonSerializer.Serialize(new { clip = Path.GetFileName(clip), vote, analyseFps, passages }, PlateFigures.Indented));
    }

    private static object Vote(OnnxModel detect, OnnxModel read, string clip)
    {
        using var images = new PlateImages(detect, read);
        List<Follower> followers = [];
        var at = 0;
        foreach (var frame in Frames(clip, null))
        {
            using (frame)
            {
                foreach (var plate in images.Find(frame)) Follow(images, followers, frame, plate, at);
            }

            at++;
        }

        var read2 = followers.Where(f => f.Vote.Reads >= 2).Select(f => (Follower: f, Result: f.Vote.Result(ObjectClass.Other))).ToList();
        return new
        {
            frames = at,
            unreadable = followers.Count - read2.Count(r => r.Result is not null),
            plates = read2.Where(r => r.Result is not null).Select(r => new
            {
                text = r.Result!.Text,
                display = r.Result.Display,
                kind = r.Result.Kind.Name(),
                confidence = Math.Round(r.Result.Confidence, 4),
                looks = r.Follower.Texts.Count,
                looksWithThatText = r.Follower.Texts.Count(t => t == r.Result.Text),
                looksThatSaySomethingElse = r.Follower.Texts.Count(t => t != r.Result.Text && !t.Contains(PlateSymbols.Doubtful)),
            }),
        };
    }

    private static void Follow(PlateImages images, List<Follower> followers, Frame frame, PlateInImage plate, int at)
    {
        var follower = followers.Where(f => at - f.LastFrame <= 10).OrderByDescending(f => f.Box.Iou(plate.Spot.Box)).FirstOrDefault();
        if (follower is null || follower.Box.Iou(plate.Spot.Box) < 0.1f) followers.Add(follower = new Follower(plate.Spot.Box));
        (follower.Box, follower.LastFrame) = (plate.Spot.Box, at);
        var again = images.LookAt(frame, plate.Spot);
        follower.Vote.Add(again, ObjectClass.Other, PlateVote.WeightOf(again, plate.Spot.Score));
        follower.Texts.Add(plate.Reading.Text);
    }

    private static object Passages(ModelManifest street, OnnxModel detect, OnnxModel read, string clip, int analyseFps)
    {
        using var model = OnnxModel.Open(street, OnnxOptions.Default);
        var turns = new FairTurnstile(1);
        using var vehicles = new ObjectDetector(model, turns).Open("clip");
        using var chain = new PlateChain(new PlateDetector(detect, turns, "clip"), new PlateReader(read, turns, "clip"), new PlateChainOptions());
        var tracker = new ByteTracker();
        var (seen, tracks, found) = (new DetectionBuffer(300), new TrackBuffer(), new List<Observation>());
        var frames = 0;
        foreach (var frame in Frames(clip, analyseFps))
        {
            using (frame)
            {
                var elapsed = TimeSpan.FromSeconds((double)frames++ / analyseFps);
                frame.Time = new FrameTime(elapsed, DateTimeOffset.UnixEpoch + elapsed);
                vehicles.Detect(frame, 0.1f, seen);
                tracker.Update(seen.Items, frame.Time, tracks);
                chain.Read(frame, tracks.Items, found);
                foreach (var gone in tracker.Ended) chain.Forget(gone, found);
            }
        }

        chain.Finish(found);
        var counters = chain.Counters;
        return new
        {
            frames,
            counters.Looks,
            counters.Reads,
            millisecondsPerLook = Math.Round(counters.Time.TotalMilliseconds / Math.Max(1, counters.Looks), 2),
            all = found.OfType<PassageRead>().OrderBy(p => p.From.Elapsed).Select(p => new
            {
                from = Math.Round(p.From.Elapsed.TotalSeconds, 2),
                to = Math.Round(p.To.Elapsed.TotalSeconds, 2),
                type = p.Class.Name(),
                plate = p.Plate is { } r ? $"{r.Display} {r.Kind.Name()} {r.Colour.Name()} {r.Confidence:0.000}" : null,
                pictured = p.Picture is not null,
            }),
        };
    }

    private static IEnumerable<Frame> Frames(string clip, int? fps)
    {
        var size = Output("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0", clip).Trim().Split(',');
        using var pool = new FramePool(int.Parse(size[0], CultureInfo.InvariantCulture), int.Parse(size[1], CultureInfo.InvariantCulture), 2);
        string[] rate = fps is { } f ? ["-vf", $"fps={f}"] : [];
        using var ffmpeg = Start("ffmpeg", ["-nostdin", "-v", "error", "-i", clip, .. rate, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]);
        for (var sequence = 0L; ; sequence++)
        {
            var frame = pool.TryRent()!;
            frame.Sequence = sequence;
            if (ffmpeg.StandardOutput.BaseStream.ReadAtLeast(frame.Pixels, pool.FrameBytes, throwOnEndOfStream: false) < pool.FrameBytes)
            {
                frame.Dispose();
                yield break;
            }

            yield return frame;
        }
    }

    private static string Output(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        return process.StandardOutput.ReadToEnd();
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
}
