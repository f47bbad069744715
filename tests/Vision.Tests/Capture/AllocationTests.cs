using EdgeGateway.Testing;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class AllocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Neither_the_reader_nor_the_taker_allocates_a_byte_a_frame(bool live)
    {
        var clip = await Clips.MovingAsync(fps: 100, seconds: 8);
        using var stream = Streams.Open(clip, o => o with { RealTime = live, Loop = true, AnalyseFps = 90 });
        long reader = -1, taker = -1;
        var thread = new Thread(() =>
        {
            Take(stream, 60);
            var (readerBefore, takerBefore) = (stream.Stream.Counters.ReaderAllocatedBytes, GC.GetAllocatedBytesForCurrentThread());
            Take(stream, live ? 300 : 3000);
            (reader, taker) = (stream.Stream.Counters.ReaderAllocatedBytes - readerBefore, GC.GetAllocatedBytesForCurrentThread() - takerBefore);
        });
        thread.Start();
        await Task.Run(thread.Join, TestContext.Current.CancellationToken);
        // A lock makes its wait handle (some 60 bytes) once, when both threads first meet there, and there are three of them; the smallest
        // object a frame would be 7,200 bytes.
        Assert.InRange(reader, 0, 256);
        Assert.InRange(taker, 0, 256);
    }

    private static void Take(Streams stream, int frames)
    {
        for (var i = 0; i < frames; i++) stream.Stream.Take(CancellationToken.None)!.Dispose();
    }
}
