using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Tracking;

/// <summary>The number of a confirmed track, unique within its camera's run, from 1. An unconfirmed track has none.</summary>
public readonly record struct TrackId(long Value)
{
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>
/// A confirmed object as one frame sees it: a copy of the tracker's state, safe to keep. Only confirmed tracks become this
/// type, so a counter can never see an unconfirmed one.
/// </summary>
/// <param name="Id">Stable over the life of the track.</param>
/// <param name="Class">What it is, by vote over its detections.</param>
/// <param name="Box">Where it is now, in pixels of the analysed frame, filtered.</param>
/// <param name="Score">Score of its last detection, 0 to 1.</param>
/// <param name="VelocityX">Filtered speed of the box centre, pixels a second.</param>
/// <param name="VelocityY">Filtered speed of the box centre, pixels a second, down is positive.</param>
/// <param name="FirstSeen">The frame that began the track.</param>
/// <param name="LastSeen">The last frame in which a detection was matched to it.</param>
/// <param name="DetectionIndex">Place in this frame's detections of the one matched now, or -1 when it is coasting.</param>
public readonly record struct Track(
    TrackId Id, ObjectClass Class, BoxPx Box, float Score, float VelocityX, float VelocityY,
    FrameTime FirstSeen, FrameTime LastSeen, int DetectionIndex)
{
    /// <summary>
    /// The box of <see cref="FirstSeen"/>. The track was not confirmed then, so nobody has seen it yet; a fast vehicle at 6 frames a
    /// second may have crossed a line since. All zero when unknown.
    /// </summary>
    public BoxPx FirstBox { get; init; }

    /// <summary>
    /// True of a person who sits on a two-wheeler and moves with it: the machine counts, he does not. Only set on what
    /// <see cref="Analytics.RiderWatch"/> has looked at.
    /// </summary>
    public bool Rides { get; init; }

    /// <summary>True when a detection of this very frame belongs to the track.</summary>
    public bool IsMatched => DetectionIndex >= 0;

    /// <summary>Where it stands on the ground: the bottom centre of the box (the feet of people, the wheels of vehicles).</summary>
    public PointPx Anchor => Box.BottomCentre;
}
