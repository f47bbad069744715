using System.Security.Cryptography;
using System.Text;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Sites;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Cameras;

/// <summary>
/// Turns what a camera observed into events: the seam between Vision, which knows no network, and Sync, which knows no pixels.
/// Says of passing vehicles only what the camera's <c>passages</c> setting allows.
/// </summary>
/// <param name="events">Stamps and writes the events.</param>
/// <param name="camera">Where they come from.</param>
/// <param name="plateKey">Key of the hash that stands in place of a plate's text.</param>
/// <param name="pictures">Keeps the pictures of passages, or null when none are wanted.</param>
/// <param name="offer">Takes an event; never waits.</param>
internal sealed class CameraEvents(GatewayEvents events, CameraModel camera, byte[] plateKey, PictureFolder? pictures, Action<GatewayEvent> offer)
{
    private readonly EventOrigin _origin = OriginOf(camera);
    // A passage may come some seconds after the last of its tracks has ended, and ask for the crossing of an earlier one.
    private const int EndedTracksKept = 256;
    private readonly Dictionary<TrackId, LineCrossed> _lastCrossing = [];
    private readonly Queue<TrackId> _endedTracks = new(EndedTracksKept);
    private readonly Dictionary<string, OccupancyLevel> _levels = new(StringComparer.Ordinal);
    private readonly HourlyDwell _dwell = new();

    /// <summary>Where the camera's events come from.</summary>
    public EventOrigin Origin => _origin;

    /// <summary>A camera as the origin of events.</summary>
    internal static EventOrigin OriginOf(CameraModel camera) => EventOrigin.Camera(camera.Id, PlaceOf(camera));

    /// <summary>From which share of a zone's capacity on it is full, and how far below a level must be left; the site's.</summary>
    public (double FullAt, double Hysteresis) Shares { get; init; } = (0.95, 0.03);

    /// <summary>Remembers what is raised over a kill of the gateway; null in a replay, whose alerts are events like the others.</summary>
    public AlertBook? Alerts { get; init; }

    /// <summary>Publishes crossings even where the camera does not ask for them, as <c>replay</c> does.</summary>
    public bool AlwaysCrossings { get; init; }

    /// <summary>Publishes one observation.</summary>
    public void Publish(Observation observation)
    {
        switch (observation)
        {
            case LineCrossed crossing:
                _lastCrossing[crossing.Track] = crossing;
                if ((AlwaysCrossings || camera.PublishesCrossings) && IsTold(crossing)) offer(events.Create(_origin, crossing.At.Utc, DataOf(crossing)));
                break;
            case ZoneCounted zone:
                var stays = _dwell.Of(zone);
                foreach (var counter in camera.Counters)
                {
                    if (counter.Zone == zone.Zone && counter.Classes.Contains(zone.Class)) offer(events.Create(_origin, zone.At.Utc, DataOf(zone, counter, stays)));
                }

                break;
            case OrderAlert alert:
                Tell(alert);
                break;
            case PassageRead passage when camera.Plates.Passages != PassageDetail.None:
                offer(events.Create(_origin, passage.At.Utc, DataOf(passage)));
                break;
        }
    }

    /// <summary>Publishes a finished or revised interval of a counter.</summary>
    public void Publish(CountData count, DateTimeOffset time) => offer(events.Create(_origin, time, count));

    /// <summary>The camera's retained state.</summary>
    public GatewayEvent State(CameraStateData state, DateTimeOffset time) => events.CameraState(_origin, time, state with { Name = camera.Name });

    /// <summary>A track has ended.</summary>
    public void Forget(TrackId gone)
    {
        if (!_lastCrossing.ContainsKey(gone)) return;
        if (_endedTracks.Count == EndedTracksKept) _lastCrossing.Remove(_endedTracks.Dequeue());
        _endedTracks.Enqueue(gone);
    }

    private static Sync.Events.Place? PlaceOf(CameraModel camera) =>
        camera.Place is { } place ? new Sync.Events.Place(place.Text ?? camera.Name, place.Lat, place.Lon) : null;

    // A line at which somebody counts tells of what is counted there: a detector also takes walkers for something else. Others tell all.
    private bool IsTold(LineCrossed crossing)
    {
        var counts = false;
        foreach (var counter in camera.Counters)
        {
            if (counter.Line != crossing.Line) continue;
            if (counter.Classes.Contains(crossing.Class)) return true;
            counts = true;
        }

        return !counts;
    }

    /// <summary>A crossing as its event tells it.</summary>
    internal static CrossingData DataOf(LineCrossed crossing) => new(
        crossing.Track.Value, KindOf(crossing.Class), crossing.Line, DirectionOf(crossing.Direction), crossing.At.Utc, crossing.EntryLine, crossing.Dwell)
    {
        TakesBack = crossing.TakesBack?.Utc,
    };

    private void Tell(OrderAlert alert)
    {
        var (key, kind, words, since) = ($"{alert.Rule}-{camera.Id}-{alert.RuleId}", EventWords.Parse<AlertKind>(alert.Rule), new TwoLanguages(alert.Reason.Vi, alert.Reason.En), alert.At.Utc - alert.After);
        if (Alerts is null) offer(events.Create(_origin, alert.At.Utc, new AlertData(key, kind, alert.Raised ? AlertState.Raised : AlertState.Cleared, AlertSeverity.Warning, words, since)));
        else if (alert.Raised) Alerts.Raise(key, kind, AlertSeverity.Warning, words, _origin, since);
        else Alerts.Clear(key, words);
    }

    private OccupancyData DataOf(ZoneCounted zone, CounterConfig counter, (int Visits, TimeSpan? Mean) stays)
    {
        var level = _levels[counter.Id] = LevelsOf(counter, Shares).Of(zone.Present, _levels.GetValueOrDefault(counter.Id));
        return new(counter.Id, zone.Zone, zone.Present, counter.Capacity, level, zone.At.Utc) { Method = CountMethod.Tracks, Visits = stays.Visits, MeanDwell = stays.Mean };
    }

    /// <summary>The levels of a counter with a capacity of its own.</summary>
    internal static CapacityLevels LevelsOf(CounterConfig counter, (double FullAt, double Hysteresis) shares) =>
        new(counter.Capacity, Math.Min(counter.WarnAt, shares.FullAt), shares.FullAt, shares.Hysteresis);

    private PassageData DataOf(PassageRead passage)
    {
        var crossing = passage.Earlier.Append(passage.Track).Select(track => _lastCrossing.GetValueOrDefault(track)).LastOrDefault(one => one is not null);
        var kept = pictures is null ? [] : pictures.Keep(camera.Id, passage);
        return new PassageData(
            passage.Track.Value, KindOf(passage.Class), passage.Plate is { } plate ? DataAllowed(plate) : null,
            crossing?.Line, crossing is null ? null : DirectionOf(crossing.Direction), passage.From.Utc, passage.To.Utc, kept);
    }

    private PlateData DataAllowed(PlateReading plate)
    {
        var data = DataOf(plate);
        return camera.Plates.Passages == PassageDetail.Hash ? data with { Text = null, Display = null, Hash = HashOf(plate.Text), Alternatives = null } : data;
    }

    /// <summary>A plate with its text.</summary>
    internal static PlateData DataOf(PlateReading plate) => new(
        plate.Text,
        plate.Display,
        Hash: null,
        plate.Confidence,
        EventWords.Parse<Sync.Events.PlateKind>(plate.Kind.Name()),
        EventWords.Parse<Sync.Events.PlateColour>(plate.Colour.Name()),
        plate.Lines,
        [.. plate.CharConfidences.Select(confidence => (double)confidence)],
        [.. plate.Alternatives.Select(DataOf)]);

    /// <summary>A plate's kind where it is sure; unknown where the same text stands for another kind too.</summary>
    internal static Sync.Events.PlateKind SureKindOf(PlateReading plate) =>
        plate.OtherKind is null ? EventWords.Parse<Sync.Events.PlateKind>(plate.Kind.Name()) : Sync.Events.PlateKind.Unknown;

    private static Sync.Events.PlateAlternative DataOf(Vision.Plates.PlateAlternative alternative) => new(alternative.Text, alternative.Probability);

    private string HashOf(string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(plateKey, Encoding.UTF8.GetBytes(text)));

    /// <summary>The event's word for a class.</summary>
    internal static ObjectKind KindOf(ObjectClass value) => value == ObjectClass.Other ? ObjectKind.Other : (ObjectKind)(int)value;

    private static Sync.Events.CrossingDirection DirectionOf(Vision.Analytics.CrossingDirection value) =>
        value == Vision.Analytics.CrossingDirection.In ? Sync.Events.CrossingDirection.In : Sync.Events.CrossingDirection.Out;
}
