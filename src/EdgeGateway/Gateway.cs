using System.Reflection;
using System.Security.Cryptography;
using EdgeGateway.Cameras;
using EdgeGateway.Commands;
using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Validators;
using EdgeGateway.Entry;
using EdgeGateway.Figures;
using EdgeGateway.Health;
using EdgeGateway.Legal;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Remote;
using EdgeGateway.Sites;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Violations;
using EdgeGateway.Vision.Inference;
using Microsoft.Extensions.Logging;

namespace EdgeGateway;

/// <summary>
/// The whole gateway: models shared by all, one worker a camera, one delivery. <c>run</c>, <c>demo</c> and <c>bench</c> are
/// this class with another configuration and broker.
/// </summary>
internal sealed class Gateway : IAsyncDisposable
{
    private const string ClockKey = "clock";
    private const string WatchListsKey = "watch-lists";

    private static readonly TimeSpan DownAgain = TimeSpan.FromMinutes(5);
    private readonly GatewayModel _model;
    private readonly BrokerOptions _broker;
    private readonly SharedModels _models;
    private readonly CameraSurroundings _around;
    private readonly CameraRoster _cameras;
    private readonly AlertBook _alerts;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Lock _officeGate = new();
    private readonly Func<EnforcementOffice?> _openOffice;
    private readonly Lock _changing = new();
    private EnforcementOffice? _office;
    private string? _noOffice;
    private readonly EvidenceKeeping _keeping;
    private readonly DatabaseAlerts _databases;
    private readonly ClockWatch _clock;
    private readonly StoreGuard _guard;
    private readonly PlateKey _plateKey;
    private readonly WatchLists? _watchLists;
    private readonly ListAlert? _watchListAlert;
    private readonly RegistrationAlert _registrationAlert;
    private readonly LegalWatch? _legalWatch;
    private DeskDatabase? _deskFile;
    private RegistryLookUp? _lookUp;
    private readonly EntryOffice _entry;
    private readonly SiteDesk _site;
    private readonly SeriesLink _series;
    private readonly ReportDesk _reports;
    private readonly ILogger _siteLogger;
    private readonly AgeClock _ages;
    private OtherGateways? _otherGateways;
    private IReadOnlyList<ViolationQueue> _leftActs = [];
    private (IReadOnlyList<CameraModel> Configured, bool AllRead)? _leftBehind;
    private readonly CancellationTokenSource _stop = new();
    private Task _ticking = Task.CompletedTask;
    private Task _sweeping = Task.CompletedTask;
    private long? _swept;
    private long _downTried;
    private Task _retrying = Task.CompletedTask;
    private Task _openingOffice = Task.CompletedTask;
    private long? _officeTried;
    private TimeSpan _officePause;
    private int _officeTries;
    private bool _stopped;
    private bool _disposed;

    /// <param name="model">The checked configuration.</param>
    /// <param name="loggers">For the gateway and all its parts.</param>
    /// <param name="time">The clock of all that is live.</param>
    /// <param name="broker">Another broker than the configured one: the demo's own.</param>
    /// <param name="inspect">Sees each frame after it was looked at; null as a rule.</param>
    /// <param name="offered">Sees each event as it is offered; null as a rule.</param>
    /// <param name="configFolder">Where a town keeps its own legal data; the program's own when null.</param>
    /// <exception cref="ModelException">models.json is absent or wrong.</exception>
    /// <exception cref="UsageException">A command key cannot be read any more, or is none; or the storage is sealed under another key.</exception>
    public Gateway(
        GatewayModel model, ILoggerFactory loggers, TimeProvider time, BrokerOptions? broker = null,
        Action<string, Vision.Frames.Frame, CameraStages>? inspect = null, Action<GatewayEvent>? offered = null, string? configFolder = null)
    {
        (_model, _time) = (model, time);
        _downTried = time.GetTimestamp();
        _logger = loggers.CreateLogger("Gateway");
        _broker = broker ?? BrokerOptionsOf.Model(model.Mqtt);
        MakeFolder(model.Storage.Folder);
        _databases = new DatabaseAlerts(_logger);
        _guard = StorageGuardOf.Service(model, _databases.Tell, _databases.TellGone);
        _ages = new AgeClock(time, ClockFollows, Path.Combine(model.Storage.Folder, "last-known-time"));
        _models = LoadedConfig.SharedModelsOf(model);
        var events = new GatewayEvents(model.Id, new LiveEventIds()) { ClockIsUnsynchronised = () => SystemClock.Look().Source == "unsynchronised" };
        Delivery = new Delivery(
            new DeliveryOptions
            {
                Outbox = new OutboxOptions { Path = Path.Combine(model.Storage.Folder, "outbox.db"), MaxRows = model.Storage.OutboxEvents, AgeTime = () => _ages.Now, Receipts = new ReceiptOptions { Awaited = model.Mqtt.Acknowledge, ResendAfter = model.Mqtt.ResendAfter, ClockFollows = ClockFollows, StampTime = () => _ages.Latest }, Guard = _guard },
                Broker = _broker,
                SiteId = model.Site.Id,
                Version = Version,
                Clock = SystemClock.Look,
                Commands = new CommandOptions
                {
                    Folder = model.Storage.Folder,
                    Guard = _guard,
                    KeyPems = [.. model.Mqtt.CommandKeys.Select(PemOf)],
                    ReplyPrefixes = model.Mqtt.ReplyTopics,
                    ClockFollows = ClockFollows,
                },
                Evidence = new EvidenceUploadOptions
                {
                    JournalPath = Path.Combine(model.Storage.Folder, "evidence-upload.db"),
                    Guard = _guard,
                    Mode = model.Evidence.Mode == "on_request" ? EvidenceMode.OnRequest : EvidenceMode.Push,
                },
                Bucket = BucketOptionsOf.Gateway(model, _guard),
                UploadHours = BucketOptionsOf.UploadHoursOf(model),
                Zone = model.TimeZone,
            },
            events, time, loggers);
        _alerts = Delivery.Alerts;
        _clock = new ClockWatch(time, SystemClock.Look, text => _alerts.Raise(ClockKey, AlertKind.Clock, AlertSeverity.Warning, text), () => _alerts.Clear(ClockKey));
        _siteLogger = loggers.CreateLogger("Site");
        _series = new SeriesLink(model, _alerts, time, loggers.CreateLogger("TimeSeries"));
        Figures = new SiteFigures(model, _series.Sink);
        _site = new SiteDesk(model, events, Delivery, _alerts, _siteLogger, time, _guard) { Figures = Figures };
        _reports = new ReportDesk(model, configFolder ?? model.Storage.Folder, _site, events, Delivery, _alerts, _siteLogger, time);
        var accessPictures = new AccessPictures(
            AccessPictures.FolderOf(model.Storage.Folder), (long)model.Storage.KeepFreeMb << 20, _guard, (id, file) => Delivery.Evidence!.SendAsync(id, [file]), reason => EntryLog.NoPicture(_logger, reason));
        _entry = new EntryOffice(model, configFolder ?? model.Storage.Folder, time, loggers.CreateLogger("Entry")) { Alerts = _alerts, Pictures = accessPictures };
        _plateKey = PlateKey.Of(model.Storage.Folder, _guard);
        _around = new CameraSurroundings(model, _models, events, Delivery, _plateKey.Bytes, _alerts, loggers, time)
        {
            Guard = _guard, Inspect = inspect, Offered = offered, Office = Office, Site = _site, Entry = _entry,
            WatchLists = _watchLists = model.Registration is { WatchLists.Count: > 0 } lists ? new WatchLists([.. lists.WatchLists.Select(list => ListChecks.PathOf(configFolder ?? model.Storage.Folder, list))], time, loggers.CreateLogger("WatchLists"), columns: TablesConfig.ByOurs(model.Tables.Lists)) : null,
        };
        _registrationAlert = new RegistrationAlert(() => _office?.Owners, _alerts);
        _legalWatch = configFolder is null ? null : new LegalWatch(configFolder, codes => { if (_office is { } office) office.Legal = codes; }, _alerts);
        _watchListAlert = _watchLists is null ? null : new ListAlert(WatchListsKey, new TwoLanguages("Danh sách xe cần theo dõi", "The watch lists"), _watchLists, _alerts);
        // A disk that takes nothing stops no camera: look-ups come with the office, once it can be opened.
        try { OpenLookUps(loggers); }
        catch (Exception fault) when (fault is IOException or Microsoft.Data.Sqlite.SqliteException) { GatewayLog.NoLookUps(_logger, fault.Message); }

        _cameras = new CameraRoster(_around, _broker, _alerts, time, _logger);
        _openOffice = () => OpenOffice(configFolder ?? model.Storage.Folder, events, loggers);
        _keeping = new EvidenceKeeping(OpenedOffice, _alerts, _logger);
        HandleCommands();
    }

    /// <summary>The program's version.</summary>
    public static string Version { get; } =
        typeof(Gateway).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public Delivery Delivery { get; }

    /// <summary>Where outbox, counters and evidence lie.</summary>
    public string StorageFolder => _model.Storage.Folder;

    /// <summary>Sums for dashboards.</summary>
    public SiteFigures Figures { get; }

    /// <summary>Reads the configuration folder now; null where none is watched.</summary>
    public Func<CancellationToken, Task<ReloadOutcome>>? Reload { get; set; }

    /// <summary>The models and the turns at them.</summary>
    public SharedModels Models => _models;

    /// <summary>The cameras that run, in no order.</summary>
    public IEnumerable<RunningCamera> Cameras => _cameras.Running;

    /// <summary>When the second-by-second work was last done, in <see cref="Environment.TickCount64"/>: the watchdog looks at it.</summary>
    public long LastTickMs { get; private set; } = Environment.TickCount64;

    /// <summary>The last word before systemd starts the service anew.</summary>
    public void LogStuck(string what) => GatewayLog.Stuck(_logger, what);

    /// <summary>Starts delivery and cameras. A camera file with mistakes costs that camera and raises an alert.</summary>
    public void Start(IReadOnlyList<CameraFile> files)
    {
        Delivery.Start(takesCommands: false);
        _alerts.TakeOver(Delivery.LoadState);
        _databases.Start(_alerts, _model.Storage.Folder, _time.GetUtcNow());
        foreach (var file in files)
        {
            if (file.Camera is { } camera) _cameras.Start(camera);
            else Refuse(file.File, file.Mistakes, ranBefore: false);
        }

        // A file with mistakes may be any camera's: then what is not known is off, else it is gone.
        var allRead = files.All(file => file.Camera is not null);
        if (ActJournal.IsIn(_model.Storage.Folder)) _leftBehind = ([.. files.Select(file => file.Camera).OfType<CameraModel>()], allRead);
        TakeUpLeftActs();
        _site.Start(allRead);
        _otherGateways = OtherGateways.Listen(_broker, _model.Site.Aggregate, _model.Id, _site.Take, _site.KeepAsync, _siteLogger);
        // What the last run left behind and this one does not know any more.
        _alerts.ClearOfLastRun(key => key is not (EvidenceKeeping.QuotaKey or EvidenceKeeping.SweepKey or SeriesLink.AlertKey or ClockKey) && !Delivery.OwnsAlert(key) && !(key == WatchListsKey && _watchListAlert is not null) && !Cameras.Any(one => key == CameraStateReporter.AlertKey(one.Camera.Id)));
        _cameras.TellOfLastRun(allRead);
        _cameras.Changed();
        _ticking = Task.Run(TickAsync);
        Delivery.TakeCommands(); // those that waited at the broker found nobody to do them before
        GatewayLog.Started(_logger, _model.Id, Version, Cameras.Count());
    }

    /// <summary>Takes up one change of the configuration; the other cameras are not touched.</summary>
    public void Apply(ConfigChange change)
    {
        lock (_changing) TakeUp(change);
    }

    private void TakeUp(ConfigChange change)
    {
        switch (change)
        {
            case CameraAdded added:
                _cameras.Start(added.Camera);
                GatewayLog.CameraChanged(_logger, added.Camera.Id, "was added");
                break;
            case CameraChanged changed:
                _cameras.Stop(changed.Old.Id);
                _cameras.Start(changed.New);
                GatewayLog.CameraChanged(_logger, changed.New.Id, "has a new configuration");
                break;
            case CameraRemoved removed:
                _cameras.Remove(removed.Camera.Id);
                GatewayLog.CameraChanged(_logger, removed.Camera.Id, "was removed");
                break;
            case Refused refused:
                Refuse(refused.File, refused.Mistakes, ranBefore: true);
                break;
            case Mended mended:
                _alerts.Clear(ConfigKey(mended.File));
                break;
            case RestartNeeded:
                GatewayLog.GatewayFileChanged(_logger);
                _alerts.Raise("config-restart", AlertKind.Config, AlertSeverity.Info, new TwoLanguages(
                    "gateway.yaml đã đổi; khởi động lại dịch vụ để dùng cấu hình mới.", "gateway.yaml has changed; restart the service to take it up."));
                break;
            case RestartNotNeeded:
                _alerts.Clear("config-restart");
                break;
        }

        _cameras.Changed();
    }

    /// <summary>Ends the cameras, publishes their last intervals, delivers what can be delivered in the time given, and closes.</summary>
    public async Task StopAsync(TimeSpan drain)
    {
        if (_stopped) return;
        _stopped = true;
        var began = _time.GetTimestamp();
        await _stop.CancelAsync();
        await _ticking;
        await _sweeping;
        await _openingOffice;
        await _retrying;
        await Task.WhenAll([_cameras.StopAllAsync(), .. _leftActs.Select(queue => queue.DisposeAsync().AsTask())]);
        if (_otherGateways is { } others) await others.DisposeAsync();
        await _entry.DisposeAsync();
        _site.Stop(_time.GetUtcNow());
        Figures.Stop(_time.GetUtcNow());
        await _series.DisposeAsync();
        await _reports.DisposeAsync();
        var left = drain - _time.GetElapsedTime(began);
        await Delivery.StopAsync(left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
        GatewayLog.Stopped(_logger, _model.Id);
    }

    public async ValueTask DisposeAsync()
    {
        // The host owns it and the service that runs in it does: whoever comes first closes.
        if (_disposed) return;
        _disposed = true;
        await StopAsync(TimeSpan.FromSeconds(1));
        await _cameras.DisposeAsync();
        if (_office is not null) await _office.DisposeAsync();
        _lookUp?.Dispose();
        _deskFile?.Dispose();
        _watchLists?.Dispose();
        await _site.DisposeAsync();
        await Delivery.DisposeAsync();
        _models.Dispose();
        _stop.Dispose();
    }

    /// <summary>Makes the storage folder.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void MakeFolder(string folder)
    {
        try { Directory.CreateDirectory(folder); }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The storage folder {folder} (storage.folder in gateway.yaml) cannot be made: {(fault is UnauthorizedAccessException ? "this user may not write there" : fault.Message.TrimEnd('.'))}. Is its disk there, and does it belong to the service's user?", fault);
        }
    }

    private static string PemOf(string path)
    {
        var (pem, fault) = CommandKeyFile.Read(path);
        return pem ?? throw new UsageException($"gateway.yaml, mqtt.commandKeys: {fault}.");
    }

    /// <summary>What the operations centre may ask for; one line a command.</summary>
    private void HandleCommands()
    {
        EvidenceStore? store() => OpenedOffice()?.Store;
        var snapshots = new SnapshotHandler(_cameras.Find, _models, _model.Models.Detector, Delivery.Evidence!, _model.Storage.Folder, _time);
        Delivery.Evidence!.Sent += snapshots.Sent;
        Delivery.Commands
            .Handle(snapshots)
            .Handle(new ReloadHandler(() => Reload))
            .Handle(new CaseUpdateHandler(() => OpenedOffice()?.Cases))
            .Handle(new HoldHandler(store, _time))
            .Handle(new SetOccupancyHandler(_site))
            .Handle(new OpenGateHandler(_entry, _around.Events, Delivery))
            .Handle(new ConfirmCameraHandler(id => _cameras.Find(id)?.ConfirmView() == true, _time))
            .Handle(new FetchEvidenceHandler(Delivery.Evidence!, _entry.Pictures!.Before(new ReportFiles(Delivery, new PackageFiles(store, new AccessLog(_model.Storage.Folder), _time))), Delivery.Bucket));
        Delivery.Receipts.BeforeLettingGo = (ids, cancel) => Task.Run(
            () =>
            {
                if (store() is not { } evidence) return;
                foreach (var id in ids) evidence.Acknowledge(id);
            },
            cancel);
    }

    /// <summary>Opened with the first camera that has rules; tried again by the housekeeping where it failed, every ten seconds at first, every five minutes in the end.</summary>
    private EnforcementOffice? Office()
    {
        lock (_officeGate) return _office ??= _openOffice();
    }

    /// <summary>Acts that an earlier run left, of cameras that take up none: once, as soon as there is an office.</summary>
    private void TakeUpLeftActs()
    {
        if (_leftBehind is not { } behind || Office() is not { } office) return;
        _leftBehind = null;
        _leftActs = LeftActs.TakeUp(office, _around, behind.Configured, behind.AllRead, id => _cameras.Find(id) is { TakesActs: true });
    }

    /// <summary>
    /// Cameras that started without an office for their rules (a disk that took nothing) start anew with it once it opens, and what an
    /// earlier run left is taken up.
    /// </summary>
    private void OpenOfficeLate()
    {
        lock (_changing)
        {
            CameraModel[] waiting = [.. from one in Cameras where RuleModels.AreIn(one.Camera) && !one.TakesActs select one.Camera];
            if (_stop.IsCancellationRequested || (waiting.Length == 0 && _leftBehind is null) || Office() is null) return;
            foreach (var camera in waiting)
            {
                _cameras.Stop(camera.Id);
                _cameras.Start(camera);
                GatewayLog.CameraChanged(_logger, camera.Id, "has its rules now");
            }

            TakeUpLeftActs();

            _cameras.Changed();
        }
    }

    private void TryOpenOfficeLate()
    {
        try { OpenOfficeLate(); }
        catch (Exception fault) when (fault is not OutOfMemoryException) { GatewayLog.TickFailed(_logger, fault); }
    }

    /// <summary>Cameras that broke or could not be started begin anew: what stopped them (memory, a full disk) may be over, and nobody visits for months.</summary>
    private void RetryDown()
    {
        lock (_changing)
        {
            foreach (var camera in _cameras.Down)
            {
                if (_stop.IsCancellationRequested) return;
                _cameras.Stop(camera.Id);
                _cameras.Start(camera);
            }

            _cameras.Changed();
        }
    }

    /// <summary>Where look-ups in the registration wait, and who answers them; nothing where none is configured.</summary>
    private void OpenLookUps(ILoggerFactory loggers)
    {
        if (_lookUp is not null || _model.Registration is not { Sources.Count: > 0 } registration) return;
        Directory.CreateDirectory(RegistrationOf.FolderOf(_model));
        _deskFile ??= DeskDatabase.Open(RegistrationOf.DeskFile(_model), _guard, _time);
        _lookUp = RegistrationOf.LookUp(_model, registration, _deskFile, _guard, _time, loggers.CreateLogger("Registration"));
    }

    /// <summary>The office, where a camera has opened it or an earlier run left evidence: what is kept for rules that are gone is still asked for and deleted in time.</summary>
    private EnforcementOffice? OpenedOffice() => _office ?? (EvidenceStore.IsIn(_model.Storage.Folder) ? Office() : null);

    /// <summary>A package goes the way that the configuration says.</summary>
    private Task SendAsync(StoredEvidence kept)
    {
        if (Delivery.Bucket is not { } bucket) return Delivery.Evidence!.OfferAsync(kept.Event, [PackageFiles.Of(kept)]);
        bucket.Send(kept.Event, PackageFiles.Of(kept));
        return Task.CompletedTask;
    }

    /// <summary>Law, evidence, cases and look-ups; null, with an alert, where they cannot be had: the camera counts on.</summary>
    private EnforcementOffice? OpenOffice(string configFolder, GatewayEvents events, ILoggerFactory loggers)
    {
        try
        {
            OpenLookUps(loggers);
            var owners = _lookUp is null ? null : new OwnerDesk(
                new OwnerDeskOptions { GatewayId = _model.Id, GiveUpAfter = _model.Registration!.GiveUpAfter }, _deskFile!, _lookUp, events,
                item => Delivery.Queue.AppendAsync(item), _time, loggers.CreateLogger("Registration"));
            var office = new EnforcementOffice(_model, configFolder, _models, _model.Storage.Folder, _guard, _time)
            {
                Owners = owners,
                EvidenceFailed = fault => _alerts.Raise("evidence", AlertKind.Disk, AlertSeverity.Critical, new TwoLanguages($"Không lưu được chứng cứ: {CauseInVietnamese.Of(fault)}.", $"Evidence could not be kept: {fault.Message}")),
                EvidenceWorks = () => _alerts.Clear("evidence"),
                Outlet = new ViolationOutlet(Delivery),
                ActsInTrouble = (key, kind, text) => ActAlerts.Tell(_alerts, key, kind, text),
                Kept = SendAsync,
                AddressOf = kept => Delivery.Bucket?.AddressOf(kept.Event, PackageFiles.PartName),
            };
            if (owners is not null)
            {
                owners.IsOver = violation => office.Cases?.ClosedAt(violation) is not null;
                owners.Start();
            }

            _alerts.Clear("enforcement");
            return office;
        }
        catch (Exception fault) when (fault is InvalidDataException or EvidenceException or IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException)
        {
            if (Interlocked.Exchange(ref _noOffice, fault.Message) != fault.Message) GatewayLog.NoEnforcement(_logger, fault.Message);
            _alerts.Raise("enforcement", AlertKind.Config, AlertSeverity.Critical, new TwoLanguages(
                $"Luật giám sát không hoạt động: {(fault is InvalidDataException ? "dữ liệu pháp luật (thư mục legal) có lỗi. Xem từng lỗi: edgegateway validate" : "không mở được kho chứng cứ. Xem nhật ký: journalctl -u edgegateway")}", $"Rules publish nothing: {fault.Message}"));
            return null;
        }
    }

    private static string ConfigKey(string file) => $"config-{file}";

    private void Refuse(string file, IReadOnlyList<Mistake> mistakes, bool ranBefore)
    {
        var text = SecretMask.Process.Apply(string.Join("; ", mistakes));
        var (vi, en) = ranBefore ? ("cấu hình cũ vẫn chạy", "what ran before goes on") : ("camera của tệp này đang tắt", "its camera is off");
        GatewayLog.ConfigRefused(_logger, file, en, text);
        _alerts.Raise(ConfigKey(file), AlertKind.Config, AlertSeverity.Warning, new TwoLanguages(
            $"Tệp cấu hình {file} có lỗi ({string.Join("; ", mistakes.Select(mistake => $"dòng {mistake.Place.Line} cột {mistake.Place.Column}").Distinct(StringComparer.Ordinal))}) nên không được dùng; {vi}. Xem từng lỗi: edgegateway validate",
            $"The configuration file {file} holds mistakes and is not used; {en}. {text}"));
    }

    private void SweepPictures(DateTimeOffset now)
    {
        var gone = PictureFolder.Sweep(Path.Combine(_model.Storage.Folder, "pictures"), now - _model.Storage.PicturesKeptFor, PictureFolder.Names, _stop.Token);
        gone += PictureFolder.Sweep(AccessPictures.FolderOf(_model.Storage.Folder), now - _model.Storage.PicturesKeptFor, AccessPictures.Names, _stop.Token);
        if (gone > 0) GatewayLog.PicturesDeleted(_logger, gone, _model.Storage.PicturesKeptFor.TotalDays);
    }

    private static bool ClockFollows() => SystemClock.Look().Source == "ntp";

    private void Sweep()
    {
        try
        {
            _entry.Identities.Expire(_ages.Now); // first: a full disk still lets go
            _ages.Save();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException) { /* the disk's trouble is told already */ }

        try
        {
            var now = _ages.Now;
            _keeping.Look(now, _stop.Token);
            SweepPictures(now);
            SnapshotHandler.Sweep(_model.Storage.Folder, now, _stop.Token);
        }
        catch (OperationCanceledException) { /* stopped */ }
        catch (Exception fault) when (fault is not OutOfMemoryException) { GatewayLog.EvidenceLookFailed(_logger, fault); }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    var now = _time.GetUtcNow();
                    foreach (var camera in Cameras) camera.Tick(now);
                    _site.Advance(now);
                    _clock.Tick();
                    _entry.Advance(now);
                    _watchListAlert?.Look();
                    _registrationAlert.Look(now);
                    if (_office is not null) _legalWatch?.Look(now);
                    Figures.Tick(now, Cameras, Delivery);
                    _series.Look(now);
                    _reports.Tick();
                    _plateKey.Keep();
                    // By the clock that knows no steps: one that ran ahead and was set back would put these off for as long.
                    if (_openingOffice.IsCompleted && (_officeTried is not { } tried || _time.GetElapsedTime(tried) >= _officePause))
                    {
                        // A look at every page of its databases: rarely, where it goes on failing.
                        _officePause = TimeSpan.FromSeconds(Math.Min(300, 10 << Math.Min(_officeTries++, 5)));
                        _officeTried = _time.GetTimestamp();
                        if (_office is null || _leftBehind is not null) _openingOffice = Task.Run(TryOpenOfficeLate);
                    }

                    if (_swept is not { } swept || _time.GetElapsedTime(swept) >= TimeSpan.FromHours(1))
                    {
                        _swept = _time.GetTimestamp();
                        // Not here: a week's pictures on a slow card take longer than the watchdog waits.
                        if (_sweeping.IsCompleted) _sweeping = Task.Run(Sweep);
                    }

                    if (_retrying.IsCompleted && _time.GetElapsedTime(_downTried) >= DownAgain)
                    {
                        _downTried = _time.GetTimestamp();
                        if (_cameras.Down.Count > 0) _retrying = Task.Run(RetryDown);
                    }

                    LastTickMs = Environment.TickCount64;
                }
                catch (Exception fault) when (fault is not OutOfMemoryException)
                {
                    GatewayLog.TickFailed(_logger, fault);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }
}
