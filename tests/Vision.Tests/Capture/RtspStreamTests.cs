using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class RtspStreamTests(ITestOutputHelper output)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Transport.Tcp, "tcp")]
    [InlineData(Transport.Udp, "udp")]
    public async Task A_camera_streams_over_the_transport_that_was_asked_for(Transport transport, string used)
    {
        var clip = await Clips.MovingAsync();
        await using var server = await RtspServer.StartAsync("cam=" + clip);
        using var stream = Open(server.Url("cam"), transport);
        using var frame = stream.Take(Stop);

        Assert.NotNull(frame);
        Assert.Equal((320, 240), (frame.Width, frame.Height));
        Assert.Equal(StreamState.Streaming, stream.Status.State);
        Assert.Equal(used, stream.Status.TransportUsed);
        output.WriteLine(stream.Status.ToString());
    }

    private static CameraStream Open(string url, Transport transport)
    {
        var stream = new CameraStream(new CaptureOptions { CameraId = "test", Url = SecretUrl.Parse(url), Transport = transport }, TimeProvider.System, NullLogger.Instance);
        stream.Start();
        return stream;
    }
}
