using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class NewestFrameTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

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
        // The ring is written from another pipe than the frames, and between two looks the oldest file goes and the newest, empty still, comes.
        await Wait.Until("it holds three files, two of them written at least", () => Files().Length == 3 && Files().Count(file => file is { Exists: true, Length: > 0 }) >= 2, Soon);

        FileInfo[] Files() => [.. Directory.GetFiles(folder, "*.ts").Select(file => new FileInfo(file))];
    }
}
