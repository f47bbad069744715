using System.Diagnostics;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Vision.Evaluation;

/// <summary>Recall of one family of pictures.</summary>
public sealed record FamilyRecall(double Recall, int N);

/// <summary>Precision and recall at one threshold, IoU 0.5.</summary>
/// <param name="Threshold">Least score.</param>
/// <param name="Precision">On families that label every plate.</param>
/// <param name="Recall">On the same families.</param>
/// <param name="RecallByFamily">On every family.</param>
public sealed record FindPoint(double Threshold, double Precision, double Recall, IReadOnlyDictionary<string, FamilyRecall> RecallByFamily);

/// <summary>How well plates are found at one input size.</summary>
/// <param name="Side">Side of the network's input, pixels: pictures are shrunk to it.</param>
/// <param name="Pictures">Pictures searched.</param>
/// <param name="Skipped">Pictures that could not be used.</param>
/// <param name="Plates">Plates of the families that label every one.</param>
/// <param name="AtPrecision95">At the lowest threshold whose precision is at least 0.95.</param>
/// <param name="AtOwnThreshold">At the threshold of models.json.</param>
/// <param name="MillisecondsEach">Time of a picture on one thread, loading not included.</param>
public sealed record PlateFindFigures(int Side, int Pictures, int Skipped, int Plates, FindPoint AtPrecision95, FindPoint AtOwnThreshold, double MillisecondsEach);

/// <summary>
/// Finds plates in whole pictures by one pass of the network and counts as <c>models/training/plates/detect_eval.py</c> does: plates under
/// 24 px (in the shrunk picture) are neither right nor wrong, precision only where every plate is labelled.
/// </summary>
/// <param name="model">The model that finds plates.</param>
public sealed class PlateFindEvaluation(OnnxModel model)
{
    private const float LowestScore = 0.05f;
    private const float LeastWidthPx = 24;
    private const double WantedPrecision = 0.95;
    private const int MostPlates = 100;

    private sealed record Judged(float Score, bool Right, string Family);

    /// <param name="scenes">The pictures, see <see cref="PlateSet.Scenes"/>.</param>
    /// <param name="side">Side of the network's input in pixels.</param>
    /// <param name="skipped">Names and counts pictures that cannot be used.</param>
    /// <param name="progress">Gets the number of pictures done.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ModelException">The model finds no plates, or does not take that size.</exception>
    public PlateFindFigures Find(IReadOnlyList<LabelledScene> scenes, int side, SkippedPictures skipped, Action<int>? progress = null, CancellationToken stop = default)
    {
        using var detector = new PlateDetector(model, new FairTurnstile(1), "evaluate", side, side);
        var spots = new PlateSpot[MostPlates];
        List<Judged> rows = [];
        SortedDictionary<string, int> plates = new(StringComparer.Ordinal);
        var watch = new Stopwatch();
        var pictures = 0;
        foreach (var scene in scenes)
        {
            stop.ThrowIfCancellationRequested();
            progress?.Invoke(pictures);
            using var picture = skipped.TryLoad(scene.Path);
            if (picture is null) continue;
            pictures++;
            watch.Start();
            var count = detector.Find(picture, new BoxPx(0, 0, picture.Width, picture.Height), LowestScore, spots);
            watch.Stop();
            var least = LeastWidthPx / MathF.Min(1, side / (float)Math.Max(picture.Width, picture.Height));
            var large = scene.Plates.Select(p => p.Box!.Value).Where(box => box.Width >= least).ToList();
            var small = scene.Plates.Select(p => p.Box!.Value).Where(box => box.Width < least).ToList();
            Judge(spots.AsSpan(0, count), large, small, scene.Family, rows);
            plates[scene.Family] = plates.GetValueOrDefault(scene.Family) + large.Count;
        }

        rows.Sort((a, b) => b.Score.CompareTo(a.Score));
        return new PlateFindFigures(
            side, pictures, skipped.Count, CompleteOf(plates), At(rows, plates, ThresholdFor(rows)), At(rows, plates, model.Manifest.ScoreThreshold),
            pictures == 0 ? 0 : Math.Round(watch.Elapsed.TotalMilliseconds / pictures, 2));
    }

    private static void Judge(ReadOnlySpan<PlateSpot> spots, List<BoxPx> large, List<BoxPx> small, string family, List<Judged> rows)
    {
        var found = new List<ScoredBox>(spots.Length);
        foreach (ref readonly var spot in spots) found.Add(new ScoredBox(spot.Box, spot.Score));
        var verdicts = AveragePrecision.Match(found, large, new bool[large.Count], 0.5f);
        for (var i = 0; i < found.Count; i++)
        {
            var right = verdicts[i] == Verdict.Right;
            if (!right && small.Exists(box => box.Iou(found[i].Box) > 0.1f)) continue;
            rows.Add(new Judged(found[i].Score, right, family));
        }
    }

    private static double ThresholdFor(List<Judged> rows)
    {
        var (hits, seen, threshold) = (0, 0, 1.0);
        foreach (var row in rows.Where(row => PlateSet.IsComplete(row.Family)))
        {
            seen++;
            hits += row.Right ? 1 : 0;
            if ((double)hits / seen >= WantedPrecision) threshold = row.Score;
        }

        return threshold;
    }

    private static FindPoint At(List<Judged> rows, SortedDictionary<string, int> plates, double threshold)
    {
        var used = rows.Where(row => row.Score >= threshold).ToList();
        var whole = used.Where(row => PlateSet.IsComplete(row.Family)).ToList();
        var byFamily = plates.Where(one => one.Value > 0).ToDictionary(
            one => one.Key, one => new FamilyRecall(Share(used.Count(row => row.Right && row.Family == one.Key), one.Value), one.Value), StringComparer.Ordinal);
        return new FindPoint(Math.Round(threshold, 3), Share(whole.Count(row => row.Right), whole.Count), Share(whole.Count(row => row.Right), CompleteOf(plates)), byFamily);
    }

    private static int CompleteOf(SortedDictionary<string, int> plates) => plates.Where(one => PlateSet.IsComplete(one.Key)).Sum(one => one.Value);

    private static double Share(int part, int whole) => whole == 0 ? 0 : Math.Round((double)part / whole, 4);
}
