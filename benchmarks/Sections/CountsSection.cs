using System.Globalization;
using System.Text.Json;
using EdgeGateway.Bench;
using EdgeGateway.Cameras;
using EdgeGateway.Demo;
using EdgeGateway.Sync.Cases;
using EdgeGateway.Vision.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Benchmarks;

/// <summary>Counts on real clips against the truth that people wrote down: matched crossings by time, direction and class.</summary>
internal static class CountsSection
{
    // Written by hand after looking at boxes with ids on the frames around each; another model may make other mistakes.
    private const string LookedAt = """


        Looked at as pictures (28 November 2026, boxes with ids drawn on the frames around it): hanoi at 5 a second, missed up 31.8 s, false up 36 s:
        the rider in grey crosses hidden by the one in blue right behind him; the one box over both stays short of the line until they part, some
        four seconds later. The sum is right, the moment is not.

        The tracker and the lines were settled while these clips were looked at, all but vtest and night, with these weights and this scale of the picture.
        With other weights (29 November 2026: 280,000 pictures more, held-out AP50 0.441 instead of 0.432; not shipped) the same code is wrong 3, 5 and 5
        times of 66; with the input at 448 pixels, and the lines of the day before, 4, 7 and 6. That is nearer to what a camera that nobody looked at should expect.

        1,000 scripted turn-backs and lingerers at random angles, depths, sways and rates (`LineCrossingTests.A_thousand_scripted_turn_backs_and_lingerers_count_nothing_wrong`,
        which fails at the first wrong one): 0 wrong.

        vtest is Debian's opencv-doc clip (79.5 s of a car park with people); its 27 crossings of a line across the path were counted by eye on strips of
        2.5 frames a second and stand in benchmarks/Counts/vtest.csv. They were written down before the gateway was run on the clip.
        """;

    private const string Vtest = "/usr/share/doc/opencv-doc/examples/data/vtest.avi";

    private sealed record Clip(string File, string Id, string Size, string Classes, double Until, string Line, (double X1, double Y1, double X2, double Y2) Points);

    private sealed record Crossing(double At, string Direction, string Class, double Tolerance, double SettledAfter = 0);

    private static readonly Clip[] Clips =
    [
        new("lobby_one_by_one.mp4", "lobby", "[768, 432]", "person", double.MaxValue, "exit", (560, 40, 560, 431)),
        new("plaza_walkers.mp4", "plaza", "[960, 540]", "person", double.MaxValue, "middle", (240, 270, 720, 270)),
        new("hanoi_junction_light.mp4", "hanoi", "[640, 480]", "motorcycle,car,bus,truck", 38, "stop", (20, 335, 575, 335)),
        new(Vtest, "vtest", "[768, 576]", "person", double.MaxValue, "path", (330, 150, 330, 390)),
        new("night_ir_path.mp4", "night", "[640, 726]", "person,car,motorcycle,bus,truck", double.MaxValue, "path", (150, 560, 600, 560)),
    ];

    public static string Measure()
    {
        if (Checkout.Data is not { } data) return "The real clips are not beside this checkout, so nothing was measured.";
        var truth = ReadTruth(Path.Combine(data, "videos", "groundtruth.csv"));
        truth[Vtest] = ReadTruth(Path.Combine(Checkout.Root, "benchmarks", "Counts", "vtest.csv"))["vtest.avi"];
        var (rows, sums) = (new List<IReadOnlyList<string>>(), new List<IReadOnlyList<string>>());
        var details = new List<string>();
        foreach (var fps in new[] { 5.0, 8.0, 12.0 })
        {
            var (all, allMissed, allExtra) = (new List<Crossing>(), new List<Crossing>(), new List<Crossing>());
            foreach (var clip in Clips.Where(clip => clip.File != Vtest || File.Exists(Vtest)))
            {
                var wanted = truth.GetValueOrDefault(clip.File, []).Where(crossing => crossing.At <= clip.Until).ToList();
                var found = Run(clip, Path.Combine(data, "videos", clip.File), fps).Where(crossing => crossing.At <= clip.Until + 0.3).ToList();
                var (missed, extra) = Match(wanted, found);
                List<double> waits = [.. found.Select(crossing => crossing.SettledAfter).Order()];
                rows.Add(
                [
                    clip.Id, Table.Number(fps, 0), InAndOut(wanted), InAndOut(found), InAndOut(missed), InAndOut(extra), Interval(missed.Count + extra.Count, wanted.Count),
                    Seconds(waits, 0.5), Seconds(waits, 0.95),
                ]);
                all.AddRange(wanted);
                allMissed.AddRange(missed);
                allExtra.AddRange(extra);
                details.AddRange(Reasons(clip, fps, missed, extra));
            }

            var wrong = allMissed.Count + allExtra.Count;
            sums.Add([Table.Number(fps, 0), InAndOut(all), InAndOut(allMissed), InAndOut(allExtra), $"**{wrong}** of {all.Count}", Interval(wrong, all.Count), Table.Number(0.03 * all.Count + 1)]);
        }

        return Table.Of(["clip", "analyseFps", "true, in + out", "found", "missed", "false", "wrong, % [95 %]", "settled after: median, s", "p95, s"], rows)
            + "\nAll clips, by rate of analysis:\n\n"
            + Table.Of(["analyseFps", "true, in + out", "missed", "false", "wrong", "wrong, % [95 %]", "asked: at most 3 % + 1"], sums)
            + "\nIntervals by Wilson, of missed and false together over the true ones. Matched one to one by direction and class within the truth's tolerance + 0.5 s. hanoi: only 0–38 s have an exact truth. Settled after: from the moment at the line to the frame that made the crossing certain, both by presentation time; delivery comes on top. One by one:\n\n"
            + (details.Count == 0 ? "- nothing missed, nothing false" : string.Join('\n', details)) + LookedAt;
    }

    // "In" of the line as it is drawn here: down over one drawn to the right, left over one drawn down.
    private static string InAndOut(List<Crossing> crossings)
    {
        var inwards = crossings.Count(crossing => crossing.Direction is "down" or "left");
        return $"{inwards} + {crossings.Count - inwards}";
    }

    private static string Interval(int wrong, int all)
    {
        if (all == 0) return wrong == 0 ? "–" : $"{wrong} of none";
        var (low, high) = WilsonInterval.Of(Math.Min(wrong, all), all);
        return string.Create(CultureInfo.InvariantCulture, $"{100.0 * wrong / all:0.0} [{100 * low:0.0}–{100 * high:0.0}]");
    }

    private static IEnumerable<string> Reasons(Clip clip, double fps, List<Crossing> missed, List<Crossing> extra) =>
    [
        .. missed.Select(one => string.Create(CultureInfo.InvariantCulture, $"- {clip.Id} at {fps} a second: missed {one.Class} {one.Direction} at {one.At:0.0} s")),
        .. extra.Select(one => string.Create(CultureInfo.InvariantCulture, $"- {clip.Id} at {fps} a second: false {one.Class} {one.Direction} at {one.At:0.0} s")),
    ];

    private static List<Crossing> Run(Clip clip, string path, double fps)
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
                [clip.Id] = string.Create(CultureInfo.InvariantCulture, $$"""
                    id: {{clip.Id}}
                    source: { url: "file:///dev/null" }
                    analyseFps: {{fps}}
                    lines: { {{clip.Line}}: { points: [[{{clip.Points.X1}}, {{clip.Points.Y1}}], [{{clip.Points.X2}}, {{clip.Points.Y2}}]], units: px, frame: {{clip.Size}} } }
                    counting: [ { id: all, line: {{clip.Line}}, classes: [{{clip.Classes}}], interval: 15m } ]
                    """),
            });
        var loaded = config.Load();
        using var models = new SharedModels(Checkout.Models, OnnxOptions.Default, 1);
        var found = new List<Crossing>();
        var told = 0;
        var vertical = clip.Points.X1 == clip.Points.X2;
        Replay.Run(new ReplaySite("bench", TimeZoneInfo.Utc), loaded.Cameras[0], models, null, path, Replay.DefaultStart, item =>
        {
            if (item.Type != "crossing") return;
            using var json = JsonDocument.Parse(item.Json);
            var data = json.RootElement.GetProperty("data");
            var kind = data.GetProperty("class").GetString()!;
            if (!clip.Classes.Split(',').Contains(kind)) return;
            // A line drawn left to right: down is in. A line drawn top to bottom: left is in.
            var inwards = data.GetProperty("direction").GetString() == "in";
            var direction = vertical ? inwards ? "left" : "right" : inwards ? "down" : "up";
            found.Add(new Crossing((data.GetProperty("at").GetDateTimeOffset() - Replay.DefaultStart).TotalSeconds, direction, kind, 0));
        }, NullLogger.Instance, inspect: (frame, _) =>
        {
            // The frame after whose look the crossings came.
            for (; told < found.Count; told++) found[told] = found[told] with { SettledAfter = frame.Time.Elapsed.TotalSeconds - found[told].At };
        });
        return found;
    }

    private static string Seconds(IReadOnlyList<double> sorted, double share) => BenchResult.Percentile(sorted, share) is { } value ? Table.Number(value) : "–";

    private static (List<Crossing> Missed, List<Crossing> Extra) Match(List<Crossing> wanted, List<Crossing> found)
    {
        var left = found.OrderBy(crossing => crossing.At).ToList();
        var missed = new List<Crossing>();
        foreach (var one in wanted.OrderBy(crossing => crossing.At))
        {
            var best = left.Where(other => other.Direction == one.Direction && other.Class == one.Class && Math.Abs(other.At - one.At) <= one.Tolerance + 0.5)
                .OrderBy(other => Math.Abs(other.At - one.At)).FirstOrDefault();
            if (best is null) missed.Add(one);
            else left.Remove(best);
        }

        return (missed, left);
    }

    private static Dictionary<string, List<Crossing>> ReadTruth(string path) =>
        File.ReadLines(path).Skip(1).Select(line => line.Split(',', 10)).GroupBy(fields => fields[0], StringComparer.Ordinal).ToDictionary(
            group => group.Key,
            group => group.Select(fields => new Crossing(double.Parse(fields[5], CultureInfo.InvariantCulture), fields[6], fields[7], double.Parse(fields[8], CultureInfo.InvariantCulture))).ToList(),
            StringComparer.Ordinal);
}
