using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics;

/// <summary>Something that a camera's analytics found and that the world may want to know. Made only when it happens.</summary>
/// <param name="At">When it happened.</param>
public abstract record Observation(FrameTime At);

/// <summary>The two directions over a <see cref="DirectedLine"/>; <see cref="In"/> is from s &lt; 0 to s &gt; 0.</summary>
public enum CrossingDirection : byte
{
    In,
    Out,
}

/// <summary>A track went over a line and stayed on the other side.</summary>
/// <param name="At">When the anchor point met the line, interpolated between two frames.</param>
/// <param name="Track">Who.</param>
/// <param name="Class">What.</param>
/// <param name="Line">Which line.</param>
/// <param name="Direction">Which way.</param>
/// <param name="EntryLine">The first line that this track crossed, when it is another one.</param>
/// <param name="Dwell">Time from that first crossing (or from the track's first frame, when there is none) to this one.</param>
/// <param name="Where">Where on the line, in pixels.</param>
public sealed record LineCrossed(
    FrameTime At, TrackId Track, ObjectClass Class, string Line, CrossingDirection Direction,
    string? EntryLine, TimeSpan Dwell, PointPx Where) : Observation(At)
{
    /// <summary>
    /// Time of the crossing the other way that this one takes back: the track turned round right behind the line, so it never was on
    /// the other side. A counter takes that crossing off and does not add this one; <see cref="Class"/> is that crossing's, whatever the
    /// track has been voted since. Null as a rule.
    /// </summary>
    public FrameTime? TakesBack { get; init; }
}
