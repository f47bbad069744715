namespace EdgeGateway.Vision.Inference;

/// <summary>A four-cornered object, as a plate is: corners in pixels of the frame, named as the plate is read upright.</summary>
/// <param name="Box">Upright box, cut to the frame.</param>
/// <param name="Score">How sure the model is, 0 to 1.</param>
/// <param name="TopLeft">Corner; may lie outside the frame, like the others.</param>
/// <param name="TopRight">Corner.</param>
/// <param name="BottomRight">Corner.</param>
/// <param name="BottomLeft">Corner.</param>
public readonly record struct CornerDetection(BoxPx Box, float Score, PointPx TopLeft, PointPx TopRight, PointPx BottomRight, PointPx BottomLeft);

/// <summary>A list of <see cref="CornerDetection"/> of fixed capacity that is filled, read and cleared again without allocation.</summary>
public sealed class CornerDetectionBuffer(int capacity)
{
    private readonly CornerDetection[] _items = new CornerDetection[capacity];

    public int Capacity => _items.Length;

    public int Count { get; private set; }

    public ReadOnlySpan<CornerDetection> Items => _items.AsSpan(0, Count);

    public void Clear() => Count = 0;

    /// <summary>Adds one, or returns false when the buffer is full.</summary>
    public bool TryAdd(in CornerDetection detection)
    {
        if (Count == _items.Length) return false;
        _items[Count++] = detection;
        return true;
    }
}
