using EdgeGateway.Health;
using EdgeGateway.Sync;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Tests.Health;

public sealed class ClockWatchTests
{
    [Fact]
    public void A_clock_that_follows_nothing_for_five_minutes_is_an_alert_until_it_follows_again()
    {
        var (time, source, said) = (new FakeTimeProvider(), "unsynchronised", new List<string>());
        var watch = new ClockWatch(time, () => new ClockView(source, null), text => said.Add(text.En), () => said.Add("cleared"));
        watch.Tick();
        time.Advance(TimeSpan.FromMinutes(4));
        watch.Tick();
        Assert.Empty(said);
        time.Advance(TimeSpan.FromMinutes(1));
        watch.Tick();
        watch.Tick();
        Assert.Contains("follows no time server", Assert.Single(said), StringComparison.Ordinal);
        source = "ntp";
        watch.Tick();
        watch.Tick();
        Assert.Equal("cleared", said[^1]);
        Assert.Equal(2, said.Count);
    }
}
