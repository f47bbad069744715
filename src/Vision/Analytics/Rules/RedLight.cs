using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A stop line, its direction and its light.</summary>
public sealed record RedLightModel(string Id, DirectedLine Line, CrossingDirection Direction, string Signal) : RuleModel(Id, "red_light")
{
    /// <summary>Crossings within this time after the light became red are not reported: who can no longer stop is no offender.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(0.7);

    /// <summary>The vehicle must go on this far beyond the line while it is red, in lengths of 1.6 m as the picture shows them: standing on the line is none.</summary>
    public float Beyond { get; init; } = 0.3f;

    /// <summary>A third of that is enough when it stays there: riders roll over the line and wait in the junction.</summary>
    public TimeSpan Rests { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>It must do so within this time.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>How long after the crossing the light's state is asked: a change of lamps is certain only some frames later.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(0.7);
}

/// <summary>
/// Crossing the stop line while the light is red. Asked of the past: the light must have been red, without a break, from before the
/// vehicle's last frame ahead of the line until it was well beyond it.
/// <code>
///        red since ──┬─ grace ─┬───────────────────────────────────▶ red without a break
///                              │ last frame before │ line │ first after │ … │ Beyond reached │ Settle │ event
/// </code>
/// </summary>
public sealed class RedLight : TrackRule<RedLightState>
{
    /// <summary>In so many frames in a row it must have been seen beyond the line: a number that is lent to a shadow out there comes back sooner.</summary>
    private const int LeastBeyond = 4;

    /// <summary>And in so many where its box leapt over the line, as it also does where a rider comes out from behind another.</summary>
    private const int LeastBeyondAfterLeap = 8;

    private readonly RedLightModel _model;
    private readonly SignalTimeline _light;

    /// <exception cref="ArgumentException">The board has no such light, or the line has no length.</exception>
    public RedLight(RedLightModel model, TrackPaths paths, SignalBoard board) : base(model, paths)
    {
        _model = model;
        _light = board.Find(model.Signal) ?? throw new ArgumentException($"Rule \"{model.Id}\" names the signal \"{model.Signal}\", which this camera does not have.", nameof(model));
        LineSides.Check(model.Line);
    }

    private protected override void See(in Track track, FrameTime now, ref Watched watched, ref RedLightState state, List<Observation> found)
    {
        if (state.Follow.See(_model.Line, track, now, watched.IsFirst) is { } crossing && crossing.Direction == _model.Direction)
        {
            state.Crossing = crossing.At;
            state.HasCrossed = Paths.Around(watched.Id, crossing.At.Elapsed, out var before, out var after) && after.Time.Elapsed - before.Time.Elapsed < TimeSpan.FromSeconds(1);
            (state.Before, state.After) = (before.Time, after.Time);
            state.ReachedAt = state.RestsSince = default;
            state.IsSure = false;
        }

        if (!state.HasCrossed) return;
        var beyond = LineSides.Beyond(_model.Line, _model.Direction, track);
        if (beyond < 0)
        {
            state.HasCrossed = false; // it turned back
            return;
        }

        if (state.ReachedAt != default) return;
        if (beyond < _model.Beyond / 3) state.RestsSince = default;
        else if (state.RestsSince == default) state.RestsSince = now;
        var rests = state.RestsSince != default && now.Elapsed - state.RestsSince.Elapsed >= _model.Rests;
        if (beyond >= _model.Beyond || rests) state.ReachedAt = now;
    }

    private protected override void Settle(FrameTime now, ref Watched watched, ref RedLightState state, List<Observation> found)
    {
        if (!state.HasCrossed) return;
        if (state.ReachedAt == default && now.Elapsed - state.Crossing.Elapsed > _model.Within) state.HasCrossed = false;
        if (!state.HasCrossed || state.ReachedAt == default) return;

        if (!state.IsSure)
        {
            var beyond = Math.Abs(state.Follow.Run);
            if (now.Elapsed - state.After.Elapsed < _model.Settle || beyond < LeastBeyond) return;
            if (beyond < LeastBeyondAfterLeap && !Paths.IsSteady(watched.Id, state.Crossing.Elapsed)) return;
            state.IsSure = true;
        }

        // Red is asked for up to ReachedAt, and a change of lamps right before that is certain only some frames later: who waited on the
        // line and starts at green has not run it.
        if (now.Elapsed - state.ReachedAt.Elapsed < LampHysteresis.Hold) return;
        state.HasCrossed = false;
        var redFrom = state.Crossing.Elapsed - _model.Grace;
        if (state.Before.Elapsed < redFrom) redFrom = state.Before.Elapsed;
        if (!_light.Held(LightState.Red, redFrom, state.ReachedAt.Elapsed) || state.Follow.Frames < 2 || !MayAccuse(watched, now)) return;
        var since = state.Crossing.Elapsed - (_light.SinceAt(state.Crossing.Elapsed) ?? state.Crossing.Elapsed);
        var name = ActCodes.Name(watched.Class);
        Accuse(ref watched, now, new Accusation(
            state.Crossing, state.Before, state.ReachedAt, ActCodes.RedLight,
            0.6f + 0.4f * Math.Clamp(state.Follow.Clearance, 0, 1),
            new Said(
                Said.Vietnamese($"{name.Vi} vượt vạch dừng \"{_model.Line.Id}\" khi đèn \"{_model.Signal}\" đã đỏ {since.TotalSeconds:0.0} giây và đi tiếp."),
                FormattableString.Invariant($"A {name.En} crossed the stop line \"{_model.Line.Id}\" {since.TotalSeconds:0.0} s after the light \"{_model.Signal}\" turned red, and went on.")))
        {
            SignalCertainty = (float)Math.Clamp(0.7 + 0.1 * since.TotalSeconds, 0, 0.99),
            Signal = _light.Spans(Earlier(state.Before, 5), now),
        }, found);
    }

    private static FrameTime Earlier(FrameTime time, double seconds) => new(time.Elapsed - TimeSpan.FromSeconds(seconds), time.Utc - TimeSpan.FromSeconds(seconds));
}

/// <summary>One track at one stop line.</summary>
public struct RedLightState
{
    internal LineFollow Follow;
    internal bool HasCrossed;
    internal FrameTime Crossing;
    internal FrameTime Before;
    internal FrameTime After;
    internal bool IsSure;
    internal FrameTime RestsSince;
    internal FrameTime ReachedAt;
}
