using EdgeGateway.Configuration;
using EdgeGateway.Entry;
using EdgeGateway.Health;
using EdgeGateway.Sites;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Violations;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Cameras;

/// <summary>What all cameras of a gateway share.</summary>
internal sealed record CameraSurroundings(
    GatewayModel Gateway, SharedModels Models, GatewayEvents Events, Delivery Delivery, byte[] PlateKey, AlertBook Alerts, ILoggerFactory Loggers, TimeProvider Time)
{
    /// <summary>Sees each frame after it was looked at; for the demo's picture and measurements. Null as a rule.</summary>
    public Action<string, Vision.Frames.Frame, CameraStages>? Inspect { get; init; }

    /// <summary>Sees each event as it is offered; for measurements. Null as a rule.</summary>
    public Action<GatewayEvent>? Offered { get; init; }

    /// <summary>What cameras with rules need beside; null where it cannot be had, and then no act is published.</summary>
    public Func<EnforcementOffice?> Office { get; init; } = () => null;

    /// <summary>The seal of the storage folder.</summary>
    public StoreGuard Guard { get; init; } = StoreGuard.None;

    /// <summary>Sums and archives what cameras count; null where nothing is kept.</summary>
    public SiteDesk? Site { get; init; }

    /// <summary>Gates and identities; null where nothing is opened.</summary>
    public EntryOffice? Entry { get; init; }

    /// <summary>Stolen and sought vehicles; null where no list is configured.</summary>
    public WatchLists? WatchLists { get; init; }
}

/// <summary>One camera that runs: its worker, counters and state, made and ended together.</summary>
internal sealed class RunningCamera : IDisposable
{
    private static readonly TimeSpan MainAlertAfter = TimeSpan.FromSeconds(15);

    private readonly CameraWorker _worker;
    private readonly CountBook _counts;
    private readonly CameraStateReporter _state;
    private readonly TimeProvider _time;
    private readonly ViewGuard? _view;
    private readonly ViolationQueue? _acts;
    private readonly ListedPlates? _listed;
    private readonly CameraEntry? _entry;
    private readonly MainStream? _main;
    private readonly AlertBook _alerts;
    private long _mainDownSince;

    public RunningCamera(CameraModel camera, CameraSurroundings around)
    {
        (Camera, _time, _alerts) = (camera, around.Time, around.Alerts);
        Meter = new CameraMeter(camera.Id);
        SignalTopics = camera.Config.Signals.Where(signal => signal.Value is { Source: SignalSource.Mqtt, Topic: not null }).ToDictionary(signal => signal.Key, signal => signal.Value.Topic!, StringComparer.Ordinal);
        var logger = around.Loggers.CreateLogger("Camera");
        var pictures = camera.Plates.Pictures
            ? new PictureFolder(Path.Combine(around.Gateway.Storage.Folder, "pictures"), (long)around.Gateway.Storage.KeepFreeMb << 20, around.Guard, message => LogPicture(logger, message))
            : null;
        void offer(GatewayEvent item)
        {
            around.Offered?.Invoke(item);
            around.Delivery.Offer(item);
        }

        var events = new CameraEvents(around.Events, camera, around.PlateKey, pictures, offer) { Shares = (around.Gateway.Site.FullAt, around.Gateway.Site.Hysteresis), Alerts = around.Alerts };
        var calibrations = camera.Counters.Any(counter => counter.Line is not null) ? CalibrationBook.Open(around.Gateway.Storage.Folder) : null;
        _counts = new CountBook(camera, around.Gateway.TimeZone, events, around.Delivery, around.Site, calibrations);
        _state = new CameraStateReporter(camera.Id, events, Meter, around.Alerts, around.Delivery, around.Time);
        var office = RuleModels.AreIn(camera) ? around.Office() : null;
        var ring = office is null ? null : Path.Combine(around.Gateway.Storage.Folder, "ring", camera.Id);
        var clock = around.Time.GetTimestamp();
        _main = MainOf(camera, around, ring, clock, logger);
        _entry = CameraEntry.Of(camera, around.Entry, around.Events, events.Origin, offer, _main is { Kept: > 0 } ? _main : null);
        var stream = new CameraStream(CaptureOptionsOf.Live(camera, around.Gateway.Limits.FramesPerCamera, _main is null ? ring : null) with { ClockOrigin = clock }, around.Time, logger);
        stream.StatusChanged += status =>
        {
            SetWatched(status.State);
            _state.Look(status, stream.Counters);
        };
        _view = ViewOf(camera, around, office is not null || _entry is not null);
        if (office is not null)
        {
            var stills = new ActPictures(camera, around.Models, around.Gateway.Models.Detector, around.Gateway.TimeZone, office.Cutter, office.MakesExportClips, message => GatewayLog.EvidenceIncomplete(logger, camera.Id, message));
            Task publish(GatewayEvent item, CancellationToken stop)
            {
                around.Offered?.Invoke(item);
                return office.Outlet!.PublishAsync(item, stop);
            }

            var desk = new ViolationDesk(camera, office, around.Events, events.Origin, stills, publish, logger)
            {
                AnalysedSize = () => _main is not null && Stages is { } stages ? (stages.Width, stages.Height) : null,
            };
            _acts = new ViolationQueue(desk, office, () => (_main?.Stream ?? stream).Ring, logger);
        }

        _listed = around.WatchLists is { } lists ? new ListedPlates(camera.Id, events.Origin, lists, around.Alerts, around.Time) : null;
        _worker = new CameraWorker(camera, around.Models, around.Gateway.TimeZone, around.Gateway.Models.Detector, stream, events, _counts, Meter, around.Time, logger)
        {
            Acts = _acts is { } acts ? new PendingActs(camera.Plates.Enabled, act => acts.Raise(act, _view?.RulesRest == true), act => acts.Settle(act, _view?.RulesRest == true)) : null,
            View = _view,
            Plates = _listed,
            Entry = _entry,
            Main = _main,
            Inspect = around.Inspect is { } inspect ? (frame, stages) => inspect(camera.Id, frame, stages) : null,
        };
        _worker.Broken += _state.Broken;
    }

    public CameraModel Camera { get; }

    public CameraMeter Meter { get; }

    public CameraStateReporter State => _state;

    public CaptureCounters Counters => _worker.Stream.Counters;

    public CameraStages? Stages => _worker.Stages;

    /// <summary>True for a camera with rules: acts that an earlier run left of it are taken up here.</summary>
    public bool TakesActs => _acts is not null;

    /// <summary>The controllers' topics by the light that each tells of.</summary>
    public IReadOnlyDictionary<string, string> SignalTopics { get; }

    /// <summary>A controller has told a state; nothing before the first frame.</summary>
    public void TellSignal(string topic, LightState state, DateTimeOffset at)
    {
        foreach (var (light, named) in SignalTopics)
        {
            if (named == topic) Stages?.Signals.Tell(light, state, at);
        }
    }

    public void Start() => _worker.Start();

    /// <summary>The next frame that the pipeline looks at; whoever gets it disposes it.</summary>
    public Task<Vision.Frames.Frame> NextFrameAsync(CancellationToken cancel) => _worker.NextFrameAsync(cancel);

    /// <summary>True from the start of the camera's thread to its end.</summary>
    public bool IsRunning => _worker.IsRunning;

    /// <summary>A person says that the view is right; false where the view is not watched.</summary>
    public bool ConfirmView()
    {
        _view?.Confirm();
        return _view is not null;
    }

    /// <summary>Once a second: state, alerts, and intervals that end although no frame arrives.</summary>
    public void Tick(DateTimeOffset now)
    {
        _state.Look(_worker.Stream.Status, Counters);
        _counts.Advance(now);
        _entry?.Tick();
        if (_main is not null) Look(_main.Stream.Status);
    }

    /// <summary>Ends the camera: the last interval is published, the retained state says off.</summary>
    public void Dispose()
    {
        _worker.StopLooking();
        _acts?.SecureAsync().GetAwaiter().GetResult(); // while the ring is there
        _worker.Dispose();
        _entry?.Dispose();
        _acts?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _counts.Close(_time.GetUtcNow()); // a camera that broke has not closed them itself
        _state.Off();
    }

    /// <summary>The main stream beside a small one, where somebody wants its frames or its compressed pictures.</summary>
    private static MainStream? MainOf(CameraModel camera, CameraSurroundings around, string? ring, long clock, ILogger logger)
    {
        var wantsFrames = CaptureOptionsOf.WantsMainFrames(camera);
        if (camera.Source.DetectUrl is null || (!wantsFrames && ring is null)) return null;
        return new MainStream(CaptureOptionsOf.FullSize(camera, around.Gateway.Limits.FramesPerCamera, ring) with { ClockOrigin = clock, KeyFramesOnly = !wantsFrames }, around.Time, logger);
    }

    /// <summary>True once its thread has failed for good.</summary>
    public bool IsBroken => _state.IsBroken;

    internal static string MainAlertKey(string id) => $"main-{id}";

    /// <summary>The main stream beside a small one: counts go on without it, plates and evidence do not, and that is told.</summary>
    private void Look(StreamStatus main)
    {
        var key = MainAlertKey(Camera.Id);
        if (main.State == StreamState.Streaming)
        {
            _mainDownSince = 0;
            _alerts.Clear(key);
            return;
        }

        if (_mainDownSince == 0) _mainDownSince = _time.GetTimestamp();
        if (_time.GetElapsedTime(_mainDownSince) < MainAlertAfter) return;
        _alerts.Raise(key, AlertKind.Camera, AlertSeverity.Warning, new TwoLanguages(
            $"Camera {Camera.Id}: luồng chính (source.url) không nhận được; vẫn đếm trên luồng nhỏ, nhưng không đọc được biển số và không có ảnh chứng cứ. {main.ReasonVi}".TrimEnd(),
            $"Camera {Camera.Id}: the main stream (source.url) is {main.State}; counting goes on by the small one, without plates and pictures of evidence. {main.Reason}".TrimEnd()), CameraEvents.OriginOf(Camera));
    }

    /// <summary>What is seen by a camera that looks elsewhere is no watched second.</summary>
    private void SetWatched(StreamState state)
    {
        var sight = state != StreamState.Streaming ? Sight.None : _view?.IsTampered == true ? Sight.Elsewhere : Sight.Watching;
        _counts.SetSight(sight, _time.GetUtcNow());
        _entry?.SetWatching(sight == Sight.Watching);
    }

    /// <summary>The view is watched where rules depend on it, and where an installer has kept a reference.</summary>
    private ViewGuard? ViewOf(CameraModel camera, CameraSurroundings around, bool hasRules)
    {
        var path = ViewGuard.PathOf(around.Gateway.Storage.Folder, camera.Id);
        return hasRules || File.Exists(path) ? new ViewGuard(path, change =>
        {
            _state.View(change);
            SetWatched(_worker.Stream.Status.State);
        }) : null;
    }

    private static void LogPicture(ILogger logger, string message) => GatewayLog.PictureNotKept(logger, message);
}
