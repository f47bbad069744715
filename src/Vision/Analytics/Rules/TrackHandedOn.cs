using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>
/// A track's box has jumped: its number may have gone to another vehicle. What is read under that number from now on, a plate above all,
/// must not be laid at the door of the vehicle that had it before, nor the other way round.
/// </summary>
/// <param name="At">The frame of the jump.</param>
/// <param name="Track">The number.</param>
public sealed record TrackHandedOn(FrameTime At, TrackId Track) : Observation(At);
