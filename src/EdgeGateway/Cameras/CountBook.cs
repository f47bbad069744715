using EdgeGateway.Configuration;
using EdgeGateway.Sites;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Cameras;

/// <summary>
/// The counters of one camera. The camera's thread only notes what it saw; sums are made, saved and published once a second, by the
/// gateway's housekeeping when live and between two frames in a replay, where event time is the only clock.
/// </summary>
internal sealed class CountBook
{
    /// <summary>A live frame may still be on its way through the stages for about this long.</summary>
    private static readonly TimeSpan PipelineDelay = TimeSpan.FromSeconds(1);

    /// <summary>What a crash may take of a zone's sums.</summary>
    private static readonly TimeSpan ZonesEvery = TimeSpan.FromSeconds(10);

    /// <summary>After so long without a picture nobody knows how many are in a zone.</summary>
    private static readonly TimeSpan LongAway = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly CameraEvents _events;
    private readonly IntervalCounter[] _counters;
    private readonly CoverageMeter _coverage;
    private readonly Delivery? _delivery;
    private readonly bool _byFrames;
    private readonly SiteDesk? _site;
    private readonly string _camera;
    private readonly HashSet<ObjectClass> _classes;
    private readonly List<Observation> _noted = [];
    private readonly List<CountInterval> _finished = [];
    private readonly TurnBacks _turnBacks = new();
    private readonly ZoneMeter _zones;
    private readonly List<ZoneStretch> _stretches = [];
    private CalibrationBook? _calibrations;
    private DateTimeOffset _zonesTold = DateTimeOffset.MinValue;
    private long _lastSecond = long.MinValue;
    private bool _closed;
    private DateTimeOffset? _awaySince;
    private bool _isLost;

    /// <param name="camera">Its counters over lines are kept here.</param>
    /// <param name="zone">Intervals are aligned to this zone's local time.</param>
    /// <param name="events">Publishes finished intervals.</param>
    /// <param name="delivery">Keeps the running sums over restarts; null in a replay, which starts from nothing and is driven by its frames.</param>
    /// <param name="site">Is told what goes over the lines of the site; null in a replay.</param>
    /// <param name="calibrations">Corrections from counts by hand; none when null.</param>
    public CountBook(CameraModel camera, TimeZoneInfo zone, CameraEvents events, Delivery? delivery, SiteDesk? site = null, CalibrationBook? calibrations = null)
    {
        (_events, _site, _camera, _calibrations) = (events, site, camera.Id, calibrations);
        _classes = camera.Counters.SelectMany(counter => counter.Classes).ToHashSet();
        _delivery = delivery;
        _byFrames = delivery is null;
        ICountStateStore store = delivery is null ? new InMemoryCountStateStore() : new DeliveryStateStore(delivery);
        _coverage = new CoverageMeter(camera.AnalyseFps);
        _zones = new ZoneMeter(zone);
        foreach (var counter in camera.Counters.Where(counter => counter.Zone is not null))
        {
            foreach (var value in counter.Classes) _zones.Expect(counter.Zone!, value.Name());
        }

        _counters =
        [
            .. from counter in camera.Counters
               where counter.Line is not null
               select new IntervalCounter(
                   new CounterSetup($"count/{camera.Id}/{counter.Id}", counter.Id, counter.Line!, [.. counter.Classes.Select(value => value.Name())], counter.Interval)
                   {
                       Zone = zone,
                       Calibration = calibrations?.For(camera.Id, counter.Id, counter.Line!),
                   },
                   store),
        ];
    }

    /// <summary>True when frames are the only clock.</summary>
    public bool IsReplay => _byFrames;

    /// <summary>A frame was looked at. On the camera's thread.</summary>
    /// <param name="time">The frame's time.</param>
    /// <param name="isSound">False where the decoder reported damage: the frame does not count as watched.</param>
    public void Saw(FrameTime time, bool isSound = true)
    {
        if (isSound) _coverage.Analysed(time);
        else _coverage.Advance(time.Utc);
        if (!_byFrames) return;
        var second = time.Utc.UtcTicks / TimeSpan.TicksPerSecond;
        if (second == _lastSecond) return;
        _lastSecond = second;
        Sum(time.Utc);
    }

    /// <summary>A line was crossed, a zone has another number of people, a vehicle has passed. On the camera's thread.</summary>
    public void Add(Observation observed)
    {
        lock (_gate) _noted.Add(observed);
    }

    /// <summary>What the camera shows from now on; only seconds in which it shows its place are watched.</summary>
    public void SetSight(Sight sight, DateTimeOffset now)
    {
        _coverage.SetStreaming(sight == Sight.Watching, now);
        _site?.Watch(_camera, sight == Sight.Watching);
        lock (_gate)
        {
            if (sight != Sight.None) (_awaySince, _isLost) = (null, false);
            else _awaySince ??= now;
        }
    }

    /// <summary>Time has come to <paramref name="now"/>, with or without frames. By the housekeeping of a live gateway.</summary>
    public void Advance(DateTimeOffset now)
    {
        _coverage.Advance(now - PipelineDelay);
        Sum(now - PipelineDelay);
        lock (_gate)
        {
            if (_isLost || _awaySince is not { } since || now - since < LongAway) return;
            _isLost = true;
        }

        _site?.Lose(_camera);
    }

    /// <summary>The camera ends: the last, shorter interval is published and goes on after a restart.</summary>
    public void Close(DateTimeOffset end)
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            using var together = _delivery is { } delivery ? delivery.Queue.Together() : _gate.EnterScope();
            _coverage.Finish(end);
            Take();
            foreach (var counter in _counters) counter.Stop(end, _finished);
            Publish(end);
            TellZones();
        }
    }

    private void Sum(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_closed) return;
            // One transaction: an interval is closed in the state if and only if its event exists.
            using var together = _delivery is { } delivery ? delivery.Queue.Together() : _gate.EnterScope();
            Take();
            foreach (var counter in _counters) counter.Advance(now, _finished);
            Publish(now);
            if ((now - _zonesTold).Duration() < ZonesEvery) return;
            _zonesTold = now;
            TellZones();
            LookAtCalibrations();
        }
    }

    private void Take()
    {
        foreach (var observed in _noted)
        {
            switch (observed)
            {
                case LineCrossed crossing:
                    Take(crossing);
                    _site?.Cross(_camera, crossing, _turnBacks.See(crossing), isCounted: _classes.Contains(crossing.Class));
                    break;
                case ZoneCounted zone:
                    _zones.Take(zone.Zone, zone.Class.Name(), zone.Present, zone.Visits, zone.TotalDwell, zone.At.Utc);
                    _site?.Zone(_camera, zone);
                    break;
                case PassageRead passage:
                    _site?.Pass(_camera, passage);
                    break;
            }
        }

        _noted.Clear();
        while (_coverage.TryTake(out var second))
        {
            if (!second.IsWatched) continue;
            foreach (var counter in _counters) counter.Watch(second.Start);
            _zones.Watch(second.Start);
        }
    }

    private void Take(LineCrossed crossing)
    {
        var inwards = crossing.Direction == Vision.Analytics.CrossingDirection.In;
        foreach (var counter in _counters)
        {
            if (crossing.TakesBack is { } first) counter.TakeBack(crossing.Line, crossing.Class.Name(), !inwards, first.Utc);
            else counter.Cross(crossing.Line, crossing.Class.Name(), inwards, crossing.At.Utc);
        }
    }

    /// <summary>A count by hand that was kept while the camera runs holds from here on.</summary>
    private void LookAtCalibrations()
    {
        if (_calibrations is not { } known || known.Fresh() is not { } fresh || ReferenceEquals(known, fresh)) return;
        _calibrations = fresh;
        foreach (var counter in _counters) counter.Calibration = fresh.For(_camera, counter.Id, counter.Line);
    }

    private void TellZones()
    {
        _zones.Drain(_stretches);
        foreach (var stretch in _stretches) _site?.ZoneSum(_camera, stretch);
        _stretches.Clear();
    }

    private void Publish(DateTimeOffset now)
    {
        foreach (var interval in _finished)
        {
            var count = new CountData(
                interval.Counter, interval.Line, EventWords.Parse<ObjectKind>(interval.Class), interval.In, interval.Out, interval.From, interval.To,
                interval.Coverage, EventWords.Parse<CountMethod>(interval.Method), interval.Revision)
            {
                RawIn = interval.RawIn,
                RawOut = interval.RawOut,
            };
            _events.Publish(count, now);
            _site?.Count(_camera, count);
        }

        _finished.Clear();
    }
}

/// <summary>What a camera shows of the place that it is to watch.</summary>
internal enum Sight
{
    /// <summary>No picture comes.</summary>
    None,

    /// <summary>Pictures come, of another place or of none: it was moved, covered or blurred.</summary>
    Elsewhere,

    /// <summary>Its place.</summary>
    Watching,
}
