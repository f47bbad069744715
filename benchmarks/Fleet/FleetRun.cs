using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeGateway.Benchmarks.Fleet;

/// <summary>A town of gateways before the cluster of deploy/fleet.</summary>
/// <param name="Gateways">Each a <see cref="Sync.Delivery"/> with an outbox of its own.</param>
/// <param name="EventsPerSecond">Of all together; half of what bare publishers reach is taken instead where that is less.</param>
/// <param name="Phase">Length of each of the five phases.</param>
internal sealed record FleetOptions(int Gateways, int EventsPerSecond, TimeSpan Phase)
{
    /// <summary>How long bare publishers are measured.</summary>
    public TimeSpan BareFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the outboxes may take to be empty after the last event.</summary>
    public TimeSpan DrainAtMost { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>A part of the run, in seconds from its start and in numbers of events.</summary>
internal sealed record FleetPhase(string Name, double From, double To, int First, int Last);

/// <summary>What came of it.</summary>
/// <param name="Bare">PUBACKs a second of bare publishers.</param>
/// <param name="OfferedAt">Seconds from the start at which each event was offered.</param>
/// <param name="LatencyMs">From the offer to the operations centre, by event.</param>
/// <param name="Waiting">Events in all outboxes, by second.</param>
/// <param name="MostRepeats">Messages that came more than once and were dropped by their id.</param>
/// <param name="Complaints">What nodes that did not call themselves well said at the end.</param>
/// <param name="Isolated">True when the node was cut off by the network, false when it was frozen.</param>
internal sealed record FleetResult(
    double Bare, double Rate, IReadOnlyList<FleetPhase> Phases, double[] OfferedAt, float[] LatencyMs, IReadOnlyList<(double At, long Events)> Waiting,
    int Offered, int Lost, int Double, int Repeats, int Shed, double DrainSeconds, double ReturnSeconds, double HealSeconds, bool Isolated, int Killed, int Parted, IReadOnlyList<string> Complaints);

/// <summary>Runs it: bare publishers, then the gateways while the leading node is killed and returned, and then the leading node cut off and healed.</summary>
internal sealed class FleetRun : IAsyncDisposable
{
    private const int BareClients = 16;
    private const int BareWindow = 64;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly FleetOptions _options;
    private readonly NatsFleet _fleet;
    private readonly FleetCentre _centre;
    private readonly string _folder;
    private readonly List<Sync.Delivery> _gateways = [];
    private readonly List<GatewayEvents> _events = [];
    private readonly double[] _offeredAt;
    private readonly List<(double, long)> _waiting = [];
    private readonly Stopwatch _clock = new();
    private int _next;

    private FleetRun(FleetOptions options, NatsFleet fleet, Action<string> report)
    {
        (_options, _fleet) = (options, fleet);
        // Each of these outboxes has a disk of its own in life; two hundred commits of one disk at a time would measure that disk.
        _folder = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"fleet-{Environment.ProcessId}")).FullName;
        // Waits for a node that returns lengthen a phase.
        var capacity = (int)(options.EventsPerSecond * ((options.Phase.TotalSeconds * 5) + 300));
        _offeredAt = new double[capacity];
        _centre = new FleetCentre(BrokerOf("ioc"), capacity, link => report($"{_clock.Elapsed.TotalSeconds:0.0} s: the centre is {link}"));
    }

    /// <exception cref="InvalidOperationException">A program is not installed.</exception>
    public static async Task<FleetResult> MeasureAsync(FleetOptions options, Action<string> report)
    {
        if (NatsFleet.Missing is { } missing) throw new InvalidOperationException(missing);
        await using var fleet = await NatsFleet.StartAsync([.. Enumerable.Range(0, options.Gateways).Select(i => $"gateway {NameOf(i)}"), "centre ioc"], ownNetworks: true);
        report($"three nodes stand; a node is {(fleet.CanIsolate ? "cut off by the network" : "frozen")} later");
        await using var run = new FleetRun(options, fleet, report);
        return await run.MeasureAsync(report);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_gateways.Select(gateway => gateway.DisposeAsync().AsTask()));
        await _centre.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string NameOf(int index) => "gw-" + index.ToString("d4", CultureInfo.InvariantCulture);

    private async Task<FleetResult> MeasureAsync(Action<string> report)
    {
        await _centre.Subscribed.WaitAsync(TimeSpan.FromSeconds(30));
        var bare = await BareAsync();
        var rate = Math.Min(_options.EventsPerSecond, bare / 2);
        report($"bare publishers: {bare:0} events/s; the gateways are to send {rate:0}");

        for (var i = 0; i < _options.Gateways; i++) AddGateway(i);
        await Wait.Until("all gateways are connected", () => _gateways.All(gateway => gateway.Health.Connected), TimeSpan.FromSeconds(120));
        report($"{_gateways.Count} gateways are connected");

        _clock.Start();
        using var stop = new CancellationTokenSource();
        var offering = OfferAsync(rate, stop.Token);
        var watching = WatchAsync(stop.Token);
        var phases = new List<FleetPhase>();
        await Task.Delay(TimeSpan.FromSeconds(Math.Min(5, _options.Phase.TotalSeconds))); // code is compiled and connections warm after this

        await PhaseAsync("before", () => Task.CompletedTask);
        var killed = Math.Max(await _fleet.SenderAsync(), 0);
        report($"stream led by n{await _fleet.LeaderAsync() + 1}, the centre's consumer by n{killed + 1}");
        await PhaseAsync($"n{killed + 1}, which sends to the centre, killed", () => _fleet.KillAsync(killed));
        var returned = 0.0;
        await PhaseAsync("returned", async () => returned = await WellAgainAsync(() => _fleet.StartNode(killed)));
        if (double.IsNaN(returned)) throw new TimeoutException("The events do not lie on all three nodes 100 s after the killed one's return: no second fault on top of that.");
        var parted = Math.Max(await _fleet.LeaderAsync(), 0);
        await PhaseAsync($"n{parted + 1}, which leads, {(_fleet.CanIsolate ? "cut off" : "frozen")}", () => { _fleet.Isolate(parted); return Task.CompletedTask; });
        var healed = 0.0;
        await PhaseAsync("healed", async () => healed = await WellAgainAsync(() => _fleet.Heal(parted)));
        await stop.CancelAsync();
        await Task.WhenAll(offering, watching);

        var drain = Stopwatch.StartNew();
        while ((_centre.Taken < _next || _gateways.Any(gateway => gateway.Health is { Pending: > 0 } or { Queued: > 0 })) && drain.Elapsed < _options.DrainAtMost) await Task.Delay(20);
        report($"drained in {drain.Elapsed.TotalSeconds:0.0} s");
        await Task.Delay(TimeSpan.FromSeconds(2)); // repeats that are still on their way
        var complaints = await _fleet.ComplaintsAsync();
        var numbers = Enumerable.Range(0, _next).ToList();
        return new FleetResult(bare, rate, phases, _offeredAt[.._next], [.. numbers.Select(_centre.LatencyMs)], _waiting, _next,
            numbers.Count(n => _centre.Effects(n) == 0), numbers.Count(n => _centre.Effects(n) > 1), _centre.Repeats, (int)_gateways.Sum(gateway => gateway.Health.Shed),
            drain.Elapsed.TotalSeconds, returned, healed, _fleet.CanIsolate, killed, parted, complaints);

        async Task PhaseAsync(string name, Func<Task> begin)
        {
            var (from, first) = (_clock.Elapsed.TotalSeconds, Volatile.Read(ref _next));
            report($"{from:0} s: {name}");
            await begin();
            var left = _options.Phase - TimeSpan.FromSeconds(_clock.Elapsed.TotalSeconds - from);
            if (left > TimeSpan.Zero) await Task.Delay(left);
            phases.Add(new FleetPhase(name, from, _clock.Elapsed.TotalSeconds, first, Volatile.Read(ref _next)));
        }
    }

    /// <summary>
    /// How long until the events lie whole on all three nodes again, NaN when that takes longer than 100 s: the next fault waits for that, since two at once leave
    /// no majority. Asked twice a second: a node looks at every stream for an answer.
    /// </summary>
    private async Task<double> WellAgainAsync(Action bringBack)
    {
        var watch = Stopwatch.StartNew();
        bringBack();
        while (watch.Elapsed < TimeSpan.FromSeconds(100))
        {
            await Task.Delay(500);
            if (await _fleet.EventsAreWholeAsync()) return watch.Elapsed.TotalSeconds;
        }

        return double.NaN;
    }

    private void AddGateway(int index)
    {
        var events = new GatewayEvents(NameOf(index), new LiveEventIds());
        var gateway = new Sync.Delivery(new DeliveryOptions
        {
            Outbox = new OutboxOptions { Path = Path.Combine(_folder, NameOf(index), "outbox.db") },
            Broker = BrokerOf(NameOf(index)),
            SiteId = "fleet",
        }, events, TimeProvider.System, NullLoggerFactory.Instance);
        gateway.Start();
        _gateways.Add(gateway);
        _events.Add(events);
    }

    /// <summary>As a gateway's configuration gives it: mqtts, user and password, mqtt.version 3.1.1, everything else as it stands by default.</summary>
    private BrokerOptions BrokerOf(string user)
    {
        var password = _fleet.PasswordOf(user);
        return new()
        {
            Address = new BrokerAddress(_fleet.Host, _fleet.Port, Tls: true),
            ClientId = user,
            Username = user,
            Password = () => password,
            Version = MqttVersion.V311,
            CaFile = _fleet.CaFile,
        };
    }

    /// <summary>Events in equal steps, gateway after gateway. What a late tick missed is made up for, so that the sum is kept.</summary>
    private async Task OfferAsync(double rate, CancellationToken stop)
    {
        var origins = EventOrigin.Camera("camera-1", new Place("Cổng Bình Minh", 18.8206, 105.7189));
        while (!stop.IsCancellationRequested && _next < _offeredAt.Length)
        {
            var due = Math.Min((int)(_clock.Elapsed.TotalSeconds * rate), _offeredAt.Length);
            for (; _next < due; Volatile.Write(ref _next, _next + 1))
            {
                var at = _next % _gateways.Count;
                var now = DateTimeOffset.UtcNow;
                var item = _events[at].Create(origins, now, new CrossingData(_next, ObjectKind.Person, "gate", CrossingDirection.In, now, null, null));
                _offeredAt[_next] = _clock.Elapsed.TotalSeconds;
                _centre.Offered(_next, Stopwatch.GetTimestamp());
                _gateways[at].Offer(item);
            }

            try { await Task.Delay(Tick, stop); }
            catch (OperationCanceledException) { break; }
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            _waiting.Add((_clock.Elapsed.TotalSeconds, _gateways.Sum(gateway => gateway.Health is var health ? health.Pending + health.Queued : 0)));
            try { await Task.Delay(1000, stop); }
            catch (OperationCanceledException) { break; }
        }
    }

    /// <summary>Bare MQTTnet with the same way, users and payloads, while the centre listens: PUBACKs a second.</summary>
    private async Task<double> BareAsync()
    {
        var clients = Math.Min(BareClients, _options.Gateways);
        var payload = Outbox.DeliveryPayloads.Make(1)[0].Json;
        using var stop = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var answered = 0;
        var connected = new List<IMqttClient>();
        var work = new List<Task>();
        for (var i = 0; i < clients; i++)
        {
            var broker = BrokerOf(NameOf(i));
            var client = new MqttClientFactory().CreateMqttClient();
            connected.Add(client);
            var authorities = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection();
            authorities.ImportFromPemFile(_fleet.CaFile);
            await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer(_fleet.Host, _fleet.Port).WithClientId(broker.ClientId).WithProtocolVersion(MqttProtocolVersion.V311)
                .WithCredentials(broker.Username!, broker.Password()!).WithTlsOptions(tls => tls.UseTls().WithTargetHost(_fleet.Host).WithTrustChain(authorities)
                .WithRevocationMode(System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck)).Build());
            var topic = $"edge/{NameOf(i)}/cameras/camera-1/events/bare";
            for (var lane = 0; lane < BareWindow; lane++) work.Add(PublishAsync(client, topic));
        }

        var watch = Stopwatch.StartNew();
        started.SetResult();
        await Task.Delay(_options.BareFor);
        var (sum, seconds) = (Volatile.Read(ref answered), watch.Elapsed.TotalSeconds);
        await stop.CancelAsync();
        await Task.WhenAll(work);
        foreach (var client in connected)
        {
            await client.DisconnectAsync();
            client.Dispose();
        }

        // The centre takes what is left before the gateways begin.
        for (var seen = -1; seen != _centre.Bare; await Task.Delay(1000)) seen = _centre.Bare;
        return sum / seconds;

        async Task PublishAsync(IMqttClient client, string topic)
        {
            await started.Task;
            while (!stop.IsCancellationRequested)
            {
                await client.PublishAsync(new MqttApplicationMessage { Topic = topic, Payload = new ReadOnlySequence<byte>(payload), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce });
                Interlocked.Increment(ref answered);
            }
        }
    }
}
