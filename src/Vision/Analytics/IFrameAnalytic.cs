using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics;

/// <summary>
/// Looks at the confirmed tracks of each frame and reports what happened: a line crossing, a zone count, a traffic rule.
/// Called on the camera's own thread; allocates only when it has something to report; keeps no reference to the spans.
/// </summary>
public interface IFrameAnalytic
{
    /// <summary>Looks at one frame.</summary>
    /// <param name="tracks">The confirmed tracks, matched and coasting.</param>
    /// <param name="now">The time of the frame.</param>
    /// <param name="found">Where observations are added.</param>
    void Look(ReadOnlySpan<Track> tracks, FrameTime now, List<Observation> found);

    /// <summary>A track has ended: every memory kept of it goes now.</summary>
    void Forget(TrackId gone);

    /// <summary>The source has ended or the gateway stops: reports what still waited for a later frame. Called once, last.</summary>
    /// <param name="found">Where observations are added.</param>
    void Finish(List<Observation> found)
    {
    }
}
