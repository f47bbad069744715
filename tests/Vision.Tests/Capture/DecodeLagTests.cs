using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class DecodeLagTests
{
    private static readonly TimeSpan Picture = TimeSpan.FromSeconds(0.2);

    private readonly DecodeLag _lag = new();
    private TimeSpan _arrival = TimeSpan.FromHours(2);
    private TimeSpan _presentation = TimeSpan.FromSeconds(7);

    [Fact]
    public void Pictures_that_come_ever_later_are_behind_before_any_moment_is_told_late()
    {
        Assert.False(Show(seconds: 60, rate: 1));
        Assert.True(Show(seconds: 60, rate: 0.8));
        Assert.InRange(_lag.Now, DecodeLag.Limit, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void A_machine_that_is_hardly_too_slow_is_behind_as_well()
        => Assert.True(Show(seconds: 600, rate: 0.99));

    [Fact]
    public void A_network_that_stops_for_some_seconds_and_catches_up_is_not_behind()
    {
        Show(seconds: 10, rate: 1);
        _arrival += TimeSpan.FromSeconds(4);
        Assert.False(Show(seconds: 2, rate: 20));
        Assert.False(Show(seconds: 60, rate: 1));
        Assert.InRange(_lag.Now, TimeSpan.Zero, DecodeLag.Limit);
    }

    [Fact]
    public void A_camera_with_a_crooked_crystal_is_not_behind_after_a_day()
        => Assert.False(Show(seconds: 86_400, rate: 0.9997));

    [Theory]
    [InlineData(-5)]
    [InlineData(-3600)]
    [InlineData(3600)]
    public void A_stream_whose_own_times_leap_is_not_behind(int seconds)
    {
        Show(seconds: 10, rate: 1);
        _presentation += TimeSpan.FromSeconds(seconds);
        Assert.False(Show(seconds: 60, rate: 1));
    }

    [Fact]
    public void A_new_connection_begins_at_the_present()
    {
        Assert.True(Show(seconds: 60, rate: 0.5));
        _lag.Reconnected();
        Assert.False(Show(seconds: 60, rate: 1));
        Assert.Equal(TimeSpan.Zero, _lag.Now);
    }

    /// <summary>Pictures of so many seconds of the camera's time arrive at a rate; true when they are ever behind.</summary>
    private bool Show(double seconds, double rate)
    {
        for (var shown = 0.0; shown < seconds; shown += Picture.TotalSeconds)
        {
            _presentation += Picture;
            _arrival += Picture / rate;
            if (_lag.Look(_arrival, _presentation)) return true;
        }

        return false;
    }
}
