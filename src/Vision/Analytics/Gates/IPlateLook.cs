using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Gates;

/// <summary>What has been seen of a vehicle's plate, without its text.</summary>
/// <param name="WidthPx">Width in the last look that found it, pixels of the frame; 0 when none did.</param>
/// <param name="Reads">Looks that read something.</param>
public readonly record struct PlateSight(float WidthPx, int Reads);

/// <summary>Plates as a gate asks for them. On the camera's thread.</summary>
public interface IPlateLook
{
    /// <summary>What has been seen of a vehicle's plate. Allocates nothing.</summary>
    PlateSight SightOf(TrackId track);

    /// <summary>True when so many looks agree on a text without a doubtful character, with this confidence of the whole. Allocates nothing.</summary>
    bool IsSettled(TrackId track, int minReads, float minConfidence);

    /// <summary>The plate so far; null when no two looks agree. Allocates: ask when it is to be decided.</summary>
    PlateReading? ReadingOf(TrackId track);
}
