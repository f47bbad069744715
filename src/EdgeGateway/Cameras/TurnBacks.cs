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

    private readonly Dictionary<(TrackId Track, string Line), (CrossingDirection Direction, FrameTime At)> _last = [];
    private readonly Queue<(TrackId Track, string Line)> _inOrder = new();

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
        _last[key] = (crossing.Direction, crossing.At);
        _inOrder.Enqueue(key);
        if (_inOrder.Count > Remembered) _last.Remove(_inOrder.Dequeue());
        return null;
    }
}
