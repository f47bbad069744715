using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class PictureSizeTests
{
    [Fact]
    public async Task Another_size_after_a_reconnect_is_told_with_both_sizes_and_gives_no_frames()
    {
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync());
        using var camera = Streams.Watch(server.Url("cam"));
        await camera.Until(StreamState.Streaming);

        await server.RestartAsync("cam=" + await Clips.MovingAsync(width: 352, height: 288));
        var reason = (await camera.Until(StreamState.WrongSize)).Reason;
        Assert.Contains("352×288", reason, StringComparison.Ordinal);
        Assert.Contains("320×240", reason, StringComparison.Ordinal);
        await server.RestartAsync("cam=" + await Clips.MovingAsync());
        await camera.Until(StreamState.Streaming);
    }

    [Fact]
    public async Task A_size_that_changes_in_midst_of_the_stream_is_told_with_both_sizes()
    {
        var first = await Clips.MovingAsync(seconds: 2);
        var second = await Clips.MovingAsync(width: 352, height: 288, seconds: 20);
        await using var server = await RtspServer.StartAsync($"cam={await TransportStream(first)},{await TransportStream(second)}");
        var sizes = new HashSet<(int, int)>();
        using var camera = Streams.Watch(server.Url("cam"), look: frame => sizes.Add((frame.Width, frame.Height)));
        await camera.Until(StreamState.WrongSize);
        Assert.Equal([(320, 240)], sizes);
    }

    private static Task<string> TransportStream(string clip)
        => Clips.RenderAsync(Path.GetFileNameWithoutExtension(clip) + ".ts", ["-i", clip, "-c", "copy", "-f", "mpegts"]);
}
