using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Sync.Outbox;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Events;

/// <summary>
/// The alerts of a gateway, its cameras and its delivery: raised, updated and cleared under one key. What is raised outlives a restart, so that an
/// alert of the last run is cleared when its reason is gone and is not raised twice when it is still there. Thread-safe.
/// </summary>
public sealed partial class AlertBook
{
    /// <summary>For how long what was over at once is told of: long enough for whoever looks once a day.</summary>
    public static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private const string StateKey = "alerts";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _raised = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ofLastRun = new(StringComparer.Ordinal);
    private readonly GatewayEvents _events;
    private readonly EventOrigin _site;
    private readonly DeliveryQueue _queue;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // Of a version that knows more kinds: kept for it as they are, or nobody would ever clear them.
    private readonly List<Kept> _unknown = [];
    private bool _tookOver;
    private int _version;

    /// <param name="events">Makes the events.</param>
    /// <param name="site">Where alerts without a camera are published.</param>
    /// <param name="queue">Takes the events, and the book with the next commit.</param>
    /// <param name="time">The clock of the alerts.</param>
    /// <param name="logger">For alerts of another version.</param>
    public AlertBook(GatewayEvents events, EventOrigin site, DeliveryQueue queue, TimeProvider time, ILogger? logger = null) =>
        (_events, _site, _queue, _time, _logger) = (events, site, queue, time, logger ?? NullLogger.Instance);

    /// <summary>Goes up with every alert that comes, changes or goes.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>What is raised now, in the order of the keys.</summary>
    public IReadOnlyList<AlertData> Raised { get { lock (_gate) return [.. _raised.Values.Select(one => one.Alert).OrderBy(one => one.Key, StringComparer.Ordinal)]; } }

    /// <summary>Takes over what the last run left raised; the first call alone does something. Nothing is kept before it: it would be written over.</summary>
    /// <param name="load">Reads a kept state; may wait for the store.</param>
    public void TakeOver(Func<string, string?> load)
    {
        ArgumentNullException.ThrowIfNull(load);
        // Asked outside of the lock: while the store opens, it may have an alert to raise.
        var json = load(StateKey);
        lock (_gate)
        {
            if (_tookOver) return;
            _tookOver = true;
            foreach (var kept in Read(json))
            {
                if (EventWords.Find<AlertKind>(kept.Kind) is not { } kind || EventWords.Find<AlertSeverity>(kept.Severity) is not { } severity)
                {
                    _unknown.Add(kept);
                    continue;
                }

                var alert = new AlertData(kept.Key, kind, AlertState.Raised, severity, new TwoLanguages(kept.Vi, kept.En), kept.Since);
                if (_raised.TryAdd(kept.Key, new Entry(alert, kept.Camera is { } id ? EventOrigin.Camera(id, kept.Place) : null, 0))) _ofLastRun.Add(kept.Key);
            }

            if (_raised.Count > 0) Save();
            if (_unknown.Count > 0) _logger.UnknownAlertsKept(string.Join(", ", _unknown.Select(kept => kept.Key)));
        }
    }

    /// <summary>Raises an alert, or updates it when its text differs.</summary>
    /// <param name="key">The same from raise to clear.</param>
    /// <param name="kind">What it is about.</param>
    /// <param name="severity">How urgent it is.</param>
    /// <param name="text">For people.</param>
    /// <param name="camera">The camera it is about; null for the site.</param>
    /// <param name="since">Since when; now when not given.</param>
    /// <param name="updateEvery">For texts that carry numbers: updates are told this far apart at least.</param>
    /// <param name="standsFor">For what is over as soon as it is told: it is cleared so long after the last time. Null: whoever raised it clears it.</param>
    public void Raise(
        string key, AlertKind kind, AlertSeverity severity, TwoLanguages text, EventOrigin? camera = null, DateTimeOffset? since = null, TimeSpan updateEvery = default, TimeSpan? standsFor = null)
    {
        lock (_gate)
        {
            var raised = Enter(key, kind, severity, text, camera, since, updateEvery);
            _raised[key] = _raised[key] with { StandsFor = standsFor, Met = _time.GetTimestamp() };
            if (raised is not null) Tell(raised);
        }
    }

    /// <summary>The same; the task ends when the alert is on the disk, at once when there was nothing to tell.</summary>
    /// <exception cref="EventShedException">Through the task: the alert was given up before it was written.</exception>
    public Task RaiseToDiskAsync(string key, AlertKind kind, AlertSeverity severity, TwoLanguages text, EventOrigin? camera = null, DateTimeOffset? since = null, ListedVehicle? vehicle = null)
    {
        lock (_gate)
        {
            if (Enter(key, kind, severity, text, camera, since, default, vehicle) is not { } raised) return Task.CompletedTask;
            _version++;
            return _tookOver ? _queue.AppendTogetherAsync(raised, StateKey, Text()) : _queue.AppendAsync(raised);
        }
    }

    /// <summary>Clears an alert; nothing happens when it is not raised.</summary>
    /// <param name="key">As it was raised.</param>
    /// <param name="text">How it ended; null: that it is over, and what it was.</param>
    public void Clear(string key, TwoLanguages? text = null)
    {
        lock (_gate)
        {
            _ofLastRun.Remove(key);
            if (!_raised.Remove(key, out var known)) return;
            var over = text ?? new TwoLanguages($"Đã hết. Trước đó: {known.Alert.Text.Vi}", $"Over. It was: {known.Alert.Text.En}");
            Tell(_events.Create(known.Camera ?? _site, _time.GetUtcNow(), known.Alert with { State = AlertState.Cleared, Text = over, Camera = null, Place = null }));
        }
    }

    /// <summary>Clears those whose time is over; looked at once a second.</summary>
    public void ClearPassed()
    {
        while (true)
        {
            string? passed = null;
            lock (_gate)
            {
                foreach (var (key, one) in _raised)
                {
                    if (one.StandsFor is { } standsFor && _time.GetElapsedTime(one.Met) >= standsFor) passed = key;
                }

                if (passed is null) return;
                Clear(passed);
            }
        }
    }

    /// <summary>What the last run raised holds still: nothing is told anew. False where it is not raised.</summary>
    public bool StandsOn(string key, TimeSpan standsFor)
    {
        lock (_gate)
        {
            if (!_raised.TryGetValue(key, out var known)) return false;
            if (_ofLastRun.Remove(key)) _raised[key] = known with { StandsFor = standsFor, Met = _time.GetTimestamp() };
            return true;
        }
    }

    /// <summary>Clears those of the last run that nobody raised again and for which <paramref name="isGone"/> holds.</summary>
    public void ClearOfLastRun(Predicate<string> isGone)
    {
        string[] gone;
        lock (_gate) gone = [.. _ofLastRun.Where(key => isGone(key))];
        foreach (var key in gone) Clear(key);
    }

    private static List<Kept> Read(string? json)
    {
        try { return json is null ? [] : JsonSerializer.Deserialize(json, KeptJson.Default.ListKept) ?? []; }
        catch (JsonException) { return []; }
    }

    // Keeps the alert in the book; null when there is nothing to tell.
    private GatewayEvent? Enter(string key, AlertKind kind, AlertSeverity severity, TwoLanguages text, EventOrigin? camera, DateTimeOffset? since, TimeSpan updateEvery, ListedVehicle? vehicle = null)
    {
        _ofLastRun.Remove(key);
        var now = _time.GetUtcNow();
        if (!_raised.TryGetValue(key, out var known))
        {
            // A frame's time may lie some milliseconds ahead while its stream's clock settles; nothing is told before it is so.
            var raised = new AlertData(key, kind, AlertState.Raised, severity, text, since < now ? since.Value : now) { Vehicle = vehicle };
            _raised[key] = new Entry(raised, camera, _time.GetTimestamp());
            return _events.Create(camera ?? _site, now, raised);
        }

        if (known.Alert.Text == text) return null;
        var updated = new AlertData(key, kind, AlertState.Updated, severity, text, known.Alert.Since) { Vehicle = vehicle };
        if (_time.GetElapsedTime(known.Told) < updateEvery)
        {
            _raised[key] = known with { Alert = updated };
            return null;
        }

        _raised[key] = new Entry(updated, camera, _time.GetTimestamp());
        return _events.Create(camera ?? _site, now, updated);
    }

    /// <summary>The event and the book that knows of it: one transaction, so that no kill leaves an alert that nobody clears.</summary>
    private void Tell(GatewayEvent item)
    {
        _version++;
        // What the last run kept is not known before it was taken over, and must not be written over.
        if (_tookOver) _queue.OfferTogether([item], StateKey, Text());
        else _queue.Offer(item);
    }

    private void Save()
    {
        _version++;
        if (_tookOver) _queue.Save(StateKey, Text());
    }

    private string Text()
    {
        var kept = _raised.Values.Select(one => new Kept(
            one.Alert.Key, EventWords.Of(one.Alert.Kind), EventWords.Of(one.Alert.Severity), one.Alert.Text.Vi, one.Alert.Text.En, one.Alert.Since, one.Camera?.Id, one.Camera?.Place)).Concat(_unknown).ToList();
        return JsonSerializer.Serialize(kept, KeptJson.Default.ListKept);
    }

    private sealed record Entry(AlertData Alert, EventOrigin? Camera, long Told)
    {
        public TimeSpan? StandsFor { get; init; }

        /// <summary>When it was last raised, with news or without.</summary>
        public long Met { get; init; }
    }

    internal sealed record Kept(string Key, string Kind, string Severity, string Vi, string En, DateTimeOffset Since, string? Camera, Place? Place = null);

    [JsonSerializable(typeof(List<Kept>))]
    private sealed partial class KeptJson : JsonSerializerContext;
}
