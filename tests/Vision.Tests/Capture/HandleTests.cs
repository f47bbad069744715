using EdgeGateway.Testing;

namespace EdgeGateway.Vision.Tests.Capture;

/// <summary>Handles are counted over the whole process: beside other tests, which open their own, the count would say nothing.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class HandleTests
{
    [Fact]
    public async Task Opening_and_closing_again_and_again_leaves_no_child_and_no_handle()
    {
        var clip = await Clips.MovingAsync();
        Cycle(clip, 3);
        var handles = Processes.OpenHandles();
        Cycle(clip, 20);
        await Wait.Until("handles are given back", () => Processes.OpenHandles() <= handles + 10, TimeSpan.FromSeconds(60));
        await Wait.Until("children are gone", () => !Processes.Below(Environment.ProcessId).Any(p => p.CommandLine.Contains(clip + " -map", StringComparison.Ordinal)), TimeSpan.FromSeconds(60));
    }

    private static void Cycle(string clip, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var stream = Streams.Open(clip, o => o with { Loop = true });
            using var frame = stream.Stream.Take(TestContext.Current.CancellationToken);
            Assert.NotNull(frame);
        }
    }
}
