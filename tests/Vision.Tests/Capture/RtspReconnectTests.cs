using System.Diagnostics;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class RtspReconnectTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_stream_that_stalls_is_noticed_and_comes_back_with_time_going_on()
    {
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync());
        var last = TimeSpan.Zero;
        var backwards = 0;
        using var camera = Streams.Watch(server.Url("cam"), look: frame =>
        {
            if (frame.Time.Elapsed <= last) backwards++;
            last = frame.Time.Elapsed;
        });
        await camera.Until(StreamState.Streaming);
        await Wait.Until("frames came", () => camera.Frames > 10, Soon);

        var toldLate = false;
        int Ended() => camera.Log.ToString().Split("ffmpeg ended").Length;
        var before = Ended(); // on a busy machine the first attempt may have been in vain
        camera.Stream.StatusChanged += now => toldLate |= now.State == StreamState.Reconnecting && Ended() > before;
        await server.StallAsync("cam");
        var stalled = Stopwatch.StartNew();
        var status = await camera.Until(StreamState.Reconnecting);
        output.WriteLine($"noticed after {stalled.Elapsed.TotalSeconds:0.0} s: {status.Reason}");
        Assert.Contains("không gửi hình", status.ReasonVi, StringComparison.Ordinal);
        Assert.False(toldLate, "it was told only after the child had been ended");
        await server.ResumeAsync("cam");
        await camera.Until(StreamState.Streaming);
        var frames = camera.Frames;
        await Wait.Until("frames come again", () => camera.Frames > frames + 10, Soon);
        Assert.Equal(0, backwards);
    }

    [Fact]
    public async Task A_server_that_dies_is_unreachable_until_it_is_back()
    {
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync());
        using var camera = Streams.Watch(server.Url("cam"));
        await camera.Until(StreamState.Streaming);

        await server.KillAsync();
        Assert.Contains("refuses the connection", (await camera.Until(StreamState.Unreachable)).Reason, StringComparison.Ordinal);
        await server.RestartAsync();
        await camera.Until(StreamState.Streaming);
        Assert.Contains(camera.History, s => s.State == StreamState.Reconnecting);
    }
}
