namespace EdgeGateway.Vision.Capture;

/// <summary>
/// How long a live stream may be without a picture before it counts as stalled. That is told within 5 s, also on a busy machine, of a
/// stream that sends pictures often; one that sends a picture a second or less is given four of its own intervals. What was learnt
/// outlives a connection. No allocation.
/// </summary>
/// <param name="shortest">Silence below this is no stall, however fast the stream is.</param>
internal sealed class StreamPace(TimeSpan shortest)
{
    /// <summary>
    /// TCP sends a lost packet again after about 0.2, 0.6, 1.4, 3.0 and 6.2 s: what the fourth try brings is no stall, and the fifth would come too late.
    /// </summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(3.5);

    /// <summary>The slowest stream that is believed to be one sends a picture every six seconds.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(25);

    private const double Intervals = 4;

    // Of each new interval; one gap of seconds in a fast stream does not make it a slow one.
    private const double Newest = 0.2;

    private TimeSpan _interval;
    private TimeSpan _last;
    private int _pictures;

    /// <summary>The silence that is a stall now.</summary>
    public TimeSpan Limit => TimeSpan.FromTicks(Math.Max(shortest.Ticks, Math.Min((Intervals * _interval).Ticks, Longest.Ticks)));

    /// <summary>A new connection: its presentation times have nothing to do with the last one's.</summary>
    public void Reconnected() => _pictures = 0;

    /// <summary>A picture has arrived.</summary>
    /// <param name="presentation">Its presentation time.</param>
    public void Arrived(TimeSpan presentation)
    {
        var gap = presentation - _last;
        _last = presentation;
        if (_pictures++ == 0 || gap <= TimeSpan.Zero || gap > Longest) return;
        _interval = _interval == TimeSpan.Zero ? gap : (1 - Newest) * _interval + Newest * gap;
    }

    /// <summary>The silence was too long. After a single picture nobody knows whether the stream is slow or dead, so the next connection is given twice as long.</summary>
    public void Stalled()
    {
        if (_pictures == 1) _interval = 2 / Intervals * Limit;
    }
}
