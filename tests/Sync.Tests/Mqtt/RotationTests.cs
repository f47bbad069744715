using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Tests.Commands;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>Mutual TLS with a private authority, and the rotation of keys and certificates; openssl makes them.</summary>
public sealed class RotationTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly GatewayEvents _events = TestEvents.Live();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_replaced_certificate_is_taken_up_without_a_restart_and_a_half_written_one_costs_nothing(MqttVersion version)
    {
        Authority("ca");
        Certificate("server", "ca", "localhost");
        Certificate("gateway", "ca", "first-certificate");
        await using var broker = await AskingForCertificatesAsync("use_identity_as_username true");
        await using var delivery = Start(Options(broker.Port, version));
        delivery.Offer(TestEvents.Count(_events, 1));
        await Wait.Until("delivered over mutual TLS", () => delivery.Health is { Connected: true, Pending: 0, Delivered: > 0 }, Patience);
        await Wait.Until("the broker has seen the certificate", () => broker.Log.Contains("first-certificate", StringComparison.Ordinal), Patience); // its log comes by another pipe

        var good = System.IO.File.ReadAllText(File("gateway.key"));
        System.IO.File.WriteAllText(File("gateway.key"), good[..(good.Length / 2)]);
        delivery.Offer(TestEvents.Count(_events, 2));
        await Wait.Until("the connection that stands goes on", () => delivery.Health is { Connected: true, Pending: 0, Delivered: >= 2 }, Patience);

        Certificate("gateway", "ca", "second-certificate");
        await Wait.Until("it comes with the new certificate", () => broker.Log.Contains("second-certificate", StringComparison.Ordinal) && delivery.Health.Connected, Patience);
        delivery.Offer(TestEvents.Count(_events, 3));
        await Wait.Until("and delivers", () => delivery.Health is { Connected: true, Pending: 0, Delivered: >= 3 }, Patience);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task Without_a_certificate_or_with_a_strangers_the_broker_is_not_reached_and_the_event_kept(MqttVersion version)
    {
        Authority("ca");
        Authority("other");
        Certificate("server", "ca", "localhost");
        Certificate("gateway", "other", "stranger");
        await using var broker = await AskingForCertificatesAsync();
        await using (var stranger = Start(Options(broker.Port, version)))
        {
            stranger.Offer(TestEvents.Count(_events, 1));
            await Wait.Until("a stranger stays outside", () => stranger.Health is { Link: LinkState.TlsFailed or LinkState.Unreachable, Pending: > 0 }, Patience);

            Certificate("gateway", "ca", "known");
            await Wait.Until("with the right certificate it goes out", () => stranger.Health is { Connected: true, Pending: 0 }, Patience);
        }

        await using var bare = Start(Options(broker.Port, version) with { CertificateFile = null, KeyFile = null });
        await Wait.Until("without one neither", () => bare.Health is { Link: LinkState.TlsFailed or LinkState.Unreachable }, Patience);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_certificate_that_the_broker_refuses_leaves_the_former_one_in_use_until_the_right_one_is_there(MqttVersion version)
    {
        Authority("ca");
        Authority("other");
        Certificate("server", "ca", "localhost");
        Certificate("gateway", "ca", "first-certificate");
        await using var broker = await AskingForCertificatesAsync("use_identity_as_username true");
        await using var delivery = Start(Options(broker.Port, version));
        await Wait.Until("connected", () => delivery.Health.Connected, Patience);

        Certificate("gateway", "other", "stranger");
        await Wait.Until("an alert tells of it", () => delivery.Health is { Connected: true } health && health.Problems.Contains("delivery-certificate", StringComparer.Ordinal), Patience);
        delivery.Offer(TestEvents.Count(_events, 1));
        await Wait.Until("events go out all the same", () => delivery.Health is { Connected: true, Pending: 0, Delivered: > 0 }, Patience);
        await broker.RestartAsync();
        delivery.Offer(TestEvents.Count(_events, 2));
        await Wait.Until("over a restart of the broker too", () => delivery.Health is { Connected: true, Pending: 0, Delivered: >= 2 }, Patience);

        Certificate("gateway", "ca", "second-certificate");
        await Wait.Until("it comes with the right one", () => broker.Log.Contains("second-certificate", StringComparison.Ordinal) && delivery.Health.Connected, Patience);
        await Wait.Until("the alert is over", () => !delivery.Health.Problems.Contains("delivery-certificate", StringComparer.Ordinal), Patience);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_new_authority_is_taken_up_before_the_broker_changes_its_certificate(MqttVersion version)
    {
        Authority("ca");
        Authority("next");
        Certificate("server", "ca", "localhost");
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Tls = (File("server.pem"), File("server.key")) });
        await using var delivery = Start(Options(broker.Port, version) with { CertificateFile = null, KeyFile = null });
        await Wait.Until("connected", () => delivery.Health.Connected, Patience);
        System.IO.File.AppendAllText(File("ca.pem"), System.IO.File.ReadAllText(File("next.pem")));
        Certificate("server", "next", "localhost");
        await broker.RestartAsync();
        delivery.Offer(TestEvents.Count(_events, 1));
        await Wait.Until("both authorities are believed", () => delivery.Health is { Connected: true, Pending: 0, Delivered: > 0 }, Patience);
    }

    private Task<Mosquitto> AskingForCertificatesAsync(params string[] more) => Mosquitto.StartAsync(new MosquittoOptions
    {
        Tls = (File("server.pem"), File("server.key")),
        Lines = [$"cafile {File("ca.pem")}", "require_certificate true", .. more],
    });

    private BrokerOptions Options(int port, MqttVersion version) => TestEvents.Broker(port, version) with
    {
        Address = new BrokerAddress("localhost", port, Tls: true),
        CaFile = File("ca.pem"),
        CertificateFile = File("gateway.pem"),
        KeyFile = File("gateway.key"),
        LookAtFiles = TimeSpan.FromMilliseconds(100),
    };

    private Delivery Start(BrokerOptions broker)
    {
        var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = broker, SiteId = "bai-bien-cua-lo" },
            _events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        return delivery;
    }

    private string File(string name) => Path.Combine(_folder, name);

    private void Authority(string name)
    {
        OpenSsl.KeyPair(_folder, name + ".key");
        OpenSsl.Run([], "req", "-x509", "-new", "-key", File(name + ".key"), "-out", File(name + ".pem"), "-days", "30", "-subj", $"/CN=Authority {name}");
    }

    private void Certificate(string name, string authority, string commonName)
    {
        var work = File(name + ".next");
        Directory.CreateDirectory(work);
        var key = OpenSsl.KeyPair(work, "key").PrivateFile;
        OpenSsl.Run([], "req", "-new", "-key", key, "-out", Path.Combine(work, "csr"), "-subj", $"/CN={commonName}");
        System.IO.File.WriteAllText(Path.Combine(work, "ext"), $"subjectAltName=DNS:{commonName}\n");
        OpenSsl.Run([], "x509", "-req", "-in", Path.Combine(work, "csr"), "-CA", File(authority + ".pem"), "-CAkey", File(authority + ".key"), "-CAcreateserial",
            "-out", Path.Combine(work, "pem"), "-days", "20", "-extfile", Path.Combine(work, "ext"));
        System.IO.File.Copy(Path.Combine(work, "pem"), File(name + ".pem"), overwrite: true);
        System.IO.File.Copy(key, File(name + ".key"), overwrite: true);
    }
}
