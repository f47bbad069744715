using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Cameras;

/// <summary>
/// Finds tracks that come back over the line by which they came, while the camera still has them in view. Their two crossings stay
/// counted, one each way, unless the track never stood firmly on the other side. Remembers the last
/// <see cref="Remembered"/> crossings: whoever stays longer than that many others has left the picture.
/// </summary>
internal sealed class TurnBacks
{
    private const int Remembered = 2_000;

    private readonly Dictionary<(TrackId Track, string Line), LineCrossed> _last = [];
    private readonly Queue<(TrackId Track, string Line)> _inOrder = new();

    /// <summary>The crossing that this one takes back, as it was told; null when it takes none back, or that one is no longer known. Before <see cref="After"/>.</summary>
    public LineCrossed? TakenBackBy(LineCrossed crossing) =>
        crossing.TakesBack is { } taken && _last.TryGetValue((crossing.Track, crossing.Line), out var before) && before.At.Elapsed == taken.Elapsed ? before : null;

    /// <summary>How long before this crossing the same track had come over the same line the other way; null when it had not.</summary>
    public TimeSpan? After(LineCrossed crossing)
    {
        var key = (crossing.Track, crossing.Line);
        if (crossing.TakesBack is { } taken)
        {
            _last.Remove(key);
            return crossing.At.Elapsed - taken.Elapsed;
        }

        if (_last.Remove(key, out var before) && before.Direction != crossing.Direction) return crossing.At.Elapsed - before.At.Elapsed;
        _last[key] = crossing;
        _inOrder.Enqueue(key);
        if (_inOrder.Count > Remembered) _last.Remove(_inOrder.Dequeue());
        return null;
    }
}
