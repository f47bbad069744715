using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Sync.Tests.Commands;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>PUBACK: the broker has it. acknowledge: the operations centre has stored it. Until then the box keeps it.</summary>
public sealed class ReceiptTests : IDisposable
{
    private const string FolderVariable = "EDGEGATEWAY_TEST_CENTRE_FOLDER";
    private const string PortVariable = "EDGEGATEWAY_TEST_CENTRE_PORT";
    private const string VersionVariable = "EDGEGATEWAY_TEST_CENTRE_VERSION";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly GatewayEvents _events = TestEvents.Live();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_violation_is_kept_after_its_PUBACK_and_over_a_restart_until_it_is_acknowledged(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port), "edge/#");
        await using var centre = await Commander.StartAsync(broker.Port, version);
        var violation = TestEvents.Violation(_events, 1);
        var count = TestEvents.Count(_events, 2);
        await using (var first = Start(broker.Port, version))
        {
            first.Offer(violation);
            first.Offer(count);
            await Wait.Until("both are with the broker and the violation waits", () => first.Health is { Pending: 0, Delivered: >= 2, Unacknowledged: 1 }, Patience);
        }

        await using var delivery = Start(broker.Port, version);
        await Wait.Until("it still waits after the restart", () => delivery.Health is { Connected: true, Unacknowledged: 1 }, Patience);
        Assert.Equal(violation.Time, delivery.Health.OldestUnacknowledged);
        Assert.True(delivery.Waits(violation.Id.ToString()));
        Assert.False(delivery.Waits(count.Id.ToString()));
        await Wait.Until("the status shows it", () => receiver.Last(_events.Topics.Status) is { } status && OldestIn(status) == violation.Time, Patience);

        var told = new ConcurrentQueue<string>();
        delivery.Receipts.Acknowledged += ids => { foreach (var id in ids) told.Enqueue(id); };
        var reply = await centre.AskAsync("acknowledge", centre.Envelope($"{{\"ids\":[\"{violation.Id}\",\"{count.Id}\"]}}"));
        Assert.Equal("ok", reply.GetProperty("status").GetString());
        Assert.Equal((1, 1, 0), (Number(reply, "acknowledged"), Number(reply, "unknown"), Number(reply, "waiting")));
        await Wait.Until("the evidence's keeper is told", () => told.SequenceEqual([violation.Id.ToString()], StringComparer.Ordinal), Patience);
        Assert.Equal((0L, null), (delivery.Health.Unacknowledged, delivery.Health.OldestUnacknowledged));
        Assert.False(delivery.Waits(violation.Id.ToString()));
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task What_nobody_acknowledges_comes_again_under_its_id_by_time_and_on_demand(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        await using var delivery = Start(broker.Port, version, new ReceiptOptions { ResendAfter = TimeSpan.FromMilliseconds(300), LookEvery = TimeSpan.FromMilliseconds(50) });
        var violation = TestEvents.Violation(_events, 1);
        delivery.Offer(violation);
        await Wait.Until("it came three times", () => receiver.Messages.Count >= 3, Patience);
        Assert.Single(receiver.Events);
        Assert.Empty(receiver.Altered);
        // While it is sent again it stands among those that wait for the broker.
        await Wait.Until("it still waits to be acknowledged", () => delivery.Health.Unacknowledged == 1, Patience);
        var before = receiver.Messages.Count;
        delivery.Receipts.ResendAll();
        await Wait.Until("it comes on demand", () => receiver.Messages.Count > before, Patience);
    }

    [Fact]
    public async Task What_was_delivered_by_a_clock_far_ahead_comes_again_when_the_clock_is_put_right()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        var often = new ReceiptOptions { LookEvery = TimeSpan.FromMilliseconds(50) };
        var violation = TestEvents.Violation(_events, 1);
        await using (var ahead = Start(broker.Port, MqttVersion.V5, often, new Years(6)))
        {
            ahead.Offer(violation);
            await Wait.Until("it is delivered and waits", () => ahead.Health is { Pending: 0, Unacknowledged: 1 } && receiver.Messages.Count == 1, Patience);
        }

        await using var delivery = Start(broker.Port, MqttVersion.V5, often);
        await Wait.Until("it comes again, not six years later", () => receiver.Messages.Count == 2, Patience);
        Assert.Single(receiver.Events);
    }

    [Fact]
    public async Task A_clock_far_behind_sends_nothing_again_and_makes_nothing_old()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        var often = new ReceiptOptions { LookEvery = TimeSpan.FromMilliseconds(50) };
        var (old, news) = (TestEvents.Violation(_events, 1), TestEvents.Violation(_events, 2));
        await using (var before = Start(broker.Port, MqttVersion.V5, often))
        {
            before.Offer(old);
            await Wait.Until("it is delivered and waits", () => before.Health is { Pending: 0, Unacknowledged: 1 } && receiver.Messages.Count == 1, Patience);
        }

        // An empty battery: the clock begins a year ago, and no time server answers. The last known time is on the disk.
        await using (var behind = Start(broker.Port, MqttVersion.V5, often with { ClockFollows = () => false, StampTime = () => TimeProvider.System.GetUtcNow() }, new Years(-1)))
        {
            behind.Offer(news);
            await Wait.Until("looks have gone by with the second one delivered", () => behind.Health is { Pending: 0, Unacknowledged: 2 } && receiver.HasAll([news]), Patience);
            Assert.Equal(2, receiver.Messages.Count);
        }

        // Put right: nothing is too old. The second one's next time lies a year back, so it comes again; the first one's hour is not over.
        await using var delivery = Start(broker.Port, MqttVersion.V5, often);
        await Wait.Until("the second one comes again", () => receiver.Messages.Count == 3 && delivery.Health.Pending == 0, Patience);
        Assert.Equal(2, delivery.Health.Unacknowledged);
        Assert.True(delivery.Waits(old.Id.ToString()) && delivery.Waits(news.Id.ToString()));
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task An_operations_centre_killed_again_and_again_has_every_event_once_in_effect(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var delivery = Start(broker.Port, version, new ReceiptOptions { ResendAfter = TimeSpan.FromMilliseconds(500), LookEvery = TimeSpan.FromMilliseconds(100) });
        var path = Path.Combine(_folder, "centre.db");
        var offered = new List<GatewayEvent>();
        for (var round = 0; round < 3; round++)
        {
            using var child = StartCentre(broker.Port, version);
            await Wait.Until("the centre is there", () => File.Exists(path + ".ready"), Patience);
            File.Delete(path + ".ready");
            for (var i = 0; i < 150; i++)
            {
                offered.Add(TestEvents.Violation(_events, offered.Count));
                delivery.Offer(offered[^1]);
            }

            await Wait.Until("it is at work", () => File.Exists(path) && Centre.Stored(path).Count > offered.Count - 120, Patience);
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using var centre = await Centre.StartAsync(TestEvents.Broker(broker.Port, version), path);
        // Health counts box by box: what goes back to be sent again in that moment may stand in none.
        await Wait.Until("all is stored and acknowledged", () => delivery.Health is { Queued: 0, Pending: 0, Unacknowledged: 0 } && Centre.Stored(path).Count >= offered.Count, Patience);
        Assert.Equal(offered.Select(item => item.Id.ToString()).Order(StringComparer.Ordinal), Centre.Stored(path).Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        TestContext.Current.SendDiagnosticMessage($"{offered.Count} events, {Centre.Stored(path).Values.Sum() - offered.Count} repeats dropped");
    }

    [Fact(Explicit = true)]
    public async Task Child_that_is_an_operations_centre_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("Only for the test beside it.");
        var port = int.Parse(Environment.GetEnvironmentVariable(PortVariable)!, CultureInfo.InvariantCulture);
        var path = Path.Combine(folder, "centre.db");
        await using var centre = await Centre.StartAsync(TestEvents.Broker(port, Enum.Parse<MqttVersion>(Environment.GetEnvironmentVariable(VersionVariable)!)), path);
        await File.WriteAllTextAsync(path + ".ready", "", TestContext.Current.CancellationToken);
        await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
    }

    private ChildOfTest StartCentre(int port, MqttVersion version) => ChildOfTest.Start(nameof(Child_that_is_an_operations_centre_until_it_is_killed),
        (FolderVariable, _folder), (PortVariable, port.ToString(CultureInfo.InvariantCulture)), (VersionVariable, version.ToString()));

    private Delivery Start(int port, MqttVersion version, ReceiptOptions? receipts = null, TimeProvider? time = null)
    {
        var delivery = new Delivery(
            new DeliveryOptions
            {
                Outbox = TestEvents.Outbox(_folder) with { Receipts = receipts ?? new ReceiptOptions() },
                Broker = TestEvents.Broker(port, version),
                SiteId = "bai-bien-cua-lo",
                Commands = new CommandOptions { Folder = _folder, PerSecond = 10_000, Burst = 10_000 },
                StatusEvery = TimeSpan.FromSeconds(1),
            },
            _events, time ?? TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        return delivery;
    }

    private sealed class Years(int ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddYears(ahead);
    }

    private static int Number(JsonElement reply, string name) => reply.GetProperty("data").GetProperty(name).GetInt32();

    private static DateTimeOffset? OldestIn(ReceivedMessage status)
    {
        using var json = JsonDocument.Parse(status.Payload);
        return json.RootElement.GetProperty("data").GetProperty("oldestUnacknowledged") is { ValueKind: JsonValueKind.String } time ? time.GetDateTimeOffset() : null;
    }
}
