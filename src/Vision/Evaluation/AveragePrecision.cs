namespace EdgeGateway.Vision.Evaluation;

/// <summary>A detection that is to be judged.</summary>
public readonly record struct ScoredBox(BoxPx Box, float Score);

/// <summary>What a detection counted as.</summary>
public enum Verdict : byte
{
    /// <summary>On nothing, or on what a better detection took.</summary>
    Wrong,

    /// <summary>The best free detection of a labelled object.</summary>
    Right,

    /// <summary>In a region of which nobody said what is there.</summary>
    NotCounted,
}

/// <summary>
/// Average precision as COCO counts it: greedy matching by score, ignore regions neither right nor wrong, area under the interpolated
/// curve. The twin of <c>models/training/common/precision.py</c>; a test holds the two together.
/// </summary>
public static class AveragePrecision
{
    // A detection of which so much lies in an ignore region is excused, however large the region.
    private const float ExcusedShare = 0.5f;

    /// <summary>Judges the detections of one class in one picture.</summary>
    /// <param name="found">Strongest first.</param>
    /// <param name="truth">Labelled boxes and ignore regions.</param>
    /// <param name="ignored">Which of them are ignore regions.</param>
    /// <param name="threshold">Least overlap (IoU) of a right detection, 0 to 1.</param>
    public static Verdict[] Match(IReadOnlyList<ScoredBox> found, IReadOnlyList<BoxPx> truth, IReadOnlyList<bool> ignored, float threshold)
    {
        var verdicts = new Verdict[found.Count];
        var taken = new bool[truth.Count];
        for (var i = 0; i < found.Count; i++)
        {
            var box = found[i].Box;
            var (best, overlap, excused) = (-1, 0f, false);
            for (var j = 0; j < truth.Count; j++)
            {
                if (ignored[j]) excused |= InsideShare(box, truth[j]) >= ExcusedShare;
                else if (!taken[j] && box.Iou(truth[j]) is var iou && iou > overlap) (best, overlap) = (j, iou);
            }

            if (best >= 0 && overlap >= threshold) (verdicts[i], taken[best]) = (Verdict.Right, true);
            else if (excused) verdicts[i] = Verdict.NotCounted;
        }

        return verdicts;
    }

    /// <summary>Area under the interpolated precision–recall curve; null where there is nothing to find.</summary>
    /// <param name="judged">Score and rightness of every detection that counts, in any order.</param>
    /// <param name="total">Objects to find.</param>
    public static double? Of(IEnumerable<(float Score, bool Right)> judged, int total)
    {
        if (total == 0) return null;
        var right = judged.OrderByDescending(one => one.Score).Select(one => one.Right).ToArray();
        var precision = new double[right.Length];
        var hits = 0;
        for (var i = 0; i < right.Length; i++) precision[i] = (double)(hits += right[i] ? 1 : 0) / (i + 1);
        for (var i = right.Length - 2; i >= 0; i--) precision[i] = Math.Max(precision[i], precision[i + 1]);
        var area = 0.0;
        for (var i = 0; i < right.Length; i++) area += right[i] ? precision[i] / total : 0;
        return area;
    }

    private static float InsideShare(in BoxPx box, in BoxPx region) => box.SharedWith(region) / (box.Area + 1e-9f);
}
