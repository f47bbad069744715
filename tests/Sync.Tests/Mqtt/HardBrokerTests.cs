using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet.Server;

namespace EdgeGateway.Sync.Tests.Mqtt;

public sealed class HardBrokerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly GatewayEvents _events = TestEvents.Live();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_broker_that_hangs_up_over_one_event_gets_all_the_others(MqttVersion version)
    {
        var port = Mosquitto.FreePort();
        using var server = Server(port, publish =>
        {
            if (!publish.ApplicationMessage.Topic.EndsWith("/passage", StringComparison.Ordinal)) return;
            publish.ProcessPublish = false;
            publish.CloseConnection = true;
        });
        await server.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(port, version));
        await using var delivery = Start(TestEvents.Broker(port, version) with { InFlight = 16, Timeout = TimeSpan.FromSeconds(3) });
        var others = Enumerable.Range(0, 40).Select(i => TestEvents.Count(_events, i)).ToArray();
        delivery.Offer(TestEvents.Passage(_events, 1));
        foreach (var item in others) delivery.Offer(item);
        await Wait.Until("all others arrived", () => receiver.HasAll(others), Patience);
        await Wait.Until("the one is parked and told", () => delivery.Health is { Refused: 1, Connected: true } && delivery.Health.Problems.Contains("delivery-refused", StringComparer.Ordinal), Patience);
        await delivery.StopAsync(TimeSpan.FromSeconds(5));
        await server.StopAsync(new MqttServerStopOptions());
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task Two_boxes_that_connect_under_one_name_are_told_of_until_one_is_gone(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var delivery = Start(TestEvents.Broker(broker.Port, version));
        await using (var copy = new Delivery(
            new DeliveryOptions { Outbox = TestEvents.Outbox(Path.Combine(_folder, "copy")), Broker = TestEvents.Broker(broker.Port, version), SiteId = "s" }, _events, TimeProvider.System, NullLoggerFactory.Instance))
        {
            copy.Start();
            await Wait.Until("the fight is told", () => delivery.Health.Problems.Contains("delivery-contested", StringComparer.Ordinal), 3 * Patience);
        }

        await Wait.Until("one is left and well", () => delivery.Health is { Connected: true, Problems: [] }, 3 * Patience);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_backlog_is_sent_by_priority_and_within_it_by_row(MqttVersion version)
    {
        var port = Mosquitto.FreePort();
        var order = new ConcurrentQueue<string>();
        using var server = Server(port, publish =>
        {
            if (publish.ApplicationMessage.Topic.Contains("/events/", StringComparison.Ordinal))
            {
                using var json = JsonDocument.Parse(publish.ApplicationMessage.Payload);
                order.Enqueue(json.RootElement.GetProperty("id").GetString()!);
            }
        });
        await using var delivery = Start(TestEvents.Broker(port, version) with { InFlight = 1 });
        var crossings = Enumerable.Range(0, 300).Select(i => TestEvents.Crossing(_events, i, TestEvents.Start.AddHours(-i))).ToArray();
        GatewayEvent[] later = [TestEvents.Count(_events, 1), TestEvents.Passage(_events, 1), TestEvents.Violation(_events, 1)];
        foreach (var item in crossings.Concat(later)) delivery.Offer(item);
        await delivery.FlushAsync(TestContext.Current.CancellationToken);
        await server.StartAsync();
        await Wait.Until("all is delivered", () => delivery.Health.Pending == 0, Patience);
        Assert.Equal(later.Reverse().Concat(crossings).Select(item => item.Id.ToString()), order, StringComparer.Ordinal);
        await delivery.StopAsync(TimeSpan.FromSeconds(5));
        await server.StopAsync(new MqttServerStopOptions());
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task Tls_is_checked_against_name_and_authority(MqttVersion version)
    {
        var (authority, certificate, key) = MakeCertificates();
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Tls = (certificate, key) });
        var options = TestEvents.Broker(broker.Port, version) with { Address = new BrokerAddress("localhost", broker.Port, Tls: true), CaFile = authority };

        await using (var delivery = Start(options))
        {
            delivery.Offer(TestEvents.Count(_events, 1));
            await Wait.Until("the event is delivered over TLS", () => delivery.Health is { Connected: true, Pending: 0, Delivered: > 0 }, Patience);
        }

        await using (var wrongName = Start(options with { Address = options.Address with { Host = "127.0.0.1" } }))
        {
            await Wait.Until("another name is refused", () => wrongName.Health.Link == LinkState.TlsFailed, Patience);
            Assert.Contains("certificate", wrongName.Health.LastError, StringComparison.OrdinalIgnoreCase);
        }

        await using var unknown = Start(options with { CaFile = null });
        await Wait.Until("an unknown authority is refused", () => unknown.Health.Link == LinkState.TlsFailed, Patience);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_stop_drains_what_can_be_sent_and_keeps_the_rest(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port, version));
        var offered = Enumerable.Range(0, 1000).Select(i => TestEvents.Crossing(_events, i)).ToArray();
        await using (var delivery = Start(TestEvents.Broker(broker.Port, version)))
        {
            await Wait.Until("connected", () => delivery.Health.Connected, Patience);
            foreach (var item in offered) delivery.Offer(item);
            await delivery.StopAsync(Patience);
            Assert.Equal(0, delivery.Health.Pending);
        }

        await Wait.Until("all arrived", () => receiver.HasAll(offered), Patience);

        await broker.StopAsync();
        var late = TestEvents.Count(_events, 1);
        await using (var away = Start(TestEvents.Broker(broker.Port, version)))
        {
            away.Offer(late);
            await away.StopAsync(TimeSpan.FromSeconds(5)); // in vain: nobody takes it
            Assert.Equal(1, away.Health.Pending);
        }

        await broker.StartAsync();
        await using var again = Start(TestEvents.Broker(broker.Port, version));
        await Wait.Until("the rest arrives after the next start", () => receiver.HasAll([late]), Patience);
    }

    private static MqttServer Server(int port, Action<InterceptingPublishEventArgs> onPublish)
    {
        var server = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder()
            .WithDefaultEndpoint().WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).WithDefaultEndpointBoundIPV6Address(IPAddress.None).WithDefaultEndpointPort(port)
            .WithPersistentSessions().WithMaxPendingMessagesPerClient(100_000).Build());
        server.InterceptingPublishAsync += publish =>
        {
            onPublish(publish);
            return Task.CompletedTask;
        };
        return server;
    }

    private Delivery Start(BrokerOptions broker)
    {
        var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = broker, SiteId = "bai-bien-cua-lo" },
            _events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        return delivery;
    }

    private (string Authority, string Certificate, string Key) MakeCertificates()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=Test authority", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = rootRequest.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));

        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var server = request.Create(root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(20), [1, 2, 3, 4]);

        string Write(string name, string pem)
        {
            var path = Path.Combine(_folder, name);
            File.WriteAllText(path, pem);
            return path;
        }

        return (Write("ca.pem", root.ExportCertificatePem()), Write("server.pem", server.ExportCertificatePem()), Write("server.key", serverKey.ExportPkcs8PrivateKeyPem()));
    }
}
