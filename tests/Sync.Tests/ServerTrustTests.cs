using EdgeGateway.RegistrySimulator;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence.Bucket;
using EdgeGateway.Sync.Identity;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Registration.Remote;
using EdgeGateway.Sync.Tests.Registration;
using EdgeGateway.Sync.TimeSeries;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests;

/// <summary>Certificates that are not believed: the words say whether it is the name, the authority or the date. A real mosquitto and a real Kestrel.</summary>
public sealed class ServerTrustTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly ServerCertificates _certificates;
    private readonly Registry _registry = new();

    public ServerTrustTests() => _certificates = new ServerCertificates(_folder);

    public void Dispose()
    {
        _certificates.Dispose();
        _registry.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public Task A_broker_of_another_name_is_told_with_both_names() => BrokerAsync(
        "tinh", "broker-cu.example.vn", -30, 30,
        ["Wrong name: a certificate for localhost is expected, the server shows one for broker-cu.example.vn. Write one of those names into the address"],
        ["Sai tên: cần chứng thư cho localhost, máy chủ đưa chứng thư cho broker-cu.example.vn."],
        ["Unknown authority", "Expired"]);

    [Fact]
    public Task A_broker_of_an_unknown_authority_is_told_with_the_authority_and_the_file() => BrokerAsync(
        "nguoi-la", "localhost", -30, 30,
        ["Unknown authority: the certificate of localhost (for localhost) is signed by CN=nguoi-la, which is not in ", "tinh.pem. Put that authority's certificate (PEM) into the file of mqtt.caFile."],
        ["Cơ quan cấp chứng thư không được tin cậy: chứng thư của localhost (cho localhost) do CN=nguoi-la ký"],
        ["Wrong name", "Expired"]);

    [Fact]
    public Task A_brokers_certificate_that_has_expired_is_told_with_its_day() => BrokerAsync(
        "tinh", "localhost", -30, -1,
        [$"Expired: the certificate of localhost ended on {DateTime.Now.AddDays(-1):yyyy-MM-dd}", "Have it renewed; set the clock if it is wrong."], ["Hết hạn: chứng thư của localhost hết hạn ngày"], ["Wrong name", "Unknown authority"]);

    [Fact]
    public Task A_certificate_from_the_future_points_at_the_clock() => BrokerAsync(
        "tinh", "localhost", 1, 30, ["Not valid yet: the certificate of localhost begins on", "The clock is probably wrong: set it."], ["Chưa có hiệu lực"], ["Wrong name", "Unknown authority", "Expired"]);

    [Fact]
    public Task All_that_is_wrong_is_said_at_once() => BrokerAsync(
        "nguoi-la", "broker-cu.example.vn", -30, -1, ["Wrong name", "Expired", "Unknown authority"], ["Sai tên", "Hết hạn", "không được tin cậy"], []);

    [Theory]
    [InlineData(CertificateKind.OtherName, "Wrong name: a certificate for localhost is expected, the server shows one for dich-vu-khac.example.vn.")]
    [InlineData(CertificateKind.Expired, "Expired: the certificate of localhost ended on")]
    [InlineData(CertificateKind.Good, "Unknown authority: the certificate of localhost (for localhost, 127.0.0.1) is signed by CN=EdgeGateway Simulator CA, which this system does not know. Put that authority's certificate (PEM) into the file of caFile.")]
    public async Task Every_service_over_https_says_the_same(CertificateKind certificate, string words)
    {
        await using var server = await _registry.ServiceAsync(options => options with { Certificate = certificate, AsksClientCertificate = false });
        var caFile = certificate == CertificateKind.Good ? null : server.CaFile;
        ServiceOptions With(ServiceOptions options) => options with { CaFile = caFile };

        using var rest = _registry.Rest(server, With);
        using var soap = _registry.Soap(server, With);
        Assert.Contains(words, (await rest.LookUpAsync(ServiceTests.Query(), TestContext.Current.CancellationToken)).Fault, StringComparison.Ordinal);
        Assert.Contains(words, (await soap.LookUpAsync(ServiceTests.Query(), TestContext.Current.CancellationToken)).Fault, StringComparison.Ordinal);

        using var verifier = new HttpTokenVerifier(With(Registry.Options(server, server.RestUrl)), TimeProvider.System);
        Assert.Contains(words, (await verifier.VerifyAsync(new OpaqueToken("mot-ma-qr"), "cong-1", TestContext.Current.CancellationToken)).Why, StringComparison.Ordinal);

        var root = new Uri($"https://localhost:{server.Port}");
        Assert.Contains(words, await InfluxSink.TryAsync(new TimeSeriesOptions { Url = root, CaFile = caFile, BufferPath = Path.Combine(_folder, "series.db") }, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await using var bucket = new EvidenceBucket(
            new BucketOptions { Endpoint = root, Bucket = "chung-cu", AccessKey = "a", SecretKey = "b", Prefix = "hop-1", JournalPath = Path.Combine(_folder, "bucket.db"), CaFile = caFile },
            new UploadBudget([], TimeZoneInfo.Utc, TimeProvider.System), () => 0, TimeProvider.System, NullLogger<EvidenceBucket>.Instance);
        var package = Path.Combine(_folder, "package.zip");
        await File.WriteAllTextAsync(package, "package", TestContext.Current.CancellationToken);
        bucket.Start();
        bucket.Send(Ulid.NewUlid().ToString(), new EvidenceFile("package.zip", package, "application/zip"));
        await Wait.Until("the bucket's fault is told", () => bucket.Problem is not null, Patience);
        Assert.Contains(words, bucket.Problem!.En, StringComparison.Ordinal);
        Assert.Empty(server.Questions);
    }

    private async Task BrokerAsync(string authority, string name, double fromDays, double toDays, string[] english, string[] vietnamese, string[] absent)
    {
        var trusted = _certificates.Authority("tinh");
        _certificates.Authority("nguoi-la");
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Tls = _certificates.Server(authority, name, fromDays, toDays) });
        var events = TestEvents.Live();
        await using var delivery = new Delivery(
            new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = TestEvents.Broker(broker.Port) with { Address = new BrokerAddress("localhost", broker.Port, Tls: true), CaFile = trusted }, SiteId = "bai-bien-cua-lo" },
            events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        await Wait.Until("the fault is told", () => delivery.Health is { Link: LinkState.TlsFailed, Pending: > 0, Problems: ["delivery-link"] }, Patience);
        Assert.All(english, words => Assert.Contains(words, delivery.Health.LastError, StringComparison.Ordinal));
        Assert.All(absent, words => Assert.DoesNotContain(words, delivery.Health.LastError, StringComparison.Ordinal));

        // The alert waits in the outbox, in both languages.
        await delivery.FlushAsync(TestContext.Current.CancellationToken);
        using var outbox = EdgeGateway.Sync.Storage.SqliteFile.Connect(Path.Combine(_folder, "outbox.db"));
        using var read = outbox.CreateCommand();
        read.CommandText = "SELECT json FROM outbox WHERE topic LIKE '%/events/alert'";
        using var alert = System.Text.Json.JsonDocument.Parse((byte[])read.ExecuteScalar()!);
        var text = alert.RootElement.GetProperty("data").GetProperty("text");
        Assert.All(english, words => Assert.Contains(words, text.GetProperty("en").GetString(), StringComparison.Ordinal));
        Assert.All(vietnamese, words => Assert.Contains(words, text.GetProperty("vi").GetString(), StringComparison.Ordinal));
    }
}
