using System.Globalization;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Counting;

/// <summary>
/// kill -9 of a process that counts into the real outbox file and the real archive; the process is this test program, asked for one explicit test.
/// Its time runs as fast as the disk commits. Five people cross in each second that is watched,
/// so what an interval must hold follows from its stated coverage, to the last person. EDGEGATEWAY_TEST_KILLS sets the number of kills (10; 200 in the long form).
/// </summary>
public sealed class CountKillTests : IDisposable
{
    private const string FolderVariable = "EDGEGATEWAY_TEST_COUNT_FOLDER";
    private const int PerSecond = 5;
    private static readonly DateTimeOffset Start = new(2026, 7, 4, 3, 0, 0, TimeSpan.Zero);
    private readonly string _folder = TestEvents.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task After_kill_9_the_sums_are_the_truth_less_the_stated_gaps()
    {
        var kills = FaultForm.Size(10, 200, "EDGEGATEWAY_TEST_KILLS");
        var random = new Random(kills);
        var told = Path.Combine(_folder, "told.txt");
        for (var kill = 0; kill < kills; kill++)
        {
            var before = Seconds(told);
            using var child = StartChild();
            var wanted = before + 30 + random.Next(90);
            await Wait.Until($"second {wanted} is counted", () =>
            {
                Assert.False(child.HasExited, "The child ended by itself.");
                return Seconds(told) >= wanted;
            }, TimeSpan.FromSeconds(60));
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var truth = Seconds(told);
        using (var child = StartChild(stopAt: truth + 1))
        {
            await child.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }

        truth = Seconds(told);
        using var archive = CountArchive.Open(Path.Combine(_folder, CountArchive.FileName), IntervalGrid.HoChiMinh);
        var rows = archive.Intervals(Start, Start.AddDays(1)).ToList();
        var watched = 0;
        foreach (var row in rows)
        {
            var seconds = (int)Math.Round(row.Coverage * (row.To - row.From).TotalSeconds);
            watched += seconds;
            Assert.Equal((row.From, seconds * PerSecond), (row.From, row.In));
        }

        // At most two seconds a kill are lost, and coverage has said so above.
        Assert.InRange(truth - watched, 0, kills * 2);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {truth * PerSecond} crossings, {rows.Sum(row => row.In)} archived in {rows.Count} intervals, {truth - watched} of {truth} seconds lost and stated.");
    }

    [Fact(Explicit = true)]
    public async Task Child_that_counts_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("Only for the test beside it.");
        var stopAt = int.Parse(Environment.GetEnvironmentVariable(FolderVariable + "_STOP") ?? "1000000", CultureInfo.InvariantCulture);
        await using var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(folder), Broker = TestEvents.Broker(1), SiteId = "bai-bien" }, TestEvents.Live(), TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        await using var archive = new ArchiveWriter(Path.Combine(folder, CountArchive.FileName), IntervalGrid.HoChiMinh, "g1", "bai-bien", TimeProvider.System, NullLogger.Instance);
        await using var note = new StreamWriter(new FileStream(Path.Combine(folder, "told.txt"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1));
        var second = Seconds(Path.Combine(folder, "told.txt"));
        var counter = new IntervalCounter(new CounterSetup("count/cong/visitors", "visitors", "gate", ["person"], TimeSpan.FromMinutes(1)), new Store(delivery));
        List<CountInterval> finished = [];
        for (; second < stopAt; second++)
        {
            await note.WriteAsync($"{second}\n");
            await note.FlushAsync();
            var at = Start.AddSeconds(second);
            using (delivery.Queue.Together())
            {
                for (var i = 0; i < PerSecond; i++) counter.Cross("gate", "person", true, at.AddSeconds((i + 0.5) / PerSecond));
                counter.Watch(at);
                counter.Advance(at.AddSeconds(1), finished);
                foreach (var interval in finished) archive.Add("cong", interval);
                finished.Clear();
            }

            // As in life the writers get a second's work done within the second; here a second takes as long as its commit.
            await delivery.FlushAsync();
            await archive.FlushAsync();
        }

        counter.Stop(Start.AddSeconds(second), finished);
        foreach (var interval in finished) archive.Add("cong", interval);
    }

    private sealed class Store(Delivery delivery) : ICountStateStore
    {
        public void Save(string key, string json) => delivery.SaveState(key, json);

        public string? Load(string key) => delivery.LoadState(key);
    }

    private ChildOfTest StartChild(int stopAt = 1_000_000) =>
        ChildOfTest.Start(nameof(Child_that_counts_until_it_is_killed), (FolderVariable, _folder), (FolderVariable + "_STOP", stopAt.ToString(CultureInfo.InvariantCulture)));

    /// <summary>How many seconds were told; the last line may be torn by the kill.</summary>
    private static int Seconds(string path)
    {
        if (!File.Exists(path)) return 0;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var lines = reader.ReadToEnd().Split('\n');
        return lines.Length < 2 ? 0 : int.Parse(lines[^2], CultureInfo.InvariantCulture) + 1;
    }
}
