using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A stop line beyond which nobody may stand at red.</summary>
public sealed record StopLineModel(string Id, DirectedLine Line, CrossingDirection Direction, string Signal) : RuleModel(Id, "stop_line")
{
    /// <summary>Standing beyond the line for this long at red is reported.</summary>
    public TimeSpan StandsFor { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Nearer than this to the line is on it and not beyond, lengths of 1.6 m as the picture shows them.</summary>
    public float Least { get; init; } = 0.15f;

    /// <summary>Farther than this it does not wait at the line any more.</summary>
    public float Most { get; init; } = 2.5f;

    /// <summary>Whoever crossed before the light was red this long has entered in time and may be held up beyond.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(0.7);
}

/// <summary>
/// Standing beyond the stop line while the light is red, after having crossed it at red. Who crossed at green and is held up in a jam is
/// not meant.
/// </summary>
public sealed class StopLine : TrackRule<StopLineState>
{
    /// <summary>The picture shortens the way along a road to a quarter and less: more than this would pass for standing what creeps.</summary>
    private const float Drift = 0.13f;
    private static readonly TimeSpan Unseen = TimeSpan.FromSeconds(1.5);
    private readonly StopLineModel _model;
    private readonly SignalTimeline _light;

    /// <exception cref="ArgumentException">The board has no such light, or the line has no length.</exception>
    public StopLine(StopLineModel model, TrackPaths paths, SignalBoard board) : base(model, paths)
    {
        _model = model;
        _light = board.Find(model.Signal) ?? throw new ArgumentException($"Rule \"{model.Id}\" names the signal \"{model.Signal}\", which this camera does not have.", nameof(model));
        LineSides.Check(model.Line);
    }

    private protected override void See(in Track track, FrameTime now, ref Watched watched, ref StopLineState state, List<Observation> found)
    {
        if (state.Follow.SeeOrBorn(_model.Line, _model.Direction, track, now, watched, StopLineState.Options) is { } crossing)
        {
            state.HasCrossed = crossing.Direction == _model.Direction;
            state.Crossing = crossing.At;
            // Who was first seen beyond the line crossed it a little before.
            state.Before = state.Follow.Frames > 0 ? _model.Grace : _model.Grace + Unseen;
        }

        state.Standing.See(track.Box, now, Drift);
        if (!state.HasCrossed || state.Standing.Since is not { } since) return;
        var beyond = LineSides.Beyond(_model.Line, _model.Direction, track);
        if (beyond < _model.Least || beyond > _model.Most || now.Elapsed - since.Elapsed < _model.StandsFor) return;
        if (!_light.Held(LightState.Red, state.Crossing.Elapsed - state.Before, now.Elapsed)) return;
        state.HasCrossed = false;
        if (!MayAccuse(watched, now)) return;
        var name = ActCodes.Name(watched.Class);
        var stood = now.Elapsed - since.Elapsed;
        Accuse(ref watched, now, new Accusation(
            since, state.Crossing, now, ActCodes.StopLine, Math.Clamp(0.5f + beyond, 0, 1),
            new Said(
                Said.Vietnamese($"{name.Vi} dừng quá vạch dừng \"{_model.Line.Id}\" {stood.TotalSeconds:0.0} giây khi đèn \"{_model.Signal}\" đỏ."),
                FormattableString.Invariant($"A {name.En} stood beyond the stop line \"{_model.Line.Id}\" for {stood.TotalSeconds:0.0} s while the light \"{_model.Signal}\" was red.")))
        {
            SignalCertainty = 0.95f,
            Signal = _light.Spans(state.Crossing, now),
            Measure = new ActMeasure("standing", Math.Round(stood.TotalSeconds, 1), "s", 0.5),
        }, found);
    }
}

/// <summary>One track at one stop line.</summary>
public struct StopLineState
{
    /// <summary>A vehicle that stops just beyond the line has crossed it all the same; the standing that follows is the proof.</summary>
    internal static readonly LineCrossingOptions Options = LineFollow.Options with { Reach = 0.12f, Hold = TimeSpan.FromSeconds(1) };

    internal LineFollow Follow;
    internal Standing Standing;
    internal bool HasCrossed;
    internal FrameTime Crossing;
    internal TimeSpan Before;
}
