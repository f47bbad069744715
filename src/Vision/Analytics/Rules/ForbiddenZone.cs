using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A zone closed to some classes, at some hours or always.</summary>
public sealed record ForbiddenZoneModel(string Id, Zone Zone) : RuleModel(Id, "forbidden_zone")
{
    /// <summary>Inside for this long, ...</summary>
    public TimeSpan MinTime { get; init; } = TimeSpan.FromSeconds(0.8);

    /// <summary>... this far from its edge, in lengths of 1.6 m as the picture shows them, ...</summary>
    public float Depth { get; init; } = 0.1f;

    /// <summary>... and having gone this far in it, in lengths of 1.6 m as the picture shows them: what stands there is parking.</summary>
    public float MinTravel { get; init; } = 1;
}

/// <summary>Driving in a closed zone. With hours or a calendar the road is closed by time, else always.</summary>
public sealed class ForbiddenZone : TrackRule<ForbiddenZoneState>
{
    private readonly ForbiddenZoneModel _model;
    private readonly ZoneArea _zone;

    /// <exception cref="ArgumentException">The zone has fewer than three corners.</exception>
    public ForbiddenZone(ForbiddenZoneModel model, TrackPaths paths) : base(model, paths)
    {
        _model = model;
        _zone = new ZoneArea(model.Zone);
    }

    private protected override void See(in Track track, FrameTime now, ref Watched watched, ref ForbiddenZoneState state, List<Observation> found)
    {
        state.Stay.See(_zone, _zone.LongAxis, track, _model.Depth, now);
        if (!state.Stay.IsInside)
        {
            state.IsReported = false;
            return;
        }

        var time = now.Elapsed - state.Stay.Since.Elapsed;
        if (state.IsReported || time < _model.MinTime || state.Stay.Frames < _model.MinHits || state.Stay.Net < _model.MinTravel) return;
        state.IsReported = true;
        if (!MayAccuse(watched, now)) return;
        var name = ActCodes.Name(watched.Class);
        var byTime = _model.Calendar.IsLimited;
        Accuse(ref watched, now, new Accusation(
            now, state.Stay.Since, now, byTime ? ActCodes.ProhibitedTime : ActCodes.ProhibitedRoad, Math.Clamp(0.7f + 0.05f * state.Stay.Net, 0, 0.95f),
            new Said(
                Said.Vietnamese($"{name.Vi} đi vào khu vực cấm \"{_model.Zone.Id}\"{(byTime ? " trong giờ cấm" : "")}, {time.TotalSeconds:0.0} giây."),
                FormattableString.Invariant($"A {name.En} drove in the closed zone \"{_model.Zone.Id}\"{(byTime ? " during closed hours" : "")} for {time.TotalSeconds:0.0} s."))), found);
    }
}

/// <summary>One track in one closed zone.</summary>
public struct ForbiddenZoneState
{
    internal ZoneStay Stay;
    internal bool IsReported;
}
