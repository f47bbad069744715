using System.Diagnostics;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class BadFileTests(ITestOutputHelper output)
{
    [Fact]
    public void A_file_that_is_absent_empty_or_no_video_says_which()
    {
        var (missing, _) = ReadAll(Clips.NewPath("missing.mp4"));
        var (empty, _) = ReadAll(Clips.Bytes("empty.mp4", []));
        var (text, _) = ReadAll(Clips.Bytes("words.mp4", "These are words and no video at all, only words.\n"u8));
        Assert.Equal(StreamState.NotFound, missing.State);
        Assert.Contains("not there", missing.Reason, StringComparison.Ordinal);
        Assert.Equal(StreamState.Unsupported, empty.State);
        Assert.Contains("empty", empty.Reason, StringComparison.Ordinal);
        Assert.Equal(StreamState.Unsupported, text.State);
        Assert.Contains("cannot be read as video", text.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_cut_off_before_its_index_says_so()
    {
        var whole = await File.ReadAllBytesAsync(await Clips.MovingAsync(), TestContext.Current.CancellationToken);
        var (status, frames) = ReadAll(Clips.Bytes("cut.mp4", whole.AsSpan(0, whole.Length / 2)));
        Assert.Equal((StreamState.Unsupported, 0), (status.State, frames));
        Assert.Contains("cut off", status.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("libx264", "h264")]
    [InlineData("libx265", "hevc")]
    public async Task A_damaged_stream_goes_on_and_its_faults_are_counted(string codec, string format)
    {
        var clip = await Clips.MovingAsync(fps: 25, seconds: 8, codec: codec);
        var raw = await Clips.RenderAsync($"raw.{format}", ["-i", clip, "-c", "copy", "-f", format]);
        var bytes = await File.ReadAllBytesAsync(raw, TestContext.Current.CancellationToken);
        var random = new Random(7);
        for (var i = bytes.Length / 10; i + 3000 < bytes.Length; i += 3000)
        {
            foreach (ref var damaged in bytes.AsSpan(i + random.Next(2000), 40)) damaged ^= 0x55;
        }

        using var stream = Open(Clips.Bytes("damaged." + format, bytes));
        var frames = Drain(stream);
        output.WriteLine($"{frames} of 200 frames, {stream.Stream.Counters.DecodeErrors} faults, {stream.Stream.Status}");
        Assert.InRange(frames, 100, 200);
        Assert.True(stream.Stream.Counters.DecodeErrors > 0);
        Assert.Equal(StreamState.Ended, stream.Stream.Status.State);
    }

    [Fact]
    public async Task A_stream_that_is_cut_off_gives_the_frames_before_the_cut()
    {
        var clip = await Clips.MovingAsync(fps: 25, seconds: 8);
        var raw = await Clips.RenderAsync("cut.h264", ["-i", clip, "-c", "copy", "-f", "h264"]);
        var bytes = await File.ReadAllBytesAsync(raw, TestContext.Current.CancellationToken);
        var (status, frames) = ReadAll(Clips.Bytes("cut.h264", bytes.AsSpan(0, bytes.Length / 2)));
        Assert.Equal(StreamState.Ended, status.State);
        Assert.InRange(frames, 60, 140);
    }

    [Fact]
    public async Task A_size_that_changes_inside_a_file_is_told()
    {
        var first = await Clips.RenderAsync("small.h264", ["-i", await Clips.MovingAsync(), "-c", "copy", "-f", "h264"]);
        var second = await Clips.RenderAsync("large.h264", ["-i", await Clips.MovingAsync(width: 352, height: 288), "-c", "copy", "-f", "h264"]);
        byte[] both = [.. await File.ReadAllBytesAsync(first, TestContext.Current.CancellationToken), .. await File.ReadAllBytesAsync(second, TestContext.Current.CancellationToken)];
        var (status, frames) = ReadAll(Clips.Bytes("both.h264", both));
        Assert.Equal(StreamState.WrongSize, status.State);
        Assert.Contains("320×240", status.Reason, StringComparison.Ordinal);
        Assert.InRange(frames, 36, 40);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(641, 359)]
    [InlineData(240, 426)]
    [InlineData(7680, 4320)]
    public async Task Frames_from_1x1_to_8k_are_read_whole(int width, int height)
    {
        // FFV1 stores any size; every byte of the last row and column must come through.
        var clip = await Clips.RenderAsync(
            $"size-{width}x{height}.mkv", ["-f", "lavfi", "-i", $"color=white:size={width}x{height}:rate=5,format=yuv444p,format=yuv420p", "-frames:v", "3", "-c:v", "ffv1"]);
        using var stream = Open(clip);
        var frames = 0;
        while (stream.Stream.Take(TestContext.Current.CancellationToken) is { } frame)
        {
            using (frame)
            {
                Assert.Equal((width, height), (frame.Width, frame.Height));
                Assert.True(frame.Y.IndexOfAnyExceptInRange((byte)233, (byte)237) < 0, "the luma is not white everywhere");
                Assert.True(frame.V.IndexOfAnyExceptInRange((byte)126, (byte)130) < 0, "the chroma is not grey everywhere");
                frames++;
            }
        }

        Assert.Equal(3, frames);
    }

    [Fact]
    public async Task More_than_8k_is_unsupported_and_says_the_limit()
    {
        var clip = await Clips.RenderAsync("huge.mkv", ["-f", "lavfi", "-i", "color=gray:size=8192x4400:rate=5,format=yuv420p", "-frames:v", "1", "-c:v", "ffv1"]);
        var (status, frames) = ReadAll(clip);
        Assert.Equal((StreamState.Unsupported, 0), (status.State, frames));
        Assert.Contains("7680×4320", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_size_than_expected_is_told_with_both()
    {
        using var stream = Streams.Open(await Clips.MovingAsync(), o => o with { RealTime = false, ExpectedSize = (960, 540) });
        Assert.Equal(0, Drain(stream));
        Assert.Equal(StreamState.WrongSize, stream.Stream.Status.State);
        Assert.Contains("960×540", stream.Stream.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_decoder_that_this_box_lacks_is_named()
    {
        Assert.SkipWhen(Directory.Exists("/dev/dri"), "This box has a video card.");
        using var stream = Streams.Open(await Clips.MovingAsync(), o => o with { RealTime = false, Decoder = "vaapi" });
        Drain(stream);
        output.WriteLine(stream.Stream.Status.ToString());
        Assert.Contains("vaapi", stream.Stream.Status.Reason, StringComparison.Ordinal);
    }

    private static Streams Open(string path) => Streams.Open(path, o => o with { RealTime = false });

    private static (StreamStatus Status, int Frames) ReadAll(string path)
    {
        using var stream = Open(path);
        var frames = Drain(stream);
        return (stream.Stream.Status, frames);
    }

    private static int Drain(Streams stream)
    {
        var frames = 0;
        while (stream.Stream.Take(TestContext.Current.CancellationToken) is { } frame)
        {
            frame.Dispose();
            frames++;
        }

        return frames;
    }
}
