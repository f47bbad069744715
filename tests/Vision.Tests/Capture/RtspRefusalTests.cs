using System.Net;
using System.Net.Sockets;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class RtspRefusalTests
{
    [Fact]
    public async Task A_path_that_is_not_there_is_not_found()
    {
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync());
        using var camera = Streams.Watch(server.Url("other"));
        Assert.Contains("path", (await camera.Until(StreamState.NotFound)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_port_and_a_host_that_says_nothing_are_unreachable()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        using var closed = Streams.Watch("rtsp://127.0.0.1:9/cam");
        using var mute = Streams.Watch($"rtsp://127.0.0.1:{port}/cam");
        Assert.Contains("refuses the connection", (await closed.Until(StreamState.Unreachable)).Reason, StringComparison.Ordinal);
        Assert.Contains("no answer in RTSP", (await mute.Until(StreamState.Unreachable)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("audio:")]
    [InlineData("odd:")]
    public async Task A_stream_without_readable_video_is_unsupported(string source)
    {
        await using var server = await RtspServer.StartAsync("cam=" + source);
        using var camera = Streams.Watch(server.Url("cam"));
        Assert.Contains("no video", (await camera.Until(StreamState.Unsupported)).Reason, StringComparison.Ordinal);
    }
}
