using EdgeGateway.Vision.Inference.Decoders;

namespace EdgeGateway.Vision.Inference;

/// <summary>
/// Drops boxes that cover a stronger one of the same kind: strongest first, a box stays unless its overlap (IoU) with one
/// that stayed is above the threshold. Equal scores are taken in the order of the network's output, so results repeat
/// exactly. Arrays are made once; nothing is allocated by <see cref="Apply"/>. One thread at a time.
/// </summary>
internal sealed class NonMaximumSuppression
{
    private readonly long[] _order;
    private readonly int[] _kept;
    private readonly int[]? _kindOf;

    /// <param name="capacity">The most candidates there can be.</param>
    /// <param name="topK">Only so many of the strongest candidates are looked at; bounds the work of a crowded or broken picture.</param>
    /// <param name="kindOf">For each class of the model what it is here, where several of its words mean one thing (a pedestrian and a person); null: each its own.</param>
    public NonMaximumSuppression(int capacity, int topK, int[]? kindOf = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(topK, 1);
        (TopK, _kindOf) = (topK, kindOf);
        _order = new long[capacity];
        _kept = new int[Math.Min(capacity, topK)];
    }

    public int TopK { get; }

    /// <summary>Chooses among the candidates.</summary>
    /// <param name="candidates">The boxes.</param>
    /// <param name="iouThreshold">More overlap than this drops the weaker box, 0 to 1.</param>
    /// <param name="limit">At most so many are kept.</param>
    /// <returns>Places in <paramref name="candidates"/> of those kept, strongest first; valid until the next call.</returns>
    public ReadOnlySpan<int> Apply(Candidates candidates, float iouThreshold, int limit)
    {
        var scores = candidates.Score;
        for (var i = 0; i < scores.Length; i++)
        {
            // Scores are not negative, so their bits order as numbers do; inverted, the strongest sort first, then by place.
            _order[i] = (long)(uint)~BitConverter.SingleToInt32Bits(scores[i]) << 32 | (uint)i;
        }

        var order = _order.AsSpan(0, scores.Length);
        order.Sort();
        var kept = 0;
        limit = Math.Min(limit, _kept.Length);
        for (var rank = 0; rank < Math.Min(order.Length, TopK) && kept < limit; rank++)
        {
            var candidate = (int)(order[rank] & 0xFFFFFFFF);
            if (Stays(candidates, candidate, _kept.AsSpan(0, kept), iouThreshold)) _kept[kept++] = candidate;
        }

        return _kept.AsSpan(0, kept);
    }

    private int KindOf(int classIndex) => _kindOf is { } kinds ? kinds[classIndex] : classIndex;

    private bool Stays(Candidates boxes, int candidate, ReadOnlySpan<int> kept, float iouThreshold)
    {
        var left = boxes.Left;
        var top = boxes.Top;
        var right = boxes.Right;
        var bottom = boxes.Bottom;
        var classes = boxes.Class;
        var area = (right[candidate] - left[candidate]) * (bottom[candidate] - top[candidate]);
        var kind = KindOf(classes[candidate]);
        foreach (var other in kept)
        {
            if (KindOf(classes[other]) != kind) continue;
            var width = MathF.Min(right[candidate], right[other]) - MathF.Max(left[candidate], left[other]);
            var height = MathF.Min(bottom[candidate], bottom[other]) - MathF.Max(top[candidate], top[other]);
            if (width <= 0 || height <= 0) continue;
            var shared = width * height;
            var joined = area + (right[other] - left[other]) * (bottom[other] - top[other]) - shared;
            if (shared > iouThreshold * joined) return false;
        }

        return true;
    }
}
