using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// Turns presentation times into <see cref="FrameTime"/>. Live: spacing comes from the stream, the place on the time line from
/// the machine's monotonic clock at arrival, followed slowly, so that neither the burst at a connection's start nor jitter nor
/// a camera's crooked crystal bends durations by more than the stated part. Not live: presentation time from a stated start.
/// </summary>
internal sealed class FrameClock(bool live, DateTimeOffset start, TimeProvider time, long? origin = null)
{
    // Pictures that were held back arrive late and never early, so an earlier arrival is the truer one: it is followed fast.
    private const double EarlierShare = 0.05;
    private const double LaterShare = 0.002;
    private static readonly TimeSpan Jump = TimeSpan.FromSeconds(3);

    private readonly long _origin = origin ?? time.GetTimestamp();
    private TimeSpan _offset;
    private TimeSpan _lastPresentation;
    private TimeSpan _lastElapsed = TimeSpan.MinValue;
    private bool _anchored;

    /// <summary>A new connection: its presentation times have nothing to do with the last one's.</summary>
    public void Reconnected() => _anchored = false;

    /// <summary>The time of a frame that has just arrived. <see cref="FrameTime.Elapsed"/> always grows.</summary>
    public FrameTime Stamp(TimeSpan presentation)
    {
        if (!live) return StampRecorded(presentation);
        var now = time.GetElapsedTime(_origin);
        var arrival = now - presentation;
        if (!_anchored || (arrival - _offset).Duration() > Jump)
        {
            _offset = arrival;
            _anchored = true;
        }
        else
        {
            var step = (presentation - _lastPresentation).Duration();
            var off = arrival - _offset;
            var most = step * (off < TimeSpan.Zero ? EarlierShare : LaterShare);
            _offset += off.Duration() <= most ? off : off < TimeSpan.Zero ? -most : most;
        }

        _lastPresentation = presentation;
        var elapsed = Later(presentation + _offset);
        // Read together, the two clocks differ by a constant until someone sets the wall clock.
        return new FrameTime(elapsed, time.GetUtcNow() - (now - elapsed));
    }

    private FrameTime StampRecorded(TimeSpan presentation)
    {
        if (!_anchored)
        {
            // A file that begins again, or a second attempt, goes on behind the last frame.
            _offset = _lastElapsed == TimeSpan.MinValue ? TimeSpan.Zero : _lastElapsed - presentation + TimeSpan.FromMilliseconds(1);
            _anchored = true;
        }

        var elapsed = Later(presentation + _offset);
        return new FrameTime(elapsed, start + elapsed);
    }

    private TimeSpan Later(TimeSpan elapsed)
    {
        if (elapsed <= _lastElapsed) elapsed = _lastElapsed + TimeSpan.FromTicks(TimeSpan.TicksPerMillisecond);
        _lastElapsed = elapsed;
        return elapsed;
    }
}
