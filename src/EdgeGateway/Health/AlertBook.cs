using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;

namespace EdgeGateway.Health;

/// <summary>
/// The alerts of the gateway and its cameras: raised, updated and cleared under one key. What is raised outlives a restart, so that an
/// alert of the last run is cleared when its reason is gone and is not raised twice when it is still there. Thread-safe.
/// </summary>
internal sealed partial class AlertBook(GatewayEvents events, EventOrigin site, Delivery delivery, TimeProvider time)
{
    private const string StateKey = "alerts";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (AlertData Alert, EventOrigin? Camera)> _raised = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ofLastRun = new(StringComparer.Ordinal);

    /// <summary>Takes over what the last run left raised. Once, after the delivery was started.</summary>
    public void TakeOver()
    {
        if (delivery.LoadState(StateKey) is not { } json) return;
        lock (_gate)
        {
            foreach (var kept in Read(json))
            {
                var alert = new AlertData(kept.Key, EventWords.Parse<AlertKind>(kept.Kind), AlertState.Raised, EventWords.Parse<AlertSeverity>(kept.Severity), new TwoLanguages(kept.Vi, kept.En), kept.Since);
                if (_raised.TryAdd(kept.Key, (alert, kept.Camera is { } id ? EventOrigin.Camera(id, kept.Place) : null))) _ofLastRun.Add(kept.Key);
            }
        }
    }

    /// <summary>Raises an alert, or updates it when its text differs.</summary>
    /// <param name="key">The same from raise to clear.</param>
    /// <param name="kind">What it is about.</param>
    /// <param name="severity">How urgent it is.</param>
    /// <param name="text">For people.</param>
    /// <param name="camera">The camera it is about; null for the site.</param>
    /// <param name="since">Since when; now when not given.</param>
    public void Raise(string key, AlertKind kind, AlertSeverity severity, TwoLanguages text, EventOrigin? camera = null, DateTimeOffset? since = null)
    {
        lock (_gate)
        {
            if (Enter(key, kind, severity, text, camera, since) is not { } raised) return;
            delivery.Offer(raised);
            Save();
        }
    }

    /// <summary>The same; the task ends when the alert is on the disk, at once when there was nothing to tell.</summary>
    /// <exception cref="EventShedException">Through the task: the alert was given up before it was written.</exception>
    public Task RaiseToDiskAsync(string key, AlertKind kind, AlertSeverity severity, TwoLanguages text, EventOrigin? camera = null, DateTimeOffset? since = null)
    {
        lock (_gate)
        {
            if (Enter(key, kind, severity, text, camera, since) is not { } raised) return Task.CompletedTask;
            var written = delivery.Queue.AppendAsync(raised);
            Save();
            return written;
        }
    }

    /// <summary>Clears an alert; nothing happens when it is not raised.</summary>
    public void Clear(string key)
    {
        lock (_gate)
        {
            _ofLastRun.Remove(key);
            if (!_raised.Remove(key, out var known)) return;
            var over = new TwoLanguages($"Đã hết. Trước đó: {known.Alert.Text.Vi}", $"Over. It was: {known.Alert.Text.En}");
            delivery.Offer(events.Create(known.Camera ?? site, time.GetUtcNow(), known.Alert with { State = AlertState.Cleared, Text = over, Camera = null, Place = null }));
            Save();
        }
    }

    /// <summary>Clears those of the last run that nobody raised again and for which <paramref name="isGone"/> holds.</summary>
    public void ClearOfLastRun(Predicate<string> isGone)
    {
        string[] gone;
        lock (_gate) gone = [.. _ofLastRun.Where(key => isGone(key))];
        foreach (var key in gone) Clear(key);
    }

    private static List<Kept> Read(string json)
    {
        try { return JsonSerializer.Deserialize(json, KeptJson.Default.ListKept) ?? []; }
        catch (JsonException) { return []; }
    }

    // Keeps the alert in the book; null when the book says so already.
    private GatewayEvent? Enter(string key, AlertKind kind, AlertSeverity severity, TwoLanguages text, EventOrigin? camera, DateTimeOffset? since)
    {
        _ofLastRun.Remove(key);
        var now = time.GetUtcNow();
        var isKnown = _raised.TryGetValue(key, out var known);
        if (isKnown && known.Alert.Text == text) return null;
        var alert = new AlertData(key, kind, isKnown ? AlertState.Updated : AlertState.Raised, severity, text, isKnown ? known.Alert.Since : since ?? now);
        _raised[key] = (alert, camera);
        return events.Create(camera ?? site, now, alert);
    }

    private void Save()
    {
        var kept = _raised.Values.Select(one => new Kept(
            one.Alert.Key, EventWords.Of(one.Alert.Kind), EventWords.Of(one.Alert.Severity), one.Alert.Text.Vi, one.Alert.Text.En, one.Alert.Since, one.Camera?.Id, one.Camera?.Place)).ToList();
        delivery.SaveState(StateKey, JsonSerializer.Serialize(kept, KeptJson.Default.ListKept));
    }

    internal sealed record Kept(string Key, string Kind, string Severity, string Vi, string En, DateTimeOffset Since, string? Camera, Place? Place = null);

    [JsonSerializable(typeof(List<Kept>))]
    private sealed partial class KeptJson : JsonSerializerContext;
}
