using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Benchmarks.Plates;

/// <summary>
/// What the vote adds on a clip: every frame is searched whole, each plate followed by place, each frame's own text counted beside
/// what all its looks say together. Prints one JSON object.
/// </summary>
internal static class PlateClipFigures
{
    private sealed class Follower(BoxPx box)
    {
        public BoxPx Box { get; set; } = box;

        public int LastFrame { get; set; }

        public PlateVote Vote { get; } = new();

        public Dictionary<string, int> Texts { get; } = new(StringComparer.Ordinal);
    }

    public static void Run(string models, string clip)
    {
        var catalogue = ModelCatalogue.Load(models);
        using var detect = OnnxModel.Open(catalogue["plate-detect"], OnnxOptions.Default);
        using var read = OnnxModel.Open(catalogue["plate-read"], OnnxOptions.Default);
        using var images = new PlateImages(detect, read);
        List<Follower> followers = [];
        var frames = 0;
        foreach (var frame in Frames(clip))
        {
            using (frame)
            {
                foreach (var plate in images.Find(frame)) Add(images, followers, frame, plate, frames);
            }

            frames++;
        }

        var plates = followers.Where(f => f.Vote.Reads >= 3).Select(f => new
        {
            looks = f.Vote.Reads,
            vote = f.Vote.Result(ObjectClass.Other) is { } r ? new { r.Text, r.Display, kind = r.Kind.Name(), other = r.OtherKind?.Name(), r.Confidence, r.Alternatives } : null,
            singleLooks = f.Texts.OrderByDescending(t => t.Value).Take(6).Select(t => new { text = t.Key, looks = t.Value }),
        });
        Console.WriteLine(JsonSerializer.Serialize(new { clip = Path.GetFileName(clip), frames, plates }, PlateFigures.Indented));
    }

    private static void Add(PlateImages images, List<Follower> followers, Frame frame, PlateInImage plate, int at)
    {
        var follower = followers.Where(f => at - f.LastFrame <= 10).OrderByDescending(f => f.Box.Iou(plate.Spot.Box)).FirstOrDefault();
        if (follower is null || follower.Box.Iou(plate.Spot.Box) < 0.1f) followers.Add(follower = new Follower(plate.Spot.Box));
        (follower.Box, follower.LastFrame) = (plate.Spot.Box, at);
        var again = images.LookAt(frame, plate.Spot);
        follower.Vote.Add(again, ObjectClass.Other, PlateVote.WeightOf(again, plate.Spot.Score));
        follower.Texts[plate.Reading.Text] = follower.Texts.GetValueOrDefault(plate.Reading.Text) + 1;
    }

    private static IEnumerable<Frame> Frames(string clip)
    {
        var size = Output("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0", clip).Trim().Split(',');
        using var pool = new FramePool(int.Parse(size[0], CultureInfo.InvariantCulture), int.Parse(size[1], CultureInfo.InvariantCulture), 2);
        using var ffmpeg = Start("ffmpeg", "-v", "error", "-i", clip, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-");
        while (true)
        {
            var frame = pool.TryRent()!;
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
