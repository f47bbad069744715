namespace EdgeGateway.Vision.Inference;

/// <summary>One object found in one frame.</summary>
/// <param name="Box">Where, in pixels of the analysed frame.</param>
/// <param name="Score">How sure the model is, 0 to 1.</param>
/// <param name="ClassIndex">Place in the model's own list of classes.</param>
/// <param name="Class">What that means to the gateway.</param>
public readonly record struct Detection(BoxPx Box, float Score, int ClassIndex, ObjectClass Class);

/// <summary>A list of detections of fixed capacity that is filled, read and cleared again without allocation.</summary>
public sealed class DetectionBuffer(int capacity)
{
    private readonly Detection[] _items = new Detection[capacity];

    /// <summary>How many detections it can hold; the weakest beyond that are dropped by whoever fills it.</summary>
    public int Capacity => _items.Length;

    public int Count { get; private set; }

    public ReadOnlySpan<Detection> Items => _items.AsSpan(0, Count);

    public void Clear() => Count = 0;

    /// <summary>Adds one, or returns false when the buffer is full.</summary>
    public bool TryAdd(in Detection detection)
    {
        if (Count == _items.Length) return false;
        _items[Count++] = detection;
        return true;
    }
}
