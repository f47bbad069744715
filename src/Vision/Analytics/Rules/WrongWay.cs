using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A lane and its allowed direction in the picture.</summary>
public sealed record WrongWayModel(string Id, Zone Zone, PointPx Allowed) : RuleModel(Id, "wrong_way")
{
    /// <summary>How far against the direction is reported, in lengths of 1.6 m as the picture shows them: who reverses into a gap goes less far, and
    /// slower. Looked along, a road is shortened to a third and less, so this is 5 m and more of it.</summary>
    public float MinTravel { get; init; } = 1.75f;

    /// <summary>For how long at least.</summary>
    public TimeSpan MinTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How fast at least, such lengths a second: pushing a motorcycle or reversing is slower.</summary>
    public float MinSpeed { get; init; } = 0.35f;
}

/// <summary>
/// Driving against the allowed direction of a lane. Travel is summed step by step in a vehicle's own measure, so that it means the same near and far;
/// a step the allowed way takes it off again, and a path that goes more across the lane than against it is not meant (perspective turns a
/// straight lane by up to 45°, so the border lies at 55°).
/// </summary>
public sealed class WrongWay : TrackRule<WrongWayState>
{
    private const float MostInOneStep = 0.5f;
    private readonly WrongWayModel _model;
    private readonly ZoneArea _zone;
    private readonly PointPx _allowed;

    /// <exception cref="ArgumentException">The direction is zero or the zone has fewer than three corners.</exception>
    public WrongWay(WrongWayModel model, TrackPaths paths) : base(model, paths)
    {
        _model = model;
        _zone = new ZoneArea(model.Zone);
        var length = MathF.Sqrt(model.Allowed.X * model.Allowed.X + model.Allowed.Y * model.Allowed.Y);
        if (!(length > 0)) throw new ArgumentException($"Rule \"{model.Id}\" has no direction.", nameof(model));
        _allowed = new PointPx(model.Allowed.X / length, model.Allowed.Y / length);
    }

    private protected override void See(in Track track, FrameTime now, ref Watched watched, ref WrongWayState state, List<Observation> found)
    {
        var anchor = track.Anchor;
        if (!_zone.Holds(anchor))
        {
            state.IsInside = false;
            return;
        }

        if (!state.IsInside)
        {
            state = new WrongWayState { IsInside = true, Last = anchor, Since = now };
            return;
        }

        var step = anchor - state.Last;
        state.Last = anchor;
        var height = Yardstick.Of(track);
        var back = -(step.X * _allowed.X + step.Y * _allowed.Y) / height;
        state.Against += back;
        state.Longest = MathF.Max(state.Longest, back);
        state.Across += (step.Y * _allowed.X - step.X * _allowed.Y) / height;
        if (state.Against <= 0)
        {
            state.Against = state.Across = state.Longest = 0;
            state.Since = now;
            return;
        }

        // A number that goes to the next one behind in a queue comes back a whole length in one step; what drives comes step by step.
        if (state.Longest > MostInOneStep * state.Against) return;
        var time = now.Elapsed - state.Since.Elapsed;
        if (state.Against < _model.MinTravel || time < _model.MinTime) return;
        if (state.Against < 0.7f * MathF.Abs(state.Across) || state.Against < _model.MinSpeed * time.TotalSeconds) return;
        var (since, against) = (state.Since, state.Against);
        state.Against = state.Across = state.Longest = 0;
        state.Since = now;
        if (!MayAccuse(watched, now)) return;
        var name = ActCodes.Name(watched.Class);
        var middle = now.InterpolatedFrom(since, 0.5);
        Accuse(ref watched, now, new Accusation(
            middle, since, now, ActCodes.WrongWay, Math.Clamp(0.7f + 0.1f * (against - _model.MinTravel), 0, 0.95f),
            new Said(
                Said.Vietnamese($"{name.Vi} đi ngược chiều trong làn \"{_model.Zone.Id}\" {time.TotalSeconds:0.0} giây."),
                FormattableString.Invariant($"A {name.En} drove against the direction of the lane \"{_model.Zone.Id}\" for {time.TotalSeconds:0.0} s."))), found);
    }
}

/// <summary>One track in one lane.</summary>
public struct WrongWayState
{
    internal bool IsInside;
    internal PointPx Last;
    internal FrameTime Since;
    internal float Against;
    internal float Across;
    internal float Longest;
}
