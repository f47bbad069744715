using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class FrozenPictureTests(ITestOutputHelper output)
{
    // A picture with detail everywhere, one and the same for ever, under a running clock.
    private const string Still = "mandelbrot=size=768x432:rate=12:start_scale=0.6,trim=end_frame=1,loop=-1:1:0,setpts=N/12/TB";
    private const string Clock = "drawtext=text='%{pts\\:hms}':x=20:y=20:fontsize=28:fontcolor=white:box=1:boxcolor=black";

    [Theory]
    [InlineData("crf", "-crf", "23")]
    [InlineData("cbr", "-b:v", "1500k", "-maxrate", "1500k", "-bufsize", "1500k")]
    public async Task A_still_picture_with_a_running_clock_is_frozen_within_ten_seconds(string name, params string[] rate)
    {
        var clip = await Clips.RenderAsync(
            $"still-{name}.mp4",
            ["-f", "lavfi", "-i", $"{Still},{Clock}", "-t", "14", "-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "24", .. rate, "-pix_fmt", "yuv420p"]);
        var (at, _, _) = Watch(clip, 8);
        output.WriteLine($"{name}: frozen at {at}");
        Assert.NotNull(at);
        Assert.InRange(at.Value, 7, 10);
    }

    [Fact]
    public async Task A_picture_that_moves_again_is_no_longer_frozen()
    {
        var clip = await Clips.RenderAsync(
            "stops-and-goes.mp4",
            [
                "-f", "lavfi", "-i", $"{Still},{Clock},trim=end=12", "-f", "lavfi", "-i", "testsrc2=size=768x432:rate=12,trim=end=3",
                "-filter_complex", "[0][1]concat=n=2", .. Clips.Encoder("libx264", 24),
            ]);
        var (at, _, stillAtEnd) = Watch(clip, 8);
        Assert.NotNull(at);
        Assert.False(stillAtEnd);
    }

    [Fact]
    public async Task A_camera_at_night_whose_only_life_is_noise_is_not_frozen()
    {
        var clip = await Clips.RenderAsync(
            "noise.mp4",
            ["-f", "lavfi", "-i", $"{Still},eq=brightness=-0.4,noise=alls=8:allf=t", "-t", "16", "-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "24", "-crf", "30", "-pix_fmt", "yuv420p"]);
        var (at, longest, _) = Watch(clip, 8);
        output.WriteLine($"longest stillness {longest.TotalSeconds:0.0} s");
        Assert.Null(at);
    }

    [Theory]
    [InlineData("night_ir_path.mp4")]
    [InlineData("lobby_one_by_one.mp4")]
    [InlineData("hanoi_junction_light.mp4")]
    [InlineData("plaza_walkers.mp4")]
    public void Real_quiet_clips_are_never_frozen(string name)
    {
        var clip = SharedData.TryPath("videos", name);
        Assert.SkipWhen(clip is null, "shared/data is not beside this checkout: the real clips are not there.");
        foreach (var fps in (double[])[2, 5])
        {
            var (at, longest, _) = Watch(clip, fps);
            output.WriteLine($"{name} at {fps} fps: longest stillness {longest.TotalSeconds:0.0} s");
            Assert.Null(at);
        }
    }

    [Fact]
    public async Task A_stream_with_a_still_picture_goes_to_frozen_and_comes_back()
    {
        const int Fps = 5;
        var clip = await Clips.RenderAsync(
            "goes-and-stops.mp4",
            [
                "-f", "lavfi", "-i", "testsrc2=size=768x432:rate=12,trim=end=3", "-f", "lavfi", "-i", $"{Still},{Clock},trim=end=13",
                "-filter_complex", "[0][1]concat=n=2", .. Clips.Encoder("libx264", 24),
            ]);
        using var camera = Streams.Watch(clip, o => o with { Loop = true, AnalyseFps = Fps });
        // Counted in frames: a busy machine may be late with them, and with its clock's look at them.
        long frozenAt = 0;
        camera.Stream.StatusChanged += now =>
        {
            if (now.State == StreamState.Frozen) Interlocked.CompareExchange(ref frozenAt, camera.Stream.Counters.Received, 0);
        };
        await camera.Until(StreamState.Streaming);
        await camera.Until(StreamState.Frozen);
        await Wait.Until("the change is told", () => Interlocked.Read(ref frozenAt) > 0, TimeSpan.FromSeconds(60));
        Assert.InRange(frozenAt, 1, (3 + 10) * Fps);
        await camera.Until(StreamState.Streaming);
    }

    [Fact]
    public void The_vector_sum_is_the_plain_sum_at_every_length()
    {
        var bytes = new byte[300];
        new Random(3).NextBytes(bytes);
        for (var length = 0; length <= 256; length++)
        {
            for (var start = 0; start < 5; start++) Assert.Equal(FrozenPicture.SumScalar(bytes.AsSpan(start, length)), FrozenPicture.Sum(bytes.AsSpan(start, length)));
        }

        Array.Fill(bytes, byte.MaxValue);
        Assert.Equal(300u * 255, FrozenPicture.Sum(bytes));
    }

    private static (double? At, TimeSpan Longest, bool StillAtEnd) Watch(string clip, double fps)
    {
        using var stream = Streams.Open(clip, o => o with { RealTime = false, AnalyseFps = fps });
        FrozenPicture? detector = null;
        double? at = null;
        var still = false;
        var longest = TimeSpan.Zero;
        while (stream.Stream.Take(TestContext.Current.CancellationToken) is { } frame)
        {
            using (frame)
            {
                detector ??= new FrozenPicture(frame.Width, frame.Height);
                still = detector.Look(frame);
                if (still) at ??= frame.Time.Elapsed.TotalSeconds;
                if (detector.StillFor > longest) longest = detector.StillFor;
            }
        }

        return (at, longest, still);
    }
}
