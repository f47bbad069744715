using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>What a rule knows under one name belongs under another from now on, or, with no other name, nowhere.</summary>
/// <param name="From">A track, or a loose end (below 0): a path whose track went on to something else.</param>
/// <param name="To">The same; 0 when the path is over.</param>
internal readonly record struct PathChange(TrackId From, TrackId To)
{
    /// <summary>True when a track jumped, and its past became a loose end.</summary>
    public bool IsBreak => To.Value < 0;
}

/// <summary>
/// Whether a path that begins is one that ended: where would the ended one be by now? Strict, for a wrong join would lay one vehicle's way
/// at another's door. Two places of the new path must fit, and nothing else may come near fitting.
/// </summary>
internal static class PathJoin
{
    /// <summary>Detections of a path before its speed is believed.</summary>
    public const int LeastSeen = 4;

    /// <summary>A path is asked where it comes from while it has this many detections or fewer.</summary>
    public const int Young = 4;

    /// <summary>Nobody else may fit as well as this (1 just fits).</summary>
    public const float Alone = 1.6f;

    /// <summary>The longest time unseen.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(2.5);

    /// <summary>How badly the beginning of one path fits the end of another: up to 1 it does.</summary>
    /// <param name="last">Where the ended path was last.</param>
    /// <param name="speed">Its speed then, pixels a second.</param>
    /// <param name="first">Where the new path began.</param>
    /// <param name="newest">Where it is now.</param>
    public static float Off(in TrackMoment last, PointPx speed, in TrackMoment first, in TrackMoment newest)
    {
        var gap = first.Time.Elapsed - last.Time.Elapsed;
        if (gap <= TimeSpan.Zero || gap > LongestGap) return float.MaxValue;
        return MathF.Max(Off(last, speed, first), Off(last, speed, newest));
    }

    private static float Off(in TrackMoment last, PointPx speed, in TrackMoment moment)
    {
        var seconds = (float)(moment.Time.Elapsed - last.Time.Elapsed).TotalSeconds;
        var size = moment.Box.Height / MathF.Max(1, last.Box.Height);
        // Who drives away shrinks, by no more than what drives at some lengths a second can.
        var pace = MathF.Sqrt(speed.X * speed.X + speed.Y * speed.Y);
        var change = 1.25f + 0.35f * seconds * MathF.Min(1, pace / MathF.Max(1, last.Box.Height));
        if (size > change || size < 1 / change) return float.MaxValue;
        // Perspective: what shrinks to half moves half as fast in the picture; the mean of both is its speed on the way.
        var middle = 0.5f * (1 + size);
        var off = moment.Box.BottomCentre - new PointPx(last.Box.BottomCentre.X + speed.X * seconds * middle, last.Box.BottomCentre.Y + speed.Y * seconds * middle);
        var height = MathF.Min(last.Box.Height, moment.Box.Height);
        var tremble = 0.25f * height;
        if (pace < 0.2f * height) return MathF.Sqrt(off.X * off.X + off.Y * off.Y) / (tremble + 0.1f * height * seconds);
        var (ux, uy) = (speed.X / pace, speed.Y / pace);
        var along = MathF.Abs(off.X * ux + off.Y * uy) / (tremble + 0.4f * pace * seconds);
        var aside = MathF.Abs(off.X * uy - off.Y * ux) / (tremble + 0.15f * pace * seconds);
        return MathF.Max(along, aside);
    }
}
