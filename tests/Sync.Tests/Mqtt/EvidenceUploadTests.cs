using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Tests.Commands;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Mqtt;

public sealed class EvidenceUploadTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly GatewayEvents _events = TestEvents.Live();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task Evidence_arrives_whole_over_a_slow_line_that_breaks_a_broker_that_restarts_and_a_gateway_that_restarts(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var proxy = CuttingProxy.Start(broker.Port);
        proxy.BytesPerSecond = 600_000;
        await using var store = await EvidenceStore.StartAsync(TestEvents.Broker(broker.Port, version));
        var id = Ulid.NewUlid().ToString();
        EvidenceFile[] files = [Make("still-1.jpg", 12_000, "image/jpeg"), Make("clip.mp4", 1_500_000, "video/mp4"), Make("empty.json", 0, "application/json")];
        await using (var delivery = Start(proxy.Port, version))
        {
            await delivery.Evidence!.OfferAsync(id, files, TestContext.Current.CancellationToken);
            await delivery.Evidence.OfferAsync(id, files, TestContext.Current.CancellationToken); // on its way already
            await Wait.Until("some parts came", () => store.Parts(id) > 8, Patience);
            proxy.CutAll();
            await Wait.Until("more came after the break", () => store.Parts(id) > 16, Patience);
            await broker.RestartAsync();
            await Wait.Until("more came after the broker's restart", () => store.Parts(id) > 24, Patience);
        }

        Assert.False(store.IsWhole(id));
        await using var again = Start(proxy.Port, version);
        await Wait.Until("all is there", () => store.IsWhole(id), Patience);
        await Wait.Until("the box knows", () => again.Evidence!.Waiting == 0, Patience);
        foreach (var file in files) Assert.Equal(File.ReadAllBytes(file.Path), store.Read(id, file.Name));
        Assert.Empty(store.Altered);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task Events_go_before_evidence_on_a_slow_line(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var proxy = CuttingProxy.Start(broker.Port);
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        await using var delivery = Start(proxy.Port, version);
        await Wait.Until("connected", () => delivery.Health.Connected, Patience);
        proxy.BytesPerSecond = 200_000;
        await delivery.Evidence!.OfferAsync(Ulid.NewUlid().ToString(), [Make("clip.mp4", 3_000_000, "video/mp4")], TestContext.Current.CancellationToken);
        await Wait.Until("evidence is under way", () => delivery.Evidence.SentParts > 2, Patience);
        var watch = Stopwatch.StartNew();
        var violation = TestEvents.Violation(_events, 1);
        delivery.Offer(violation);
        await Wait.Until("the violation passes", () => receiver.HasAll([violation]), Patience);
        Assert.True(delivery.Evidence.Waiting > 10, $"The violation arrived after {watch.Elapsed.TotalSeconds:0.0} s, when only {delivery.Evidence.Waiting} parts were left.");
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task On_request_nothing_goes_out_until_fetch_evidence_asks(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var store = await EvidenceStore.StartAsync(TestEvents.Broker(broker.Port));
        await using var centre = await Commander.StartAsync(broker.Port, version);
        var id = Ulid.NewUlid().ToString();
        var kept = new Kept { [id] = [Make("still-1.jpg", 50_000, "image/jpeg"), Make("clip.mp4", 200_000, "video/mp4")] };
        await using var delivery = Start(broker.Port, version, EvidenceMode.OnRequest, files: kept);
        await delivery.Evidence!.OfferAsync(id, kept[id], TestContext.Current.CancellationToken);
        await Wait.Until("connected", () => delivery.Health.Connected, Patience);
        Assert.Equal(0, delivery.Evidence.Waiting);

        await Wait.Until("the gateway listens", async () =>
        {
            await centre.SendAsync("probe", centre.Envelope("{}"));
            await Task.Delay(50, TestContext.Current.CancellationToken);
            return centre.Replies > 0;
        }, Patience);
        var none = await centre.AskAsync("fetch_evidence", centre.Envelope($"{{\"event\":\"{Ulid.NewUlid()}\",\"officer\":\"A\"}}"));
        var reply = await centre.AskAsync("fetch_evidence", centre.Envelope($"{{\"event\":\"{id}\",\"officer\":\"A\",\"files\":[\"still-1.jpg\"]}}"));
        Assert.Equal("not_found", none.GetProperty("code").GetString());
        Assert.Equal(3, reply.GetProperty("data").GetProperty("parts").GetInt32());
        await Wait.Until("what was asked for is there", () => store.IsWhole(id), Patience);
        Assert.Equal(File.ReadAllBytes(kept[id][0].Path), store.Read(id, "still-1.jpg"));
        Assert.Equal(3, store.Parts(id));
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_file_that_is_gone_or_altered_gives_its_upload_up_and_others_go_on(MqttVersion version)
    {
        await using var broker = Mosquitto.Prepare();
        await using var delivery = Start(broker.Port, version);
        var (gone, altered, good) = (Ulid.NewUlid().ToString(), Ulid.NewUlid().ToString(), Ulid.NewUlid().ToString());
        var files = new[] { Make("a.jpg", 5000, "image/jpeg"), Make("b.jpg", 5000, "image/jpeg"), Make("c.jpg", 5000, "image/jpeg") };
        await delivery.Evidence!.OfferAsync(gone, [files[0]], TestContext.Current.CancellationToken);
        await delivery.Evidence.OfferAsync(altered, [files[1]], TestContext.Current.CancellationToken);
        await delivery.Evidence.OfferAsync(good, [files[2]], TestContext.Current.CancellationToken);
        File.Delete(files[0].Path);
        File.WriteAllBytes(files[1].Path, new byte[5000]);
        var sent = new ConcurrentQueue<string>();
        delivery.Evidence.Sent += sent.Enqueue;
        await broker.StartAsync();
        await Wait.Until("the good one is sent and the others given up", () => delivery.Evidence is { Failed: 2, Waiting: 0 } && sent.SequenceEqual([good], StringComparer.Ordinal), Patience);
    }

    [Fact]
    public async Task Evidence_that_the_broker_refuses_is_told_and_does_not_stand_before_the_rest()
    {
        var good = Ulid.NewUlid().ToString();
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { AccessList = ["topic readwrite edge/+/status", "topic readwrite edge/+/sites/#", $"topic readwrite edge/+/evidence/{good}/#"] });
        await using var store = await EvidenceStore.StartAsync(TestEvents.Broker(broker.Port));
        await using var delivery = Start(broker.Port);
        for (var i = 0; i < 5; i++) await delivery.Evidence!.OfferAsync(Ulid.NewUlid().ToString(), [Make($"a{i}.jpg", 5000, "image/jpeg")], TestContext.Current.CancellationToken);
        await Wait.Until("an alert tells of the refusal", () => delivery.Health.Problems.Contains("evidence-refused", StringComparer.Ordinal), Patience);
        Assert.Contains("0x87", delivery.Health.LastError, StringComparison.Ordinal);
        await delivery.Evidence!.OfferAsync(good, [Make("b.jpg", 6000, "image/jpeg")], TestContext.Current.CancellationToken);
        await Wait.Until("the other one is whole", () => store.IsWhole(good), Patience);
        await Wait.Until("the refused ones wait", () => delivery.Evidence.Waiting == 10, Patience);
        Assert.Equal(0, delivery.Evidence.Failed);
        Assert.Contains("evidence-refused", delivery.Health.Problems, StringComparer.Ordinal);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)] // the one tells its limit, the other hangs up
    public async Task A_broker_that_takes_no_such_part_gets_the_rest(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Lines = ["max_packet_size 10000"] });
        await using var store = await EvidenceStore.StartAsync(TestEvents.Broker(broker.Port));
        await using var delivery = Start(broker.Port, version);
        var (large, small) = (Ulid.NewUlid().ToString(), Ulid.NewUlid().ToString());
        await delivery.Evidence!.OfferAsync(large, [Make("a.jpg", 30_000, "image/jpeg")], TestContext.Current.CancellationToken);
        await delivery.Evidence.OfferAsync(small, [Make("b.jpg", 6000, "image/jpeg")], TestContext.Current.CancellationToken);
        await Wait.Until("the small one is whole", () => store.IsWhole(small), Patience);
        await Wait.Until("an alert tells of the large one, which waits", () => delivery.Health.Problems.Contains("evidence-refused", StringComparer.Ordinal) && delivery.Evidence.Waiting > 0, Patience);
        Assert.Equal(0, delivery.Evidence.Failed);
    }

    [Theory, InlineData("../x.jpg"), InlineData("a/b.jpg"), InlineData("index"), InlineData("+"), InlineData(""), InlineData("X.JPG")]
    public async Task A_name_that_could_lead_elsewhere_is_refused(string name)
    {
        await using var delivery = Start(1);
        await Assert.ThrowsAsync<ArgumentException>(() => delivery.Evidence!.SendAsync(Ulid.NewUlid().ToString(), [Make("a.jpg", 10, "image/jpeg") with { Name = name }], TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => delivery.Evidence!.SendAsync("../events", [Make("a.jpg", 10, "image/jpeg")], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_cap_of_the_hour_holds_and_a_closed_hour_lets_nothing_out()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 8, 14, 22, 59, 0, TimeSpan.Zero));
        var budget = new UploadBudget([new UploadHours(22, 23, 256), new UploadHours(23, 6, 0)], TimeZoneInfo.Utc, time);
        var watch = time.GetUtcNow();
        for (var i = 0; i < 10; i++)
        {
            await AdvanceUntilDone(time, budget.WaitAsync(CancellationToken.None));
            budget.Pay(32_000);
        }

        // Nine waits of 32,000 bytes at 256 kbit/s are nine seconds.
        Assert.InRange((time.GetUtcNow() - watch).TotalSeconds, 9, 9.6);
        time.Advance(TimeSpan.FromMinutes(5));
        watch = time.GetUtcNow();
        var closed = budget.WaitAsync(CancellationToken.None);
        await AdvanceUntilDone(time, closed, TimeSpan.FromMinutes(1));
        Assert.Equal(6, time.GetUtcNow().Hour);
    }

    private static async Task AdvanceUntilDone(FakeTimeProvider time, Task task, TimeSpan? step = null)
    {
        while (!task.IsCompleted)
        {
            time.Advance(step ?? TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        await task;
    }

    private Delivery Start(int port, MqttVersion version = MqttVersion.V5, EvidenceMode mode = EvidenceMode.Push, IEvidenceFiles? files = null)
    {
        var delivery = new Delivery(
            new DeliveryOptions
            {
                Outbox = TestEvents.Outbox(_folder),
                Broker = TestEvents.Broker(port, version),
                SiteId = "bai-bien-cua-lo",
                Commands = new CommandOptions { Folder = _folder, PerSecond = 1000, Burst = 1000 },
                Evidence = new EvidenceUploadOptions { JournalPath = Path.Combine(_folder, "evidence.db"), Mode = mode },
            },
            _events, TimeProvider.System, NullLoggerFactory.Instance);
        if (files is not null) delivery.Commands.Handle(new FetchEvidenceHandler(delivery.Evidence!, files));
        delivery.Start();
        return delivery;
    }

    private EvidenceFile Make(string name, int bytes, string mediaType)
    {
        var path = Path.Combine(_folder, name);
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        File.WriteAllBytes(path, content);
        return new EvidenceFile(name, path, mediaType);
    }

    private sealed class Kept : Dictionary<string, IReadOnlyList<EvidenceFile>>, IEvidenceFiles
    {
        public Task<IReadOnlyList<EvidenceFile>?> FindAsync(string eventId, CancellationToken cancel) => Task.FromResult(this.GetValueOrDefault(eventId));

        public Task HandedOverAsync(string eventId, string officer, CancellationToken cancel) => Task.CompletedTask;
    }

    /// <summary>Puts evidence together as docs/events says: parts by name, repeats dropped, hashes from the index.</summary>
    private sealed class EvidenceStore : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, byte[]> _parts = new(StringComparer.Ordinal);
        private readonly MqttSubscription _subscription;
        private readonly Task _reading;

        private EvidenceStore(BrokerOptions broker)
        {
            _subscription = new MqttSubscription(broker with { ClientId = "evidence-store" }, ["edge/+/evidence/#"], keepSession: true);
            _reading = ReadAsync();
        }

        public ConcurrentQueue<string> Altered { get; } = new();

        public static async Task<EvidenceStore> StartAsync(BrokerOptions broker)
        {
            var store = new EvidenceStore(broker);
            await store._subscription.Subscribed.WaitAsync(Patience);
            return store;
        }

        public int Parts(string id) => _parts.Keys.Count(key => key.StartsWith(id, StringComparison.Ordinal));

        public bool IsWhole(string id) => Index(id) is { } index && index.GetProperty("files").EnumerateArray().All(file => file.GetProperty("parts").EnumerateArray()
            .All(part => _parts.TryGetValue($"{id}/{part.GetProperty("part").GetString()}", out var bytes) && Hash(bytes) == part.GetProperty("sha256").GetString()));

        public byte[] Read(string id, string name)
        {
            var file = Index(id)!.Value.GetProperty("files").EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);
            var bytes = file.GetProperty("parts").EnumerateArray().SelectMany(part => _parts[$"{id}/{part.GetProperty("part").GetString()}"]).ToArray();
            Assert.Equal(file.GetProperty("sha256").GetString(), Hash(bytes));
            Assert.Equal(file.GetProperty("bytes").GetInt64(), bytes.Length);
            return bytes;
        }

        public async ValueTask DisposeAsync()
        {
            await _subscription.DisposeAsync();
            await _reading;
        }

        private JsonElement? Index(string id) => _parts.TryGetValue(id + "/index", out var bytes) ? JsonElement.Parse(bytes) : null;

        private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

        private async Task ReadAsync()
        {
            await foreach (var message in _subscription.ReadAllAsync())
            {
                var key = string.Join('/', message.Topic.Split('/')[^2..]);
                if (!_parts.GetOrAdd(key, message.Payload).AsSpan().SequenceEqual(message.Payload)) Altered.Enqueue(key);
            }
        }
    }
}
