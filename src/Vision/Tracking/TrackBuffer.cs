namespace EdgeGateway.Vision.Tracking;

/// <summary>The confirmed tracks of one frame: fixed capacity, filled and cleared again without allocation. Owned by the caller.</summary>
public sealed class TrackBuffer(int capacity = TrackerOptions.DefaultCapacity)
{
    private readonly Track[] _items = new Track[capacity];

    public int Capacity => _items.Length;

    public int Count { get; private set; }

    public ReadOnlySpan<Track> Items => _items.AsSpan(0, Count);

    public void Clear() => Count = 0;

    /// <summary>Adds one, or returns false when the buffer is full.</summary>
    public bool TryAdd(in Track track)
    {
        if (Count == _items.Length) return false;
        _items[Count++] = track;
        return true;
    }
}
