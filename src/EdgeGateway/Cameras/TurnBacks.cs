using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Cameras;

/// <summary>What a crossing says of its track's way.</summary>
/// <param name="After">How long before it the same track had come over the same line the other way; null when it had not.</param>
/// <param name="TakenBack">The crossing that it takes back; null when it takes none back, or that one is no longer known.</param>
/// <param name="TakenBackAfter">The <paramref name="After"/> of the crossing that it takes back.</param>
internal readonly record struct TurnBack(TimeSpan? After, LineCrossed? TakenBack = null, TimeSpan? TakenBackAfter = null);

/// <summary>
/// Finds tracks that come back over the line by which they came, while the camera still has them in view. Their two crossings stay
/// counted, one each way, unless the track never stood firmly on the other side. Remembers some
/// <see cref="Remembered"/> tracks: whoever stays longer than that many others has left the picture.
/// </summary>
internal sealed class TurnBacks
{
    private const int Remembered = 2_000;

    private readonly Dictionary<(TrackId Track, string Line), Way> _last = [];
    private readonly Queue<(TrackId Track, string Line)> _inOrder = new();

    /// <summary>Takes the next crossing.</summary>
    public TurnBack See(LineCrossed crossing)
    {
        var key = (crossing.Track, crossing.Line);
        var isKnown = _last.TryGetValue(key, out var last);
        if (crossing.TakesBack is { } taken)
        {
            var after = crossing.At.Elapsed - taken.Elapsed;
            if (!isKnown || last.Crossing.At.Elapsed != taken.Elapsed) return new TurnBack(after);
            // Who had come back by the crossing that was none is still where it had come to.
            if (last.Before is { } before) _last[key] = new Way(before);
            else _last.Remove(key);
            return new TurnBack(after, last.Crossing, last.After);
        }

        var way = isKnown && last.Before is null && last.Crossing.Direction != crossing.Direction
            ? new Way(crossing, crossing.At.Elapsed - last.Crossing.At.Elapsed, last.Crossing)
            : new Way(crossing);
        _last[key] = way;
        if (!isKnown)
        {
            _inOrder.Enqueue(key);
            if (_inOrder.Count > Remembered) _last.Remove(_inOrder.Dequeue());
        }

        return new TurnBack(way.After);
    }

    /// <summary>A track's last crossing of a line; where it came back by it, after how long and from which.</summary>
    private readonly record struct Way(LineCrossed Crossing, TimeSpan? After = null, LineCrossed? Before = null);
}
