using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Mqtt;

public sealed class DeliveryTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly GatewayEvents _events = TestEvents.Live();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task Events_offered_while_the_broker_is_absent_arrive_when_it_comes(MqttVersion version)
    {
        await using var broker = Mosquitto.Prepare();
        await using var delivery = Start(TestEvents.Broker(broker.Port, version));
        var offered = Enumerable.Range(0, 500).Select(track => TestEvents.Crossing(_events, track)).ToArray();
        foreach (var item in offered) Assert.True(delivery.Offer(item));
        await Wait.Until("all are committed", () => delivery.Health is { Pending: 500, Link: LinkState.Unreachable }, Patience);

        await broker.StartAsync();
        await Wait.Until("the outbox is empty", () => delivery.Health is { Pending: 0, Connected: true }, Patience);
        Assert.Equal(500, delivery.Health.Delivered);
        Assert.Null(delivery.Health.LastError);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_broker_killed_and_restarted_gets_every_event_once_in_effect(MqttVersion version)
    {
        // mosquitto does not write down what it acknowledges, so a kill may cost it messages that it had from us. What is
        // looked at here is our side: the receiver's session is saved, and each kill falls when the broker has passed all on.
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions
        {
            Lines = ["autosave_on_changes true", "autosave_interval 1", "max_inflight_messages 0"],
        });
        await using var delivery = Start(TestEvents.Broker(broker.Port, version));
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port, version));
        var offered = new List<GatewayEvent>();
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 150; i++) Offer(delivery, offered);
            await Wait.Until("all of before arrived", () => receiver.HasAll(offered), Patience);
            await broker.KillAsync();
            for (var i = 0; i < 100; i++) Offer(delivery, offered);
            await Wait.Until("the loss is noticed", () => !delivery.Health.Connected, Patience);
            await broker.StartAsync();
            await Wait.Until("both are connected again", () => delivery.Health.Connected, Patience);
        }

        await Wait.Until("the outbox is empty", () => delivery.Health is { Pending: 0, Queued: 0 }, Patience);
        await Wait.Until("the receiver has all", () => receiver.HasAll(offered), Patience);
        Assert.Equal(offered.Count, receiver.Events.Count);
        Assert.Empty(receiver.Altered);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_broker_stopped_in_the_midst_of_deliveries_gets_every_event_once_in_effect(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var delivery = Start(TestEvents.Broker(broker.Port, version));
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port, version));
        var offered = new List<GatewayEvent>();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 400; i++) Offer(delivery, offered);
            await Wait.Until("some were delivered", () => delivery.Health.Delivered > round * 300, Patience);
            await broker.RestartAsync();
        }

        await Wait.Until("the receiver has all", () => receiver.HasAll(offered), Patience);
        await Wait.Until("the outbox is empty", () => delivery.Health is { Pending: 0, Queued: 0 }, Patience);
        Assert.Equal(offered.Count, receiver.Events.Count);
        Assert.Empty(receiver.Altered);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_gateway_cut_off_midway_delivers_all_with_their_first_ids(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var proxy = CuttingProxy.Start(broker.Port);
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port, version));
        await using var delivery = Start(TestEvents.Broker(proxy.Port, version));
        var offered = new List<GatewayEvent>();
        for (var round = 0; round < 6; round++)
        {
            await Wait.Until("connected", () => delivery.Health.Connected, Patience);
            for (var i = 0; i < 200; i++) Offer(delivery, offered);
            await Wait.Until("some arrived", () => receiver.Events.Count > round * 150, Patience);
            proxy.CutAll();
        }

        await Wait.Until("all arrived", () => receiver.HasAll(offered), Patience);
        await Wait.Until("the outbox is empty", () => delivery.Health is { Pending: 0, Queued: 0 }, Patience);
        Assert.Equal(offered.Count, receiver.Events.Count);
        Assert.Empty(receiver.Altered);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_wrong_password_is_a_clear_state_and_never_final(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Login = ("bien-cua-lo-01", "right") });
        var password = "wrong";
        await using var delivery = Start(TestEvents.Broker(broker.Port, version) with { Username = "bien-cua-lo-01", Password = () => password });
        delivery.Offer(TestEvents.Count(_events, 5));
        await Wait.Until("the refusal shows", () => delivery.Health.Link == LinkState.BadCredentials && delivery.Health.Problems.Contains("delivery-link", StringComparer.Ordinal), Patience);
        Assert.Contains("password", delivery.Health.LastError, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", delivery.Health.LastError, StringComparison.Ordinal);

        password = "right";
        await Wait.Until("the right password is taken up without a restart", () => delivery.Health is { Connected: true, Pending: 0 } health && !health.Problems.Contains("delivery-link", StringComparer.Ordinal), Patience);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task An_alert_of_the_last_run_is_cleared_when_the_next_one_gets_in(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Login = ("bien-cua-lo-01", "right") });
        var right = TestEvents.Broker(broker.Port, version) with { Username = "bien-cua-lo-01", Password = () => "right" };
        await using (var refused = Start(right with { Password = () => "wrong" }))
        {
            await Wait.Until("the alert is raised", () => refused.Health.Problems.Contains("delivery-link"), Patience);
            await refused.FlushAsync();
        }

        await using var receiver = await Receiver.StartAsync(right);
        await using var delivery = Start(right);
        bool Told(string state) => receiver.Events.Values.Any(json => System.Text.Encoding.UTF8.GetString(json) is var text
            && text.Contains("\"delivery-link\"", StringComparison.Ordinal) && text.Contains($"\"state\":\"{state}\"", StringComparison.Ordinal));
        await Wait.Until("it was raised and is cleared", () => Told("raised") && Told("cleared"), Patience);
        Assert.DoesNotContain("delivery-link", delivery.Health.Problems, StringComparer.Ordinal);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task Status_and_camera_states_are_retained_and_said_again_at_every_connect(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var proxy = CuttingProxy.Start(broker.Port);
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port, version), "edge/#");
        await using var delivery = Start(TestEvents.Broker(proxy.Port, version));
        delivery.SetRetained(_events.CameraState(TestEvents.Camera, TestEvents.Start,
            new CameraStateData(CameraCondition.Streaming, null, 8, 3, TestEvents.Start, null)));
        var state = _events.Topics.CameraState("cong-binh-minh");
        await Wait.Until("state and status arrive", () => receiver.Last(state) is not null && PresenceIn(receiver) == "online", Patience);

        proxy.CutAll();
        await Wait.Until("the last will arrives", () => receiver.Messages.Any(message => message.Topic == _events.Topics.Status && Presence(message) == "offline"), Patience);
        await Wait.Until("online is said again", () => PresenceIn(receiver) == "online", Patience);
        await Wait.Until("the state is said again", () => receiver.Messages.Count(message => message.Topic == state) >= 2, Patience);

        await using var late = await Receiver.StartAsync(TestEvents.Broker(broker.Port, version), "edge/#");
        await Wait.Until("a late comer finds both retained", () => late.Last(state) is { Retained: true } && late.Last(_events.Topics.Status) is { Retained: true }, Patience);

        await delivery.StopAsync(TimeSpan.FromSeconds(5));
        await Wait.Until("offline after a clean end", () => PresenceIn(receiver) == "offline", Patience);
    }

    [Fact]
    public async Task A_refused_topic_is_kept_and_told_while_others_go_on()
    {
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions
        {
            AccessList = ["topic readwrite edge/+/cameras/+/events/count", "topic readwrite edge/+/status", "topic readwrite edge/+/sites/+/events/alert"],
        });
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        await using var delivery = Start(TestEvents.Broker(broker.Port));
        var passage = TestEvents.Passage(_events, 1);
        var count = TestEvents.Count(_events, 2);
        delivery.Offer(passage);
        delivery.Offer(count);
        await Wait.Until("the count arrives and an alert tells of the refusal",
            () => receiver.HasAll([count]) && receiver.Messages.Any(message => message.Topic.EndsWith("/alert", StringComparison.Ordinal)), Patience);
        await Wait.Until("only the refused one waits", () => delivery.Health is { Pending: 1, Refused: 1 }, Patience);
        await Wait.Until("it is a problem of the delivery", () => delivery.Health.Problems.Contains("delivery-refused", StringComparer.Ordinal), Patience);
        Assert.Contains("0x87", delivery.Health.LastError, StringComparison.Ordinal);
        // What the broker says is told in the reader's language, not only framed in it.
        Assert.Contains(receiver.Messages, message => message.Topic.EndsWith("/alert", StringComparison.Ordinal) && Encoding.UTF8.GetString(message.Payload).Contains("(không có quyền)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_small_receive_maximum_is_respected()
    {
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Lines = ["max_inflight_messages 2"] });
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        await using var delivery = Start(TestEvents.Broker(broker.Port));
        var offered = new List<GatewayEvent>();
        for (var i = 0; i < 300; i++) Offer(delivery, offered);
        await Wait.Until("all arrive", () => receiver.HasAll(offered), Patience);
        Assert.DoesNotContain("receive maximum", broker.Log, StringComparison.OrdinalIgnoreCase);
        await Wait.Until("all are acknowledged", () => delivery.Health.Delivered == 300, Patience);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task An_event_larger_than_the_brokers_packets_does_not_hold_up_others(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Lines = ["max_packet_size 2000"] });
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port, version));
        await using var delivery = Start(TestEvents.Broker(broker.Port, version));
        var large = _events.Create(TestEvents.Camera, TestEvents.Start,
            new ReportData("visitors", TestEvents.Start, TestEvents.Start, "bai-bien", new string('x', 4000), "00"));
        var count = TestEvents.Count(_events, 2);
        delivery.Offer(large);
        delivery.Offer(count);
        await Wait.Until("the count arrives", () => receiver.HasAll([count]), Patience);
        await Wait.Until("the large one waits", () => delivery.Health is { Pending: 1, Refused: 1, Connected: true }, Patience);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task Live_events_pass_the_backlog(MqttVersion version)
    {
        await using var broker = Mosquitto.Prepare();
        // A slow line, so that the backlog lasts for some seconds on any machine.
        await using var proxy = CuttingProxy.Start(broker.Port);
        proxy.BytesPerSecond = 300_000;
        await using var delivery = Start(TestEvents.Broker(proxy.Port, version) with { InFlight = 8 });
        var backlog = new List<GatewayEvent>();
        for (var i = 0; i < 3000; i++) Offer(delivery, backlog);
        await delivery.FlushAsync(TestContext.Current.CancellationToken);

        await using var embedded = await EmbeddedBroker.StartAsync(NullLogger.Instance, broker.Port);
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port, version));
        await Wait.Until("the backlog is on its way", () => delivery.Health.Delivered > 100, Patience);
        var live = TestEvents.Crossing(_events, 99_999);
        delivery.Offer(live);
        await Wait.Until("all arrived", () => receiver.HasAll([live]) && receiver.HasAll(backlog), Patience);
        // By the order of arrival: whoever looks at what is pending may look too late.
        var order = receiver.Messages.Select(message => JsonElement.Parse(message.Payload).GetProperty("id").GetString()).ToList();
        Assert.True(order.IndexOf(live.Id.ToString()) < order.LastIndexOf(backlog[^1].Id.ToString()), "The live crossing arrived before the backlog was done.");
        await Wait.Until("all is delivered", () => delivery.Health.Pending == 0, Patience);
    }

    private Delivery Start(BrokerOptions broker)
    {
        var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = broker, SiteId = "bai-bien-cua-lo" },
            _events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        return delivery;
    }

    private void Offer(Delivery delivery, List<GatewayEvent> offered)
    {
        var item = TestEvents.Crossing(_events, offered.Count);
        offered.Add(item);
        delivery.Offer(item);
    }

    private string? PresenceIn(Receiver receiver) => receiver.Last(_events.Topics.Status) is { } message ? Presence(message) : null;

    private static string? Presence(ReceivedMessage message)
    {
        using var json = JsonDocument.Parse(message.Payload);
        return json.RootElement.GetProperty("data").GetProperty("state").GetString();
    }
}
