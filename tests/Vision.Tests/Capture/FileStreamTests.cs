using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class FileStreamTests
{
    [Fact]
    public async Task A_recorded_file_gives_every_frame_once_with_its_own_time()
    {
        var clip = await Clips.MovingAsync(width: 322, height: 182, fps: 25, seconds: 3);
        using var stream = Streams.Open(clip, o => o with { RealTime = false });
        var times = Times(stream);
        Assert.Equal(75, times.Count);
        for (var i = 0; i < times.Count; i++) Assert.Equal(i / 25.0, times[i], 3);
        Assert.Equal((StreamState.Ended, "h264", "file"), (stream.Stream.Status.State, stream.Stream.Status.Codec, stream.Stream.Status.TransportUsed));
        Assert.Equal(0, stream.Stream.Counters.Dropped);
    }

    [Theory]
    [InlineData(8, 24)]
    [InlineData(25, 75)]
    [InlineData(60, 75)]
    [InlineData(0.5, 2)]
    public async Task A_lower_rate_takes_real_frames_at_their_real_times_and_invents_none(double fps, int count)
    {
        var clip = await Clips.MovingAsync(width: 322, height: 182, fps: 25, seconds: 3);
        using var stream = Streams.Open(clip, o => o with { RealTime = false, AnalyseFps = fps });
        var times = Times(stream);
        Assert.Equal(count, times.Count);
        Assert.All(times, t => Assert.Equal(Math.Round(t * 25), t * 25, 2));
        Assert.Equal(times.Distinct(), times);
    }

    [Fact]
    public void An_uneven_real_clip_keeps_its_uneven_times()
    {
        var clip = SharedData.TryPath("videos", "hanoi_junction_light.mp4");
        Assert.SkipWhen(clip is null, "shared/data is not beside this checkout: the real clips are not there.");
        using var all = Streams.Open(clip, o => o with { RealTime = false });
        using var some = Streams.Open(clip, o => o with { RealTime = false, AnalyseFps = 5 });
        var every = Times(all);
        var chosen = Times(some);
        Assert.True(chosen.Count > 200 && chosen.Count < every.Count);
        Assert.Subset(every.Select(t => Math.Round(t, 4)).ToHashSet(), chosen.Select(t => Math.Round(t, 4)).ToHashSet());
    }

    [Fact]
    public async Task A_paced_file_that_repeats_goes_on_in_time()
    {
        var clip = await Clips.MovingAsync(fps: 25, seconds: 1);
        using var stream = Streams.Open(clip, o => o with { Loop = true });
        var last = TimeSpan.Zero;
        for (var i = 0; i < 60; i++)
        {
            using var frame = stream.Stream.Take(TestContext.Current.CancellationToken)!;
            Assert.True(frame.Time.Elapsed > last);
            last = frame.Time.Elapsed;
        }

        Assert.InRange(last.TotalSeconds, 2, 30);
    }

    [Fact]
    public async Task Stopping_lets_the_taker_go_and_frames_that_are_held_stay_valid()
    {
        var clip = await Clips.MovingAsync();
        var stream = Streams.Open(clip, o => o with { Loop = true });
        var held = stream.Stream.Take(TestContext.Current.CancellationToken)!;
        stream.Dispose();
        Assert.Null(stream.Stream.Take(TestContext.Current.CancellationToken));
        Assert.True(held.Pixels.Length > 0 && held.Pixels[0] < 255);
        held.Dispose();
        Assert.Equal(StreamState.Off, stream.Stream.Status.State);
    }

    [Theory]
    [InlineData("yuvj420p", "libx264")]
    [InlineData("yuv420p10le", "libx265")]
    [InlineData("yuv422p", "libx264")]
    public async Task Full_range_and_deep_pictures_come_out_in_eight_bits_of_limited_range(string format, string codec)
    {
        var clip = await Clips.RenderAsync(
            $"white-{format}.mp4", ["-f", "lavfi", "-i", "color=white:size=128x96:rate=5", "-vf", "format=yuv444p,format=" + format, "-frames:v", "3", "-c:v", codec, "-preset", "ultrafast"]);
        using var stream = Streams.Open(clip, o => o with { RealTime = false, AnalyseFps = 5 });
        using var frame = stream.Stream.Take(TestContext.Current.CancellationToken)!;
        Assert.InRange(frame.Y[100], 233, 237);
        Assert.InRange(frame.U[100], 126, 130);
    }

    [Fact]
    public async Task A_probe_measures_a_file()
    {
        var clip = await Clips.MovingAsync(width: 322, height: 182, fps: 25, seconds: 3);
        var result = await StreamProbe.ProbeAsync(SecretUrl.Parse(clip), Transport.Auto, null, TimeProvider.System, new ListLogger(), TestContext.Current.CancellationToken);
        Assert.Equal(("h264", 322, 182, 25.0, 0.4, "file"), (result.Codec, result.Width, result.Height, result.Fps, result.KeyFrameIntervalS, result.Transport));
    }

    [Fact]
    public async Task A_probe_of_words_says_that_they_are_no_video()
    {
        var failure = await Assert.ThrowsAsync<StreamProbeException>(() => StreamProbe.ProbeAsync(
            SecretUrl.Parse(Clips.Bytes("words.mp4", "words"u8)), Transport.Auto, null, TimeProvider.System, new ListLogger(), TestContext.Current.CancellationToken));
        Assert.Equal(StreamState.Unsupported, failure.State);
    }

    [Fact]
    public async Task Frames_of_a_replay_wait_for_a_slow_taker()
    {
        var clip = await Clips.MovingAsync(fps: 25, seconds: 3);
        using var stream = Streams.Open(clip, o => o with { RealTime = false, PoolFrames = 3 });
        var seen = new List<long>();
        while (stream.Stream.Take(TestContext.Current.CancellationToken) is { } frame)
        {
            using (frame)
            {
                seen.Add(frame.Sequence);
                // Until the reader has filled all the room there is.
                if (seen.Count == 10) await Wait.Until("the reader waits", () => stream.Stream.Counters.Received >= 11, TimeSpan.FromSeconds(60));
            }
        }

        Assert.Equal(Enumerable.Range(0, 75).Select(i => (long)i), seen);
    }

    private static List<double> Times(Streams stream)
    {
        var times = new List<double>();
        while (stream.Stream.Take(TestContext.Current.CancellationToken) is { } frame)
        {
            using (frame)
            {
                Assert.Equal(times.Count, frame.Sequence);
                times.Add(frame.Time.Elapsed.TotalSeconds);
            }
        }

        return times;
    }
}
