using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Outbox;

public sealed class ReceiptBookTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly GatewayEvents _events = TestEvents.Live();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Beyond_the_quota_owners_go_before_access_and_violations_last_and_the_oldest_first()
    {
        var queue = new DeliveryQueue();
        await using var store = Open(queue, new ReceiptOptions { MaxRows = 10 });
        var violations = Enumerable.Range(0, 12).Select(i => TestEvents.Violation(_events, i)).ToArray();
        var owners = Enumerable.Range(0, 5).Select(_ => Owner(TestEvents.Start)).ToArray();
        await DeliverAsync(store, queue, violations[..8]);
        await DeliverAsync(store, queue, owners);
        Assert.Equal((10, 3, 0), (store.Receipts.Size.Rows, store.Receipts.GivenUpOf(EventPriority.Owner), store.Receipts.GivenUpOf(EventPriority.Violation)));
        await DeliverAsync(store, queue, violations[8..]);
        Assert.Equal((10, 5, 2), (store.Receipts.Size.Rows, store.Receipts.GivenUpOf(EventPriority.Owner), store.Receipts.GivenUpOf(EventPriority.Violation)));
        Assert.Equal([false, false, true], violations[..3].Select(item => store.Waits(item.Id.ToString())));
    }

    [Fact]
    public async Task An_event_acknowledged_before_its_PUBACK_is_not_sent_again()
    {
        var queue = new DeliveryQueue();
        await using var store = Open(queue, new ReceiptOptions());
        var violation = TestEvents.Violation(_events, 1);
        await queue.AppendAsync(violation);
        Assert.Equal(1, await store.Receipts.AcknowledgeAsync([violation.Id.ToString()], TestContext.Current.CancellationToken));
        Assert.Equal((0, 0), (store.Size.Rows, store.Receipts.Size.Rows));
        Assert.Equal(0, await store.Receipts.AcknowledgeAsync([violation.Id.ToString()], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_event_whose_acknowledgement_its_keeper_cannot_note_goes_on_waiting()
    {
        var queue = new DeliveryQueue();
        await using var store = Open(queue, new ReceiptOptions());
        var violation = TestEvents.Violation(_events, 1);
        await queue.AppendAsync(violation);
        string[] ids = [violation.Id.ToString()];
        store.Receipts.BeforeLettingGo = (_, _) => throw new IOException("the evidence's disk is gone");
        await Assert.ThrowsAsync<IOException>(() => store.Receipts.AcknowledgeAsync(ids, TestContext.Current.CancellationToken));
        Assert.True(store.Waits(ids[0]));

        var noted = new List<string>();
        store.Receipts.BeforeLettingGo = (told, _) =>
        {
            Assert.True(store.Waits(ids[0]));
            noted.AddRange(told);
            return Task.CompletedTask;
        };
        Assert.Equal(1, await store.Receipts.AcknowledgeAsync(ids, TestContext.Current.CancellationToken));
        Assert.Equal(ids, noted);
        Assert.False(store.Waits(ids[0]));
    }

    [Fact]
    public async Task Ages_take_what_is_old_and_leave_violations_in_the_outbox_and_all_that_a_clock_not_yet_set_has_stamped()
    {
        var time = new FakeTimeProvider(TestEvents.Start);
        var queue = new DeliveryQueue();
        await using var store = new OutboxStore(TestEvents.Outbox(_folder) with { MaxAge = TimeSpan.FromDays(10) }, queue, time, NullLogger.Instance);
        store.Start();
        var old = TestEvents.Start.AddDays(-11);
        await queue.AppendAsync(Owner(TestEvents.Start));
        time.Advance(TimeSpan.FromMinutes(2));
        await Task.WhenAll(queue.AppendAsync(Owner(old)), queue.AppendAsync(Owner(DateTimeOffset.UnixEpoch)), queue.AppendAsync(TestEvents.Crossing(_events, 1, old)),
            queue.AppendAsync(_events.Create(TestEvents.Camera, old, Violation(old))));
        time.Advance(TimeSpan.FromMinutes(2));
        await Wait.Until("the old ones are gone", () => store.Size.Rows == 3, Patience);
        Assert.Equal((1, 1, 0), (store.ShedOf(EventPriority.Owner), store.ShedOf(EventPriority.Crossing), store.ShedOf(EventPriority.Violation)));
    }

    [Fact]
    public async Task A_clock_that_leapt_gives_up_nothing_until_it_follows_something()
    {
        var (time, follows, known) = (new FakeTimeProvider(TestEvents.Start), true, Path.Combine(_folder, "last-known-time"));
        var options = TestEvents.Outbox(_folder) with { MaxAge = TimeSpan.FromDays(10), Receipts = new ReceiptOptions { ResendAfter = TimeSpan.FromDays(3650) } };
        new AgeClock(time, () => follows, known).Save();
        var queue = new DeliveryQueue();
        await using (var before = new OutboxStore(options, queue, time, NullLogger.Instance))
        {
            before.Start();
            await DeliverAsync(before, queue, [TestEvents.Violation(_events, 1)]);
            await queue.AppendAsync(Owner(TestEvents.Start));
        }

        // The box starts anew, 800 days ahead.
        follows = false;
        time = new FakeTimeProvider(TestEvents.Start.AddDays(800));
        var ages = new AgeClock(time, () => follows, known);
        queue = new DeliveryQueue();
        await using var store = new OutboxStore(options with { AgeTime = () => ages.Now }, queue, time, NullLogger.Instance);
        store.Start();
        for (var i = 0; i < 5; i++)
        {
            await queue.AppendAsync(TestEvents.Crossing(_events, i, TestEvents.Start));
            time.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Equal((6, 1, 0), (store.Size.Rows, store.Receipts.Size.Rows, store.ShedOf(EventPriority.Owner)));
        follows = true;
        await queue.AppendAsync(Owner(TestEvents.Start.AddDays(800)));
        time.Advance(TimeSpan.FromMinutes(2));
        await Wait.Until("what is old by the server's time is gone", () => store is { Size.Rows: 1, Receipts.Size.Rows: 0 }, Patience);
    }

    [Fact]
    public async Task What_is_delivered_and_waits_is_taken_over_from_a_damaged_file_and_sent_again()
    {
        var path = TestEvents.Outbox(_folder).Path;
        var violation = TestEvents.Violation(_events, 1);
        var queue = new DeliveryQueue();
        await using (var store = Open(queue, new ReceiptOptions()))
        {
            await DeliverAsync(store, queue, [violation]);
            for (var i = 0; i < 200; i++) queue.Offer(TestEvents.Crossing(_events, i));
            await store.FlushAsync(TestContext.Current.CancellationToken);
        }

        await using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            // The pages at the end hold crossings; the violation stands before them.
            file.Seek(-8192, SeekOrigin.End);
            file.Write(Enumerable.Repeat((byte)0xA5, 8192).ToArray());
        }

        await using var again = Open(new DeliveryQueue(), new ReceiptOptions());
        await Wait.Until("a new file was begun", () => Directory.GetFiles(_folder, "*.damaged-*").Length > 0 && again.IsOpen, Patience);
        await Wait.Until("the violation waits in it", () => again.Waits(violation.Id.ToString()), Patience);
    }

    private OutboxStore Open(DeliveryQueue queue, ReceiptOptions receipts)
    {
        var store = new OutboxStore(TestEvents.Outbox(_folder) with { Receipts = receipts }, queue, TimeProvider.System, NullLogger.Instance);
        store.Start();
        return store;
    }

    /// <summary>Appends, and settles the rows as a PUBACK does.</summary>
    private static async Task DeliverAsync(OutboxStore store, DeliveryQueue queue, IReadOnlyList<GatewayEvent> items)
    {
        await Task.WhenAll(items.Select(queue.AppendAsync));
        using var reader = store.TryOpenReader()!;
        var rows = new List<OutboxRow>();
        foreach (var kind in items.Select(item => item.Priority).Distinct()) reader.ReadPage(kind, 0, long.MaxValue, 1000, rows);
        foreach (var row in rows) store.Settle(store.Epoch, row);
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, store.Size.Rows);
    }

    private GatewayEvent Owner(DateTimeOffset at) => _events.Create(TestEvents.Camera, at, new OwnerData("01KDVDNA00YQ5BWBYT9Z2JQ4TQ", OwnerStatus.NotFound, null, "replica", at));

    private static ViolationData Violation(DateTimeOffset at) => new(
        "red_light", "den-do", RuleMode.Live, "RED_LIGHT", null, 0.9, new TwoLanguages("Vượt đèn đỏ.", "Ran a red light."), new ViolationVehicle(ObjectKind.Car, 1), null,
        new OwnerSummary(OwnerStatus.Pending), new EvidenceReference(null, null, EvidenceUse.Review), at, at);
}
