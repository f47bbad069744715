using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>What the rules about driving where one may not drive share: one report a stay, after a least time, by the way gone in the zone.</summary>
public abstract class ZoneDrive : TrackRule<ZoneDriveState>
{
    private readonly ZoneArea _zone;
    private readonly TimeSpan _minTime;
    private readonly float _depth;

    /// <exception cref="ArgumentException">The zone has fewer than three corners.</exception>
    private protected ZoneDrive(RuleModel model, Zone zone, TimeSpan minTime, float depth, TrackPaths paths) : base(model, paths)
    {
        _zone = new ZoneArea(zone);
        (_minTime, _depth) = (minTime, depth);
    }

    /// <summary>True when the way gone in the zone is the act. Along means along its longest edge.</summary>
    private protected abstract bool IsAct(in ZoneStay stay, TimeSpan time);

    /// <summary>What is said of it.</summary>
    private protected abstract Accusation Describe(in ZoneStay stay, in Watched watched, FrameTime now, TimeSpan time);

    private protected override void See(in Track track, FrameTime now, ref Watched watched, ref ZoneDriveState state, List<Observation> found)
    {
        state.Stay.See(_zone, _zone.LongAxis, track, _depth, now);
        if (!state.Stay.IsInside)
        {
            state.IsReported = false;
            return;
        }

        var time = now.Elapsed - state.Stay.Since.Elapsed;
        if (state.IsReported || time < _minTime || state.Stay.Frames < Model.MinHits || !IsAct(state.Stay, time)) return;
        state.IsReported = true;
        if (MayAccuse(watched, now)) Accuse(ref watched, now, Describe(state.Stay, watched, now, time), found);
    }
}

/// <summary>One track in one zone.</summary>
public struct ZoneDriveState
{
    internal ZoneStay Stay;
    internal bool IsReported;
}
