using System.Text;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Events;

public sealed class AlertBookTests : IDisposable
{
    private static readonly TwoLanguages Text = new("Camera mất tín hiệu.", "The camera is lost.");

    private readonly string _folder = Directory.CreateTempSubdirectory("alerts-").FullName;
    private readonly GatewayEvents _events = TestEvents.Live();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Alerts_of_cameras_and_of_the_delivery_stand_in_one_book_over_a_restart()
    {
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Login = ("bien-cua-lo-01", "right") });
        var address = TestEvents.Broker(broker.Port, MqttVersion.V5) with { Username = "bien-cua-lo-01", Password = () => "wrong" };
        DateTimeOffset since;
        await using (var first = Start(address))
        {
            first.Alerts.TakeOver(first.LoadState);
            first.Alerts.Raise("camera-a", AlertKind.Camera, AlertSeverity.Warning, Text, TestEvents.Camera);
            await Wait.Until("the broker refuses", () => first.Health.Problems.Contains("delivery-link"), TimeSpan.FromSeconds(20));
            since = first.Alerts.Raised.Single(one => one.Key == "camera-a").Since;
            await first.FlushAsync(TestContext.Current.CancellationToken);
        }

        await using var second = Start(address);
        second.Alerts.TakeOver(second.LoadState);
        Assert.Equal(["camera-a", "delivery-link"], second.Alerts.Raised.Select(one => one.Key));
        Assert.Equal(["delivery-link"], second.Health.Problems);
        // Still there: nothing is told anew, and it stands since then.
        second.Alerts.Raise("camera-a", AlertKind.Camera, AlertSeverity.Warning, Text, TestEvents.Camera);
        Assert.Equal(since.ToUnixTimeMilliseconds(), second.Alerts.Raised.Single(one => one.Key == "camera-a").Since.ToUnixTimeMilliseconds());
        // What was raised again is no alert of the last run any more.
        second.Alerts.ClearOfLastRun(_ => true);
        Assert.Contains(second.Alerts.Raised, one => one.Key == "camera-a");
        second.Alerts.Clear("camera-a");
        Assert.DoesNotContain(second.Alerts.Raised, one => one.Key == "camera-a");
    }

    [Fact]
    public async Task A_text_with_numbers_is_told_again_after_its_pause_and_not_before()
    {
        var time = new FakeTimeProvider(TestEvents.Start);
        var queue = new Sync.Outbox.DeliveryQueue(100, 1 << 20);
        var book = new AlertBook(_events, TestEvents.Site, queue, time);
        void Raise(int number) => book.Raise("queue-shed", AlertKind.Shed, AlertSeverity.Critical, new TwoLanguages($"{number} sự kiện", $"{number} events"), updateEvery: TimeSpan.FromMinutes(1));
        Raise(1);
        Raise(2);
        Assert.Equal(1, queue.Count);
        Assert.Equal("2 events", Assert.Single(book.Raised).Text.En);
        time.Advance(TimeSpan.FromMinutes(1));
        Raise(3);
        Assert.Equal(2, queue.Count);
        book.Clear("queue-shed");
        book.Clear("queue-shed");
        Assert.Equal(3, queue.Count);
        await Task.CompletedTask;
    }

    [Fact]
    public void What_is_over_at_once_is_cleared_so_long_after_its_last_time_and_nothing_else_is()
    {
        var time = new FakeTimeProvider(TestEvents.Start);
        var queue = new Sync.Outbox.DeliveryQueue();
        var book = new AlertBook(_events, TestEvents.Site, queue, time);
        book.Raise("disk", AlertKind.Disk, AlertSeverity.Critical, Text);
        book.Raise("acts-shed", AlertKind.Shed, AlertSeverity.Critical, Text, standsFor: AlertBook.Day);
        time.Advance(TimeSpan.FromHours(20));
        book.Raise("acts-shed", AlertKind.Shed, AlertSeverity.Critical, Text, standsFor: AlertBook.Day); // the same words: no news, and it goes on
        Assert.Equal(2, queue.Count);
        time.Advance(TimeSpan.FromHours(23));
        book.ClearPassed();
        Assert.Equal(2, book.Raised.Count);
        time.Advance(TimeSpan.FromHours(1));
        book.ClearPassed();
        Assert.Equal("disk", Assert.Single(book.Raised).Key);
        Assert.Equal(3, queue.Count);
    }

    [Fact]
    public void An_alert_of_a_kind_that_only_a_later_version_knows_is_skipped_and_kept_for_that_version()
    {
        const string Kept = """
            [{"Key":"camera-a","Kind":"camera","Severity":"warning","Vi":"a","En":"a","Since":"2026-01-01T00:00:00Z","Camera":null},
             {"Key":"tide","Kind":"tide","Severity":"warning","Vi":"b","En":"b","Since":"2026-01-01T00:00:00Z","Camera":null},
             {"Key":"disk","Kind":"disk","Severity":"fatal","Vi":"c","En":"c","Since":"2026-01-01T00:00:00Z","Camera":null}]
            """;
        var queue = new Sync.Outbox.DeliveryQueue();
        var log = new Registration.KeptLog();
        var book = new AlertBook(_events, TestEvents.Site, queue, TimeProvider.System, log);
        book.TakeOver(_ => Kept);
        Assert.Equal("camera-a", Assert.Single(book.Raised).Key);
        Assert.Contains("tide, disk", Assert.Single(log.Lines), StringComparison.Ordinal);
        book.Clear("camera-a");
        Assert.Contains("\"tide\"", queue.PendingState("alerts"), StringComparison.Ordinal);
        Assert.DoesNotContain("camera-a", queue.PendingState("alerts")!, StringComparison.Ordinal);
    }

    private Delivery Start(BrokerOptions broker)
    {
        var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = broker, SiteId = "bai-bien-cua-lo" }, _events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        return delivery;
    }
}
