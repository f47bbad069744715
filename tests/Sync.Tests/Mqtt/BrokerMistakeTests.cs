using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Tests.Commands;
using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>What a person gets wrong between a gateway and a broker is told with what, where and what to do, in both languages; a real mosquitto.</summary>
public sealed class BrokerMistakeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly ServerCertificates _certificates;

    public BrokerMistakeTests() => _certificates = new ServerCertificates(_folder);

    public void Dispose()
    {
        _certificates.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Files_of_certificates_that_cannot_be_used_are_named_with_their_setting_and_the_remedy()
    {
        var authority = _certificates.Authority("tinh");
        var (certificate, key) = _certificates.Server("tinh", "hop-1", -1, 30);
        var other = OpenSsl.KeyPair(_folder, "other.key").PrivateFile;
        var empty = Path.Combine(_folder, "empty.pem");
        await File.WriteAllTextAsync(empty, "", TestContext.Current.CancellationToken);
        var absent = Path.Combine(_folder, "absent.pem");
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Tls = (certificate, key) });
        BrokerOptions With(string ca, string own, string ownKey) =>
            TestEvents.Broker(broker.Port) with { Address = new BrokerAddress("localhost", broker.Port, Tls: true), CaFile = ca, CertificateFile = own, KeyFile = ownKey };

        foreach (var (options, words) in new[]
        {
            (With(authority, certificate, other), $"mqtt.keyFile: the key in {other} does not belong to the certificate in {certificate}."),
            (With(authority, certificate, empty), $"mqtt.keyFile: {empty} holds no private key for the certificate in {certificate}."),
            (With(authority, key, key), $"mqtt.certificateFile: {key} holds no certificate that can be read."),
            (With(key, certificate, key), $"mqtt.caFile: {key} holds no certificate that can be read."),
            (With(absent, certificate, key), $"mqtt.caFile: {absent} is not there."),
        })
        {
            var seen = await FirstAsync(options);
            Assert.Equal(LinkState.TlsFailed, seen.State);
            Assert.StartsWith(words, seen.Detail, StringComparison.Ordinal);
            Assert.StartsWith(words[..words.IndexOf(':', StringComparison.Ordinal)], seen.DetailVi, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_port_that_speaks_otherwise_is_told_as_the_port()
    {
        var authority = _certificates.Authority("tinh");
        await using var sealed_ = await Mosquitto.StartAsync(new MosquittoOptions { Tls = _certificates.Server("tinh", "localhost", -1, 30) });
        await using var open = await Mosquitto.StartAsync();

        var tls = await FirstAsync(TestEvents.Broker(open.Port) with { Address = new BrokerAddress("localhost", open.Port, Tls: true), CaFile = authority });
        Assert.Contains($"Is {open.Port} its port with TLS (8883 as a rule)", tls.Detail, StringComparison.Ordinal);
        Assert.Contains($"{open.Port} có phải cổng TLS", tls.DetailVi, StringComparison.Ordinal);
        var plain = await FirstAsync(TestEvents.Broker(sealed_.Port));
        Assert.Contains($"Is {sealed_.Port} its port for MQTT without TLS (1883 as a rule)? A port with TLS wants mqtts://.", plain.Detail, StringComparison.Ordinal);
        Assert.Contains("Cổng có TLS cần mqtts://.", plain.DetailVi, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_asks_for_a_certificate_that_is_not_configured_is_told_as_that()
    {
        var authority = _certificates.Authority("tinh");
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Tls = _certificates.Server("tinh", "localhost", -1, 30), Lines = [$"cafile {authority}", "require_certificate true"] });
        var seen = await FirstAsync(TestEvents.Broker(broker.Port) with { Address = new BrokerAddress("localhost", broker.Port, Tls: true), CaFile = authority });
        Assert.Contains("mqtt.certificateFile", seen.Detail, StringComparison.Ordinal);
        Assert.Contains("mqtt.certificateFile", seen.DetailVi, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_port_is_told_in_both_languages()
    {
        var seen = await FirstAsync(TestEvents.Broker(1));
        Assert.Equal(LinkState.Unreachable, seen.State);
        Assert.EndsWith("cannot be reached: Connection refused.", seen.Detail, StringComparison.Ordinal);
        Assert.Equal("không kết nối được: máy ở đầu kia từ chối kết nối.", seen.DetailVi);
    }

    private static async Task<LinkView> FirstAsync(BrokerOptions options)
    {
        var first = new TaskCompletionSource<LinkView>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (new MqttSubscription(options, ["edge/#"], view => first.TrySetResult(view))) return await first.Task.WaitAsync(Patience);
    }
}
