using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;

namespace EdgeGateway.Sync.Tests.Outbox;

public sealed class DeliveryQueueTests
{
    private readonly GatewayEvents _events = TestEvents.Live();

    [Fact]
    public void A_full_queue_gives_up_crossings_then_passages_then_counts_and_never_violations()
    {
        var queue = new DeliveryQueue(maxEvents: 6);
        for (var i = 0; i < 2; i++) Assert.True(queue.Offer(TestEvents.Crossing(_events, i)));
        for (var i = 0; i < 2; i++) Assert.True(queue.Offer(TestEvents.Passage(_events, i)));
        for (var i = 0; i < 2; i++) Assert.True(queue.Offer(TestEvents.Count(_events, i)));

        Assert.True(queue.Offer(TestEvents.Count(_events, 2)));
        Assert.True(queue.Offer(TestEvents.Count(_events, 3)));
        Assert.Equal((2, 0, 0), Given(queue));

        Assert.False(queue.Offer(TestEvents.Crossing(_events, 9)), "A crossing is less than all that waits.");
        Assert.True(queue.Offer(TestEvents.Passage(_events, 9)), "A passage takes the place of the oldest passage.");
        Assert.Equal((3, 1, 0), Given(queue));

        for (var i = 0; i < 12; i++) Assert.True(queue.Offer(TestEvents.Violation(_events, i)));
        Assert.Equal((3, 3, 4), Given(queue));
        Assert.Equal(0, queue.ShedOf(EventPriority.Violation));
        Assert.Equal(12, queue.Count);
        Assert.Equal(10, queue.Shed);
    }

    [Fact]
    public void Even_violations_have_a_bound_and_a_counter()
    {
        var queue = new DeliveryQueue(maxEvents: 3);
        for (var i = 0; i < 10; i++) queue.Offer(TestEvents.Violation(_events, i));
        Assert.Equal(6, queue.Count);
        Assert.Equal(4, queue.ShedOf(EventPriority.Violation));
    }

    [Fact]
    public void The_bound_in_bytes_holds_too()
    {
        var one = TestEvents.Crossing(_events, 1);
        var queue = new DeliveryQueue(maxEvents: 1000, maxBytes: 10 * (one.Json.Length + one.Topic.Length));
        for (var i = 0; i < 50; i++) queue.Offer(TestEvents.Crossing(_events, 1));
        Assert.Equal(10, queue.Count);
        Assert.Equal(40, queue.Shed);
    }

    [Fact]
    public async Task Who_waits_for_the_commit_of_a_sacrificed_event_is_told()
    {
        var queue = new DeliveryQueue(maxEvents: 1);
        var first = queue.AppendAsync(TestEvents.Crossing(_events, 1));
        _ = queue.AppendAsync(TestEvents.Count(_events, 1));
        var told = await Assert.ThrowsAsync<EventShedException>(() => first);
        Assert.Contains("crossing", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Kinds_of_the_order_of_sacrifice_are_all_but_violations() =>
        Assert.Equal(Enum.GetValues<EventPriority>().Except([EventPriority.Violation]).Order(), Sacrifice.Order.ToArray().Order());

    private static (long Crossings, long Passages, long Counts) Given(DeliveryQueue queue) =>
        (queue.ShedOf(EventPriority.Crossing), queue.ShedOf(EventPriority.Passage), queue.ShedOf(EventPriority.Count));
}
