using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Sites;

/// <summary>
/// How many people are on a site now: the sum over its gates, of this and of other gateways, of those who came in less those who went out,
/// since the last correction. In the order of a second's work: 1. <see cref="Cross"/>, <see cref="Count"/> and <see cref="Zone"/> as events come;
/// 2. <see cref="Advance"/> once a second: nightly reset, zero, level, and what to publish.
/// <para>The number drifts, because each miss at a gate stays in it: so it is reset at night, a person can set it, it is held at zero, and each
/// correction is told, summed as drift and kept for the audit. A site that has no gate but zones has the number that the zones see.</para>
/// Thread-safe: crossings come from cameras, events from MQTT, corrections from a command.
/// </summary>
public sealed class SiteCounter
{
    private const string Gateway = "gateway";
    private const int RememberedIds = 20_000;

    /// <summary>Of those, kept over a restart: a broker sends again what was under way (mosquitto 20 messages, our NATS 256).</summary>
    private const int KeptIds = 1024;
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);

    /// <summary>A person who sets the number anew so soon takes back what was set before: the peak that stood before it holds again.</summary>
    private static readonly TimeSpan SetAgainWithin = TimeSpan.FromMinutes(15);
    private const int MostSets = 16;

    /// <summary>The state is written this much at most, characters a second, ...</summary>
    private const int BytesASecond = 8192;

    /// <summary>... but every so many seconds, however large it is.</summary>
    private const int MostSeconds = 10;

    private readonly Lock _gate = new();
    private readonly SiteOptions _options;
    private readonly ICountStateStore _store;
    private readonly CapacityLevels _levels;
    private readonly Dictionary<GateKey, GateTally> _gates = [];
    private readonly Dictionary<(string Gateway, string Camera, string Zone), (int Present, DateTimeOffset At)> _zones = [];
    private readonly HashSet<string> _heard = new(StringComparer.Ordinal);
    private readonly Queue<string> _heardInOrder = new();
    private readonly List<OccupancyCorrection> _corrections = [];
    private SiteState _state;
    private OccupancyLevel _level;
    private int _toldPresent = -1;
    private OccupancyLevel? _toldLevel;
    private double? _toldCoverage;
    private DateTimeOffset _savedAt = DateTimeOffset.MinValue;
    private TimeSpan _saveEvery = SaveEvery;
    private bool _dirty;
    private bool _isUrgent;

    /// <summary>Goes on where the last run ended.</summary>
    public SiteCounter(SiteOptions options, ICountStateStore store, DateTimeOffset now)
    {
        if (options.Capacity < 0) throw new ArgumentException("A capacity below zero is none.", nameof(options));
        (_options, _store) = (options, store);
        _levels = new CapacityLevels(options.Capacity, options.WarnAt, options.FullAt, options.Hysteresis);
        _state = Load() ?? new SiteState { Since = now, LastReset = LastResetBefore(now), PeakAt = now };
        _level = _state.Level;
        foreach (var gate in _state.Gates) _gates[new GateKey(gate.Gateway, gate.Camera, gate.Line)] = GateTally.Load(gate);
        foreach (var id in _state.Heard ?? []) IsNews(id);
    }

    /// <summary>The key of the site's capacity alert.</summary>
    public string AlertKey => $"capacity-{_options.SiteId}";

    /// <summary>Somebody went over a gate's line.</summary>
    /// <param name="gate">Which gate.</param>
    /// <param name="kind">Other classes than the counted one are ignored.</param>
    /// <param name="inwards">True for <c>in</c>.</param>
    /// <param name="at">When.</param>
    /// <param name="eventId">The event's id, so that a message delivered twice counts once; null for what cannot come twice.</param>
    public void Cross(GateKey gate, ObjectKind kind, bool inwards, DateTimeOffset at, string? eventId = null)
    {
        if (kind != _options.Kind) return;
        lock (_gate)
        {
            if (at < _state.Since || !IsNews(eventId)) return;
            TallyOf(gate).Cross(inwards, at);
            _dirty = true;
        }
    }

    /// <summary>A crossing told before was none: the track turned round right behind the line.</summary>
    /// <param name="gate">Which gate.</param>
    /// <param name="kind">Its class.</param>
    /// <param name="inwards">Direction of the crossing that is taken back.</param>
    /// <param name="at">When that crossing happened; before the last correction it is in the corrected number.</param>
    /// <param name="eventId">The event's id, so that a message delivered twice takes back once; null for what cannot come twice.</param>
    public void TakeBack(GateKey gate, ObjectKind kind, bool inwards, DateTimeOffset at, string? eventId = null)
    {
        if (kind != _options.Kind) return;
        lock (_gate)
        {
            if (at < _state.Since || !IsNews(eventId) || !_gates.TryGetValue(gate, out var tally)) return;
            tally.TakeBack(inwards, at);
            _dirty = true;
        }
    }

    /// <summary>A gateway has published an interval.</summary>
    public void Count(GateKey gate, CountData count)
    {
        if (count.Kind != _options.Kind || (_options.Counters.Count > 0 && !_options.Counters.Contains(count.Counter, StringComparer.Ordinal))) return;
        if (count.In < 0 || count.Out < 0 || count.To <= count.From || count.To - count.From > TimeSpan.FromDays(1)) return;
        lock (_gate)
        {
            TallyOf(gate).Take(count, _state.Since);
            _state.HasCalibrated |= count.Method == CountMethod.Calibrated;
            _dirty = true;
        }
    }

    /// <summary>A zone has another number of people in it.</summary>
    /// <param name="isInOrder">True of what the own cameras tell: it comes in order, whatever the clock does. What comes over a broker may be older than what is known.</param>
    public void Zone(string gateway, string camera, string zone, int present, DateTimeOffset at, bool isInOrder = false)
    {
        if (present < 0) return;
        lock (_gate)
        {
            if (!isInOrder && _zones.TryGetValue((gateway, camera, zone), out var known) && known.At > at && known.At <= at.AddHours(1)) return;
            _zones[(gateway, camera, zone)] = (present, at);
            _dirty = true;
        }
    }

    /// <summary>A camera looks anew, or no more: what its zones held is not known.</summary>
    public void ForgetZones(string gateway, string camera)
    {
        lock (_gate)
        {
            foreach (var zone in _zones.Keys.Where(zone => zone.Gateway == gateway && zone.Camera == camera).ToList()) _zones.Remove(zone);
        }
    }

    /// <summary>A person says how many are present: for <c>set_occupancy</c>.</summary>
    /// <param name="present">The number, 0 or more.</param>
    /// <param name="who">The person or system that orders it, for the audit.</param>
    /// <param name="reason">Why, for the audit.</param>
    /// <param name="now">When it holds.</param>
    /// <exception cref="ArgumentException">The number is below zero or beyond ten million, or nobody answers for it.</exception>
    public SiteView Set(int present, string who, string reason, DateTimeOffset now)
    {
        if (present is < 0 or > 10_000_000) throw new ArgumentException("present must be 0 to 10,000,000.", nameof(present));
        if (string.IsNullOrWhiteSpace(who)) throw new ArgumentException("who orders it must be named.", nameof(who));
        lock (_gate)
        {
            // Far above what is set now, and set a moment ago: those were slips of the finger, and no peak. Another count by hand is none.
            _state.Sets.RemoveAll(set => now < set.At || now - set.At > SetAgainWithin);
            var slip = _state.Sets.FindIndex(set => set.To > 2 * Math.Max(present, set.Was));
            if (slip >= 0)
            {
                (_state.Peak, _state.PeakAt) = (_state.Sets[slip].PeakBefore, _state.Sets[slip].PeakBeforeAt);
                _state.Sets.RemoveRange(slip, _state.Sets.Count - slip);
            }

            _state.Sets.Add(new OccupancySet { At = now, Was = Math.Max(0, Counted()), To = present, PeakBefore = _state.Peak, PeakBeforeAt = _state.PeakAt });
            if (_state.Sets.Count > MostSets) _state.Sets.RemoveAt(0);
            Correct(CorrectionKind.Set, Counted(), present, Short(who), Short(reason), now);
            Save(now);
            return View(now);
        }
    }

    /// <summary>Time has come to <paramref name="now"/>.</summary>
    /// <param name="now">The box's clock.</param>
    /// <param name="coverage">The share of the gates that are watched now; null where that is not known.</param>
    /// <returns>What to publish; null when nothing has changed.</returns>
    public SiteUpdate? Advance(DateTimeOffset now, double? coverage = null)
    {
        lock (_gate)
        {
            if (now < _state.Since) Correct(CorrectionKind.Clock, Counted(), Math.Max(0, Counted()), Gateway, "the clock stepped back", now);
            Reset(now);
            var counted = Counted();
            if (counted < 0) Correct(CorrectionKind.Floor, counted, 0, Gateway, "more were counted out than in", now);
            var present = Present();
            if (present > _state.Peak || _state.PeakAt > now)
            {
                (_state.Peak, _state.PeakAt) = (present, now);
                _dirty = true;
            }

            _level = _levels.Of(present, _level);
            Save(now);
            if (present == _toldPresent && _level == _toldLevel && coverage == _toldCoverage && _corrections.Count == 0) return null;
            _toldCoverage = coverage;
            var update = new SiteUpdate(DataOf(View(now), now) with { Coverage = coverage }, _level != _toldLevel, _levels.AlertOf(_level, _options.Name), [.. _corrections]);
            (_toldPresent, _toldLevel) = (present, _level);
            _corrections.Clear();
            return update;
        }
    }

    /// <summary>How the site stands.</summary>
    public SiteView Look(DateTimeOffset now)
    {
        lock (_gate) return View(now);
    }

    /// <summary>Saves at once: before another box's intervals are acknowledged, which nobody tells again.</summary>
    public void Keep(DateTimeOffset now)
    {
        lock (_gate)
        {
            _isUrgent |= _dirty;
            Save(now);
        }
    }

    /// <summary>Saves at once: at the end of a run.</summary>
    public void Stop(DateTimeOffset now)
    {
        lock (_gate)
        {
            _dirty = _isUrgent = true;
            Save(now);
        }
    }

    private static string Short(string text) => text.Length > 200 ? text[..200] : text;

    private GateTally TallyOf(GateKey gate)
    {
        if (!_gates.TryGetValue(gate, out var tally)) _gates[gate] = tally = new GateTally();
        return tally;
    }

    private bool IsNews(string? eventId)
    {
        if (eventId is null) return true;
        if (!_heard.Add(eventId)) return false;
        _heardInOrder.Enqueue(eventId);
        if (_heardInOrder.Count > RememberedIds) _heard.Remove(_heardInOrder.Dequeue());
        return true;
    }

    /// <summary>In − out on top of the last correction; may be below zero.</summary>
    private int Counted() => (int)Math.Clamp(_state.Base + _gates.Values.Sum(gate => gate.In - gate.Out), -10_000_000, 10_000_000);

    private int InZones() => _zones.Values.Sum(zone => zone.Present);

    private int Present() => _gates.Count == 0 && _state.Base == 0 ? InZones() : Math.Max(0, Counted());

    private SiteView View(DateTimeOffset now) => new(
        Present(), _state.In + _gates.Values.Sum(gate => gate.In), _state.Out + _gates.Values.Sum(gate => gate.Out), _state.Drift,
        Math.Max(_state.Peak, Present()), Present() > _state.Peak ? now : _state.PeakAt, InZones(), _options.Capacity, _levels.Of(Present(), _level), _state.LastReset);

    private void Reset(DateTimeOffset now)
    {
        var due = LastResetBefore(now);
        if (due <= _state.LastReset)
        {
            // A clock that was far ahead would keep the reset from coming for as long.
            if (_state.LastReset > now.AddDays(1)) _state.LastReset = due;
            return;
        }

        var left = Math.Max(0, Counted());
        Correct(CorrectionKind.Reset, left, 0, Gateway, "nightly reset", now);
        (_state.LastReset, _state.In, _state.Out, _state.Drift, _state.Peak, _state.PeakAt) = (due, 0, 0, 0, 0, now);
        _state.HasCalibrated = false;
        _state.Sets.Clear(); // yesterday's peak comes back by no correction
    }

    /// <summary>Begins to count anew from a number: what was counted so far is in it.</summary>
    private void Correct(CorrectionKind kind, int was, int became, string who, string reason, DateTimeOffset now)
    {
        _state.In += _gates.Values.Sum(gate => gate.In);
        _state.Out += _gates.Values.Sum(gate => gate.Out);
        if (kind == CorrectionKind.Floor)
        {
            // Only the number is lifted: intervals that are still to come replace what crossings told, as before.
            _state.In -= _gates.Values.Sum(gate => gate.In);
            _state.Out -= _gates.Values.Sum(gate => gate.Out);
            _state.Base += became - was;
        }
        else
        {
            foreach (var (gate, tally) in _gates.ToList())
            {
                if (tally.Anew() is { } anew) _gates[gate] = anew;
                else _gates.Remove(gate);
            }

            (_state.Base, _state.Since) = (became, now);
        }

        if (kind is CorrectionKind.Floor or CorrectionKind.Set) _state.Drift += became - was;
        // A gate that misses everybody who comes in would fill the audit with ones: what is held at zero is summed until it is told.
        var last = _corrections.FindIndex(one => one.Kind == CorrectionKind.Floor);
        if (kind == CorrectionKind.Floor && last >= 0) _corrections[last] = _corrections[last] with { Was = _corrections[last].Was + was };
        else _corrections.Add(new OccupancyCorrection(now, kind, was, became, who, reason));
        _dirty = true;
        _isUrgent |= kind != CorrectionKind.Floor; // which comes by itself again
    }

    private DateTimeOffset LastResetBefore(DateTimeOffset now)
    {
        var today = IntervalGrid.Begin(now, TimeSpan.FromDays(1), _options.Zone).AddHours(_options.ResetHour);
        return today <= now ? today : today.AddDays(-1);
    }

    private OccupancyData DataOf(SiteView view, DateTimeOffset now) =>
        new(_options.SiteId, null, view.Present, view.Capacity, view.Level, now) 
        {
            Drift = view.Drift, Peak = view.Peak, PeakAt = view.PeakAt, Method = _state.HasCalibrated ? CountMethod.Calibrated : CountMethod.Tracks,
        };

    private string StateKey => $"site/{_options.SiteId}";

    private void Save(DateTimeOffset now)
    {
        if (!_dirty || (!_isUrgent && (now - _savedAt).Duration() < _saveEvery)) return;
        _state.Level = _level;
        _state.Gates = [.. _gates.Select(one =>
        {
            var saved = one.Value.Save();
            (saved.Gateway, saved.Camera, saved.Line) = one.Key;
            return saved;
        })];
        _state.Heard = [.. _heardInOrder.Skip(_heardInOrder.Count - KeptIds)];
        var json = JsonSerializer.Serialize(_state, SiteStateJson.Default.SiteState);
        _store.Save(StateKey, json);
        (_savedAt, _dirty, _isUrgent) = (now, false, false);
        // A day's intervals of many gates, written every second, would wear a memory card out. Crossings that a kill then takes come back with their interval.
        _saveEvery = TimeSpan.FromSeconds(Math.Clamp(json.Length / BytesASecond, SaveEvery.TotalSeconds, MostSeconds));
    }

    private SiteState? Load()
    {
        if (_store.Load(StateKey) is not { } json) return null;
        try
        {
            return JsonSerializer.Deserialize(json, SiteStateJson.Default.SiteState) is { Gates: not null, Sets: not null } state && !state.Gates.Contains(null!) && !state.Sets.Contains(null!) ? state : null;
        }
        catch (JsonException)
        {
            return null; // Damaged state is no state: the number begins at zero, as after a reset.
        }
    }
}

/// <summary>A number that a person set, and the peak as it stood before.</summary>
internal sealed class OccupancySet
{
    public DateTimeOffset At { get; set; }

    public int Was { get; set; }

    public int To { get; set; }

    public int PeakBefore { get; set; }

    public DateTimeOffset PeakBeforeAt { get; set; }
}

/// <summary>A site as it is kept over restarts.</summary>
internal sealed class SiteState
{
    /// <summary>The number at the last correction.</summary>
    public int Base { get; set; }

    /// <summary>The last correction: what is older is in <see cref="Base"/>.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>The last reset hour that was kept.</summary>
    public DateTimeOffset LastReset { get; set; }

    /// <summary>Counted in between the last reset and the last correction.</summary>
    public long In { get; set; }

    public long Out { get; set; }

    public int Drift { get; set; }

    public int Peak { get; set; }

    public DateTimeOffset PeakAt { get; set; }

    /// <summary>Numbers that a person set in the last minutes.</summary>
    public List<OccupancySet> Sets { get; set; } = [];

    public OccupancyLevel Level { get; set; }

    /// <summary>Since the last reset a gate told an interval that a count by hand has corrected.</summary>
    public bool HasCalibrated { get; set; }

    public List<GateState> Gates { get; set; } = [];

    /// <summary>Ids of the events of other gateways that were taken last.</summary>
    public List<string>? Heard { get; set; }
}

[JsonSerializable(typeof(SiteState))]
internal sealed partial class SiteStateJson : JsonSerializerContext;
