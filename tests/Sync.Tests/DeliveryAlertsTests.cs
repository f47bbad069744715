using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests;

public sealed class DeliveryAlertsTests
{
    private readonly FakeTimeProvider _time = new(TestEvents.Start);
    private readonly GatewayEvents _events = TestEvents.Live();

    [Fact]
    public void Events_given_up_in_memory_are_an_alert_with_numbers_that_ends_a_minute_after_the_last_of_them()
    {
        var queue = new DeliveryQueue(maxEvents: 4);
        var book = new AlertBook(_events, TestEvents.Site, new DeliveryQueue(), _time);
        var alerts = new DeliveryAlerts(book, queue, _time);
        for (var track = 0; track < 7; track++) queue.Offer(TestEvents.Crossing(_events, track));
        alerts.OnQueue();
        var alert = Assert.Single(book.Raised);
        Assert.Equal(("queue-shed", AlertKind.Shed), (alert.Key, alert.Kind));
        Assert.EndsWith("Since the start: 3 crossing.", alert.Text.En, StringComparison.Ordinal);
        Assert.EndsWith("Từ lúc khởi động: 3 crossing.", alert.Text.Vi, StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromMinutes(2));
        alerts.OnQueue();
        Assert.Single(book.Raised); // the queue is still full
        queue.TakeAll(new DeliveryQueue.Batch());
        alerts.OnQueue();
        Assert.Empty(book.Raised);

        for (var track = 10; track < 15; track++) queue.Offer(TestEvents.Crossing(_events, track));
        queue.TakeAll(new DeliveryQueue.Batch());
        alerts.OnQueue();
        alerts.OnQueue();
        Assert.Equal("queue-shed", Assert.Single(book.Raised).Key); // it may fill again at once
    }

    [Fact]
    public void What_grew_too_old_does_not_blame_the_quota_and_stands_under_the_same_key()
    {
        var book = new AlertBook(_events, TestEvents.Site, new DeliveryQueue(), _time);
        var alerts = new DeliveryAlerts(book, new DeliveryQueue(), _time);
        alerts.OnStore(new StoreProblem(StoreFault.Aged, Active: true, new TwoLanguages("2 crossing", "2 crossing")));
        var alert = Assert.Single(book.Raised);
        Assert.Equal(("outbox-quota", AlertKind.Shed), (alert.Key, alert.Kind));
        Assert.EndsWith("Since the start: 2 crossing.", alert.Text.En, StringComparison.Ordinal);
        Assert.EndsWith("Từ lúc khởi động: 2 crossing.", alert.Text.Vi, StringComparison.Ordinal);
        Assert.DoesNotContain("outboxEvents", alert.Text.En + alert.Text.Vi, StringComparison.Ordinal);
        alerts.OnStore(new StoreProblem(StoreFault.Shed, Active: true, new TwoLanguages("3 crossing", "3 crossing")));
        Assert.Contains("outboxEvents", Assert.Single(book.Raised).Text.En, StringComparison.Ordinal);
        alerts.OnStore(new StoreProblem(StoreFault.Shed, Active: false, new TwoLanguages("", "")));
        Assert.Empty(book.Raised);
    }

    [Fact]
    public void A_damaged_outbox_is_an_alert_for_a_day_after_the_last_time()
    {
        var book = new AlertBook(_events, TestEvents.Site, new DeliveryQueue(), _time);
        var alerts = new DeliveryAlerts(book, new DeliveryQueue(), _time);
        alerts.OnStore(new StoreProblem(StoreFault.Damaged, Active: true, new TwoLanguages("bản hỏng: a", "set aside as a")));
        _time.Advance(TimeSpan.FromHours(23));
        book.ClearPassed();
        alerts.OnStore(new StoreProblem(StoreFault.Damaged, Active: true, new TwoLanguages("bản hỏng: b", "set aside as b")));
        _time.Advance(TimeSpan.FromHours(23));
        book.ClearPassed();
        Assert.Equal("outbox-damaged", Assert.Single(book.Raised).Key);
        _time.Advance(TimeSpan.FromHours(1));
        book.ClearPassed();
        Assert.Empty(book.Raised);
    }

    [Fact]
    public void What_the_outbox_gave_up_and_why_it_cannot_be_written_is_told_in_both_languages()
    {
        var book = new AlertBook(_events, TestEvents.Site, new DeliveryQueue(), _time);
        var alerts = new DeliveryAlerts(book, new DeliveryQueue(), _time);
        alerts.OnStore(new StoreProblem(StoreFault.Shed, Active: true, new TwoLanguages("40 crossing, 2 count", "40 crossing, 2 count")));
        Assert.EndsWith("Từ lúc khởi động: 40 crossing, 2 count.", Assert.Single(book.Raised).Text.Vi, StringComparison.Ordinal);
        alerts.OnStore(new StoreProblem(StoreFault.Shed, Active: false, new TwoLanguages("", "")));
        alerts.OnStore(new StoreProblem(StoreFault.DiskFull, Active: true, new TwoLanguages("đĩa đầy", "SQLite Error 13: 'database or disk is full'")));
        Assert.EndsWith("(đĩa đầy)", Assert.Single(book.Raised).Text.Vi, StringComparison.Ordinal);
    }
}
