using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

/// <summary>Conversations with an RTSP server that answers nonsense: 24, and 2,000 in the long form, for each costs an ffmpeg of its own. First check: the description is understood, so that a stream is asked for.</summary>
public sealed class HostileRtspTests(ITestOutputHelper output)
{
    private const int AtOnce = 4;

    [Fact]
    public async Task No_answer_of_a_camera_brings_its_reader_down()
    {
        var count = FaultForm.Size(24, 2000);
        await using var camera = new NonsenseCamera();
        var ways = new List<StreamState>();
        var slowestStop = TimeSpan.Zero;
        long frames = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken }, async (number, _) =>
        {
            var stream = Streams.Watch(camera.Url(number));
            // Silence is met after some seconds; whatever was said, a state follows from it.
            await Wait.Until($"conversation {number} has ended in a state", () => stream.History.Any(status => status.State is not (StreamState.Connecting or StreamState.Streaming)), TimeSpan.FromSeconds(90));
            var stopping = Stopwatch.GetTimestamp();
            stream.Dispose();
            var took = Stopwatch.GetElapsedTime(stopping);
            lock (ways)
            {
                ways.AddRange(stream.History.Select(status => status.State).Where(state => state is not (StreamState.Connecting or StreamState.Streaming)).Take(1));
                if (took > slowestStop) slowestStop = took;
                frames += stream.Frames;
            }

            Assert.DoesNotContain("Reading failed", stream.Log.ToString(), StringComparison.Ordinal); // the last guard of the thread
        });

        await Wait.Until("no ffmpeg is left", () => !Processes.Below(Environment.ProcessId).Any(process => process.CommandLine.Contains(camera.Url(0)[..^1], StringComparison.Ordinal)), TimeSpan.FromSeconds(60));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"RTSP: {count} conversations, {(double)camera.SetUps / count:P1} passed the first check (repeated tries included), ended as {string.Join(", ", ways.GroupBy(way => way).Select(group => $"{group.Count()} {group.Key}"))}; {frames} frames; slowest stop {slowestStop.TotalMilliseconds:0} ms"));
        Assert.Equal(count, ways.Count);
        Assert.True(camera.SetUps * 2 >= count, $"Only {camera.SetUps} of {count} reach what lies behind the first check.");
    }
}
