using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Analytics.Signals;

/// <summary>
/// What one light showed over the last minutes. A rule asks for the state at an instant in the past, because an act is certain only
/// some frames after it happened, and takes the spans along as evidence. Thread-safe: a controller's messages come on another thread.
/// Allocates only when spans are asked for.
/// </summary>
public sealed class SignalTimeline
{
    private const int Capacity = 64;
    private static readonly TimeSpan LongestWay = TimeSpan.FromSeconds(0.5);
    private readonly Lock _gate = new();
    private readonly Change[] _changes = new Change[Capacity];
    private readonly TimeSpan _maxAge;
    private int _first;
    private int _count;
    private FrameTime _confirmed;

    internal SignalTimeline(string id, TimeSpan maxAge)
    {
        Id = id;
        _maxAge = maxAge;
    }

    public string Id { get; }

    /// <summary>The last state that was told, whatever its age.</summary>
    public LightState Last
    {
        get { lock (_gate) return _count == 0 ? LightState.Unknown : _changes[Place(_count - 1)].State; }
    }

    /// <summary>The state at an instant; unknown before the first word and more than the maximum age after the last.</summary>
    public LightState At(TimeSpan instant)
    {
        lock (_gate)
        {
            if (_count == 0 || instant > _confirmed.Elapsed + _maxAge) return LightState.Unknown;
            for (var i = _count - 1; i >= 0; i--)
            {
                ref var change = ref _changes[Place(i)];
                if (change.Since.Elapsed <= instant) return change.State;
            }

            return LightState.Unknown;
        }
    }

    /// <summary>When the state that held at an instant began; null when nothing is known of that instant.</summary>
    public TimeSpan? SinceAt(TimeSpan instant)
    {
        lock (_gate)
        {
            for (var i = _count - 1; i >= 0; i--)
            {
                ref var change = ref _changes[Place(i)];
                if (change.Since.Elapsed <= instant) return change.Since.Elapsed;
            }

            return null;
        }
    }

    /// <summary>True when one state held from one instant to another without a break.</summary>
    public bool Held(LightState state, TimeSpan from, TimeSpan to)
    {
        lock (_gate)
        {
            if (_count == 0 || to > _confirmed.Elapsed + _maxAge) return false;
            for (var i = _count - 1; i >= 0; i--)
            {
                ref var change = ref _changes[Place(i)];
                if (change.Since.Elapsed > to) continue;
                return change.State == state && change.Since.Elapsed <= from;
            }

            return false;
        }
    }

    /// <summary>The spans between two instants, for evidence: oldest first, cut to the window, gaps of knowledge as unknown.</summary>
    public SignalSpan[] Spans(FrameTime from, FrameTime to)
    {
        lock (_gate)
        {
            var spans = new List<SignalSpan>();
            var known = _confirmed.Elapsed + _maxAge;
            for (var i = 0; i < _count; i++)
            {
                ref var change = ref _changes[Place(i)];
                var end = i + 1 < _count ? _changes[Place(i + 1)].Since : to;
                if (end.Elapsed <= from.Elapsed || change.Since.Elapsed >= to.Elapsed) continue;
                var begin = change.Since.Elapsed < from.Elapsed ? from : change.Since;
                if (end.Elapsed > to.Elapsed) end = to;
                // What held for no time at all (unknown until the very first picture) is no span, and would stand in evidence as one.
                if (end.Elapsed > begin.Elapsed) spans.Add(new SignalSpan(change.State, begin, end));
            }

            if (spans.Count == 0) return [new SignalSpan(LightState.Unknown, from, to)];
            if (spans[0].From.Elapsed > from.Elapsed)
            {
                if (spans[0].State == LightState.Unknown) spans[0] = spans[0] with { From = from };
                else spans.Insert(0, new SignalSpan(LightState.Unknown, from, spans[0].From));
            }

            if (spans[^1].To.Elapsed > known && spans[^1].From.Elapsed < known)
            {
                var last = spans[^1];
                var edge = new FrameTime(known, last.To.Utc - (last.To.Elapsed - known));
                spans[^1] = last with { To = edge };
                spans.Add(new SignalSpan(LightState.Unknown, edge, to));
            }

            return [.. spans];
        }
    }

    /// <summary>The state is seen (or told) at an instant; it has held since <paramref name="since"/>.</summary>
    internal void Tell(LightState state, FrameTime since, FrameTime now)
    {
        lock (_gate)
        {
            // Silence for longer than the maximum age leaves a gap that nobody may take for the old state.
            if (_count > 0 && now.Elapsed > _confirmed.Elapsed + _maxAge)
                Add(LightState.Unknown, new FrameTime(_confirmed.Elapsed + _maxAge, _confirmed.Utc + _maxAge));
            if (now.Elapsed > _confirmed.Elapsed || _count == 0) _confirmed = now;
            Add(state, since);
        }
    }

    /// <summary>
    /// As <see cref="Tell"/>, by a controller whose clock may be slow: that a light which is still believed has turned red is dated back no
    /// further than a message travels. Else yellow would become red, and who crossed on it would be accused.
    /// </summary>
    internal void TellByController(LightState state, FrameTime since, FrameTime now)
    {
        lock (_gate)
        {
            var isChange = _count > 0 && _changes[Place(_count - 1)].State != state && now.Elapsed <= _confirmed.Elapsed + _maxAge;
            if (state == LightState.Red && isChange && now.Elapsed - since.Elapsed > LongestWay)
                since = new FrameTime(now.Elapsed - LongestWay, now.Utc - LongestWay);
            Tell(state, since, now);
        }
    }

    private void Add(LightState state, FrameTime since)
    {
        if (_count > 0)
        {
            ref var last = ref _changes[Place(_count - 1)];
            if (last.State == state) return;
            if (since.Elapsed < last.Since.Elapsed) since = last.Since; // a timeline only goes forward
        }

        if (_count == Capacity)
        {
            _first = (_first + 1) % Capacity;
            _count--;
        }

        _changes[Place(_count++)] = new Change(state, since);
    }

    private int Place(int index) => (_first + index) % Capacity;

    private readonly record struct Change(LightState State, FrameTime Since);
}
