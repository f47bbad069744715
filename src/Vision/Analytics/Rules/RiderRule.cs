using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>What a rule over riders needs.</summary>
/// <param name="Id">The installer's name of the rule.</param>
/// <param name="Rule"><c>no_helmet</c> or <c>over_persons</c>.</param>
public sealed record RiderModel(string Id, string Rule) : RuleModel(Id, Rule)
{
    /// <summary>Smaller motorcycles are not looked at, pixels.</summary>
    public float MinHeightPx { get; init; } = 64;

    /// <summary>A look below this score is no vote.</summary>
    public float MinScore { get; init; } = 0.5f;

    /// <summary>So many votes for the same thing are needed, ...</summary>
    public int Votes { get; init; } = 3;

    /// <summary>... and this share of all votes.</summary>
    public float Share { get; init; } = 0.75f;

    /// <summary>A motorcycle is looked at so often at most.</summary>
    public int MostLooks { get; init; } = 8;

    /// <summary>Time between two looks at one motorcycle.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(0.25);
}

/// <summary>What both rules over riders share: when to look, and what a vote is.</summary>
public abstract class RiderRule : TrackRule<RiderState>, IPixelAnalytic
{
    private readonly RiderModel _model;
    private readonly IRiderLook _look;
    private Frame? _frame;

    private protected RiderRule(RiderModel model, TrackPaths paths, IRiderLook look)
        : base(model with { Classes = ClassSet.Of(ObjectClass.Motorcycle) }, paths)
    {
        _model = model;
        _look = look;
    }

    /// <inheritdoc/>
    public void Show(Frame frame) => _frame = frame;

    /// <summary>The act that one look shows, as an index from 0; -1 for none.</summary>
    private protected abstract int ActOf(in RidersSeen seen);

    /// <summary>Code and reason of an act.</summary>
    private protected abstract (string Code, Said Reason) Describe(int act);

    private protected override void See(in Track track, FrameTime now, ref Watched watched, ref RiderState state, List<Observation> found)
    {
        if (_frame is not { } frame || state.IsReported || state.Looks >= _model.MostLooks || track.Box.Height < _model.MinHeightPx) return;
        if (state.Looks > 0 && now.Elapsed - state.LastLook.Elapsed < _model.Every) return;
        state.Looks++;
        if (state.Looks == 1) state.FirstLook = now;
        state.LastLook = now;
        if (!_look.TryLook(frame, track.Box, out var seen) || seen.Score < _model.MinScore) return;
        state.Votes++;
        var act = ActOf(seen);
        if (act < 0) return;
        state.For[act]++;
        state.ScoreSum += seen.Score;
        if (state.For[act] < _model.Votes || state.For[act] < _model.Share * state.Votes) return;
        state.IsReported = true;
        if (!MayAccuse(watched, now)) return;
        var (code, reason) = Describe(act);
        Accuse(ref watched, now, new Accusation(
            now, state.FirstLook, now, code, Math.Clamp(state.ScoreSum / (state.For[0] + state.For[1]), 0, 1), reason) { IsIndicative = true }, found);
    }
}

/// <summary>One motorcycle's riders.</summary>
public struct RiderState
{
    internal VoteArray For;
    internal int Votes;
    internal int Looks;
    internal float ScoreSum;
    internal bool IsReported;
    internal FrameTime FirstLook;
    internal FrameTime LastLook;

    [System.Runtime.CompilerServices.InlineArray(2)]
    internal struct VoteArray
    {
        private int _first;
    }
}
