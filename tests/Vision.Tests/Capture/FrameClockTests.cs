using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class FrameClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_recording_has_the_times_of_its_frames_from_the_stated_start()
    {
        var clock = new FrameClock(live: false, Noon, new FakeTimeProvider(Noon.AddYears(1)));
        clock.Reconnected();
        Assert.Equal(Noon, clock.Stamp(TimeSpan.Zero).Utc);
        var second = clock.Stamp(TimeSpan.FromSeconds(2.5));
        Assert.Equal((TimeSpan.FromSeconds(2.5), Noon.AddSeconds(2.5)), (second.Elapsed, second.Utc));
    }

    [Fact]
    public void A_burst_at_the_start_keeps_its_spacing_and_is_drawn_to_the_true_time()
    {
        var time = new FakeTimeProvider(Noon);
        var clock = new FrameClock(live: true, default, time);
        clock.Reconnected();
        // One second of pictures was held back while the stream was opened, then they arrive at once.
        time.Advance(TimeSpan.FromSeconds(1));
        var last = clock.Stamp(TimeSpan.Zero);
        for (var i = 1; i <= 10; i++)
        {
            var next = clock.Stamp(TimeSpan.FromSeconds(i * 0.1));
            Assert.InRange((next.Elapsed - last.Elapsed).TotalSeconds, 0.094, 0.1);
            last = next;
        }

        for (var i = 11; i <= 300; i++)
        {
            time.Advance(TimeSpan.FromSeconds(0.1));
            last = clock.Stamp(TimeSpan.FromSeconds(i * 0.1));
        }

        Assert.Equal(30.0, last.Elapsed.TotalSeconds, 2);
        Assert.Equal(Noon.AddSeconds(30), last.Utc, TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void Time_goes_on_over_a_reconnect_and_a_jump_of_the_streams_own_times()
    {
        var time = new FakeTimeProvider(Noon);
        var clock = new FrameClock(live: true, default, time);
        clock.Reconnected();
        time.Advance(TimeSpan.FromSeconds(5));
        var first = clock.Stamp(TimeSpan.FromHours(3));
        Assert.Equal(5, first.Elapsed.TotalSeconds, 3);
        time.Advance(TimeSpan.FromSeconds(60));
        clock.Reconnected();
        var second = clock.Stamp(TimeSpan.Zero);
        Assert.Equal(65, second.Elapsed.TotalSeconds, 3);
        time.Advance(TimeSpan.FromSeconds(1));
        var jumped = clock.Stamp(TimeSpan.FromHours(26));
        Assert.Equal(66, jumped.Elapsed.TotalSeconds, 3);
        var back = clock.Stamp(TimeSpan.FromHours(25.99999));
        Assert.True(back.Elapsed > jumped.Elapsed);
    }

    [Fact]
    public void When_the_box_clock_is_set_back_an_hour_only_utc_steps()
    {
        var time = new SetableTime(Noon);
        var clock = new FrameClock(live: true, default, time);
        clock.Reconnected();
        var before = clock.Stamp(TimeSpan.Zero);
        time.Pass(TimeSpan.FromSeconds(1));
        time.SetBack(TimeSpan.FromHours(1));
        var after = clock.Stamp(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (after.Elapsed - before.Elapsed).TotalSeconds, 3);
        Assert.Equal(-3599, (after.Utc - before.Utc).TotalSeconds, 1);
    }

    [Fact]
    public void A_camera_whose_seconds_are_too_long_is_followed()
    {
        var time = new FakeTimeProvider(Noon);
        var clock = new FrameClock(live: true, default, time);
        clock.Reconnected();
        var elapsed = TimeSpan.Zero;
        for (var i = 0; i < 36000; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            elapsed = clock.Stamp(TimeSpan.FromMilliseconds(i * 100 * 0.9995)).Elapsed;
        }

        Assert.Equal(3600, elapsed.TotalSeconds, 0.5);
    }

    [Fact]
    public void Pauses_grow_to_thirty_seconds_and_differ_between_cameras()
    {
        var longest = new Backoff(() => 0);
        double[] pauses = [.. Enumerable.Range(0, 8).Select(_ => longest.Next().TotalSeconds)];
        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], pauses);
        var shortest = new Backoff(() => 1);
        for (var i = 0; i < 20; i++) Assert.InRange(shortest.Next().TotalSeconds, 0.75, 22.5);
        longest.Reset();
        Assert.Equal(1, longest.Next().TotalSeconds);
    }

    private sealed class SetableTime(DateTimeOffset now) : TimeProvider
    {
        private DateTimeOffset _utc = now;
        private long _ticks = 1_000_003;

        public override long TimestampFrequency => 9_999_991;

        public void Pass(TimeSpan time)
        {
            _utc += time;
            _ticks += (long)(time.TotalSeconds * TimestampFrequency);
        }

        public void SetBack(TimeSpan time) => _utc -= time;

        public override DateTimeOffset GetUtcNow() => _utc;

        public override long GetTimestamp() => _ticks;
    }
}
