using System.Net;
using System.Security.Cryptography;
using EdgeGateway.Sync.Evidence.Bucket;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using EvidenceFile = EdgeGateway.Sync.Mqtt.EvidenceFile;

namespace EdgeGateway.Sync.Tests.Evidence;

/// <summary>Evidence in an S3-compatible bucket, against Debian's OpenStack Swift.</summary>
public sealed class EvidenceBucketTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-bucket-").FullName;
    private readonly HttpClient _http = new();

    [Fact]
    public async Task A_large_package_goes_in_parts_and_a_break_and_a_restart_send_none_of_them_again()
    {
        await using var store = await SwiftStore.StartAsync();
        await using var proxy = CuttingProxy.Start(store.Port);
        var (id, file) = (Ulid.NewUlid().ToString(), Package(14 << 20));
        SignedAddress address;
        await using (var bucket = Open(proxy.Port))
        {
            address = bucket.AddressOf(id, "package.zip");
            // The store says 503 for a moment after its start.
            await Wait.Until("the store answers", async () => (await _http.GetAsync(address.Uri, TestContext.Current.CancellationToken)).StatusCode != HttpStatusCode.ServiceUnavailable, Patience);
            Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync(address.Uri, TestContext.Current.CancellationToken)).StatusCode);
            proxy.BytesPerSecond = 4_000_000;
            bucket.Start();
            bucket.Send(id, file);
            bucket.Send(id, file); // is on its way
            await Wait.Until("the second part is under way", () => bucket.SentBytes > 8 << 20, Patience);
            proxy.CutAll();
        }

        proxy.BytesPerSecond = 0;
        await using var again = Open(proxy.Port);
        again.Start();
        await Wait.Until("all is there", () => again.Waiting == 0 || again.Problem is not null, Patience);
        Assert.Null(again.Problem);
        Assert.InRange(again.SentBytes, 4 << 20, 9 << 20);
        Assert.True(address.Until > DateTimeOffset.UtcNow);
        using var got = await _http.GetAsync(address.Uri, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, got.StatusCode);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file.Path)));
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(await got.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken))));
        Assert.Equal(sha256, Assert.Single(got.Headers.GetValues("x-amz-meta-sha256")));

        // Asked for again: the store has it, and nothing is sent.
        var before = again.SentBytes;
        again.Send(id, file);
        await Wait.Until("it was looked at", () => again.Waiting == 0, Patience);
        Assert.Equal(before, again.SentBytes);

        // An address that was altered opens nothing.
        Assert.Equal(HttpStatusCode.Forbidden, (await _http.GetAsync(address.Uri.Replace("package.zip", "package.zop", StringComparison.Ordinal), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_small_file_goes_whole_at_the_radios_pace_and_one_that_is_gone_holds_nobody_up()
    {
        await using var store = await SwiftStore.StartAsync();
        await using var bucket = Open(store.Port, [new UploadHours(0, 24, 8_000)]);
        var (gone, kept) = (Ulid.NewUlid().ToString(), Ulid.NewUlid().ToString());
        var (lost, file) = (Package(1000), Package(2 << 20));
        File.Delete(lost.Path);
        bucket.Send(gone, lost);
        bucket.Send(kept, file);
        var began = TimeProvider.System.GetTimestamp();
        bucket.Start();
        await Wait.Until("all that can be sent is there", () => bucket.Waiting == 0, Patience);
        // 2 MiB at 8 Mbit/s are two seconds; what was sent last is paid for afterwards.
        Assert.True(TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(1.5));
        Assert.Equal(1, bucket.Failed);
        Assert.Equal(await File.ReadAllBytesAsync(file.Path, TestContext.Current.CancellationToken), await _http.GetByteArrayAsync(bucket.AddressOf(kept, "package.zip").Uri, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wrong_key_is_named_and_the_evidence_waits()
    {
        await using var store = await SwiftStore.StartAsync();
        await using var bucket = Open(store.Port, secret: "wrong");
        bucket.Start();
        bucket.Send(Ulid.NewUlid().ToString(), Package(1000));
        await Wait.Until("the refusal is told", () => bucket.Problem is not null, Patience);
        Assert.Contains("refuses the access key", bucket.Problem!.En, StringComparison.Ordinal);
        Assert.Contains("từ chối khóa truy cập", bucket.Problem.Vi, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", bucket.Problem.En + bucket.Problem.Vi, StringComparison.Ordinal);
        Assert.Equal(1, bucket.Waiting);
    }

    [Fact]
    public async Task The_cap_is_one_for_bucket_and_mqtt_together()
    {
        const int Bytes = 1 << 20;
        await using var store = await SwiftStore.StartAsync();
        await using var broker = await Mosquitto.StartAsync();
        await using var delivery = Delivery(broker.Port, store.Port, [new UploadHours(0, 24, 4_000)]);
        var (id, file) = (Ulid.NewUlid().ToString(), Package(Bytes));
        await Wait.Until("the store answers", async () => (await _http.GetAsync(delivery.Bucket!.AddressOf(id, file.Name).Uri, TestContext.Current.CancellationToken)).StatusCode == HttpStatusCode.NotFound, Patience);
        delivery.Bucket!.Send(id, file);
        await delivery.Evidence!.SendAsync(id, [file], TestContext.Current.CancellationToken);
        var began = TimeProvider.System.GetTimestamp();
        delivery.Start();
        await Wait.Until("both have all", () => delivery.Bucket.Waiting == 0 && delivery.Evidence.Waiting == 0, Patience);
        var took = TimeProvider.System.GetElapsedTime(began);
        // 2 MiB at 4 Mbit/s are 4.2 s, each way for itself would take half of that; the last piece of each is paid for afterwards.
        Assert.True(took > TimeSpan.FromSeconds(3.9), $"{took.TotalSeconds:0.00} s");
        Assert.Empty(delivery.Health.Problems);
    }

    [Fact]
    public async Task A_store_that_refuses_is_an_alert_until_it_takes_evidence()
    {
        await using var store = await SwiftStore.StartAsync();
        await using var proxy = CuttingProxy.Start(store.Port);
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Mqtt.Receiver.StartAsync(TestEvents.Broker(broker.Port));
        await using var delivery = Delivery(broker.Port, proxy.Port);
        var id = Ulid.NewUlid().ToString();
        await Wait.Until("the store answers", async () => (await _http.GetAsync(delivery.Bucket!.AddressOf(id, "package.zip").Uri, TestContext.Current.CancellationToken)).StatusCode == HttpStatusCode.NotFound, Patience);
        proxy.IsClosed = true;
        delivery.Start();
        delivery.Bucket!.Send(id, Package(1000));
        await Wait.Until("it is raised", () => Alert(receiver, "raised"), Patience);
        Assert.Equal(["evidence-bucket"], delivery.Health.Problems);
        // The cause too is told in the reader's language, not only framed in it.
        Assert.Contains(receiver.Events.Values.Select(System.Text.Encoding.UTF8.GetString), text => text.Contains("gửi lại sau. Kho 127.0.0.1: ", StringComparison.Ordinal) && text.Contains("\"vi\":", StringComparison.Ordinal));
        proxy.IsClosed = false;
        await Wait.Until("it is cleared", () => Alert(receiver, "cleared"), Patience);
        await Wait.Until("nothing waits and nothing is wrong", () => delivery.Bucket.Waiting == 0 && delivery.Health.Problems.Count == 0, Patience);

        static bool Alert(Mqtt.Receiver receiver, string state) => receiver.Events.Values.Select(System.Text.Encoding.UTF8.GetString)
            .Any(text => text.Contains("\"key\":\"evidence-bucket\"", StringComparison.Ordinal) && text.Contains($"\"state\":\"{state}\"", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private EvidenceBucket Open(int port, IReadOnlyList<UploadHours>? hours = null, string secret = SwiftStore.SecretKey) =>
        new(Options(port, secret), new UploadBudget(hours ?? [], TimeZoneInfo.Utc, TimeProvider.System), () => 0, TimeProvider.System, NullLogger.Instance);

    private Delivery Delivery(int broker, int store, IReadOnlyList<UploadHours>? hours = null) => new(
        new DeliveryOptions
        {
            Outbox = TestEvents.Outbox(_folder), Broker = TestEvents.Broker(broker), SiteId = "bai-bien", UploadHours = hours ?? [],
            Evidence = new EvidenceUploadOptions { JournalPath = Path.Combine(_folder, "upload.db") }, Bucket = Options(store),
        }, TestEvents.Live(), TimeProvider.System, NullLoggerFactory.Instance);

    private BucketOptions Options(int port, string secret = SwiftStore.SecretKey) => new()
    {
        Endpoint = new Uri($"http://127.0.0.1:{port}"), Bucket = SwiftStore.Bucket, AccessKey = SwiftStore.AccessKey, SecretKey = secret, Prefix = "bien-01",
        JournalPath = Path.Combine(_folder, "bucket.db"),
    };

    private EvidenceFile Package(int bytes)
    {
        var path = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".zip");
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(bytes));
        return new EvidenceFile("package.zip", path, "application/zip");
    }
}
