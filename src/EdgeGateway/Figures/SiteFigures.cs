using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.TimeSeries;

namespace EdgeGateway.Figures;

/// <summary>Which stream of crossings is meant.</summary>
internal readonly record struct CrossingKey(string Camera, string Line, ObjectKind Kind);

/// <summary>Crossings in both directions; nothing is taken back here.</summary>
internal readonly record struct CrossingSum(long In, long Out)
{
    public static CrossingSum operator +(CrossingSum sum, bool inwards) => inwards ? sum with { In = sum.In + 1 } : sum with { Out = sum.Out + 1 };
}

/// <summary>
/// What dashboards show of a site: people and vehicles as sums, never one by one; no plate and no track. Takes them where events are made,
/// keeps the sums that <c>/metrics</c> shows, and makes the points of the time-series database. Thread-safe; nothing here waits.
/// </summary>
/// <param name="model">Whose figures.</param>
/// <param name="sink">The time-series database; without one no point is made.</param>
internal sealed class SiteFigures(GatewayModel model, ITimeSeriesSink? sink)
{
    private static readonly TimeSpan CrossingsEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FiguresEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StatesEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<CrossingKey, CrossingSum> _since = [];
    private readonly Dictionary<CrossingKey, CrossingSum> _thisMinute = [];
    private readonly Dictionary<(string Camera, string Counter), OccupancyData> _present = [];
    private readonly Dictionary<string, (CameraCondition Condition, DateTimeOffset Told)> _states = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Looked, TimeSpan Busy, long Analysed, TimeSpan Inference)> _meters = new(StringComparer.Ordinal);
    private DateTimeOffset _minute;
    private DateTimeOffset _figuresAt;

    /// <summary>Crossings since the start, for <c>/metrics</c>.</summary>
    public IReadOnlyList<KeyValuePair<CrossingKey, CrossingSum>> Crossings { get { lock (_gate) return [.. _since]; } }

    /// <summary>People present as last told, by camera (empty for the site) and counter.</summary>
    public IReadOnlyList<(string Camera, OccupancyData Data)> Present { get { lock (_gate) return [.. _present.Select(one => (one.Key.Camera, one.Value))]; } }

    /// <summary>A line was crossed.</summary>
    public void Crossed(string camera, string line, ObjectKind kind, bool inwards)
    {
        var key = new CrossingKey(camera, line, kind);
        lock (_gate)
        {
            _since[key] = _since.GetValueOrDefault(key) + inwards;
            if (sink is not null) _thisMinute[key] = _thisMinute.GetValueOrDefault(key) + inwards;
        }
    }

    /// <summary>An interval was published; a higher revision of it replaces its point.</summary>
    public void Counted(string camera, CountData count) => sink?.Offer([new TimeSeriesPoint(
        "edgegateway_count",
        Tags(("camera", camera), ("counter", count.Counter), ("line", count.Line), ("class", EventWords.Of(count.Kind))),
        [
            new("in", FieldValue.Of((long)count.In)), new("out", FieldValue.Of((long)count.Out)), new("coverage", FieldValue.Of(Math.Round(count.Coverage, 3))),
            new("seconds", FieldValue.Of((long)(count.To - count.From).TotalSeconds)), new("revision", FieldValue.Of((long)count.Revision)), new("method", FieldValue.Of(EventWords.Of(count.Method))),
        ],
        count.From, PointRank.Count)]);

    /// <summary>The number of people present is another one.</summary>
    /// <param name="camera">Empty for the whole site.</param>
    /// <param name="data">What was published.</param>
    public void Occupied(string camera, OccupancyData data)
    {
        lock (_gate) _present[(camera, data.Counter)] = data;
        sink?.Offer([PointOf(camera, data, data.At)]);
    }

    /// <summary>A camera is no longer configured: it has no state and no people any more.</summary>
    public void Forget(string camera)
    {
        lock (_gate)
        {
            _states.Remove(camera);
            _meters.Remove(camera);
            foreach (var key in _present.Keys.Where(key => key.Camera == camera).ToList()) _present.Remove(key);
        }
    }

    /// <summary>Time has come to <paramref name="now"/>. Once a second, by the housekeeping.</summary>
    public void Tick(DateTimeOffset now, IEnumerable<RunningCamera> cameras, Delivery delivery)
    {
        if (sink is null) return;
        lock (_gate)
        {
            var points = new List<TimeSeriesPoint>();
            if (_minute == default) _minute = now;
            if (now - _minute >= CrossingsEvery || now < _minute) EndMinute(now, points);
            var figuresDue = now - _figuresAt >= FiguresEvery || now < _figuresAt;
            foreach (var camera in cameras)
            {
                AddState(camera, now, points);
                if (figuresDue) AddPipeline(camera, now, points);
            }

            if (figuresDue)
            {
                _figuresAt = now;
                points.Add(PointOf(delivery.Health, now));
            }

            if (points.Count > 0) sink.Offer([.. points]);
        }
    }

    /// <summary>The gateway stops: what was crossed in the minute that has not ended is told.</summary>
    public void Stop(DateTimeOffset now)
    {
        if (sink is null) return;
        lock (_gate)
        {
            var points = new List<TimeSeriesPoint>();
            if (_minute == default) _minute = now;
            EndMinute(now, points);
            sink.Offer([.. points]);
        }
    }

    private List<KeyValuePair<string, string>> Tags(params ReadOnlySpan<(string Name, string Value)> more)
    {
        List<KeyValuePair<string, string>> tags = [new("gateway", model.Id), new("site", model.Site.Id)];
        foreach (var (name, value) in more) tags.Add(new(name, value));
        return tags;
    }

    private void EndMinute(DateTimeOffset now, List<TimeSeriesPoint> points)
    {
        foreach (var (key, sum) in _thisMinute)
        {
            points.Add(new TimeSeriesPoint(
                "edgegateway_crossings", Tags(("camera", key.Camera), ("line", key.Line), ("class", EventWords.Of(key.Kind))),
                [new("in", FieldValue.Of(sum.In)), new("out", FieldValue.Of(sum.Out))], _minute));
        }

        _thisMinute.Clear();
        // People who stay are people present: a chart that shows the last minutes must not lose them.
        foreach (var ((camera, _), data) in _present) points.Add(PointOf(camera, data, now));
        _minute = now;
    }

    private void AddState(RunningCamera camera, DateTimeOffset now, List<TimeSeriesPoint> points)
    {
        var condition = camera.State.Condition;
        if (_states.TryGetValue(camera.Camera.Id, out var told) && told.Condition == condition && now - told.Told < StatesEvery) return;
        _states[camera.Camera.Id] = (condition, now);
        points.Add(new TimeSeriesPoint(
            "edgegateway_camera", Tags(("camera", camera.Camera.Id)),
            [new("up", FieldValue.Of(condition == CameraCondition.Streaming ? 1L : 0L)), new("state", FieldValue.Of(EventWords.Of(condition))), new("reconnects", FieldValue.Of(camera.Counters.Reconnects))], now));
    }

    private void AddPipeline(RunningCamera camera, DateTimeOffset now, List<TimeSeriesPoint> points)
    {
        var (rates, meter) = (camera.State.Rates, camera.Meter);
        var current = (Looked: meter.Watched, meter.Busy, meter.Analysed, meter.Inference);
        var before = _meters.GetValueOrDefault(camera.Camera.Id);
        if (current.Looked < before.Looked) before = default; // the camera was started anew
        _meters[camera.Camera.Id] = current;
        points.Add(new TimeSeriesPoint(
            "edgegateway_pipeline", Tags(("camera", camera.Camera.Id)),
            [
                new("received_fps", FieldValue.Of(Math.Round(rates.Received, 2))), new("watched_fps", FieldValue.Of(Math.Round(rates.Watched, 2))),
                new("analysed_fps", FieldValue.Of(Math.Round(rates.Analysed, 2))), new("dropped_fps", FieldValue.Of(Math.Round(rates.Dropped, 2))),
                new("dropped", FieldValue.Of(camera.Counters.Dropped)),
                new("latency_seconds", FieldValue.Of(Mean(current.Busy - before.Busy, current.Looked - before.Looked))),
                new("inference_seconds", FieldValue.Of(Mean(current.Inference - before.Inference, current.Analysed - before.Analysed))),
            ],
            now, PointRank.Figure));

        // Without a frame there is no mean: the field is then left out.
        static double Mean(TimeSpan sum, long frames) => frames > 0 ? Math.Round(sum.TotalSeconds / frames, 6) : double.NaN;
    }

    private TimeSeriesPoint PointOf(string camera, OccupancyData data, DateTimeOffset at)
    {
        List<KeyValuePair<string, FieldValue>> fields = [new("present", FieldValue.Of((long)data.Present)), new("level", FieldValue.Of(EventWords.Of(data.Level)))];
        if (data.Capacity is { } capacity) fields.Add(new("capacity", FieldValue.Of((long)capacity)));
        return new TimeSeriesPoint("edgegateway_occupancy", Tags(("camera", camera), ("counter", data.Counter)), fields, at);
    }

    private TimeSeriesPoint PointOf(DeliveryHealth delivery, DateTimeOffset now)
    {
        return new TimeSeriesPoint(
            "edgegateway_delivery", Tags(),
            [
                new("connected", FieldValue.Of(delivery.Connected ? 1L : 0L)), new("pending", FieldValue.Of(delivery.Pending)), new("pending_bytes", FieldValue.Of(delivery.PendingBytes)),
                new("oldest_seconds", FieldValue.Of(Age(delivery.Oldest))), new("unacknowledged", FieldValue.Of(delivery.Unacknowledged)),
                new("unacknowledged_oldest_seconds", FieldValue.Of(Age(delivery.OldestUnacknowledged))), new("delivered", FieldValue.Of(delivery.Delivered)),
                new("refused", FieldValue.Of((long)delivery.Refused)), new("shed", FieldValue.Of(delivery.Shed)),
            ],
            now, PointRank.Figure);

        double Age(DateTimeOffset? since) => since is { } at ? Math.Max(0, (now - at).TotalSeconds) : 0;
    }
}
