namespace EdgeGateway.Vision.Inference.Decoders;

/// <summary>
/// Boxes that a decoder took from a network's output, before overlapping ones are dropped: places in input pixels, one
/// array a property, sized once for the most boxes that the output can hold.
/// </summary>
internal sealed class Candidates
{
    private readonly float[] _left;
    private readonly float[] _top;
    private readonly float[] _right;
    private readonly float[] _bottom;
    private readonly float[] _score;
    private readonly int[] _class;
    private readonly int[] _source;

    public Candidates(int capacity)
    {
        _left = new float[capacity];
        _top = new float[capacity];
        _right = new float[capacity];
        _bottom = new float[capacity];
        _score = new float[capacity];
        _class = new int[capacity];
        _source = new int[capacity];
    }

    public int Count { get; private set; }

    public int Capacity => _score.Length;

    public ReadOnlySpan<float> Left => _left.AsSpan(0, Count);

    public ReadOnlySpan<float> Top => _top.AsSpan(0, Count);

    public ReadOnlySpan<float> Right => _right.AsSpan(0, Count);

    public ReadOnlySpan<float> Bottom => _bottom.AsSpan(0, Count);

    public ReadOnlySpan<float> Score => _score.AsSpan(0, Count);

    public ReadOnlySpan<int> Class => _class.AsSpan(0, Count);

    /// <summary>Place of each box in the network's output, for what else stands there (corners).</summary>
    public ReadOnlySpan<int> Source => _source.AsSpan(0, Count);

    public void Clear() => Count = 0;

    /// <summary>Adds a box by its corners. Boxes without area, or with numbers that are none, are left out.</summary>
    public void AddCorners(float left, float top, float right, float bottom, float score, int classIndex, int source)
    {
        // Written so that NaN fails every comparison.
        if (!(right > left && bottom > top && score <= 1.0001f) || !float.IsFinite(right - left) || !float.IsFinite(bottom - top)) return;
        var at = Count++;
        _left[at] = left;
        _top[at] = top;
        _right[at] = right;
        _bottom[at] = bottom;
        _score[at] = score;
        _class[at] = classIndex;
        _source[at] = source;
    }

    /// <summary>Adds a box by its centre and size.</summary>
    public void AddCentre(float x, float y, float width, float height, float score, int classIndex, int source) =>
        AddCorners(x - width / 2, y - height / 2, x + width / 2, y + height / 2, score, classIndex, source);
}
