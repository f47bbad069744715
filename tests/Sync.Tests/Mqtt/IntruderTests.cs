using System.Buffers;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>A gateway that was taken over, with its valid account, at a broker with rights by user: each gateway one account, on its own topics only.</summary>
public sealed class IntruderTests : IDisposable
{
    private const string Intruder = "cua-hoi-02";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly MosquittoOptions Rights = new()
    {
        Login = (TestEvents.Gateway, "g1"),
        OtherLogins = [(Intruder, "g2"), ("ioc", "c")],
        AccessList = ["user ioc", "topic readwrite edge/#", "topic read ioc/#", "pattern write edge/%u/#", "pattern read edge/%u/commands/#", "pattern write ioc/replies/%u/#"],
        Lines = ["use_username_as_clientid true"],
    };

    private readonly string _folder = TestEvents.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_gateway_taken_over_reaches_no_topic_of_another(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync(Rights);
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port, version) with { Username = "ioc", Password = () => "c" }, "edge/#");
        var own = TestEvents.Live();
        await using var delivery = Start("own", own, TestEvents.Broker(broker.Port, version) with { Username = TestEvents.Gateway, Password = () => "g1" });
        var first = TestEvents.Count(own, 1);
        delivery.Offer(first);
        await Wait.Until("the gateway's own events pass", () => receiver.HasAll([first]), Patience);

        // With the program's own delivery: it poses as the other gateway, by its name on the line too.
        var posing = TestEvents.Live();
        var forged = TestEvents.Violation(posing, 7);
        await using (var intruder = Start("intruder", posing, TestEvents.Broker(broker.Port, version) with { Username = Intruder, Password = () => "g2" }))
        {
            intruder.Offer(forged);
            if (version == MqttVersion.V5) await Wait.Until("it is refused and told", () => intruder.Health is { Refused: > 0, LastError: { } error } && error.Contains("0x87", StringComparison.Ordinal), Patience);
            else await Wait.Until("3.1.1 has no word for a refusal: the broker takes it and lets it fall", () => intruder.Health.Delivered > 0, Patience);
        }

        // By hand, once that one is gone (one user is one client here): events, a command, the state, a last will, and listening.
        var heard = 0;
        using (var client = new MqttClientFactory().CreateMqttClient())
        {
            client.ApplicationMessageReceivedAsync += received =>
            {
                if (received.ApplicationMessage.Topic.StartsWith($"edge/{TestEvents.Gateway}/", StringComparison.Ordinal)) Interlocked.Increment(ref heard);
                return Task.CompletedTask;
            };
            await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker.Port).WithCredentials(Intruder, "g2").WithClientId(TestEvents.Gateway)
                .WithProtocolVersion(version == MqttVersion.V5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311)
                .WithWillTopic(own.Topics.Status).WithWillPayload("posed"u8.ToArray()).WithWillRetain().Build(), TestContext.Current.CancellationToken);
            await client.SubscribeAsync($"edge/{TestEvents.Gateway}/#", MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);
            foreach (var topic in new[] { own.Topics.Status, own.Topics.Commands + "open_gate", $"edge/{TestEvents.Gateway}/cameras/x/events/violation", $"edge/{TestEvents.Gateway}/evidence/x/0" })
            {
                var answer = await client.PublishAsync(new MqttApplicationMessage { Topic = topic, Payload = new ReadOnlySequence<byte>("{\"id\":\"posed\"}"u8.ToArray()), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce, Retain = true }, TestContext.Current.CancellationToken);
                if (version == MqttVersion.V5) Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, answer.ReasonCode);
            }
        } // cut, so that the last will is sent

        var last = TestEvents.Count(own, 2);
        delivery.Offer(last);
        await Wait.Until("the gateway goes on", () => receiver.HasAll([last]), Patience);
        await using var late = await Receiver.StartAsync(TestEvents.Broker(broker.Port, version) with { Username = "ioc", Password = () => "c" }, "edge/#");
        await Wait.Until("the gateway's own state is retained", () => late.Last(own.Topics.Status) is not null, Patience);
        foreach (var message in receiver.Messages.Concat(late.Messages).Where(message => message.Topic.StartsWith($"edge/{TestEvents.Gateway}/", StringComparison.Ordinal)))
        {
            var text = System.Text.Encoding.UTF8.GetString(message.Payload);
            Assert.DoesNotContain("posed", text, StringComparison.Ordinal);
            Assert.DoesNotContain(forged.Id.ToString(), text, StringComparison.Ordinal);
        }

        Assert.Equal(0, heard);
        Assert.True(delivery.Health.Connected);
    }

    private Delivery Start(string name, GatewayEvents events, BrokerOptions broker)
    {
        var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(Directory.CreateDirectory(Path.Combine(_folder, name)).FullName), Broker = broker, SiteId = "bai-bien" }, events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        return delivery;
    }
}
