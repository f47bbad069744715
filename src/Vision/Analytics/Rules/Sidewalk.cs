using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A pavement.</summary>
public sealed record SidewalkModel(string Id, Zone Zone) : RuleModel(Id, "sidewalk")
{
    /// <summary>How far along the pavement is reported, in lengths of 1.6 m as the picture shows them: who crosses it to enter a house goes across (allowed).</summary>
    public float MinAlong { get; init; } = 1.8f;

    /// <summary>For how long at least.</summary>
    public TimeSpan MinTime { get; init; } = TimeSpan.FromSeconds(0.8);

    /// <summary>How far from its edge the wheels must be, in lengths of 1.6 m as the picture shows them: a wheel at the kerb may be on the road.</summary>
    public float Depth { get; init; } = 0.1f;

    /// <summary>How fast at least, such lengths a second: pushing is allowed.</summary>
    public float MinSpeed { get; init; } = 0.35f;
}

/// <summary>Driving along a pavement. Along is the direction of its longest edge.</summary>
public sealed class Sidewalk : TrackRule<ForbiddenZoneState>
{
    private readonly SidewalkModel _model;
    private readonly ZoneArea _zone;

    /// <exception cref="ArgumentException">The zone has fewer than three corners.</exception>
    public Sidewalk(SidewalkModel model, TrackPaths paths) : base(model, paths)
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
        var along = MathF.Abs(state.Stay.Along);
        if (state.IsReported || along < _model.MinAlong || time < _model.MinTime || state.Stay.Frames < _model.MinHits || along < _model.MinSpeed * time.TotalSeconds) return;
        state.IsReported = true;
        if (!MayAccuse(watched, now)) return;
        var name = ActCodes.Name(watched.Class);
        Accuse(ref watched, now, new Accusation(
            now, state.Stay.Since, now, ActCodes.Sidewalk, Math.Clamp(0.7f + 0.1f * (along - _model.MinAlong), 0, 0.95f),
            new Said(
                Said.Vietnamese($"{name.Vi} đi dọc vỉa hè \"{_model.Zone.Id}\" {time.TotalSeconds:0.0} giây."),
                FormattableString.Invariant($"A {name.En} drove along the pavement \"{_model.Zone.Id}\" for {time.TotalSeconds:0.0} s."))), found);
    }
}
