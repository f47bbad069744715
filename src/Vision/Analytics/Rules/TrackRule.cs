using System.Runtime.InteropServices;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>
/// What all rules over single tracks share: hours, classes, minimum observation, cool-down, one event per act, memory that ends with the
/// track, and no word on a box that nobody detected in this frame. A rule keeps its own <typeparamref name="TState"/> for each track.
/// One frame: 1. the hours; 2. names that changed; 3. every detected track; 4. what waits for a later instant. Nothing is allocated without
/// an event.
/// </summary>
/// <typeparam name="TState">What the rule remembers of one track; default at the start.</typeparam>
public abstract class TrackRule<TState> : IFrameAnalytic where TState : struct
{
    private readonly Dictionary<TrackId, int> _places = new(64);
    private readonly ActMemory _acts = new();
    private readonly ClassSet _classes;
    private Watched[] _watched = new Watched[32];
    private TState[] _states = new TState[32];
    private int _count;

    private protected TrackRule(RuleModel model, TrackPaths paths)
    {
        Model = model;
        Paths = paths;
        _classes = model.Classes.Without(ObjectClass.Person);
    }

    /// <summary>The rule's id and limits.</summary>
    protected RuleModel Model { get; }

    private protected TrackPaths Paths { get; }

    /// <summary>False for a rule that judges by place and not by way: what covers a standing vehicle cuts its box, and it still stands there.</summary>
    private protected virtual bool MindsBreaks => true;

    /// <summary>Tracks remembered now.</summary>
    internal int Remembered => _count;

    /// <inheritdoc/>
    public void Look(ReadOnlySpan<Track> tracks, FrameTime now, List<Observation> found)
    {
        // 1. Outside its hours a rule sees and remembers nothing.
        if (!Model.Calendar.Holds(now.Utc))
        {
            if (_count > 0) Clear();
            return;
        }

        // 2. Numbers that went to another vehicle, and vehicles that go on under another number.
        if (MindsBreaks) Rename();

        // 3. Only what was detected in this very frame.
        BeginFrame(tracks, now);
        foreach (ref readonly var track in tracks)
        {
            if (!track.IsMatched || !_classes.Has(track.Class)) continue;
            var place = PlaceOf(track, now);
            ref var watched = ref _watched[place];
            watched.Hits++;
            watched.Track = track.Id;
            watched.ScoreSum += track.Score;
            watched.LastSeen = now;
            watched.Class = track.Class;
            watched.Box = track.Box;
            (watched.VelocityX, watched.VelocityY) = (track.VelocityX, track.VelocityY);
            if (watched.IsAccused) _acts.Follow(track, now.Elapsed);
            See(track, now, ref watched, ref _states[place], found);
        }

        // 4. What this frame's passing of time makes certain.
        for (var place = 0; place < _count; place++) Settle(now, ref _watched[place], ref _states[place], found);
    }

    /// <inheritdoc/>
    public void Forget(TrackId gone)
    {
        if (!_places.Remove(gone, out var place)) return;
        if (MindsBreaks && Paths.KeptAs(gone) is { Value: < 0 } loose)
        {
            _places[loose] = place;
            _watched[place].Id = loose;
            _acts.Also(gone, loose);
            return;
        }

        _count--;
        if (place != _count)
        {
            // The last one moves into the free place.
            _watched[place] = _watched[_count];
            _states[place] = _states[_count];
            _places[_watched[place].Id] = place;
        }

        _states[_count] = default;
    }

    /// <inheritdoc/>
    public void Finish(List<Observation> found)
    {
        for (var place = 0; place < _count; place++) End(ref _watched[place], ref _states[place], found);
    }

    /// <summary>A frame begins, within the hours.</summary>
    private protected virtual void BeginFrame(ReadOnlySpan<Track> tracks, FrameTime now)
    {
    }

    /// <summary>A track was detected in this frame.</summary>
    private protected abstract void See(in Track track, FrameTime now, ref Watched watched, ref TState state, List<Observation> found);

    /// <summary>Every remembered track, once a frame, detected or not.</summary>
    private protected virtual void Settle(FrameTime now, ref Watched watched, ref TState state, List<Observation> found)
    {
    }

    /// <summary>The source has ended.</summary>
    private protected virtual void End(ref Watched watched, ref TState state, List<Observation> found)
    {
    }

    /// <summary>True when the track has been watched long enough to be accused of anything.</summary>
    private protected bool IsWatchedEnough(in Watched watched) =>
        watched.Hits >= Model.MinHits && watched.LastSeen.Elapsed - watched.FirstSeen.Elapsed >= Model.MinSeen;

    /// <summary>True when the act may be reported: watched enough, not silent, not the same vehicle's act a second time.</summary>
    /// <param name="watched">Who.</param>
    /// <param name="now">When.</param>
    /// <param name="act">Which of the rule's acts, where it knows several that one vehicle may do one after the other.</param>
    private protected bool MayAccuse(in Watched watched, FrameTime now, string act = "") =>
        IsWatchedEnough(watched) && !_acts.Covers(watched, act, now.Elapsed, Model.CoolDown, Paths);

    /// <summary>Writes the event. Call it only after <see cref="MayAccuse"/>.</summary>
    private protected void Accuse(ref Watched watched, FrameTime now, in Accusation act, List<Observation> found, string kind = "")
    {
        watched.IsAccused = true;
        _acts.Add(watched, kind, now.Elapsed);
        // The first picture of evidence shows it on its way to the act, not yet at it. An act that lasts is shown in its midst too: its
        // instant is its end, when the time was up.
        var moments = Paths.Pick(watched.Id, act.From.Elapsed - TimeSpan.FromSeconds(1), act.From.Elapsed, (act.From.Elapsed + act.To.Elapsed) / 2, act.At.Elapsed, act.To.Elapsed);
        // A certainty of how well the track was seen: many detections and high scores.
        var seen = watched.Hits / (watched.Hits + 1f) * (0.5f + 0.5f * Math.Clamp(watched.ScoreSum / watched.Hits, 0, 1));
        found.Add(new ActSuspected(
            act.At, Model.Id, Model.Rule, act.Code, watched.Track, watched.Class, act.From, act.To,
            new ActConfidence(seen, Math.Clamp(act.Geometry, 0, 1), act.SignalCertainty, null),
            act.Reason, moments, act.Signal ?? [], act.Measure, act.IsIndicative)
        {
            Path = Paths.Between(watched.Id, act.From.Elapsed - TimeSpan.FromSeconds(1), act.To.Elapsed),
        });
    }

    private int PlaceOf(in Track track, FrameTime now)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, track.Id, out var exists);
        if (exists) return known;
        if (_count == _watched.Length)
        {
            Array.Resize(ref _watched, 2 * _count);
            Array.Resize(ref _states, 2 * _count);
        }

        var place = known = _count++;
        // A track that is known and yet new here has jumped or lost its past to another: it was not seen before.
        var isRestarted = MindsBreaks && (Paths.IsBroken(track.Id) || now.Elapsed - track.FirstSeen.Elapsed > TrackPaths.LongestBirth);
        var hasFirst = track.FirstBox.Height > 0 && !isRestarted;
        _watched[place] = new Watched { Id = track.Id, FirstSeen = hasFirst ? track.FirstSeen : now, FirstBox = hasFirst ? track.FirstBox : track.Box, IsRestarted = isRestarted };
        _states[place] = default;
        _watched[place].IsAccused = _acts.Continues(track, now.Elapsed, Model.CoolDown);
        return place;
    }

    private void Rename()
    {
        foreach (ref readonly var change in Paths.Changes)
        {
            Forget(change.To); // what little was seen of a path before it was known whose it is
            if (change.To == default) Forget(change.From);
            if (!_places.Remove(change.From, out var place)) continue;
            _places[change.To] = place;
            _watched[place].Id = change.To;
            _acts.Also(change.From, change.To);
        }
    }

    private void Clear()
    {
        _places.Clear();
        Array.Clear(_states, 0, _count);
        _count = 0;
    }
}

/// <summary>What every rule knows of a track.</summary>
internal struct Watched
{
    /// <summary>Under which the rule keeps it: its track, or a loose end of <see cref="TrackPaths"/>.</summary>
    public TrackId Id;

    /// <summary>The track under which it was seen last.</summary>
    public TrackId Track;
    public ObjectClass Class;
    public BoxPx Box;
    public float VelocityX;
    public float VelocityY;

    /// <summary>The box at <see cref="FirstSeen"/>.</summary>
    public BoxPx FirstBox;
    public FrameTime FirstSeen;
    public FrameTime LastSeen;
    public int Hits;
    public float ScoreSum;
    public bool IsAccused;
    public bool IsRestarted;

    /// <summary>True in the first frame in which anybody sees the track; the box that began it is then still unseen.</summary>
    public readonly bool IsFirst => Hits == 1 && !IsRestarted;
}

/// <summary>What a rule says when it accuses; made only then.</summary>
internal readonly record struct Accusation(FrameTime At, FrameTime From, FrameTime To, string Code, float Geometry, Said Reason)
{
    public float? SignalCertainty { get; init; }

    public SignalSpan[]? Signal { get; init; }

    public ActMeasure? Measure { get; init; }

    public bool IsIndicative { get; init; }
}
