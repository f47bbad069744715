using System.Globalization;
using System.Text.Json;
using EdgeGateway.Cameras;
using EdgeGateway.Demo;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Benchmarks.Crowds;

/// <summary>
/// What a crowd costs, and what helps: crossings against density before and after a calibration from another film of the same density, and
/// people in a zone by tracks beside a density estimate from the covered ground, both corrected by one factor from that other film.
/// </summary>
internal static class CrowdsSection
{
    private const double Seconds = 30;
    private static readonly int[] Densities = [1, 3, 6, 12];

    // The middle of the square, symmetric as the line is.
    private const double ZoneLeft = 0.15, ZoneRight = 0.85, ZoneTop = 0.3, ZoneBottom = 0.95;

    private sealed record Seen(List<TrueCrossing> Crossings, List<int> Tracked, List<double> Covered);

    public static string Measure()
    {
        if (Checkout.Data is not { } data) return "The real clips are not beside this checkout, so nothing was measured.";
        var clip = Path.Combine(data, "videos", "plaza_walkers.mp4");
        var truth = File.ReadLines(Path.Combine(data, "videos", "groundtruth.csv")).Where(line => line.StartsWith("plaza", StringComparison.Ordinal)).Select(line => line.Split(',', 10))
            .Select(cells => new TrueCrossing(double.Parse(cells[5], CultureInfo.InvariantCulture), cells[6] == "down")).ToList();
        var pictures = CrowdFilm.Read(clip);
        var empty = CrowdFilm.Empty(pictures);
        var masks = pictures.Select(picture => CrowdFilm.Somebody(picture, empty)).ToArray();
        using var models = new SharedModels(Checkout.Models, OnnxOptions.Default, 1);

        // What one layer holds, seen alone: the same detector where nobody hides anybody.
        var alone = Look(CrowdFilm.Alone(pictures, masks, empty).Path, empty, models).Tracked;
        List<IReadOnlyList<string>> lines = [], zones = [];
        foreach (var layers in Densities)
        {
            var (train, test) = (CrowdFilm.Render(pictures, masks, empty, truth, layers, Seconds, 100 + layers), CrowdFilm.Render(pictures, masks, empty, truth, layers, Seconds, 200 + layers));
            var (seenTrain, seenTest) = (Look(train.Path, empty, models), Look(test.Path, empty, models));
            lines.Add(Crossings(layers, train, seenTrain, test, seenTest, alone));
            zones.Add(People(layers, train, seenTrain, test, seenTest, alone));
        }

        var real = Truths(data).Select(one => HalfAndHalf(one.File, one.Truth, Look(one.File, empty, models, one.Name).Crossings)).ToList();
        return $"""
            Rendered from real walkers: `plaza_walkers.mp4` laid over itself, so that people hide each other as in life and the truth is known. Two films of {Seconds:0} s a density: the first gives the factors, the second is measured.

            {Table.Of(["layers", "people in the zone", "true crossings", "matched", "missed", "false", "sum, error before", "factor in [95 %]", "factor out [95 %]", "sum, error after"], lines).Trim()}

            People in a zone, each analysed picture of the second film; error is the mean distance from the truth, in percent of the mean truth. The truth is what the same detector sees in the single layers.

            {Table.Of(["layers", "true mean", "tracks, error", "tracks × factor, error", "density (covered ground) × factor, error", "tracks × factor, bias", "density × factor, bias"], zones).Trim()}

            Real clips: the first half gives one factor for both directions, the second half is measured.

            {Table.Of(["clip", "true crossings, second half", "found", "error before", "factor", "after", "error after"], real).Trim()}
            """;
    }

    private static IReadOnlyList<string> Crossings(int layers, CrowdFilm train, Seen seenTrain, CrowdFilm test, Seen seenTest, List<int> alone)
    {
        var (into, outOf) = (Factor(train, seenTrain, true), Factor(train, seenTrain, false));
        double Corrected(bool down) => seenTest.Crossings.Count(one => one.Down == down) * ((down ? into : outOf).Factor ?? 1);
        var matched = Matched(test.Truth, seenTest.Crossings);
        var (all, found) = (test.Truth.Count, seenTest.Crossings.Count);
        return
        [
            $"{layers}", Table.Number(Truth(test, alone).Average(), 1), $"{all}", $"{matched}", $"{all - matched}", $"{found - matched}",
            Signed((found - all) / (double)all), Interval(into), Interval(outOf), Signed((Corrected(true) + Corrected(false) - all) / all),
        ];
    }

    private static CalibrationFigures Factor(CrowdFilm film, Seen seen, bool down)
    {
        TimeSpan[] Moments(IEnumerable<TrueCrossing> all) => [.. all.Where(one => one.Down == down).Select(one => TimeSpan.FromSeconds(one.At))];
        return Calibration.Compare(Moments(film.Truth), Moments(seen.Crossings), TimeSpan.FromSeconds(1));
    }

    private static IReadOnlyList<string> People(int layers, CrowdFilm train, Seen seenTrain, CrowdFilm test, Seen seenTest, List<int> alone)
    {
        var (truthTrain, truth) = (Truth(train, alone), Truth(test, alone));
        var byTracks = truthTrain.Sum() / Math.Max(1, (double)seenTrain.Tracked.Sum());
        var byGround = truthTrain.Sum() / Math.Max(1e-9, seenTrain.Covered.Sum());
        var mean = truth.Average();
        double Error(IEnumerable<double> said) => said.Zip(truth, (a, b) => Math.Abs(a - b)).Average() / mean;
        double Bias(IEnumerable<double> said) => said.Zip(truth, (a, b) => a - b).Average() / mean;
        var (raw, tracks, ground) = (seenTest.Tracked.Select(one => (double)one).ToList(), seenTest.Tracked.Select(one => one * byTracks).ToList(), seenTest.Covered.Select(one => one * byGround).ToList());
        return [$"{layers}", Table.Number(mean, 1), Percent(Error(raw)), Percent(Error(tracks)), Percent(Error(ground)), Signed(Bias(tracks)), Signed(Bias(ground))];
    }

    /// <summary>How many stand in the zone, picture by picture: the sum of what is seen of each layer alone. The zone is symmetric, so a mirrored layer holds as many.</summary>
    private static List<double> Truth(CrowdFilm film, List<int> alone)
    {
        var sums = new double[(int)(film.Seconds * CrowdFilm.Fps)];
        foreach (var (start, _) in film.Layers)
        {
            for (var frame = 0; frame < sums.Length; frame++)
            {
                var index = frame - (int)Math.Round(start * CrowdFilm.Fps);
                if (index >= 0 && index < alone.Count) sums[frame] += alone[index];
            }
        }

        return [.. sums];
    }

    private static IEnumerable<(string File, string Name, List<TrueCrossing> Truth)> Truths(string data)
    {
        foreach (var name in (string[])["plaza_walkers.mp4", "lobby_one_by_one.mp4"])
        {
            var rows = File.ReadLines(Path.Combine(data, "videos", "groundtruth.csv")).Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => line.Split(',', 10)).ToList();
            yield return (Path.Combine(data, "videos", name), name, [.. rows.Select(cells => new TrueCrossing(double.Parse(cells[5], CultureInfo.InvariantCulture), cells[6] is "down" or "left")).OrderBy(one => one.At)]);
        }
    }

    private static IReadOnlyList<string> HalfAndHalf(string file, List<TrueCrossing> truth, List<TrueCrossing> found)
    {
        var half = truth[truth.Count / 2].At - 0.6;
        var (trueFirst, seenFirst) = (truth.Count(one => one.At < half), found.Count(one => one.At < half));
        var (trueLast, seenLast) = (truth.Count - trueFirst, found.Count - seenFirst);
        var factor = seenFirst == 0 ? 1 : trueFirst / (double)seenFirst;
        return [Path.GetFileNameWithoutExtension(file), $"{trueLast}", $"{seenLast}", Signed((seenLast - trueLast) / (double)trueLast), Table.Number(factor, 2), Table.Number(seenLast * factor, 1), Signed(((seenLast * factor) - trueLast) / trueLast)];
    }

    private static Seen Look(string film, byte[] empty, SharedModels models, string clip = "plaza_walkers.mp4")
    {
        var isLobby = clip.StartsWith("lobby", StringComparison.Ordinal);
        using var config = new TemporaryConfig(
            """
            id: bench
            site: { id: bench, name: Bench }
            mqtt: { url: "mqtt://127.0.0.1:1883" }
            storage: { folder: "{storage}" }
            """,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["crowd"] = $$"""
                    id: crowd
                    source: { url: "file:///dev/null" }
                    analyseFps: {{CrowdFilm.Fps}}
                    motionGate: false
                    lines: { gate: { points: {{(isLobby ? "[[560, 40], [560, 431]]" : "[[240, 270], [720, 270]]")}}, units: px, frame: {{(isLobby ? "[768, 432]" : "[960, 540]")}} } }
                    counting: [ { id: all, line: gate, classes: [person], interval: 15m } ]
                    """,
            });
        var camera = config.Load().Cameras[0];
        List<TrueCrossing> crossings = [];
        List<int> tracked = [];
        List<double> covered = [];
        Replay.Run(
            new ReplaySite("bench", TimeZoneInfo.Utc), camera, models, null, film, Replay.DefaultStart,
            item =>
            {
                if (item.Type != "crossing") return;
                using var json = JsonDocument.Parse(item.Json);
                var data = json.RootElement.GetProperty("data");
                if (data.GetProperty("class").GetString() != "person") return;
                crossings.Add(new TrueCrossing((data.GetProperty("at").GetDateTimeOffset() - Replay.DefaultStart).TotalSeconds, data.GetProperty("direction").GetString() == "in"));
            },
            NullLogger.Instance,
            inspect: (frame, stages) =>
            {
                var people = 0;
                foreach (ref readonly var track in stages.Tracks)
                {
                    var feet = track.Box.BottomCentre;
                    if (track.Class == ObjectClass.Person && feet.X >= ZoneLeft * frame.Width && feet.X < ZoneRight * frame.Width && feet.Y >= ZoneTop * frame.Height && feet.Y < ZoneBottom * frame.Height) people++;
                }

                tracked.Add(people);
                if (!isLobby) covered.Add(Covered(frame, empty));
            });
        return new Seen([.. crossings.OrderBy(one => one.At)], tracked, covered);
    }

    /// <summary>
    /// The classic density estimate: pixels that differ from the empty square, each weighted by how much of a person it is where it lies.
    /// A person's height grows evenly from 25 px at the top of the zone to 60 px at its foot (the clip's README), its area with the square.
    /// </summary>
    private static double Covered(Frame frame, byte[] empty)
    {
        if (frame.Width != CrowdFilm.Width || frame.Height != CrowdFilm.Height) return 0;
        var luma = frame.Y;
        var sum = 0.0;
        for (var y = (int)(ZoneTop * frame.Height); y < (int)(ZoneBottom * frame.Height); y += 2)
        {
            var tall = 25 + (35 * ((y / (double)frame.Height) - ZoneTop) / (ZoneBottom - ZoneTop));
            var pixels = 0;
            for (var x = (int)(ZoneLeft * frame.Width); x < (int)(ZoneRight * frame.Width); x++)
            {
                if (Math.Abs(luma[(y * frame.Width) + x] - empty[(y * frame.Width) + x]) >= 24) pixels++;
            }

            sum += pixels / (tall * tall);
        }

        return sum;
    }

    private static int Matched(IReadOnlyList<TrueCrossing> truth, List<TrueCrossing> found)
    {
        var left = found.ToList();
        var pairs = 0;
        foreach (var one in truth)
        {
            var near = left.FindIndex(other => other.Down == one.Down && Math.Abs(other.At - one.At) <= 1);
            if (near < 0) continue;
            left.RemoveAt(near);
            pairs++;
        }

        return pairs;
    }

    private static string Interval(CalibrationFigures figures) => figures.Factor is not { } factor ? "–" : $"{Table.Number(factor, 2)} [{Table.Number(figures.Low!.Value, 2)}–{Table.Number(figures.High!.Value, 2)}]";

    private static string Percent(double share) => Table.Number(100 * share, 1) + " %";

    private static string Signed(double share) => (share > 0 ? "+" : "") + Percent(share);
}
