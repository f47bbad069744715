using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence.Bucket;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync;

/// <summary>What the delivery of a gateway needs to know.</summary>
public sealed record DeliveryOptions
{
    public required OutboxOptions Outbox { get; init; }

    public required BrokerOptions Broker { get; init; }

    /// <summary>The gateway's own alerts are published under this site.</summary>
    public required string SiteId { get; init; }

    /// <summary>The program's version, for the status.</summary>
    public string Version { get; init; } = "0";

    /// <summary>What the clock follows, for the status.</summary>
    public Func<ClockView> Clock { get; init; } = () => new ClockView("unknown", null);

    /// <summary>How often the retained status is renewed.</summary>
    public TimeSpan StatusEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Bound of the queue in memory.</summary>
    public int QueueEvents { get; init; } = 8192;

    public long QueueBytes { get; init; } = 32 << 20;

    /// <summary>How commands are taken; null: none are.</summary>
    public CommandOptions? Commands { get; init; }

    /// <summary>How evidence is sent over MQTT; null: it is not.</summary>
    public EvidenceUploadOptions? Evidence { get; init; }

    /// <summary>A bucket that takes evidence in place of MQTT; null: there is none.</summary>
    public BucketOptions? Bucket { get; init; }

    /// <summary>Caps of the upload of evidence by hour of the day, bucket and MQTT together; empty: none.</summary>
    public IReadOnlyList<UploadHours> UploadHours { get; init; } = [];

    /// <summary>The zone of those hours.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;
}

/// <summary>What the clock follows and how far it is from it.</summary>
public sealed record ClockView(string Source, TimeSpan? Offset);

/// <summary>How the delivery stands at one moment.</summary>
/// <param name="Queued">Events in memory, not yet written.</param>
/// <param name="Pending">Events written, not yet taken over by the broker.</param>
/// <param name="Oldest">Event time of the pending one that waits longest.</param>
/// <param name="Unacknowledged">Events that the broker has and the operations centre has not acknowledged.</param>
/// <param name="OldestUnacknowledged">Event time of the one that waits longest for broker or operations centre.</param>
/// <param name="Delivered">Accepted by the broker since the start.</param>
/// <param name="Refused">Refused by the broker and waiting for another try.</param>
/// <param name="Shed">Given up since the start, in memory and by quota.</param>
/// <param name="LastError">What is wrong with link or disk now, in words; null when nothing is.</param>
/// <param name="Problems">Keys of the alerts that are raised.</param>
public sealed record DeliveryHealth(
    LinkState Link,
    int Queued,
    long Pending,
    long PendingBytes,
    DateTimeOffset? Oldest,
    long Unacknowledged,
    DateTimeOffset? OldestUnacknowledged,
    long Delivered,
    int Refused,
    long Shed,
    string? LastError,
    IReadOnlyList<string> Problems)
{
    public bool Connected => Link == LinkState.Connected;
}

/// <summary>
/// From an event to the broker's acknowledgement: bounded queue, SQLite outbox, pump, link. Owns them all. Offering never
/// waits for disk or network.
/// </summary>
public sealed class Delivery : IAsyncDisposable
{
    private static readonly TimeSpan OpeningAtMost = TimeSpan.FromSeconds(10);

    // Of the drain. A broker that hangs lets each step of the end take all that it may.
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(1);

    private readonly DeliveryOptions _options;
    private readonly GatewayEvents _events;
    private readonly TimeProvider _time;
    private readonly OutboxStore _store;
    private readonly OutboxPump _pump;
    private readonly RetainedBoard _board = new();
    private readonly MqttLine _line = new();
    private readonly CommandService? _commands;
    private readonly LinkSupervisor _link;
    private readonly DeliveryAlerts _alerts;
    private readonly DeliveryMetrics _metrics;
    private readonly DateTimeOffset _started;
    private readonly CancellationTokenSource _stop = new();
    private Task _linking = Task.CompletedTask;
    private Task _watching = Task.CompletedTask;
    private bool _running;
    private volatile bool _waitedInVain;

    public Delivery(DeliveryOptions options, GatewayEvents events, TimeProvider time, ILoggerFactory loggers)
    {
        (_options, _events, _time) = (options, events, time);
        _started = time.GetUtcNow();
        Queue = new DeliveryQueue(options.QueueEvents, options.QueueBytes);
        _store = new OutboxStore(options.Outbox, Queue, time, loggers.CreateLogger<OutboxStore>());
        _pump = new OutboxPump(_store, _board, time, loggers.CreateLogger<OutboxPump>());
        _store.Receipts.Sendable = () => _pump.Sendable;
        if (options.Commands is { } commands)
        {
            Commands.Handle(new AcknowledgeHandler(_store.Receipts));
            _commands = new CommandService(commands, events.Topics, Commands, _line, time, loggers.CreateLogger<CommandService>());
        }

        var budget = new UploadBudget(options.UploadHours, options.Zone, time); // one radio
        if (options.Evidence is { } evidence)
            Evidence = new EvidenceUploader(evidence, budget, events.Topics, _line, () => Queue.Count + _pump.Sendable, time, loggers.CreateLogger<EvidenceUploader>());
        if (options.Bucket is { } bucket)
            Bucket = new EvidenceBucket(bucket, budget, () => _link!.View.State == LinkState.Connected ? Queue.Count + _pump.Sendable : 0, time, loggers.CreateLogger<EvidenceBucket>());
        var door = _commands is null ? null : new CommandDoor(events.Topics.Commands + "+", options.Commands!.MaxPayload, _commands.Enter);
        _link = new LinkSupervisor(options.Broker, _pump, Status, _board, _line, door, time, loggers.CreateLogger<LinkSupervisor>());
        Alerts = new AlertBook(events, EventOrigin.Site(options.SiteId), Queue, time, loggers.CreateLogger<AlertBook>());
        _alerts = new DeliveryAlerts(Alerts, Queue, time);
        _store.ProblemChanged += _alerts.OnStore;
        _pump.RefusalChanged += _alerts.OnRefusal;
        _link.Changed += _alerts.OnLink;
        _link.CommandsRefused += filter => _alerts.OnCommandsRefused(filter, options.Broker.Version);
        _link.CertificateRefused += _alerts.OnCertificate;
        _link.Contested += isContested => _alerts.OnContested(isContested, options.Broker.ClientId);
        if (Evidence is not null) Evidence.ProblemChanged += _alerts.OnEvidence;
        if (Bucket is not null) Bucket.ProblemChanged += _alerts.OnBucket;
        _metrics = new DeliveryMetrics(() => Health, Queue, _store, _pump, _commands, Evidence, time);
    }

    /// <summary>The meter under which the delivery's figures are published.</summary>
    public const string MeterName = DeliveryMetrics.MeterName;

    /// <summary>True while the outbox is open and its disk takes events: they can be promised.</summary>
    public bool IsReady => _store.IsOpen && !_store.IsFailing;

    /// <summary>
    /// What does not move although it could: the outbox's writer, or the pump of a connection that stands. A disk that fails and a broker
    /// that is away are told honestly and are no standstill. Null when all moves.
    /// </summary>
    public string? Stuck(TimeSpan limit) =>
        _store.StandsStillFor > limit ? $"the outbox's writer has stood still for {_store.StandsStillFor.TotalSeconds:0} s"
        : _pump.StandsStillFor > limit ? $"the outbox's pump has stood still for {_pump.StandsStillFor.TotalSeconds:0} s" : null;

    /// <summary>Which handler does which command; filled before <see cref="Start"/>. <c>acknowledge</c> is there already.</summary>
    public CommandTable Commands { get; } = new();

    /// <summary>What the broker has and the operations centre has not acknowledged yet.</summary>
    public ReceiptBook Receipts => _store.Receipts;

    /// <summary>The way of evidence; null where the options have none.</summary>
    public EvidenceUploader? Evidence { get; }

    /// <summary>The bucket that takes evidence; null where the options have none.</summary>
    public EvidenceBucket? Bucket { get; }

    /// <summary>Where events are offered.</summary>
    public DeliveryQueue Queue { get; }

    /// <summary>The gateway's alerts, those of the delivery among them.</summary>
    public AlertBook Alerts { get; }

    /// <summary>True for the keys of alerts that the delivery raises and clears itself.</summary>
    public static bool OwnsAlert(string key) => DeliveryAlerts.Owns(key);

    public DeliveryHealth Health
    {
        get
        {
            var link = _link.View;
            var size = _store.Size;
            return new DeliveryHealth(link.State, Queue.Count, size.Rows, size.Bytes, _store.Oldest, Receipts.Size.Rows, OldestUnacknowledged, _pump.Acknowledged, _pump.Parked,
                Queue.Shed + _store.Shed, _alerts.LastError ?? (link.Detail.Length > 0 ? link.Detail : null), _alerts.Keys);
        }
    }

    /// <summary>Takes an event; false when it was given up at once because nothing could be written for too long.</summary>
    public bool Offer(GatewayEvent item) => Queue.Offer(item);

    /// <summary>Replaces the retained message of a topic; it is published now and at every connect.</summary>
    public void SetRetained(GatewayEvent item) => _board.Set(item.Topic, item.Json);

    /// <summary>Takes the retained message of a topic away, at the broker too: what it spoke of is gone.</summary>
    public void ClearRetained(string topic) => _board.Leave(topic);

    /// <summary>Keeps a counter's state with the next commit.</summary>
    public void SaveState(string key, string json) => Queue.Save(key, json);

    /// <summary>A counter's state as last saved; null when there is none or the file cannot be read.</summary>
    public string? LoadState(string key)
    {
        string? json = null;
        // A damaged file is set aside and its states are taken over while it is opened: ask only after that. A disk that allows no
        // writing is no reason to wait: what the last run summed can be read, and would be written over by sums that begin at zero.
        var isLoaded = false;
        AwaitOpening(() => isLoaded = _store.IsFailing && TryLoad());
        if (!isLoaded) TryLoad();
        return json;

        bool TryLoad()
        {
            try
            {
                json = _store.LoadState(key);
                return true;
            }
            catch (Exception fault) when (fault is Microsoft.Data.Sqlite.SqliteException or IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>
    /// True while a committed event waits for the broker or for its acknowledgement. Whoever keeps evidence asks once at
    /// start for each event that it holds, because a crash can fall between an acknowledgement's commit and its telling. True also
    /// where the file cannot be read: evidence that is kept too long can be let go of later.
    /// </summary>
    public bool Waits(string eventId)
    {
        AwaitOpening(() => false);
        try
        {
            return _store.Waits(eventId);
        }
        catch (Exception fault) when (fault is Microsoft.Data.Sqlite.SqliteException or IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    // One wait in vain is enough: a start asks for as many states as there are counters.
    private void AwaitOpening(Func<bool> orEnough)
    {
        if (_running && !_waitedInVain) _waitedInVain = !SpinWait.SpinUntil(() => _store.IsOpen || orEnough(), OpeningAtMost);
    }

    /// <summary>Ends when all that was offered before is committed.</summary>
    public Task FlushAsync(CancellationToken cancel = default) => _store.FlushAsync(cancel);

    /// <summary>Starts the outbox and the link. Neither a broker nor a sound disk is needed for that.</summary>
    /// <param name="takesCommands">False: commands that come wait for <see cref="TakeCommands"/>, because who does them is not there yet.</param>
    public void Start(bool takesCommands = true)
    {
        _running = true;
        _store.Start();
        if (takesCommands) TakeCommands();
        Evidence?.Start();
        Bucket?.Start();
        _linking = Task.Run(() => _link.RunAsync(_stop.Token));
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>Begins with the commands that have come and will come. Once.</summary>
    public void TakeCommands() => _commands?.Start();

    /// <summary>Writes what is queued, sends what can be sent in the time given, says offline, and closes. What remains is sent after the next start.</summary>
    public async Task StopAsync(TimeSpan drain)
    {
        if (!_running) return;
        _running = false;
        var began = _time.GetTimestamp();
        TimeSpan Left() => drain - _time.GetElapsedTime(began) is { } left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
        var kept = TimeSpan.FromTicks(Math.Min((Goodbye + Closing).Ticks, drain.Ticks / 3));

        await WithinAsync(_store.FlushAsync(), Left());
        while (_link.View.State == LinkState.Connected && _store.Size.Rows > _pump.Parked && Left() > kept) await Task.Delay(10);
        await _stop.CancelAsync();
        await WithinAsync(Task.WhenAll(_linking, _watching), Goodbye);
        await WithinAsync(
            Task.WhenAll(_commands?.DisposeAsync().AsTask() ?? Task.CompletedTask, Bucket?.DisposeAsync().AsTask() ?? Task.CompletedTask, Evidence?.DisposeAsync().AsTask() ?? Task.CompletedTask),
            Closing + Left());
        await _store.StopAsync(Left() + TimeSpan.FromSeconds(1));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(1));
        await _store.DisposeAsync();
        _metrics.Dispose();
        _stop.Dispose();
    }

    private static async Task WithinAsync(Task task, TimeSpan atMost)
    {
        try { await task.WaitAsync(atMost); }
        catch (TimeoutException) { /* what is late is done without */ }
    }

    private DateTimeOffset? OldestUnacknowledged =>
        (_store.Oldest, Receipts.Oldest) switch
        {
            ({ } waiting, { } delivered) => waiting < delivered ? waiting : delivered,
            var (waiting, delivered) => waiting ?? delivered,
        };

    private GatewayEvent Status(GatewayPresence presence)
    {
        var clock = _options.Clock();
        var size = _store.Size;
        return _events.Status(_time.GetUtcNow(), new StatusData(presence, _options.Version, _started, clock.Source, clock.Offset, OldestUnacknowledged, size.Rows + Queue.Count, _alerts.Keys));
    }

    /// <summary>Renews the status: at once when a problem came or went, else now and then.</summary>
    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        var renewed = _time.GetTimestamp();
        var (version, problems) = (Alerts.Version, _alerts.Keys);
        Alerts.TakeOver(LoadState);
        _alerts.OnLink(_link.View); // it may stand already
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                _alerts.OnQueue();
                _alerts.OnReceipts(Receipts);
                Alerts.ClearPassed();
                // Nothing is listed while nothing has changed: this runs every second for months.
                var known = version;
                version = Alerts.Version;
                var now = version == known ? problems : _alerts.Keys;
                if (now.SequenceEqual(problems, StringComparer.Ordinal) && _time.GetElapsedTime(renewed) < _options.StatusEvery) continue;
                (problems, renewed) = (now, _time.GetTimestamp());
                if (_link.View.State == LinkState.Connected) SetRetained(Status(GatewayPresence.Online));
            }
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }
}
