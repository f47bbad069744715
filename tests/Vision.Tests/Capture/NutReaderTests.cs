using CsCheck;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class NutReaderTests
{
    private static async Task<byte[]> SampleAsync()
    {
        var nut = await Clips.RenderAsync(
            "sample.nut",
            [
                "-f", "lavfi", "-i", "testsrc2=size=32x18:rate=7", "-t", "4", "-fps_mode", "passthrough", "-enc_time_base", "1/90000",
                "-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-write_index", "0", "-f", "nut",
            ]);
        return await File.ReadAllBytesAsync(nut, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(100_000)]
    public async Task Times_and_sizes_come_out_whatever_the_pieces_are_that_bytes_arrive_in(int piece)
    {
        var reader = new NutReader(new Pieces(await SampleAsync(), piece));
        Assert.Equal(new NutVideo(32, 18, 0x49343230), reader.ReadHeader());
        var pixels = new byte[32 * 18 * 3 / 2];
        var count = 0;
        while (reader.TryReadFrame(out var frame))
        {
            Assert.Equal(pixels.Length, frame.Size);
            Assert.Equal(count / 7.0, frame.Presentation.TotalSeconds, 4);
            Assert.True(reader.TryReadPixels(pixels));
            count++;
        }

        Assert.Equal(28, count);
    }

    [Fact]
    public async Task Headers_that_are_repeated_in_midst_of_the_stream_are_read_over()
    {
        // ffmpeg repeats them after the first megabyte.
        var nut = await Clips.RenderAsync(
            "long.nut", ["-f", "lavfi", "-i", "testsrc2=size=640x480:rate=10", "-t", "4", "-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-write_index", "0", "-f", "nut"]);
        var reader = new NutReader(new Pieces(await File.ReadAllBytesAsync(nut, TestContext.Current.CancellationToken), 1 << 20));
        reader.ReadHeader();
        var count = 0;
        for (; reader.TryReadFrame(out var frame); count++)
        {
            Assert.Equal(640 * 480 * 3 / 2, frame.Size);
            Assert.True(reader.TrySkipPixels(new byte[5000]));
        }

        Assert.Equal(40, count);
    }

    [Fact]
    public async Task A_stream_cut_anywhere_ends_without_half_a_frame()
    {
        var whole = await SampleAsync();
        for (var length = 0; length < whole.Length; length += 13) Read(whole[..length], out _);
        Read(whole[..^1], out var frames);
        Assert.Equal(27, frames);
    }

    [Fact]
    public async Task Damaged_bytes_end_in_a_clear_error_or_an_end_and_never_in_more_memory()
    {
        var whole = await SampleAsync();
        var flips = Gen.Select(Gen.Int[0, Math.Min(whole.Length, 3000) - 1], Gen.Byte).Array[1, 12];
        flips.Sample(
            changes =>
            {
                var damaged = (byte[])whole.Clone();
                foreach (var (place, value) in changes) damaged[place] = value;
                var before = GC.GetAllocatedBytesForCurrentThread();
                Read(damaged, out _);
                // One header packet may be as long as it says, up to its bound, but never longer.
                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 40 << 20);
            },
            iter: 20_000);
    }

    [Fact]
    public void Random_bytes_are_refused()
        => Gen.Byte.Array[0, 500].Sample(bytes => Read([.. "nut/multimedia container\0NMzV\u00AD"u8, .. bytes], out _), iter: 20_000);

    private static void Read(byte[] bytes, out int frames)
    {
        frames = 0;
        var scratch = new byte[1000];
        try
        {
            var reader = new NutReader(new Pieces(bytes, 4096));
            if (reader.ReadHeader() is null) return;
            while (reader.TryReadFrame(out _) && reader.TrySkipPixels(scratch)) frames++;
        }
        catch (InvalidDataException)
        {
            // The clear error.
        }
    }

    private sealed class Pieces(byte[] bytes, int piece) : IByteSource
    {
        private int _at;

        public int Read(Span<byte> target)
        {
            var length = Math.Min(Math.Min(piece, target.Length), bytes.Length - _at);
            bytes.AsSpan(_at, length).CopyTo(target);
            _at += length;
            return length;
        }
    }
}
