using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class RtspTransportTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(Transport.Tcp, "tcp", "libx264")]
    [InlineData(Transport.Udp, "udp", "libx264")]
    [InlineData(Transport.Auto, "tcp", "libx265")]
    public async Task A_camera_streams_over_the_transport_that_was_asked_for(Transport transport, string used, string codec)
    {
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync(codec: codec));
        using var camera = Streams.Watch(server.Url("cam"), o => o with { Transport = transport });
        // Frames come by one pipe, ffmpeg's word on the codec by another.
        await Wait.Until("30 frames and the codec's name came", () => camera.Frames >= 30 && camera.Stream.Status.Codec is not null, Soon);

        var status = camera.Stream.Status;
        Assert.Equal(StreamState.Streaming, status.State);
        Assert.Equal((used, 320, 240), (status.TransportUsed, status.Width, status.Height));
        Assert.Equal(codec == "libx265" ? "hevc" : "h264", status.Codec);
    }

    [Fact]
    public async Task Automatic_transport_falls_back_to_udp_and_remembers_it()
    {
        await using var server = await RtspServer.StartAsync("--transport", "udp", "cam=" + await Clips.MovingAsync());
        using var camera = Streams.Watch(server.Url("cam"));
        Assert.Equal("udp", (await camera.Until(StreamState.Streaming)).TransportUsed);

        var before = camera.Stream.Counters.Reconnects; // on a busy machine more than the first attempt may have been in vain
        await server.RestartAsync();
        await Wait.Until("it noticed", () => camera.Stream.Counters.Reconnects > before, Soon);
        Assert.Equal("udp", (await camera.Until(StreamState.Streaming)).TransportUsed);
    }

    [Fact]
    public async Task A_transport_that_the_camera_lacks_is_named()
    {
        await using var server = await RtspServer.StartAsync("--transport", "udp", "cam=" + await Clips.MovingAsync());
        using var camera = Streams.Watch(server.Url("cam"), o => o with { Transport = Transport.Tcp });
        Assert.Contains("transport", (await camera.Until(StreamState.Unsupported)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_tells_what_a_stream_is()
    {
        await using var server = await RtspServer.StartAsync("--transport", "udp", "cam=" + await Clips.MovingAsync(fps: 25, seconds: 20, keyFrameEvery: 25));
        var result = await StreamProbe.ProbeAsync(
            SecretUrl.Parse(server.Url("cam")), Transport.Auto, null, TimeProvider.System, new ListLogger(), TestContext.Current.CancellationToken);
        output.WriteLine(result.ToString());
        Assert.Equal(("h264", 320, 240, "udp"), (result.Codec, result.Width, result.Height, result.Transport));
        Assert.InRange(result.Fps, 23, 27);
        Assert.InRange(result.KeyFrameIntervalS ?? 0, 0.9, 1.1);
        Assert.True(result.BitrateKbps > 10 && result.TimeToFirstFrameMs > 0);
    }

    [Theory]
    [InlineData(Transport.Auto, 2)]
    [InlineData(Transport.Tcp, 1)]
    public async Task A_probe_of_a_camera_that_is_off_ends_with_its_last_attempt(Transport transport, int attempts)
    {
        var said = new ListLogger();
        var failure = await Assert.ThrowsAsync<StreamProbeException>(() => StreamProbe.ProbeAsync(
            SecretUrl.Parse("rtsp://127.0.0.1:9/cam"), transport, null, TimeProvider.System, said, TestContext.Current.CancellationToken));
        Assert.Equal(StreamState.Unreachable, failure.State);
        Assert.Contains("từ chối kết nối", failure.ReasonVi, StringComparison.Ordinal);
        Assert.Equal(attempts, said.ToString().Split("ffmpeg ended").Length - 1);
        Assert.Equal(attempts, said.ToString().Split(" started over ").Length - 1);
    }

    [Fact]
    public async Task A_probe_of_a_wrong_path_says_so()
    {
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync());
        var failure = await Assert.ThrowsAsync<StreamProbeException>(() => StreamProbe.ProbeAsync(
            SecretUrl.Parse(server.Url("none")), Transport.Auto, null, TimeProvider.System, new ListLogger(), TestContext.Current.CancellationToken));
        Assert.Equal(StreamState.NotFound, failure.State);
    }
}
