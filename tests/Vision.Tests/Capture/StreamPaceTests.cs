using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class StreamPaceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(0.04)]
    [InlineData(0.2)]
    [InlineData(0.5)]
    public void A_stream_of_two_pictures_a_second_and_faster_has_stalled_after_three_and_a_half_seconds(double interval)
    {
        Assert.Equal(StreamPace.Usual, Play(new StreamPace(StreamPace.Usual), interval, 50).Limit);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    public void A_slow_camera_is_given_four_of_its_intervals(double interval)
    {
        Assert.Equal(4 * interval, Play(new StreamPace(StreamPace.Usual), interval, 3).Limit.TotalSeconds, 3);
    }

    [Fact]
    public void One_gap_in_a_fast_stream_does_not_make_it_a_slow_one()
    {
        var pace = Play(new StreamPace(StreamPace.Usual), 0.2, 20);
        pace.Arrived((19 * 0.2 + 3) * Second);
        Assert.Equal(StreamPace.Usual, pace.Limit);
    }

    [Fact]
    public void A_camera_whose_second_picture_never_comes_in_time_is_waited_for_longer_each_time_until_it_is_known()
    {
        var pace = new StreamPace(StreamPace.Usual);
        List<double> limits = [];
        for (var i = 0; i < 5; i++)
        {
            Play(pace, 5, 1);
            limits.Add(pace.Limit.TotalSeconds);
            pace.Stalled();
        }

        Assert.Equal([3.5, 7, 14, 25, 25], limits.Select(limit => Math.Round(limit, 3)));
        Assert.Equal(20, Play(pace, 5, 100).Limit.TotalSeconds, 1);
    }

    [Fact]
    public void A_new_connections_times_are_not_measured_against_the_last_ones()
    {
        var pace = Play(new StreamPace(StreamPace.Usual), 0.2, 10);
        pace.Reconnected();
        pace.Arrived(24 * Second);
        pace.Arrived(24.2 * Second);
        Assert.Equal(StreamPace.Usual, pace.Limit);
    }

    private static StreamPace Play(StreamPace pace, double interval, int pictures)
    {
        pace.Reconnected();
        for (var i = 0; i < pictures; i++) pace.Arrived(i * interval * Second);
        return pace;
    }
}
