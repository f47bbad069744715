using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Plates;

/// <summary>A vehicle has passed, or stands where it came to: one of these a vehicle, with its plate when one could be read.</summary>
/// <param name="At">When this was said: when the vehicle was last seen, or when its plate had been settled for a while.</param>
/// <param name="Track">Which vehicle.</param>
/// <param name="Class">What it is.</param>
/// <param name="Plate">Its plate; null when none was read, or no two looks agreed.</param>
/// <param name="From">When it was first seen.</param>
/// <param name="To">When it was last seen so far.</param>
/// <param name="Box">Where it was then, pixels of the frame.</param>
/// <param name="Picture">The plate in the very frame of the best look, null when there is no plate.</param>
public sealed record PassageRead(
    FrameTime At, TrackId Track, ObjectClass Class, PlateReading? Plate, FrameTime From, FrameTime To, BoxPx Box, PlatePicture? Picture)
    : Observation(At)
{
    /// <summary>Numbers under which the vehicle went before its track broke, oldest first.</summary>
    public IReadOnlyList<TrackId> Earlier { get; init; } = [];
}

/// <summary>No further look at a vehicle's plate is planned: it is read, or as much of it as can be. Once a vehicle, before its passage.</summary>
/// <param name="At">The frame of the last look.</param>
/// <param name="Track">Which vehicle.</param>
/// <param name="Class">What it is.</param>
/// <param name="Plate">What two looks at least agree on.</param>
/// <param name="Box">Where the vehicle is, pixels of the frame.</param>
/// <param name="Picture">The plate in the very frame of the best look; null when that look shows another text.</param>
public sealed record PlateSettled(FrameTime At, TrackId Track, ObjectClass Class, PlateReading Plate, BoxPx Box, PlatePicture? Picture) : Observation(At);

/// <summary>A piece cut from the frame in which a plate was read, not scaled up, I420 as in <see cref="Frame"/>.</summary>
/// <param name="TakenAt">Time of that frame.</param>
/// <param name="Sequence">Number of that frame in its source.</param>
/// <param name="Plate">Where the plate stands in the frame.</param>
/// <param name="Region">Which part of the frame the piece shows.</param>
/// <param name="Width">Width of the piece in pixels, even; smaller than the region's where the plate is very large.</param>
/// <param name="Height">Height of the piece in pixels, even.</param>
/// <param name="Pixels">Y, U and V one after the other, without gaps.</param>
public sealed record PlatePicture(FrameTime TakenAt, long Sequence, PlateQuad Plate, BoxPx Region, int Width, int Height, ReadOnlyMemory<byte> Pixels);
