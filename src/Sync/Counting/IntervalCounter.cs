using System.Globalization;
using System.Text.Json;

namespace EdgeGateway.Sync.Counting;

/// <summary>
/// Sums one counter's crossings over intervals aligned to local time. Driven by event time alone, so that <c>replay</c> gives what the
/// camera would have given. In the order of a second's work:
/// 1. <see cref="Cross"/> for each crossing and <see cref="Watch"/> for each watched second;
/// 2. <see cref="Advance"/> once a second: hands out ended intervals and saves; 3. <see cref="Stop"/> at the end.
/// <para>An interval ends <see cref="Grace"/> after its time, because a crossing is certain only some frames after it happened. What
/// comes later still, or by a clock that stepped back, opens the interval again and is published with a higher revision, which
/// replaces the whole. So each crossing is in exactly one interval, the one of its own time. An interval in which nobody called is a
/// gap and is not published; one that was watched by nobody but lived through is published with coverage 0.</para>
/// <para>After a crash the state of the last save goes on: at most <see cref="SaveEvery"/> of crossings is lost, together with its
/// watched seconds, so coverage states it. What was handed out but perhaps not stored is handed out once more with a higher revision.</para>
/// Not thread-safe.
/// </summary>
public sealed class IntervalCounter
{
    /// <summary>How long after its end an interval still waits for late crossings.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <summary>State is saved at most this long after a change, given that <see cref="Advance"/> is called as often.</summary>
    public static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);

    private readonly CounterSetup _setup;
    private readonly ICountStateStore _store;
    private readonly List<IntervalState> _open = [];
    private readonly long _slots;
    private DateTimeOffset _savedAt = DateTimeOffset.MinValue;
    private bool _dirty;

    /// <exception cref="ArgumentException">The interval does not divide a day, or there is no class.</exception>
    public IntervalCounter(CounterSetup setup, ICountStateStore store)
    {
        if (!IntervalGrid.IsAllowed(setup.Interval))
        {
            throw new ArgumentException($"Counter \"{setup.Counter}\": an interval of {setup.Interval} does not divide a day; 1m, 15m, 60m and 1d do.", nameof(setup));
        }

        if (setup.Classes.Count == 0) throw new ArgumentException($"Counter \"{setup.Counter}\" has no classes.", nameof(setup));
        _setup = setup;
        Calibration = setup.Calibration;
        _store = store;
        _slots = Math.Max(4, (long)Math.Ceiling(TimeSpan.FromHours(26) / setup.Interval));
        foreach (var state in Read(OpenKey, IntervalStateJson.Default.ListIntervalState) ?? [])
        {
            if (state is null || !state.IsSound() || _open.Exists(s => s.From == state.From)) continue;
            // Handed out just before the end of the last run, perhaps not stored: say it again.
            state.Changed = true;
            _open.Add(state);
        }
    }

    /// <summary>The counter's id in events.</summary>
    public string Id => _setup.Counter;

    /// <summary>The line it watches.</summary>
    public string Line => _setup.Line;

    /// <summary>Corrections for the interval that runs and those to come; those of the setup at the beginning. What was told whole keeps its own.</summary>
    public CounterCalibration? Calibration { get; set; }

    // The length is part of the key: sums of quarters must not go on as sums of hours.
    private string OpenKey => string.Create(CultureInfo.InvariantCulture, $"{_setup.Key}@{_setup.Interval.TotalSeconds}s");

    /// <summary>A track crossed a line. Other lines and classes are ignored.</summary>
    /// <param name="line">The line.</param>
    /// <param name="className">The class word.</param>
    /// <param name="inwards">True for <c>in</c>.</param>
    /// <param name="at">When it happened.</param>
    public void Cross(string line, string className, bool inwards, DateTimeOffset at) => Add(line, className, inwards, at, 1);

    /// <summary>A track turned round right behind the line: a crossing told before was none. In the interval of that crossing.</summary>
    /// <param name="line">The line.</param>
    /// <param name="className">The class word.</param>
    /// <param name="inwards">Direction of the crossing that is taken back.</param>
    /// <param name="at">When that crossing happened.</param>
    public void TakeBack(string line, string className, bool inwards, DateTimeOffset at) => Add(line, className, inwards, at, -1);

    private void Add(string line, string className, bool inwards, DateTimeOffset at, int by)
    {
        if (!string.Equals(line, _setup.Line, StringComparison.Ordinal) || !_setup.Classes.Contains(className, StringComparer.Ordinal)) return;
        var state = Open(at);
        var sums = inwards ? state.In : state.Out;
        // Its class may have been voted anew since: what is not there cannot be taken back.
        sums[className] = Math.Max(0, sums.GetValueOrDefault(className) + by);
        state.Changed = true;
        _dirty = true;
    }

    /// <summary>The camera was watched in the second that begins at <paramref name="second"/>.</summary>
    public void Watch(DateTimeOffset second)
    {
        var state = Open(second);
        if (!state.Watch((int)((second.UtcTicks - state.From.UtcTicks) / TimeSpan.TicksPerSecond))) return;
        state.Changed = true;
        _dirty = true;
    }

    /// <summary>Time has come to <paramref name="now"/>: adds the intervals that ended to <paramref name="finished"/>, in order of time, and saves.</summary>
    public void Advance(DateTimeOffset now, List<CountInterval> finished)
    {
        Open(now);
        _open.Sort((a, b) => a.From.CompareTo(b.From));
        for (var i = 0; i < _open.Count; i++)
        {
            var state = _open[i];
            var end = state.From + _setup.Interval;
            var runsNow = now >= state.From && now < end + Grace;
            // An interval of the future is what a clock left behind that has stepped back: it ends now as far as it came.
            var ahead = now < state.From - Grace;
            if (runsNow || !(now >= end || ahead)) continue;
            if (state.Changed) Publish(state, end, finished);
        }

        if (finished.Count > 0 || (_dirty && (now - _savedAt).Duration() >= SaveEvery)) Save(now);
    }

    /// <summary>The gateway stops or the file has ended: hands out the last, shorter interval, which goes on after a restart.</summary>
    public void Stop(DateTimeOffset now, List<CountInterval> finished)
    {
        Advance(now, finished);
        _open.RemoveAll(s => s.From >= now && s.Revision == 0 && s.Watched.Count == 0 && s.In.Count == 0 && s.Out.Count == 0);
        foreach (var state in _open)
        {
            var end = state.From + _setup.Interval;
            if (state.Changed && state.From <= now) Publish(state, now < end ? now : end, finished);
        }

        Save(now);
    }

    private IntervalState Open(DateTimeOffset at)
    {
        var from = IntervalGrid.Begin(at, _setup.Interval, _setup.Zone);
        foreach (var known in _open)
        {
            if (known.From == from) return known;
        }

        var state = Read(SlotKey(from), IntervalStateJson.Default.IntervalState);
        if (state is null || state.From != from || !state.IsSound()) state = new IntervalState { From = from, Changed = true };
        _open.Add(state);
        _dirty = true;
        return state;
    }

    private void Publish(IntervalState state, DateTimeOffset to, List<CountInterval> finished)
    {
        state.Revision++;
        state.Changed = false;
        state.HandedOut = false;
        _dirty = true;
        var seconds = Math.Max(1, Math.Ceiling((to - state.From).TotalSeconds));
        var coverage = Math.Min(1, state.WatchedSeconds / seconds);
        // A count by hand that was made since changes no interval that was told whole: its revision would be another number by another factor.
        var calibration = state.Told is null ? Calibration : state.Told.Count == 0 ? null : new CounterCalibration(state.Told);
        if (to >= state.From + _setup.Interval) state.Told ??= [.. calibration?.Corrections ?? []];
        foreach (var name in _setup.Classes)
        {
            var raw = new CountInterval(
                _setup.Counter, _setup.Line, name, state.In.GetValueOrDefault(name), state.Out.GetValueOrDefault(name),
                state.From, to, Math.Round(coverage, 3), _setup.Method, state.Revision);
            finished.Add(calibration?.Correct(raw) ?? raw);
        }
    }

    /// <summary>
    /// Ended intervals move to their own slot. They stay in the open list until the save after the one that followed their publication,
    /// which is when the caller's events are stored for sure.
    /// </summary>
    private void Save(DateTimeOffset now)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var state = _open[i];
            var ended = now >= state.From + _setup.Interval + Grace || now < state.From - Grace;
            if (!ended || state.Changed) continue;
            _store.Save(SlotKey(state.From), JsonSerializer.Serialize(state, IntervalStateJson.Default.IntervalState));
            if (state.HandedOut) _open.RemoveAt(i);
            else state.HandedOut = true;
        }

        _store.Save(OpenKey, JsonSerializer.Serialize(_open, IntervalStateJson.Default.ListIntervalState));
        _savedAt = now;
        _dirty = _open.Exists(s => s.HandedOut);
    }

    private string SlotKey(DateTimeOffset from)
    {
        var slot = from.UtcTicks / _setup.Interval.Ticks % _slots;
        return string.Create(CultureInfo.InvariantCulture, $"{OpenKey}#{slot}");
    }

    private T? Read<T>(string key, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        if (_store.Load(key) is not { } json) return null;
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            // Damaged state is no state: the interval begins anew and its coverage says what is missing.
            return null;
        }
    }
}
