namespace EdgeGateway.Vision.Frames;

/// <summary>When a frame was taken, on two clocks.</summary>
/// <param name="Elapsed">Presentation time on a clock that never steps back, counted from the start of the source. Durations, tracks and dwell use only this.</param>
/// <param name="Utc">The same instant in UTC, as events state it. It may step when the box's clock is set.</param>
public readonly record struct FrameTime(TimeSpan Elapsed, DateTimeOffset Utc)
{
    /// <summary>The instant a fraction of the way from <paramref name="before"/> to this one, on both clocks.</summary>
    /// <param name="before">The earlier instant.</param>
    /// <param name="fraction">0 is <paramref name="before"/>, 1 is this instant.</param>
    public FrameTime InterpolatedFrom(FrameTime before, double fraction)
    {
        var back = (Elapsed - before.Elapsed) * (1 - fraction);
        return new FrameTime(Elapsed - back, Utc - back);
    }
}
