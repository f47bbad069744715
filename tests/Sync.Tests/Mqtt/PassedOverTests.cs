using EdgeGateway.Sync.Mqtt;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Mqtt;

public sealed class PassedOverTests
{
    [Fact]
    public void Each_event_has_a_time_of_its_own_that_grows_with_its_refusals()
    {
        var time = new FakeTimeProvider();
        var over = new PassedOver(time);
        Assert.Null(over.UntilDue());
        Assert.Equal(1, over.Add("a", PublishOutcome.Park));
        Assert.Equal(1, over.Add("b", PublishOutcome.TryAgain));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((false, true), (over.IsDue("a"), over.IsDue("b")));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(over.IsDue("a"));
        Assert.Equal(2, over.Add("a", PublishOutcome.Park));
        time.Advance(TimeSpan.FromSeconds(90));
        Assert.False(over.IsDue("a"));
        over.WentOut("b");
        Assert.Equal((true, false, 0), (over.Holds("a"), over.Holds("b"), over.InARow));
    }

    [Fact]
    public void It_is_quiet_only_a_while_after_the_last_trouble()
    {
        var time = new FakeTimeProvider();
        var over = new PassedOver(time);
        Assert.Equal(TimeSpan.MaxValue, over.Quiet);
        over.Trouble();
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(TimeSpan.FromSeconds(59), over.Quiet);
        Assert.True(over.IsEmpty);
    }
}
