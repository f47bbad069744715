using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Tests.Mqtt;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Fleet;

/// <summary>The recipe of deploy/fleet, run: three nats-servers, users of a list, TLS, haproxy. The load test is <c>benchmarks report fleet</c>.</summary>
public sealed class FleetTests : IDisposable
{
    private const string Gateway = TestEvents.Gateway;
    private const string Neighbour = "nga-tu-binh-minh";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = TestEvents.Folder();
    private readonly GatewayEvents _events = TestEvents.Live();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_cluster_takes_a_gateway_with_its_retained_status_its_last_will_and_its_events_while_a_node_dies()
    {
        Assert.SkipWhen(NatsFleet.Missing is not null, NatsFleet.Missing ?? "");
        await using var fleet = await NatsFleet.StartAsync([$"gateway {Gateway}", $"gateway {Neighbour}", "centre ioc"]);
        await using var receiver = await Receiver.StartAsync(Options(fleet, "ioc"), "edge/#");
        await using (var delivery = Start(Options(fleet, Gateway)))
        {
            var first = Offer(delivery, 0, 50);
            await Wait.Until("the events arrived", () => receiver.HasAll(first), Patience);
            await Wait.Until("the status is told", () => receiver.Last(_events.Topics.Status) is { } status && Says(status, "online"), Patience);

            await fleet.KillAsync(Math.Max(await fleet.LeaderAsync(), 0));
            var second = Offer(delivery, 50, 50);
            await Wait.Until("what was offered while a node is dead arrived", () => receiver.HasAll(second), Patience);
            Assert.Empty(receiver.Altered);
            await delivery.StopAsync(TimeSpan.FromSeconds(10));
        }

        await using var late = await Receiver.StartAsync(Options(fleet, "ioc"), "edge/+/status");
        await Wait.Until("who comes later hears the retained status", () => late.Last(_events.Topics.Status) is { Retained: true } status && Says(status, "offline"), Patience);
    }

    [Fact]
    public async Task A_gateway_reaches_its_own_topics_only()
    {
        Assert.SkipWhen(NatsFleet.Missing is not null, NatsFleet.Missing ?? "");
        await using var fleet = await NatsFleet.StartAsync([$"gateway {Gateway}", $"gateway {Neighbour}", "centre ioc"]);
        await using var receiver = await Receiver.StartAsync(Options(fleet, "ioc"), "edge/#");

        // nats-server answers a forbidden publication with PUBACK and drops it: only the receiver can tell.
        Assert.Equal("", Mosquitto(fleet, "mosquitto_pub", Gateway, "-t", $"edge/{Neighbour}/cameras/c/events/count", "-m", "{\"id\":\"forged\"}"));
        Assert.Equal("", Mosquitto(fleet, "mosquitto_pub", Gateway, "-t", $"edge/{Gateway}/commands/reload", "-m", "{\"id\":\"own-command\"}"));
        Assert.Equal("", Mosquitto(fleet, "mosquitto_pub", Gateway, "-t", $"edge/{Gateway}/cameras/c/events/count", "-m", "{\"id\":\"true\"}"));
        await Wait.Until("what is allowed arrived", () => receiver.Events.ContainsKey("true"), Patience);
        Assert.DoesNotContain("forged", receiver.Events.Keys, StringComparer.Ordinal);
        Assert.DoesNotContain("own-command", receiver.Events.Keys, StringComparer.Ordinal);
        await Wait.Until("the node's log tells of it", () => Enumerable.Range(0, 3).Select(fleet.LogOf).Any(log => log.Contains($"Publish Violation - User \"{Gateway}\"", StringComparison.Ordinal)), Patience);

        foreach (var filter in new[] { "edge/#", "#", $"edge/{Neighbour}/commands/+", "$MQTT/sub/#", "$MQTT/#", "$JS/#" })
            Assert.Contains("denied", Mosquitto(fleet, "mosquitto_sub", Gateway, "-t", filter, "-E"), StringComparison.Ordinal);
        Assert.Equal("", Mosquitto(fleet, "mosquitto_sub", Gateway, "-t", $"edge/{Gateway}/commands/+", "-E"));
    }

    [Fact]
    public async Task A_gateway_under_another_gateways_user_notices_that_its_events_may_be_dropped()
    {
        Assert.SkipWhen(NatsFleet.Missing is not null, NatsFleet.Missing ?? "");
        await using var fleet = await NatsFleet.StartAsync([$"gateway {Gateway}", $"gateway {Neighbour}", "centre ioc"]);
        await using var receiver = await Receiver.StartAsync(Options(fleet, "ioc"), "edge/#");
        await using var delivery = Start(Options(fleet, Neighbour), new CommandOptions { Folder = _folder });
        Offer(delivery, 0, 1);
        await Wait.Until("the event has its worthless PUBACK", () => delivery.Health.Delivered > 0, Patience);
        await Wait.Until("the gateway says that its rights are wrong", () => delivery.Health is { LastError: { } told } && told.Contains("mqtt.username", StringComparison.Ordinal), Patience);
        Assert.Empty(receiver.Events);
    }

    [Fact]
    public async Task The_broker_keeps_an_acknowledged_event_so_that_the_centres_pace_does_not_depend_on_what_it_has_read()
    {
        Assert.SkipWhen(NatsFleet.Missing is not null, NatsFleet.Missing ?? "");
        await using var fleet = await NatsFleet.StartAsync([$"gateway {Gateway}", "centre ioc"]);
        await using var receiver = await Receiver.StartAsync(Options(fleet, "ioc"), "edge/+/+/+/events/+");
        await using var delivery = Start(Options(fleet, Gateway));
        var events = Offer(delivery, 0, 50);
        await Wait.Until("the events arrived", () => receiver.HasAll(events), Patience);
        await Wait.Until("they still lie on the stream", async () => await fleet.StreamAsync() is { Retention: "limits", Messages: >= 50 }, Patience);
    }

    [Fact]
    public async Task Nobody_is_sent_to_a_node_that_is_cut_off_from_the_others()
    {
        Assert.SkipWhen(NatsFleet.Missing is not null, NatsFleet.Missing ?? "");
        await using var fleet = await NatsFleet.StartAsync([$"gateway {Gateway}", "centre ioc"]);
        await Wait.Until("the address is served", () => GreetsAsync(fleet), Patience);
        fleet.Isolate(0);
        fleet.Isolate(1);
        // The third lives, takes connections, and can promise nothing.
        await Wait.Until("the third is taken out", async () => !await GreetsAsync(fleet), Patience * 2);
        fleet.Heal(0);
        fleet.Heal(1);
        await Wait.Until("the address is served again", () => GreetsAsync(fleet), Patience * 2);
        await Wait.Until("the events lie whole on all three", fleet.EventsAreWholeAsync, Patience * 2);
    }

    [Fact]
    public async Task Whoever_is_connected_to_a_node_that_has_gone_silent_is_freed_before_a_check_finds_out()
    {
        Assert.SkipWhen(NatsFleet.Missing is not null, NatsFleet.Missing ?? "");
        await using var fleet = await NatsFleet.StartAsync([$"gateway {Gateway}", "centre ioc"], ownNetworks: true);
        Assert.SkipUnless(fleet.CanIsolate, "A node is cut off by network namespaces, which only root may make.");
        // haproxy takes a node out at a single failed check until it has been back once.
        fleet.Isolate(0);
        await Wait.Until("the first node is out", () => fleet.FrontLog.Contains("n1 is DOWN", StringComparison.Ordinal), Patience);
        fleet.Heal(0);
        await Wait.Until("the first node is in", () => fleet.FrontLog.Contains("n1 is UP", StringComparison.Ordinal), Patience);
        var verdicts = fleet.FrontLog.Length;

        using var patience = new CancellationTokenSource(Patience);
        var connections = new List<SslStream>();
        try
        {
            do connections.Add(await ConnectAsync(fleet, patience.Token)); // who comes next is sent to another node
            while (connections[^1].RemoteCertificate!.Subject != "CN=n1");
            fleet.Isolate(0);
            await connections[^1].WriteAsync(new byte[] { 0xC0, 0x00 }, patience.Token); // a ping that nobody answers
            var ended = await Record.ExceptionAsync(async () => Assert.Equal(0, await connections[^1].ReadAsync(new byte[1], patience.Token)));
            Assert.True(ended is null or IOException, ended?.Message);
            Assert.DoesNotContain("n1 is DOWN", fleet.FrontLog[verdicts..], StringComparison.Ordinal);
        }
        finally
        {
            foreach (var connection in connections) await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_wrong_password_and_protocol_5_are_refused_and_the_events_kept()
    {
        Assert.SkipWhen(NatsFleet.Missing is not null, NatsFleet.Missing ?? "");
        await using var fleet = await NatsFleet.StartAsync([$"gateway {Gateway}", "centre ioc"]);
        foreach (var wrong in new[] { Options(fleet, Gateway) with { Password = () => "wrong" }, Options(fleet, Gateway) with { Version = MqttVersion.V5 } })
        {
            await using var delivery = Start(wrong);
            Offer(delivery, 0, 1);
            await Wait.Until("it is told and the event waits", () => delivery.Health is { Connected: false, LastError.Length: > 0, Pending: > 0, Delivered: 0 }, Patience);
        }
    }

    private GatewayEvent[] Offer(Delivery delivery, int from, int count)
    {
        var events = Enumerable.Range(from, count).Select(i => TestEvents.Count(_events, i)).ToArray();
        foreach (var item in events) Assert.True(delivery.Offer(item));
        return events;
    }

    /// <summary>True when a node answers behind the fleet's address: its certificate is shown.</summary>
    private static async Task<bool> GreetsAsync(NatsFleet fleet)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await using var tls = await ConnectAsync(fleet, patience.Token);
            return true;
        }
        catch (Exception fault) when (fault is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<SslStream> ConnectAsync(NatsFleet fleet, CancellationToken cancel)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(fleet.Host, fleet.Port, cancel);
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPemFile(fleet.CaFile);
            var tls = new SslStream(client.GetStream()); // whose end is the client's
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = fleet.Host,
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { trusted[0] }, RevocationMode = X509RevocationMode.NoCheck },
            }, cancel);
            return tls;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static bool Says(ReceivedMessage status, string word) => System.Text.Encoding.UTF8.GetString(status.Payload).Contains($"\"{word}\"", StringComparison.Ordinal);

    private static BrokerOptions Options(NatsFleet fleet, string user) => TestEvents.Broker(fleet.Port, MqttVersion.V311) with
    {
        Address = new BrokerAddress(fleet.Host, fleet.Port, Tls: true),
        ClientId = user,
        Username = user,
        Password = () => fleet.PasswordOf(user),
        CaFile = fleet.CaFile,
        KeepAlive = TimeSpan.FromSeconds(5),
        Timeout = TimeSpan.FromSeconds(5),
    };

    private Delivery Start(BrokerOptions broker, CommandOptions? commands = null)
    {
        var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = broker, SiteId = "bai-bien-cua-lo", Commands = commands }, _events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        return delivery;
    }

    /// <summary>What the client complains of; empty when it was served.</summary>
    private static string Mosquitto(NatsFleet fleet, string program, string user, params string[] arguments)
    {
        var (host, port) = fleet.Node(1);
        using var client = Process.Start(new ProcessStartInfo(program,
        [
            "-h", host, "-p", port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--cafile", fleet.CaFile, "-V", "mqttv311",
            "-u", user, "-P", fleet.PasswordOf(user), "-i", user, "-q", "1", .. arguments,
        ]) { RedirectStandardError = true, UseShellExecute = false })!;
        var complaint = client.StandardError.ReadToEndAsync();
        if (client.WaitForExit(Patience)) return complaint.GetAwaiter().GetResult().Trim();
        client.Kill();
        throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end.");
    }
}
