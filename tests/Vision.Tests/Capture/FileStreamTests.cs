using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class FileStreamTests(ITestOutputHelper output)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recorded_file_gives_every_frame_once_with_its_own_time()
    {
        var clip = await Clips.MovingAsync(width: 322, height: 182, fps: 25, seconds: 3);
        using var stream = Open(clip, fps: 0);

        var times = new List<double>();
        while (stream.Take(Stop) is { } frame)
        {
            using (frame)
            {
                Assert.Equal((322, 182), (frame.Width, frame.Height));
                Assert.Equal(times.Count, frame.Sequence);
                times.Add(frame.Time.Elapsed.TotalSeconds);
            }
        }

        output.WriteLine(stream.Status.ToString());
        Assert.Equal(75, times.Count);
        for (var i = 0; i < times.Count; i++) Assert.Equal(i / 25.0, times[i], 3);
        Assert.Equal(StreamState.Ended, stream.Status.State);
        Assert.Equal("h264", stream.Status.Codec);
        Assert.Equal(0, stream.Counters.Dropped);
    }

    private static CameraStream Open(string path, double fps)
    {
        var stream = new CameraStream(
            new CaptureOptions { CameraId = "test", Url = SecretUrl.Parse(path), AnalyseFps = fps, RealTime = false }, TimeProvider.System, NullLogger.Instance);
        stream.Start();
        return stream;
    }
}
