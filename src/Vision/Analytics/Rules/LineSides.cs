using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>Sides of a directed line.</summary>
internal static class LineSides
{
    /// <exception cref="ArgumentException">The line has no length.</exception>
    public static void Check(DirectedLine line)
    {
        if (line.P1 == line.P2) throw new ArgumentException($"Line \"{line.Id}\" begins and ends at the same point.", nameof(line));
    }

    /// <summary>How far the anchor is beyond a line, seen in a direction, in lengths of 1.6 m as the picture shows them; below 0 it is still before it.</summary>
    public static float Beyond(DirectedLine line, CrossingDirection direction, in Track track)
    {
        var distance = Distance(line, track.Anchor) / Yardstick.Of(track);
        return direction == CrossingDirection.In ? distance : -distance;
    }

    /// <summary>Signed distance in pixels, above 0 on the side that "in" leads to (contract: sign of s).</summary>
    public static float Distance(DirectedLine line, PointPx p)
    {
        var (dx, dy) = (line.P2.X - line.P1.X, line.P2.Y - line.P1.Y);
        return (dx * (p.Y - line.P1.Y) - dy * (p.X - line.P1.X)) / MathF.Sqrt(dx * dx + dy * dy);
    }
}

/// <summary>
/// A <see cref="LineWatch"/> that also sees the box of the track's first frame, in which nobody could look yet, and remembers how far the
/// track has been from the line: a crossing from clearly before to clearly beyond is surer.
/// </summary>
internal struct LineFollow
{
    /// <summary>
    /// An act wants a crossing that is over, not one that is likely and may be taken back: rules wait until the other side is reached.
    /// </summary>
    public static readonly LineCrossingOptions Options = new() { SteadyWay = float.PositiveInfinity };

    private LineWatch _watch;
    private int _framesBefore;
    private int _framesAfter;
    private float _least;
    private float _most;

    /// <summary>How far the track has been on its lesser side, box heights: 0.5 is clear.</summary>
    public readonly float Clearance => MathF.Min(-_least, _most) / 0.5f;

    /// <summary>In how many frames the track was seen on its rarer side: one could be a shadow.</summary>
    public readonly int Frames => Math.Min(_framesBefore, _framesAfter);

    public CrossingPoint? See(DirectedLine line, in Track track, FrameTime now, bool isFirst, LineCrossingOptions? options = null)
    {
        if (isFirst && track.FirstBox.Height > 0 && track.FirstSeen.Elapsed < now.Elapsed && now.Elapsed - track.FirstSeen.Elapsed <= TrackPaths.LongestBirth) Take(line, track.FirstBox, track.FirstSeen, options);
        return Take(line, track.Box, now, options);
    }

    private CrossingPoint? Take(DirectedLine line, in BoxPx box, FrameTime at, LineCrossingOptions? options)
    {
        var distance = LineSides.Distance(line, box.BottomCentre) / MathF.Max(1, box.Height);
        if (distance < 0) _framesBefore++;
        else _framesAfter++;
        (_least, _most) = (MathF.Min(_least, distance), MathF.Max(_most, distance));
        return _watch.See(line, box, at, options ?? Options);
    }
}
