using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>A broker behind a cable that is pulled, and one that lets go of what it said it had.</summary>
public sealed class PartedBrokerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LiveWithin = TimeSpan.FromSeconds(10);

    private readonly string _folder = TestEvents.Folder();
    private readonly GatewayEvents _events = TestEvents.Live();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_network_that_parts_without_a_word_loses_nothing_and_is_live_again_soon_after_it_joins(MqttVersion version)
    {
        using var network = NetworkNamespace.TryMake(out var reason);
        Assert.SkipWhen(network is null, reason);
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Network = network });
        var address = new BrokerAddress(broker.Host, broker.Port, Tls: false);
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port) with { Address = address, KeepAlive = TimeSpan.FromSeconds(2), Timeout = TimeSpan.FromSeconds(2) });
        // Pauses, keep-alive and patience as a box has them when nobody changes anything.
        await using var delivery = Start(new BrokerOptions { Address = address, ClientId = TestEvents.Gateway, Version = version });
        var offered = new List<GatewayEvent>();
        var told = new List<string>();
        foreach (var seconds in FaultForm.IsLong ? (int[])[2, 9, 13, 25, 40, 90] : [3])
        {
            Offer(delivery, offered);
            await Wait.Until("all of before arrived", () => receiver.HasAll(offered) && delivery.Health is { Connected: true, Pending: 0 }, Patience);
            network.Part();
            var parted = Stopwatch.StartNew();
            await Wait.Until("the cable was out long enough", () =>
            {
                Offer(delivery, offered);
                return parted.Elapsed.TotalSeconds >= seconds;
            }, Patience * 2);
            await Wait.Until("what was offered is on the disk", () => delivery.Health.Queued == 0, Patience);
            var pending = delivery.Health.Pending;
            var delivered = delivery.Health.Delivered;
            network.Join();
            var joined = Stopwatch.StartNew();
            await Wait.Until("it is live again", () => delivery.Health is { Connected: true } health && health.Delivered > delivered, Patience);
            told.Add(string.Create(CultureInfo.InvariantCulture, $"parted {seconds} s, {pending} events waiting, {LiveAfter(joined.Elapsed)} it joined"));
        }

        await Wait.Until("all arrived", () => receiver.HasAll(offered) && delivery.Health.Pending == 0, Patience);
        Assert.Equal(offered.Count, receiver.Events.Count);
        Assert.Empty(receiver.Altered);
        TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join("; ", told)}; {offered.Count} offered, all received once in effect, {receiver.Messages.Count - receiver.Events.Count} repeats dropped.");
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_broker_that_refused_or_was_away_has_the_gateway_again_soon_after_it_returns(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Login = (TestEvents.Gateway, "right") });
        var password = "wrong";
        var options = new BrokerOptions { Address = new BrokerAddress("127.0.0.1", broker.Port, Tls: false), ClientId = TestEvents.Gateway, Version = version, Username = TestEvents.Gateway, Password = () => password };
        Assert.True(options.ReconnectMax < LiveWithin && options.RefusedMax < LiveWithin);
        await using var delivery = Start(options);
        var offered = new List<GatewayEvent>();
        var seconds = FaultForm.Size(3, 60); // pauses between tries grow as long as it lasts
        var told = new List<string>();

        await AwayAsync("refused", LinkState.BadCredentials);
        var returned = Stopwatch.StartNew();
        password = "right";
        await LiveAsync("refused");
        await broker.KillAsync();
        await AwayAsync("away", LinkState.Unreachable);
        await broker.StartAsync();
        returned.Restart();
        await LiveAsync("away");
        TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join("; ", told)}; {offered.Count} offered, {delivery.Health.Pending} pending.");

        async Task AwayAsync(string how, LinkState state)
        {
            Offer(delivery, offered);
            await Wait.Until($"it is {how}", () => delivery.Health.Link == state, Patience);
            var since = Stopwatch.StartNew();
            await Wait.Until($"it was {how} for long enough", () => since.Elapsed.TotalSeconds >= seconds, Patience * 2);
        }

        async Task LiveAsync(string how)
        {
            await Wait.Until("it is live again", () => delivery.Health is { Connected: true, Pending: 0 }, Patience * 2);
            told.Add(string.Create(CultureInfo.InvariantCulture, $"{how} for {seconds} s, {LiveAfter(returned.Elapsed)} it returned"));
        }
    }

    private static string LiveAfter(TimeSpan passed)
    {
        var told = string.Create(CultureInfo.InvariantCulture, $"live {passed.TotalSeconds:0.0} s after");
        FaultForm.MustHold(passed < LiveWithin, $"{told} it returned (asked: {LiveWithin.TotalSeconds:0} s).");
        return told;
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task What_a_broker_drops_at_its_queue_limit_comes_again_until_the_centre_has_stored_it(MqttVersion version)
    {
        // mosquitto sends PUBACK and drops silently for a centre that is away.
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Lines = ["max_queued_messages 20", "max_inflight_messages 5"] });
        var path = Path.Combine(_folder, "centre.db");
        await (await Centre.StartAsync(TestEvents.Broker(broker.Port, version), path)).DisposeAsync();
        await using var delivery = Start(TestEvents.Broker(broker.Port, version), new ReceiptOptions { ResendAfter = TimeSpan.FromMilliseconds(500), LookEvery = TimeSpan.FromMilliseconds(100) });
        var offered = Enumerable.Range(0, 200).Select(track => TestEvents.Violation(_events, track)).ToList();
        foreach (var item in offered) delivery.Offer(item);
        await Wait.Until("the broker has said that it has them all", () => delivery.Health.Delivered >= offered.Count, Patience);
        await using var centre = await Centre.StartAsync(TestEvents.Broker(broker.Port, version), path);
        // Health counts box by box: what goes back to be sent again in that moment may stand in none.
        await Wait.Until("all is stored and acknowledged", () => delivery.Health is { Queued: 0, Pending: 0, Unacknowledged: 0 } && Centre.Stored(path).Count >= offered.Count, Patience);
        Assert.Equal(offered.Select(item => item.Id.ToString()).Order(StringComparer.Ordinal), Centre.Stored(path).Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine($"MQTT {version}: {offered.Count} violations, a queue of 20 at the broker, {delivery.Health.Delivered} deliveries until all were stored.");
    }

    private void Offer(Delivery delivery, List<GatewayEvent> offered)
    {
        var item = TestEvents.Count(_events, offered.Count);
        offered.Add(item);
        Assert.True(delivery.Offer(item));
    }

    private Delivery Start(BrokerOptions broker, ReceiptOptions? receipts = null)
    {
        var delivery = new Delivery(new DeliveryOptions
        {
            Outbox = TestEvents.Outbox(_folder) with { Receipts = receipts ?? new() }, Broker = broker, SiteId = "bai-bien-cua-lo", Commands = new CommandOptions { Folder = _folder, PerSecond = 10_000, Burst = 10_000 },
        }, _events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        return delivery;
    }
}
