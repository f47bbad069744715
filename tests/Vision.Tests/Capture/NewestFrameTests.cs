using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class NewestFrameTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_slow_analysis_gets_the_newest_frame_and_the_rest_is_counted()
    {
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync(fps: 25, seconds: 6));
        using var camera = Streams.Open(server.Url("cam"));
        using var first = camera.Stream.Take(TestContext.Current.CancellationToken)!;
        var before = camera.Stream.Counters.Received;
        await Wait.Until("25 frames passed", () => camera.Stream.Counters.Received >= before + 25, Soon);

        using var next = camera.Stream.Take(TestContext.Current.CancellationToken)!;
        var counters = camera.Stream.Counters;
        Assert.True(next.Sequence >= first.Sequence + 24, $"{first.Sequence} → {next.Sequence}");
        Assert.True(counters.Dropped >= 23, counters.ToString());
    }

    [Fact]
    public async Task Frames_are_dropped_and_counted_while_the_analysis_holds_the_whole_pool()
    {
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync(fps: 25, seconds: 6));
        using var camera = Streams.Open(server.Url("cam"), o => o with { PoolFrames = 3 });
        var held = Enumerable.Range(0, 3).Select(_ => camera.Stream.Take(TestContext.Current.CancellationToken)!).ToList();
        var dropped = camera.Stream.Counters.Dropped;
        await Wait.Until("frames are lost", () => camera.Stream.Counters.Dropped >= dropped + 10, Soon);
        held.ForEach(frame => frame.Dispose());
        using var next = camera.Stream.Take(TestContext.Current.CancellationToken);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task The_ring_keeps_the_last_files_of_the_compressed_stream()
    {
        var folder = Clips.NewPath("ring");
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync(fps: 25, seconds: 10, keyFrameEvery: 25));
        using var camera = Streams.Watch(server.Url("cam"), o => o with { Ring = new SegmentRing(folder, TimeSpan.FromSeconds(1), 3) });
        await Wait.Until("the ring went round", () => camera.Frames > 130, Soon);
        Assert.Equal(3, Directory.GetFiles(folder, "*.ts").Length);
        // The newest file may have been opened this moment.
        Assert.True(Directory.GetFiles(folder, "*.ts").Count(file => new FileInfo(file).Length > 0) >= 2);
    }
}
