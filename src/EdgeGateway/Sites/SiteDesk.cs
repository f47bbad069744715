using EdgeGateway.Cameras;
using EdgeGateway.Commands;
using EdgeGateway.Configuration;
using EdgeGateway.Health;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Sites;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Plates;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sites;

/// <summary>
/// What a site makes of its cameras' counts: the archive that reports read, and the number of people present with its level and alert.
/// Cameras' counters tell it what they took up, once a second; <see cref="Advance"/> then publishes what has changed.
/// <para>Counters with <c>occupancy: true</c> that count people over a line are the site's gates. One that has a capacity of its own, or counts
/// something else, is a room beside it (a hall, a car park): its number is published as the camera's <c>occupancy</c> event. Where a site without
/// a capacity has a single gate, that gate's capacity is the site's.</para>
/// Thread-safe. Whoever calls may hold the outbox's scope: nothing here waits for it.
/// </summary>
internal sealed class SiteDesk : IAsyncDisposable
{
    /// <summary>Cameras of other gateways whose names are kept; more than the largest site has, less than a disk feels.</summary>
    private const int MostNames = 4096;

    private readonly Lock _gate = new();
    private readonly GatewayModel _model;
    private readonly GatewayEvents _events;
    private readonly Delivery _delivery;
    private readonly AlertBook _alerts;
    private readonly TimeProvider _time;
    private readonly EventOrigin _origin;
    private readonly DeliveryStateStore _store;
    private readonly string? _homeCode;
    private readonly SortedDictionary<string, CameraModel> _cameras = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Camera, string Counter), Room> _rooms = [];
    private readonly HashSet<(string Camera, string Line)> _gates = [];
    private readonly HashSet<GateKey> _listedGates = [];
    private readonly Dictionary<(string Gateway, string Camera), string> _names = [];
    private readonly Dictionary<(string Camera, string Counter), ZoneLevel> _zoneLevels = [];
    private readonly WatchedGates _watched;
    private (SiteCounter Sum, SiteOptions Options)? _site;
    private CounterConfig? _lone;
    private bool _running;
    private bool _hasTakenInterval;

    /// <param name="model">The checked configuration.</param>
    /// <param name="events">Stamps what is published.</param>
    /// <param name="delivery">Takes it, and keeps the sums over restarts.</param>
    /// <param name="alerts">Capacity alerts, and trouble with the archive.</param>
    /// <param name="logger">For changes of state.</param>
    /// <param name="time">The clock.</param>
    /// <param name="guard">Told of a damaged archive.</param>
    public SiteDesk(GatewayModel model, GatewayEvents events, Delivery delivery, AlertBook alerts, ILogger logger, TimeProvider time, StoreGuard guard)
    {
        (_model, _events, _delivery, _alerts, _time) = (model, events, delivery, alerts, time);
        _origin = EventOrigin.Site(model.Site.Id);
        _store = new DeliveryStateStore(delivery);
        _watched = new WatchedGates(model.Id, [.. model.Site.Aggregate.Where(id => id != model.Id)], time);
        _homeCode = model.Site.HomePlateCode is null ? null : VisitorFiles.HomeCode(model.Site);
        Archive = new ArchiveWriter(Path.Combine(model.Storage.Folder, CountArchive.FileName), model.TimeZone, model.Id, model.Site.Id, time, logger, guard);
    }

    /// <summary>Every published interval, and what reports need beside.</summary>
    public ArchiveWriter Archive { get; }

    /// <summary>What dashboards show; null where nobody asks.</summary>
    public Figures.SiteFigures? Figures { get; init; }

    /// <summary>The cameras that are configured, running or not.</summary>
    public IReadOnlyList<CameraModel> Cameras
    {
        get { lock (_gate) return [.. _cameras.Values]; }
    }

    /// <summary>The site's number of people present goes on from the last run. Once, after the delivery was started and cameras have joined.</summary>
    /// <param name="allRead">False when a camera file could not be read: then what is not known here is not gone.</param>
    public void Start(bool allRead)
    {
        lock (_gate)
        {
            _running = true;
            Fit();
            if (_site is null && allRead) Withdraw();
        }

        Advance(_time.GetUtcNow()); // alerts of the last run that still hold are not cleared and raised again
    }

    /// <summary>A camera is configured, or configured anew.</summary>
    public void Join(CameraModel camera)
    {
        lock (_gate)
        {
            _cameras[camera.Id] = camera;
            _site?.Sum.ForgetZones(_model.Id, camera.Id);
            if (_running) Fit();
        }
    }

    /// <summary>A camera shows its place, or does not.</summary>
    public void Watch(string camera, bool watches)
    {
        lock (_gate) _watched.Saw(_model.Id, camera, watches);
    }

    /// <summary>A camera is no longer configured. What its gates counted until now stays in the number.</summary>
    public void Leave(string camera)
    {
        lock (_gate)
        {
            if (!_cameras.Remove(camera)) return;
            Figures?.Forget(camera);
            _site?.Sum.ForgetZones(_model.Id, camera);
            if (_running) Fit();
            if (_site is null) Withdraw();
        }
    }

    /// <summary>A camera has not looked for a while: how many are in its zones is not known any more. It is told again by the first frame that comes.</summary>
    public void Lose(string camera)
    {
        lock (_gate)
        {
            _site?.Sum.ForgetZones(_model.Id, camera);
            foreach (var key in _zoneLevels.Keys.Where(key => key.Camera == camera).ToList())
            {
                _zoneLevels.Remove(key);
                _alerts.Clear(ZoneKey(key.Camera, key.Counter));
            }
        }
    }

    /// <summary>A line was crossed.</summary>
    /// <param name="camera">By which camera it was seen.</param>
    /// <param name="crossing">The crossing.</param>
    /// <param name="turn">Whether the track came back by it, or had not come at all.</param>
    /// <param name="isCounted">False where no counter of the camera counts this class: reports then tell no ways of it either.</param>
    public void Cross(string camera, LineCrossed crossing, TurnBack turn = default, bool isCounted = true)
    {
        var data = CameraEvents.DataOf(crossing);
        if (isCounted)
        {
            if (turn.TakenBack is { } none) Archive.TakeBackFlow(_model.Id, camera, FlowOf(CameraEvents.DataOf(none), turn.TakenBackAfter));
            Archive.AddFlow(_model.Id, camera, FlowOf(data, turn.After));
        }

        var inwards = data.Direction == Sync.Events.CrossingDirection.In;
        Figures?.Crossed(camera, crossing.Line, data.Kind, inwards);
        var key = new GateKey(_model.Id, camera, crossing.Line);
        lock (_gate)
        {
            if (_site is { } site && _gates.Contains((camera, crossing.Line))) Tell(site.Sum, data.Kind);
            foreach (var room in _rooms.Values)
            {
                if (room.Camera.Id == camera && room.Counter.Line == crossing.Line && room.Counter.Classes.Contains(crossing.Class)) Tell(room.Sum, room.Kind);
            }
        }

        void Tell(SiteCounter sum, ObjectKind kind)
        {
            if (crossing.TakesBack is { } taken) sum.TakeBack(key, kind, !inwards, taken.Utc);
            else sum.Cross(key, kind, inwards, crossing.At.Utc);
        }
    }

    /// <summary>A counter has published an interval.</summary>
    public void Count(string camera, CountData count)
    {
        Archive.Add(ArchivedCount.Of(_model.Id, _model.Site.Id, camera, count));
        Figures?.Counted(camera, count);
        var key = new GateKey(_model.Id, camera, count.Line);
        lock (_gate)
        {
            if (_site is { } site && _cameras.TryGetValue(camera, out var model) && model.Counters.FirstOrDefault(one => one.Id == count.Counter) is { } counter && IsGate(counter))
                site.Sum.Count(key, count);
            // The intervals of a room of several classes come one by one and none is the whole: its crossings tell all.
            if (_rooms.TryGetValue((camera, count.Counter), out var room) && room.Counter.Classes.Count == 1) room.Sum.Count(key, count);
        }
    }

    /// <summary>A zone has another number of objects in it.</summary>
    public void Zone(string camera, ZoneCounted zone)
    {
        lock (_gate)
        {
            if (!_cameras.TryGetValue(camera, out var model)) return;
            foreach (var counter in model.Counters)
            {
                if (counter.Zone != zone.Zone || !counter.Classes.Contains(zone.Class)) continue;
                if (counter.Capacity is not null && !ReferenceEquals(counter, _lone)) ZoneAlert(model, counter, zone);
                if (IsCounted(counter) && zone.Class == ObjectClass.Person && _site is { } site) site.Sum.Zone(_model.Id, camera, zone.Zone, zone.Present, zone.At.Utc, isInOrder: true);
            }
        }
    }

    /// <summary>What was seen of a zone in a part of an hour, for reports.</summary>
    public void ZoneSum(string camera, ZoneStretch stretch) => Archive.AddZone(_model.Id, camera, stretch);

    /// <summary>A vehicle has passed: its plate tells roughly whether it is of the own province, where the site asks for that.</summary>
    public void Pass(string camera, PassageRead passage)
    {
        if (_homeCode is not null) Archive.AddOrigin(_model.Id, camera, passage.At.Utc, PlateOriginOf.Plate(passage.Plate?.Text, _homeCode));
    }

    /// <summary>An event of another gateway of the site.</summary>
    public void Take(CameraEvent heard)
    {
        lock (_gate)
        {
            if (heard.Data is CameraStateData state)
            {
                TakeName(heard, state.Name);
                _watched.Saw(heard.Gateway, heard.Camera, state.State == CameraCondition.Streaming);
                return;
            }

            if (_site is not { } site) return;
            var listed = _model.Site.AggregateCounters;
            if (listed.Count > 0)
            {
                // Only intervals name their counter: a line is a gate of the sum once a listed counter has told of it.
                if (heard.Data is CountData { Line: not null } count)
                {
                    if (!listed.Contains(count.Counter, StringComparer.Ordinal))
                    {
                        // People of a counter that is not listed, such as a hall's door behind a gate, have been counted there: not in the sum, not in reports.
                        if (count.Kind != ObjectKind.Person) Archive.Add(ArchivedCount.Of(heard.Gateway, _model.Site.Id, heard.Camera, count));
                        return;
                    }

                    _listedGates.Add(new GateKey(heard.Gateway, heard.Camera, count.Line));
                }
                else if (heard.Data is CrossingData crossing && !_listedGates.Contains(new GateKey(heard.Gateway, heard.Camera, crossing.Line)))
                {
                    return;
                }
            }

            if (heard.Data is CountData { Kind: ObjectKind.Person, Line: { } counted }) _watched.Heard(new GateKey(heard.Gateway, heard.Camera, counted));
            else if (heard.Data is CrossingData { Kind: ObjectKind.Person, Line: { } crossed }) _watched.Heard(new GateKey(heard.Gateway, heard.Camera, crossed));
            _hasTakenInterval |= heard.Data is CountData;
            SiteEventReader.Take(heard, site.Sum, Archive, _model.Site.Id);
        }
    }

    /// <summary>Ends when archive and site have on the disk what was taken; a disk that takes nothing holds nobody up.</summary>
    public async Task KeepAsync()
    {
        bool hasTaken;
        lock (_gate)
        {
            (hasTaken, _hasTakenInterval) = (_hasTakenInterval, false);
            if (hasTaken) _site?.Sum.Keep(_time.GetUtcNow());
        }

        if (hasTaken && _delivery.IsReady) await PatientlyAsync(_delivery.FlushAsync);
        if (Archive.Problem is null) await PatientlyAsync(Archive.FlushAsync);
    }

    private async Task PatientlyAsync(Func<CancellationToken, Task> flush)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), _time);
        try { await flush(patience.Token); }
        catch (OperationCanceledException) { /* it is kept in memory, and an alert says why */ }
    }

    // A state comes every few seconds, a new name once in years: the archive hears of changes.
    private void TakeName(CameraEvent of, string? name)
    {
        var camera = (of.Gateway, of.Camera);
        if (!CountArchive.IsName(name) || _names.GetValueOrDefault(camera) == name || (_names.Count >= MostNames && !_names.ContainsKey(camera))) return;
        _names[camera] = name;
        Archive.AddName(of.Gateway, of.Camera, name);
    }

    /// <summary>A person says how many are present, after a count by hand.</summary>
    /// <returns>The number before; null when no counter of this name sums over a line.</returns>
    public int? Set(string camera, string counter, int present, string officer)
    {
        int before;
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            if (!_cameras.TryGetValue(camera, out var model) || model.Counters.FirstOrDefault(one => one.Id == counter) is not { Occupancy: true, Line: not null } config) return null;
            var reason = $"set_occupancy {camera}/{counter}: {present}";
            if (_rooms.TryGetValue((camera, counter), out var room))
            {
                before = room.Sum.Look(now).Present;
                room.Sum.Set(present, officer, reason, now);
                if (IsGate(config) && _site is { } around) around.Sum.Set(Math.Max(0, around.Sum.Look(now).Present + present - before), officer, reason, now);
            }
            else if (_site is { } site)
            {
                before = site.Sum.Look(now).Present;
                site.Sum.Set(present, officer, reason, now);
            }
            else
            {
                return null;
            }
        }

        Advance(now);
        return before;
    }

    /// <summary>Time has come to <paramref name="now"/>: publishes what has changed. Once a second, after the cameras.</summary>
    public void Advance(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_site is { } site && site.Sum.Advance(now, _watched.Share(_gates)) is { } update) Publish(site.Sum, update, now);
            foreach (var room in _rooms.Values)
            {
                if (room.Sum.Advance(now, _watched.Watches(room.Camera.Id) ? 1 : 0) is not { } change) continue;
                var told = change.Occupancy with { Counter = room.Counter.Id };
                _delivery.Offer(_events.Create(room.Origin, now, told));
                Figures?.Occupied(room.Camera.Id, told);
                Alert(room.Sum.AlertKey, change.Alert, room.Origin);
            }
        }

        if (Archive.Problem is { } problem)
        {
            _alerts.Raise("archive", AlertKind.Database, AlertSeverity.Warning, new TwoLanguages(
                $"Không ghi được kho số đếm, báo cáo sẽ thiếu: {problem.Vi}.", $"Counts cannot be archived and reports will lack them: {problem.En}"));
        }
        else
        {
            _alerts.Clear("archive");
        }
    }

    /// <summary>Keeps the sums for the next start, after the cameras have ended.</summary>
    public void Stop(DateTimeOffset now)
    {
        Advance(now);
        lock (_gate)
        {
            _running = false;
            _site?.Sum.Stop(now);
            foreach (var room in _rooms.Values) room.Sum.Stop(now);
        }
    }

    public ValueTask DisposeAsync() => Archive.DisposeAsync();

    // Back over the line by which it came: reports tell turn-backs as a flow from a line to itself.
    private static CrossingData FlowOf(CrossingData crossing, TimeSpan? turnedBackAfter) =>
        turnedBackAfter is { } after ? crossing with { EntryLine = crossing.Line, Dwell = after } : crossing;

    private static bool IsCounted(CounterConfig counter) => counter.Occupancy && counter.Classes.Contains(ObjectClass.Person);

    private static bool IsGate(CounterConfig counter) => counter.Line is not null && IsCounted(counter);

    private string ToldKey => $"site-told/{_model.Site.Id}";

    /// <summary>Makes site and rooms what the cameras' counters ask for. What is still asked for goes on with its number.</summary>
    private void Fit()
    {
        var now = _time.GetUtcNow();
        var counters = _cameras.Values.SelectMany(camera => camera.Counters.Where(counter => counter.Occupancy).Select(counter => (Camera: camera, Counter: counter))).ToList();
        var people = counters.Where(one => IsCounted(one.Counter)).ToList();
        var site = _model.Site;
        var lone = _lone = site.Capacity is null && site.Aggregate.Count == 0 && people is [var only] ? only.Counter : null;
        FitZoneLevels();
        _gates.Clear();
        foreach (var (camera, counter) in people)
        {
            if (counter.Line is not null) _gates.Add((camera.Id, counter.Line));
        }

        if (people.Count == 0 && site.Aggregate.Count == 0) EndSite(now);
        else
        {
            var options = new SiteOptions(site.Id, site.Name)
            {
                Capacity = site.Capacity ?? lone?.Capacity, WarnAt = lone?.Capacity is null ? site.WarnAt : Math.Min(lone.WarnAt, site.FullAt),
                FullAt = site.FullAt, Hysteresis = site.Hysteresis, ResetHour = site.ResetHour, Zone = _model.TimeZone,
            };
            if (_site?.Options != options)
            {
                EndSite(now);
                _site = (new SiteCounter(options, _store, now), options);
            }
        }

        var rooms = counters.Where(one => one.Counter.Line is not null && !ReferenceEquals(one.Counter, lone) && (one.Counter.Capacity is not null || !IsCounted(one.Counter)))
            .ToDictionary(one => (one.Camera.Id, one.Counter.Id));
        foreach (var (key, room) in _rooms.ToList())
        {
            if (rooms.TryGetValue(key, out var same) && same.Counter == room.Counter && same.Camera.Name == room.Camera.Name) continue;
            room.Sum.Stop(now);
            _rooms.Remove(key);
            if (!rooms.ContainsKey(key)) _alerts.Clear(room.Sum.AlertKey);
        }

        foreach (var (key, (camera, counter)) in rooms)
        {
            if (!_rooms.ContainsKey(key)) _rooms[key] = RoomOf(camera, counter, now);
        }
    }

    /// <summary>The alert of a zone with a capacity of its own; its level stands in the camera's <c>occupancy</c> events.</summary>
    private void ZoneAlert(CameraModel camera, CounterConfig counter, ZoneCounted zone)
    {
        var known = _zoneLevels.GetValueOrDefault((camera.Id, counter.Id), new ZoneLevel(counter, OccupancyLevel.Normal));
        var levels = CameraEvents.LevelsOf(counter, (_model.Site.FullAt, _model.Site.Hysteresis));
        var level = levels.Of(zone.Present, known.Level);
        _zoneLevels[(camera.Id, counter.Id)] = new ZoneLevel(counter, level);
        Alert(ZoneKey(camera.Id, counter.Id), levels.AlertOf(level, $"{camera.Name} ({counter.Zone})"), CameraEvents.OriginOf(camera));
    }

    /// <summary>A zone that is no longer asked for, or is asked for otherwise, leaves no alert behind.</summary>
    private void FitZoneLevels()
    {
        foreach (var ((camera, counter), known) in _zoneLevels.ToList())
        {
            if (_cameras.TryGetValue(camera, out var model) && model.Counters.Any(one => one.Id == counter && one == known.Counter) && !ReferenceEquals(known.Counter, _lone)) continue;
            _zoneLevels.Remove((camera, counter));
            _alerts.Clear(ZoneKey(camera, counter));
        }
    }

    // Ids hold no dot, so a zone's key is never a site's; a counter is a room's or a zone's, never both.
    private static string ZoneKey(string camera, string counter) => $"capacity-{camera}.{counter}";

    private Room RoomOf(CameraModel camera, CounterConfig counter, DateTimeOffset now)
    {
        // Ids hold no dot, so a room's key is never a site's.
        var kind = CameraEvents.KindOf(counter.Classes[0]);
        var options = new SiteOptions($"{camera.Id}.{counter.Id}", $"{camera.Name} ({counter.Id})")
        {
            Capacity = counter.Capacity, WarnAt = Math.Min(counter.WarnAt, _model.Site.FullAt), FullAt = _model.Site.FullAt, Hysteresis = _model.Site.Hysteresis,
            ResetHour = _model.Site.ResetHour, Kind = kind, Zone = _model.TimeZone,
        };
        return new Room(camera, counter, kind, CameraEvents.OriginOf(camera), new SiteCounter(options, _store, now));
    }

    private void EndSite(DateTimeOffset now)
    {
        if (_site is not { } site) return;
        if (site.Sum.Advance(now) is { } update) Publish(site.Sum, update, now);
        site.Sum.Stop(now);
        _site = null;
    }

    private void Publish(SiteCounter sum, SiteUpdate update, DateTimeOffset now)
    {
        _delivery.SetRetained(_events.SiteOccupancy(_origin, now, update.Occupancy));
        Figures?.Occupied("", update.Occupancy);
        if (_store.Load(ToldKey) is not "1") _store.Save(ToldKey, "1");
        if (update.LevelChanged) _delivery.Offer(_events.Create(_origin, now, update.Occupancy));
        Alert(sum.AlertKey, update.Alert, camera: null);
        foreach (var correction in update.Corrections) Archive.AddCorrection(correction);
    }

    private void Alert(string key, SiteAlert? alert, EventOrigin? camera)
    {
        if (alert is null) _alerts.Clear(key);
        else _alerts.Raise(key, AlertKind.Capacity, alert.Severity, alert.Text, camera);
    }

    /// <summary>Nobody sums this site here any more: sign boards must not go on with an old number.</summary>
    private void Withdraw()
    {
        if (_store.Load(ToldKey) is not "1") return;
        _delivery.ClearRetained(_events.Topics.SiteOccupancy(_model.Site.Id));
        _store.Save(ToldKey, "");
        _alerts.Clear($"capacity-{_model.Site.Id}");
    }

    private readonly record struct ZoneLevel(CounterConfig Counter, OccupancyLevel Level);

    private sealed record Room(CameraModel Camera, CounterConfig Counter, ObjectKind Kind, EventOrigin Origin, SiteCounter Sum);
}
