using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Benchmarks.Plates;

/// <summary>A plate followed through a clip: what single frames say, and what they say together.</summary>
/// <param name="Voted">What all looks say together; null when nothing readable came of them.</param>
/// <param name="Raw">What each frame alone says, without grammar.</param>
/// <param name="Single">The same with grammar.</param>
/// <param name="Few">What each run of <see cref="PlateClipFigures.FewLooks"/> looks says together.</param>
internal sealed record FollowedPlate(string? Voted, IReadOnlyList<string> Raw, IReadOnlyList<string> Single, IReadOnlyList<string> Few);

/// <summary>What the gateway would report of the clip at a camera's rate.</summary>
internal sealed record ClipPassages(int Frames, long Looks, long Reads, double MillisecondsPerLook, IReadOnlyList<PassageRead> All);

/// <summary>
/// The plate chain on a clip, in two ways. What the vote adds: every frame is searched whole, each plate followed by place, and each
/// frame's own text kept beside what several looks say together. What the gateway would report: detector, tracker and chain at a
/// camera's rate.
/// </summary>
internal static class PlateClipFigures
{
    /// <summary>So many looks a moving vehicle gives at least.</summary>
    public const int FewLooks = 5;

    private sealed class Follower(BoxPx box)
    {
        private readonly Queue<PlateVote> _running = new();

        public BoxPx Box { get; set; } = box;

        public int LastFrame { get; set; }

        public PlateVote Vote { get; } = new();

        public List<string> Raw { get; } = [];

        public List<string> Single { get; } = [];

        public List<string> Few { get; } = [];

        public void Add(PlateRead look, float weight)
        {
            Vote.Add(look, ObjectClass.Other, weight);
            _running.Enqueue(new PlateVote());
            foreach (var vote in _running) vote.Add(look, ObjectClass.Other, weight);
            if (_running.Count == FewLooks) Few.Add(_running.Dequeue().Result(ObjectClass.Other)?.Text ?? "");
        }
    }

    /// <summary>Every plate that was found in at least two frames.</summary>
    /// <param name="models">Folder of models.json.</param>
    /// <param name="clip">A video file.</param>
    public static IReadOnlyList<FollowedPlate> Followed(string models, string clip)
    {
        var catalogue = ModelCatalogue.Load(models);
        using var detect = OnnxModel.Open(catalogue["plate-detect"], OnnxOptions.Default);
        using var read = OnnxModel.Open(catalogue["plate-read"], OnnxOptions.Default);
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

        return [.. followers.Where(f => f.Single.Count >= 2).Select(f => new FollowedPlate(f.Vote.Result(ObjectClass.Other)?.Text, f.Raw, f.Single, f.Few))];
    }

    private static void Follow(PlateImages images, List<Follower> followers, Frame frame, PlateInImage plate, int at)
    {
        var follower = followers.Where(f => at - f.LastFrame <= 10).OrderByDescending(f => f.Box.Iou(plate.Spot.Box)).FirstOrDefault();
        if (follower is null || follower.Box.Iou(plate.Spot.Box) < 0.1f) followers.Add(follower = new Follower(plate.Spot.Box));
        (follower.Box, follower.LastFrame) = (plate.Spot.Box, at);
        var again = images.LookAt(frame, plate.Spot);
        follower.Add(again, PlateVote.WeightOf(again, plate.Spot.Score));
        follower.Raw.Add(plate.Reading.RawText);
        follower.Single.Add(plate.Reading.Text);
    }

    /// <param name="models">Folder of models.json.</param>
    /// <param name="clip">A video file.</param>
    /// <param name="analyseFps">Frames looked at a second.</param>
    public static ClipPassages Passages(string models, string clip, int analyseFps)
    {
        var catalogue = ModelCatalogue.Load(models);
        using var detect = OnnxModel.Open(catalogue["plate-detect"], OnnxOptions.Default);
        using var read = OnnxModel.Open(catalogue["plate-read"], OnnxOptions.Default);
        using var model = OnnxModel.Open(catalogue["street"], OnnxOptions.Default);
        var turns = new FairTurnstile(1);
        using var vehicles = new ObjectDetector(model, turns).Open("clip");
        using var chain = new PlateChain(new PlateDetector(detect, turns, "clip"), new PlateReader(read, turns, "clip"), new PlateChainOptions());
        var tracker = new ByteTracker();
        var (seen, tracks, found) = (new DetectionBuffer(300), new TrackBuffer(), new List<Observation>());
        var looks = new AppearanceBuffer(300);
        var frames = 0;
        foreach (var frame in Frames(clip, analyseFps))
        {
            using (frame)
            {
                var elapsed = TimeSpan.FromSeconds((double)frames++ / analyseFps);
                frame.Time = new FrameTime(elapsed, DateTimeOffset.UnixEpoch + elapsed);
                vehicles.Detect(frame, 0.1f, seen);
                tracker.Update(seen.Items, looks.Look(frame, seen.Items), frame.Time, tracks);
                chain.Read(frame, tracks.Items, found);
                foreach (var gone in tracker.Ended) chain.Forget(gone, found);
            }
        }

        chain.Finish(found);
        var counters = chain.Counters;
        return new ClipPassages(
            frames, counters.Looks, counters.Reads, counters.Time.TotalMilliseconds / Math.Max(1, counters.Looks), [.. found.OfType<PassageRead>().OrderBy(p => p.From.Elapsed)]);
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
