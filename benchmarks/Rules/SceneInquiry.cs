using System.Globalization;
using EdgeGateway.Benchmarks.Rules.Simulator;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics.Rules;

namespace EdgeGateway.Benchmarks.Rules;

/// <summary>
/// For whoever works on a rule: what went wrong in some scenes, and beside each fault the tracks that its vehicle had. Use other seeds than
/// the report's.
/// </summary>
internal static class SceneInquiry
{
    /// <summary>Prints the scores of scenes and every fault of the acts that are asked for (all when none is).</summary>
    public static int Print(int firstSeed, int scenes, SceneFaults faults, IReadOnlyCollection<string> acts)
    {
        var result = SceneScores.Run(firstSeed, scenes, faults);
        foreach (var (act, score) in result.Acts)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{act,-22} clear {score.Clear,5} found {score.Found,5} false {score.False,3} doubled {score.Doubled,3} near {score.NearLimit,5}  P {100 * score.Precision:0.0} R {100 * score.Recall:0.0}  hidden {score.Hidden,4} found {score.HiddenFound,4}, others R {100.0 * (score.Found - score.HiddenFound) / Math.Max(1, score.Clear - score.Hidden):0.0}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Mixed.Exchanges} exchanged numbers, {result.Mixed.Renewals} new ones, {result.Frames} frames"));
        foreach (var seed in result.Faults.Where(Asked).GroupBy(fault => int.Parse(fault.Split("seed ")[1].Split(' ')[0], CultureInfo.InvariantCulture)).OrderBy(group => group.Key))
        {
            var tracks = TracksOf(seed.Key, faults);
            foreach (var fault in seed)
            {
                Console.WriteLine(fault);
                var named = fault.Contains("agent ", StringComparison.Ordinal) ? [fault.Split("agent ")[1].Split(' ')[0]] : fault.Split('[')[1].Split(']')[0].Split(' ').Select(who => who.Split(':')[0]);
                foreach (var piece in tracks.Where(piece => named.Contains(piece.Agent.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal) && piece.Frames > 1))
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    agent {piece.Agent} track {piece.Track} {piece.From:0.00}-{piece.To:0.00} s, {piece.Frames} frames, ground ({piece.Begin.X:0.0}, {piece.Begin.Y:0.0}) to ({piece.End.X:0.0}, {piece.End.Y:0.0}), broken at {string.Join(" ", piece.Breaks.Select(t => t.ToString("0.0", CultureInfo.InvariantCulture)))}"));
            }
        }

        return 0;

        bool Asked(string fault) => acts.Count == 0 || acts.Any(act => fault.StartsWith(act, StringComparison.Ordinal));
    }

    private static List<Piece> TracksOf(int seed, SceneFaults faults)
    {
        var pieces = new List<Piece>();
        SceneScores.RunOne(seed, faults, (scene, paths, tracks) =>
        {
            foreach (var track in tracks.Items)
            {
                if (!track.IsMatched || track.Class == ObjectClass.Person) continue;
                var box = track.Box;
                var (agent, fit) = scene.Objects.Where(o => o.Agent.Class != ObjectClass.Person).Select(o => (o.Agent.Id, Iou: o.Box.Iou(box))).DefaultIfEmpty((-1, 0)).MaxBy(o => o.Item2);
                if (fit < 0.25f) agent = -1;
                var piece = pieces.FindLast(p => p.Track == track.Id.Value);
                if (piece is null || piece.Agent != agent) pieces.Add(piece = new Piece(track.Id.Value, agent, scene.Time, Eye.ToGround(box.BottomCentre)));
                piece.To = scene.Time;
                piece.End = Eye.ToGround(box.BottomCentre);
                piece.Frames++;
                if (paths.IsBroken(track.Id)) piece.Breaks.Add(scene.Time);
            }
        });
        return pieces;
    }

    private sealed class Piece(long track, int agent, double from, PointM begin)
    {
        public long Track { get; } = track;

        public int Agent { get; } = agent;

        public double From { get; } = from;

        public PointM Begin { get; } = begin;

        public double To { get; set; }

        public PointM End { get; set; }

        public int Frames { get; set; }

        public List<double> Breaks { get; } = [];
    }
}
