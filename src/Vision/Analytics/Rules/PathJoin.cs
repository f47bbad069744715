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

    /// <summary>Up to this, and from 1, it fits by a turn or a brake that nobody foresaw, if nobody else is anywhere near.</summary>
    public const float Fits = 2;

    /// <summary>How far off everybody else must be then.</summary>
    public const float AloneFar = 4;

    /// <summary>The longest time unseen.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(2.5);

    /// <summary>The longest time unseen where it stands.</summary>
    public static readonly TimeSpan LongestStand = TimeSpan.FromSeconds(6);

    /// <summary>The longest time unseen of one whose speeds before and after tell where it has been meanwhile, ...</summary>
    public static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(4);

    /// <summary>... and the farthest way in that time, box heights: the error grows with the way.</summary>
    public const float FarthestTurn = 3;

    /// <summary>How far off everybody else must be then (1 just fits).</summary>
    public const float AloneInTurn = 2;

    /// <summary>True when it does not drive.</summary>
    public static bool Stands(in TrackMoment last, PointPx speed) => speed.X * speed.X + speed.Y * speed.Y < 0.04f * last.Box.Height * last.Box.Height;

    /// <summary>How badly the beginning of one path fits the end of another: up to 1 it does.</summary>
    /// <param name="last">Where the ended path was last.</param>
    /// <param name="speed">Its speed then, pixels a second.</param>
    /// <param name="first">Where the new path began.</param>
    /// <param name="newest">Where it is now.</param>
    public static float Off(in TrackMoment last, PointPx speed, in TrackMoment first, in TrackMoment newest)
    {
        var gap = first.Time.Elapsed - last.Time.Elapsed;
        if (gap <= TimeSpan.Zero || newest.Time.Elapsed <= first.Time.Elapsed || gap > (Stands(last, speed) ? LongestStand : LongestGap)) return float.MaxValue;
        if (!IsAsFast(speed, first, newest)) return float.MaxValue;
        var off = MathF.Max(Off(last, speed, first), Off(last, speed, newest));
        return off <= 1 || GoesOn(speed, first, newest) ? off : float.MaxValue;
    }

    /// <summary>
    /// The same of one that turned or set off meanwhile, by both its speeds: who goes from one speed to another evenly has had their mean on
    /// the way. A vehicle that turns off goes across the picture many times as fast as it went away from the camera, so one speed alone does
    /// not find it.
    /// </summary>
    /// <param name="last">Where the ended path was last.</param>
    /// <param name="before">Its speed then, pixels a second.</param>
    /// <param name="first">Where the new path began.</param>
    /// <param name="after">Its speed over all its places.</param>
    public static float OffInTurn(in TrackMoment last, PointPx before, in TrackMoment first, PointPx after)
    {
        var gap = first.Time.Elapsed - last.Time.Elapsed;
        var size = first.Box.Height / MathF.Max(1, last.Box.Height);
        if (gap <= TimeSpan.Zero || gap > LongestTurn || size is < 0.67f or > 1.5f) return float.MaxValue;
        var (seconds, height) = ((float)gap.TotalSeconds, MathF.Min(last.Box.Height, first.Box.Height));
        var (expected, way) = Between(last, before, first, after);
        var (dx, dy) = (after.X - before.X, after.Y - before.Y);
        var change = MathF.Sqrt(dx * dx + dy * dy);
        // Nobody is hurled aside: 5 heights a second each second is about 8 m/s².
        if (way > FarthestTurn * height || change > (0.8f + 5 * seconds) * height) return float.MaxValue;
        return Distance(first.Box.BottomCentre, expected) / (0.25f * height + 0.15f * way + 0.08f * seconds * change);
    }

    /// <summary>True when a step over which nobody saw it lies between the ways before and after it: what drives does not leap.</summary>
    /// <param name="last">The last place before the step.</param>
    /// <param name="before">The speed before it, pixels a second.</param>
    /// <param name="first">The first place after the step.</param>
    /// <param name="after">The speed after it.</param>
    public static bool IsStep(in TrackMoment last, PointPx before, in TrackMoment first, PointPx after)
    {
        var (expected, way) = Between(last, before, first, after);
        return Distance(first.Box.BottomCentre, expected) <= 0.4f * MathF.Max(last.Box.Height, first.Box.Height) + 0.4f * way;
    }

    /// <summary>Where the new path would begin, and how long the way there is, if its speed changed evenly.</summary>
    private static (PointPx Expected, float Way) Between(in TrackMoment last, PointPx before, in TrackMoment first, PointPx after)
    {
        // By perspective: with the ratio r of sizes, an even change of speed leads t/2·(r·before + after/r) far, along the view exactly.
        var (seconds, size) = ((float)(first.Time.Elapsed - last.Time.Elapsed).TotalSeconds, first.Box.Height / MathF.Max(1, last.Box.Height));
        var (slower, faster) = (size * 0.5f * seconds, 0.5f * seconds / size);
        var expected = new PointPx(last.Box.BottomCentre.X + slower * before.X + faster * after.X, last.Box.BottomCentre.Y + slower * before.Y + faster * after.Y);
        return (expected, slower * MathF.Sqrt(before.X * before.X + before.Y * before.Y) + faster * MathF.Sqrt(after.X * after.X + after.Y * after.Y));
    }

    private static float Distance(PointPx a, PointPx b) => MathF.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y));

    /// <summary>False for one that drives fast where a slow one was, or stands where a fast one was going: two boxes that fit are not enough.</summary>
    private static bool IsAsFast(PointPx speed, in TrackMoment first, in TrackMoment newest)
    {
        var seconds = (float)(newest.Time.Elapsed - first.Time.Elapsed).TotalSeconds;
        var step = newest.Box.BottomCentre - first.Box.BottomCentre;
        var (before, after) = (MathF.Sqrt(speed.X * speed.X + speed.Y * speed.Y), MathF.Sqrt(step.X * step.X + step.Y * step.Y) / seconds);
        return MathF.Abs(after - before) <= 0.6f * newest.Box.Height + 0.4f * MathF.Max(before, after);
    }

    /// <summary>False for what comes the other way or is of another size: no turn explains that.</summary>
    private static bool GoesOn(PointPx speed, in TrackMoment first, in TrackMoment newest)
    {
        var step = newest.Box.BottomCentre - first.Box.BottomCentre;
        var size = newest.Box.Height / MathF.Max(1, first.Box.Height);
        var (before, after) = (MathF.Sqrt(speed.X * speed.X + speed.Y * speed.Y), MathF.Sqrt(step.X * step.X + step.Y * step.Y));
        return step.X * speed.X + step.Y * speed.Y >= -0.35f * before * after && size is > 0.75f and < 1.33f;
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
        var distance = MathF.Sqrt(off.X * off.X + off.Y * off.Y);
        if (Stands(last, speed)) return distance / (tremble + 0.1f * height * MathF.Min(seconds, 1));
        var (ux, uy) = (speed.X / pace, speed.Y / pace);
        var along = MathF.Abs(off.X * ux + off.Y * uy) / (tremble + 0.4f * pace * seconds);
        var aside = MathF.Abs(off.X * uy - off.Y * ux) / (tremble + 0.15f * pace * seconds);
        var straight = MathF.Max(along, aside);
        // Within a second it may have turned or braked: then it is no farther from where it would be than its way in that time.
        return straight > 1 && seconds < 1.6f ? MathF.Max(1.01f, Fits * distance / (tremble + 0.9f * pace * seconds)) : straight;
    }
}
