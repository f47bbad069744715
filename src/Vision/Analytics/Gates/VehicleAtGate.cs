using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Gates;

/// <summary>
/// A vehicle before a gate is to be decided on. Said once a vehicle; once more when its plate, open at that time, is settled while it still waits.
/// </summary>
/// <param name="At">The frame in which it is said.</param>
/// <param name="RuleId">The rule that watches the gate.</param>
/// <param name="Track">Which vehicle.</param>
/// <param name="Class">What it is.</param>
/// <param name="Plate">What its plate says so far; null when no two looks agree, or none was seen.</param>
/// <param name="IsSettled">Enough looks agree with enough confidence, and no character is doubtful.</param>
/// <param name="DueSince">The frame from which a decision was due: its plate reached the width, or it had waited long enough.</param>
/// <param name="PlateWidthPx">Width of its plate in the last look, pixels of the frame; 0 when none was seen.</param>
/// <param name="Waiting">Vehicles before the gate, this one included.</param>
/// <param name="Waited">How long it has been before the gate.</param>
/// <param name="Box">Where it is, pixels of the frame.</param>
public sealed record VehicleAtGate(
    FrameTime At, string RuleId, TrackId Track, ObjectClass Class, PlateReading? Plate, bool IsSettled, FrameTime DueSince, float PlateWidthPx, int Waiting, TimeSpan Waited, BoxPx Box)
    : Observation(At);
