using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

/// <summary>Cameras that are opened over RTSP and go again and again, 25 times and 1,000 in the long form, in a process of its own that is measured from outside while it rests.</summary>
public sealed class ReconnectSoakTests(ITestOutputHelper output) : IDisposable
{
    private const string FolderVariable = "EDGEGATEWAY_TEST_SOAK_FOLDER";
    private const string UrlVariable = "EDGEGATEWAY_TEST_SOAK_URL";
    private const int AtOnce = 5;

    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-soak-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Connection_after_connection_memory_handles_and_children_of_capturing_stay_flat()
    {
        var rounds = FaultForm.Size(25, 1000);
        var patience = TimeSpan.FromSeconds(120 + (rounds * 3));
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync());
        using var child = ChildOfTest.Start(nameof(Child_that_connects_and_rests), (FolderVariable, _folder), (UrlVariable, server.Url("cam")));
        var early = await MeasureAsync(child, rounds / 5, patience);
        var late = await MeasureAsync(child, rounds - (rounds / 5), patience);
        output.WriteLine($"{rounds} connections to a camera over RTSP, {AtOnce} at once; at rest after a fifth {early}, at the end {late}.");
        early.AssertFlat(late);
    }

    [Fact(Explicit = true)]
    public async Task Child_that_connects_and_rests()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("Only for the test beside it.");
        var url = Environment.GetEnvironmentVariable(UrlVariable)!;
        while (true)
        {
            await Wait.Until("there is an order", () => File.Exists(Path.Combine(folder, "order")), TimeSpan.FromHours(1));
            var rounds = int.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "order"), TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
            File.Delete(Path.Combine(folder, "order"));
            Parallel.For(0, rounds, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, _ =>
            {
                using var stream = Streams.Open(url);
                using var frame = stream.Stream.Take(TestContext.Current.CancellationToken);
            });
            await File.WriteAllTextAsync(Path.Combine(folder, "done"), "", TestContext.Current.CancellationToken);
        }
    }

    private async Task<Footprint> MeasureAsync(ChildOfTest child, int rounds, TimeSpan patience)
    {
        var order = Path.Combine(_folder, "order");
        await File.WriteAllTextAsync(order + "~", rounds.ToString(System.Globalization.CultureInfo.InvariantCulture), TestContext.Current.CancellationToken);
        File.Move(order + "~", order);
        var done = Path.Combine(_folder, "done");
        await Wait.Until($"{rounds} connections were made", () =>
        {
            Assert.False(child.HasExited, "The child ended by itself.");
            return File.Exists(done);
        }, patience);
        File.Delete(done);
        await Wait.Until("the child rests", () => Processes.Below(child.Id).Count == 0, TimeSpan.FromSeconds(60));
        return Footprint.Of(child.Id);
    }
}
