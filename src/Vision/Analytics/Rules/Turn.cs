using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A way from one line to another that is not allowed; one line twice is turning back over it.</summary>
/// <param name="Id">The installer's name of the rule.</param>
/// <param name="Rule"><c>no_u_turn</c> or <c>no_turn</c>.</param>
/// <param name="Entry">The line of entry.</param>
/// <param name="Exit">The line of exit; may be the same.</param>
public sealed record TurnModel(string Id, string Rule, DirectedLine Entry, DirectedLine Exit) : RuleModel(Id, Rule)
{
    /// <summary>The direction over the entry line; null for either.</summary>
    public CrossingDirection? EntryDirection { get; init; }

    /// <summary>The direction over the exit line; null for either.</summary>
    public CrossingDirection? ExitDirection { get; init; }

    /// <summary>The whole way takes no longer than this.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>Over one line twice: how far from it the vehicle must have been in between, box heights.</summary>
    public float MinDepth { get; init; } = 1;
}

/// <summary>Turning where it is not allowed: the path leads over the entry line and then over the exit line.</summary>
public sealed class Turn : TrackRule<TurnState>
{
    /// <summary>In so many frames in a row it must have been seen beyond the last line: a number that is lent to a shadow out there comes back sooner.</summary>
    private const int LeastBeyond = 4;

    private readonly TurnModel _model;
    private readonly bool _isOneLine;
    private readonly string _code;

    /// <exception cref="ArgumentException">A line has no length.</exception>
    public Turn(TurnModel model, TrackPaths paths) : base(model, paths)
    {
        _model = model;
        _isOneLine = model.Entry == model.Exit;
        _code = model.Rule == "no_u_turn" ? ActCodes.NoUTurn : ActCodes.NoTurn;
        LineSides.Check(model.Entry);
        LineSides.Check(model.Exit);
    }

    private protected override void See(in Track track, FrameTime now, ref Watched watched, ref TurnState state, List<Observation> found)
    {
        var isFirst = watched.IsFirst;
        // A way that begins right behind the entry line has led over it; only from one line to another, where its direction is given.
        var entry = !_isOneLine && _model.EntryDirection is { } way
            ? state.Entry.SeeOrBorn(_model.Entry, way, track, now, watched)
            : state.Entry.See(_model.Entry, track, now, isFirst);
        var exit = _isOneLine ? entry : state.Exit.See(_model.Exit, track, now, isFirst);
        if (state.HasEntered)
        {
            var depth = MathF.Abs(LineSides.Distance(_model.Entry, track.Anchor)) / MathF.Max(1, track.Box.Height);
            state.Depth = MathF.Max(state.Depth, depth);
            if (exit is { } left && IsExit(state, left))
            {
                (state.HasEntered, state.HasLeft, state.LeftAt) = (false, !_isOneLine || state.Depth >= _model.MinDepth, left.At);
                entry = null; // of a single line it is the same crossing
            }
        }
        else if (exit is { } over)
        {
            state.Last = over;
        }

        if (state.HasLeft)
        {
            var run = _isOneLine ? state.Entry.Run : state.Exit.Run;
            if (Math.Abs(run) >= LeastBeyond)
            {
                state.HasLeft = false;
                Report(ref watched, now, state.EnteredAt, state.LeftAt, found);
            }
            else if (Math.Abs(run) == 1 && state.LeftAt != default && exit is null)
            {
                state.HasLeft = false; // it is on the other side again
            }
        }

        if (entry is not { } entered || (_model.EntryDirection is { } wanted && entered.Direction != wanted)) return;
        state.HasEntered = true;
        state.EnteredAt = entered.At;
        state.Direction = entered.Direction;
        state.Depth = 0;
        // Right behind a corner the second crossing may be certain before the first: their times say which was first.
        if (_isOneLine || state.Last is not { } last || !IsExit(state, last)) return;
        (state.HasEntered, state.HasLeft, state.LeftAt, state.Last) = (false, true, last.At, null);
    }

    private bool IsExit(in TurnState state, CrossingPoint exit) =>
        exit.At.Elapsed > state.EnteredAt.Elapsed && exit.At.Elapsed - state.EnteredAt.Elapsed <= _model.Within
        && (_model.ExitDirection is not { } wanted || exit.Direction == wanted)
        && (!_isOneLine || exit.Direction != state.Direction);

    private void Report(ref Watched watched, FrameTime now, FrameTime entered, FrameTime left, List<Observation> found)
    {
        if (!Paths.IsSteady(watched.Id, left.Elapsed) || !MayAccuse(watched, now)) return;
        var name = ActCodes.Name(watched.Class);
        var isBack = _code == ActCodes.NoUTurn;
        Accuse(ref watched, now, new Accusation(
            left.InterpolatedFrom(entered, 0.5), entered, now, _code, 0.9f,
            new Said(
                $"{name.Vi} {(isBack ? "quay đầu" : "rẽ")} ở nơi cấm: qua vạch \"{_model.Entry.Id}\" rồi qua vạch \"{_model.Exit.Id}\".",
                $"A {name.En} {(isBack ? "turned back" : "turned")} where it is not allowed: over the line \"{_model.Entry.Id}\" and then over \"{_model.Exit.Id}\".")), found);
    }
}

/// <summary>One track on a forbidden way.</summary>
public struct TurnState
{
    internal LineFollow Entry;
    internal LineFollow Exit;
    internal bool HasEntered;
    internal FrameTime EnteredAt;
    internal CrossingPoint? Last;
    internal bool HasLeft;
    internal FrameTime LeftAt;
    internal CrossingDirection Direction;
    internal float Depth;
}
