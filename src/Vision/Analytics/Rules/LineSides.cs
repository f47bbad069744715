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

    /// <summary>True when the foot of the perpendicular from a point lies between the line's ends.</summary>
    public static bool IsWithin(DirectedLine line, PointPx p)
    {
        var (dx, dy) = (line.P2.X - line.P1.X, line.P2.Y - line.P1.Y);
        return ((p.X - line.P1.X) * dx + (p.Y - line.P1.Y) * dy) / (dx * dx + dy * dy) is >= 0 and <= 1;
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
    /// An act wants a crossing that is over, not one that is likely and may be taken back: rules wait until the other side is reached, of
    /// those who come steadily and of those who creep.
    /// </summary>
    public static readonly LineCrossingOptions Options = new() { SteadyWay = float.PositiveInfinity, CreepWay = float.PositiveInfinity };

    /// <summary>Who is first seen at most this far beyond a line and drives away from it has come over it, lengths of 1.6 m as the picture shows them.</summary>
    private const float Born = 1.5f;

    /// <summary>So far it must have gone on, the same lengths, ...</summary>
    private const float BornWay = 0.3f;

    /// <summary>... and so much of its way must lead away from the line: the picture shortens that, so what drives along the line has less.</summary>
    private const float BornShare = 0.3f;

    private static readonly TimeSpan BornWithin = TimeSpan.FromSeconds(2);

    private LineWatch _watch;
    private FrameTime _bornAt;
    private PointPx _bornPlace;
    private bool _isBorn;
    private int _framesBefore;
    private int _framesAfter;
    private int _run;
    private float _least;
    private float _most;

    /// <summary>How far the track has been on its lesser side, box heights: 0.5 is clear.</summary>
    public readonly float Clearance => MathF.Min(-_least, _most) / 0.5f;

    /// <summary>In how many frames the track was seen on its rarer side: one could be a shadow.</summary>
    public readonly int Frames => Math.Min(_framesBefore, _framesAfter);

    /// <summary>In how many frames the track was seen before the line and beyond it, for who crosses it in a direction.</summary>
    public readonly (int Before, int Beyond) FramesOf(CrossingDirection direction) => direction == CrossingDirection.In ? (_framesBefore, _framesAfter) : (_framesAfter, _framesBefore);

    /// <summary>In how many frames in a row the track has been seen on the side where it is now: above 0 where "in" leads to, else below.</summary>
    public readonly int Run => _run;

    public CrossingPoint? See(DirectedLine line, in Track track, FrameTime now, bool isFirst, LineCrossingOptions? options = null)
    {
        if (isFirst && track.FirstBox.Height > 0 && track.FirstSeen.Elapsed < now.Elapsed && now.Elapsed - track.FirstSeen.Elapsed <= TrackPaths.LongestBirth) Take(line, track.FirstBox, track.FirstSeen, options);
        return Take(line, track.Box, now, options);
    }

    /// <summary>
    /// The same, and a crossing that nobody saw: the path begins right beyond the line, within its ends, and leads away from it. Its time is
    /// that of the first box, by which the vehicle was over. Once a path, and only while it has crossed no other way.
    /// </summary>
    /// <param name="line">The line.</param>
    /// <param name="direction">The direction that is asked for.</param>
    /// <param name="track">The track.</param>
    /// <param name="now">The frame's time.</param>
    /// <param name="watched">What is known of it.</param>
    /// <param name="options">When a side is reached.</param>
    public CrossingPoint? SeeOrBorn(DirectedLine line, CrossingDirection direction, in Track track, FrameTime now, in Watched watched, LineCrossingOptions? options = null)
    {
        var seen = See(line, track, now, watched.IsFirst, options);
        if (seen is not null) _isBorn = false;
        if (seen is not null || (watched.Hits > 1 && !_isBorn)) return seen;
        if (watched.Hits == 1)
        {
            // In a bunch the very first box may be a neighbour's: the way counts from the first that is certainly its own.
            (_bornAt, _bornPlace) = (watched.FirstSeen, track.Anchor);
            _isBorn = Beyond(line, direction, _bornPlace) / Yardstick.Of(track) is > -0.1f and < Born && LineSides.IsWithin(line, _bornPlace);
        }

        if (!_isBorn) return null;
        var away = Beyond(line, direction, track.Anchor) - Beyond(line, direction, _bornPlace);
        var way = track.Anchor - _bornPlace;
        _isBorn = now.Elapsed - _bornAt.Elapsed < BornWithin;
        if (away < BornWay * Yardstick.Of(track) || away < BornShare * MathF.Sqrt(way.X * way.X + way.Y * way.Y)) return null;
        _isBorn = false;
        return new CrossingPoint(_bornAt, _bornPlace, direction);
    }

    private static float Beyond(DirectedLine line, CrossingDirection direction, PointPx p) =>
        direction == CrossingDirection.In ? LineSides.Distance(line, p) : -LineSides.Distance(line, p);

    private CrossingPoint? Take(DirectedLine line, in BoxPx box, FrameTime at, LineCrossingOptions? options)
    {
        var distance = LineSides.Distance(line, box.BottomCentre) / MathF.Max(1, box.Height);
        if (distance < 0) _framesBefore++;
        else _framesAfter++;
        _run = distance < 0 ? Math.Min(_run, 0) - 1 : Math.Max(_run, 0) + 1;
        (_least, _most) = (MathF.Min(_least, distance), MathF.Max(_most, distance));
        return _watch.See(line, box, at, options ?? Options);
    }
}
