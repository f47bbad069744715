namespace EdgeGateway.Vision.Capture;

/// <summary>
/// How far the pictures of one connection have fallen behind the camera: the time between two arrivals beside the time between
/// their presentation times. A machine that cannot decode as fast as the camera sends, or a network that cannot carry it, shows
/// nothing else: no picture is lost, all come later and later, and every moment that is told of them is wrong. No allocation.
/// </summary>
internal sealed class DecodeLag
{
    /// <summary>A camera whose pictures come later than this for <see cref="Held"/> is behind. Below the 3 s at which <see cref="FrameClock"/> believes in a jump, so no moment is told late.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>A network that held pictures back for a moment hands them over at once, and the lag is gone; only what stays is a lag.</summary>
    public static readonly TimeSpan Held = TimeSpan.FromSeconds(3);

    // A camera's own crystal may be crooked by 500 millionths; what it loses in a day is no lag.
    private const double Crooked = 0.0005;
    private static readonly TimeSpan Jump = TimeSpan.FromSeconds(1);

    private TimeSpan _lastArrival;
    private TimeSpan _lastPresentation;
    private TimeSpan _soonest;
    private TimeSpan? _behindSince;
    private bool _anchored;

    /// <summary>By how much the last picture came later than the soonest of this connection.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>A new connection begins at the camera's present picture.</summary>
    public void Reconnected() => (_anchored, _behindSince, Now, IsLate) = (false, null, TimeSpan.Zero, false);

    /// <summary>True once the connection was behind for so long that only a new one helps: that begins at the present picture.</summary>
    public bool IsLate { get; private set; }

    /// <summary>A picture has arrived; returns <see cref="IsLate"/>.</summary>
    /// <param name="arrival">When it arrived, by the machine's monotonic clock.</param>
    /// <param name="presentation">Its presentation time.</param>
    public bool Look(TimeSpan arrival, TimeSpan presentation)
    {
        var (passed, shown) = (arrival - _lastArrival, presentation - _lastPresentation);
        (_lastArrival, _lastPresentation) = (arrival, presentation);
        var offset = arrival - presentation;
        // The stream's own times leapt while pictures came as always: they say nothing of the time before.
        if (!_anchored || shown < TimeSpan.Zero || (passed < Jump && (passed - shown).Duration() > Jump))
        {
            (_anchored, _soonest, _behindSince, Now) = (true, offset, null, TimeSpan.Zero);
            return false;
        }

        _soonest += shown * Crooked;
        if (offset < _soonest) _soonest = offset;
        Now = offset - _soonest;
        if (Now < Limit)
        {
            _behindSince = null;
            return false;
        }

        _behindSince ??= arrival;
        return IsLate = arrival - _behindSince >= Held;
    }
}
