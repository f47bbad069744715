using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Evidence.Bucket;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Sync.Tests.Mqtt;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Storage;

/// <summary>Disks that are slow, fail, tear a write at a power cut, or allow no writing. The first three lie below SQLite (tests/Faults/disk.c) in a process of its own.</summary>
public sealed class BadDiskTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();

    private string Offered => Path.Combine(_folder, "offered.txt");

    private string Committed => Path.Combine(_folder, "committed.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Writes_torn_by_a_power_cut_lose_no_committed_event_and_leave_a_sound_file()
    {
        var disk = Disk();
        var cuts = FaultForm.Size(6, 100);
        var random = new Random(cuts);
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        for (var cut = 0; cut < cuts; cut++)
        {
            disk.Order();
            using var child = StartChild(broker.Port, disk, cut);
            var before = Committed is var path && File.Exists(path) ? new FileInfo(path).Length : 0;
            await Wait.Until("commits are noted", () => Ended(child) || (File.Exists(Committed) && new FileInfo(Committed).Length > before), Patience);
            disk.Order(tornAfter: random.Next(1, 150));
            await child.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            var left = KillTests.LeftIn(_folder); // SQLite's own check is in it
            Assert.True(left.Count >= 0);
        }

        var promised = KillTests.Lines(Committed);
        await DrainAsync(broker.Port, receiver, promised);
        Say($"{cuts} power cuts in the midst of a write, {promised.Length} events committed, {promised.Count(id => !receiver.Events.ContainsKey(id))} lost, {receiver.Messages.Count - receiver.Events.Count} repeats dropped by id, the file sound after each.");
    }

    [Fact]
    public async Task A_slow_disk_makes_commits_rarer_and_loses_nothing()
    {
        var disk = Disk();
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        disk.Order(writeMs: 5, syncMs: 300);
        using (var child = StartChild(broker.Port, disk, 0))
        {
            await Wait.Until("commits are noted all the same", () => Ended(child) || KillTests.Lines(Committed).Length >= FaultForm.Size(60, 600), Patience * 3);
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var promised = KillTests.Lines(Committed);
        await DrainAsync(broker.Port, receiver, promised);
        Say($"5 ms a write and 300 ms a sync: {promised.Length} events committed, {promised.Count(id => !receiver.Events.ContainsKey(id))} lost.");
    }

    /// <summary>The alert itself waits for the disk like every event; meanwhile the retained status names it, for that needs no disk.</summary>
    [Theory, InlineData(BadDisk.InputOutputError), InlineData(BadDisk.ReadOnlyFileSystem)]
    public async Task A_disk_that_begins_to_fail_is_told_and_costs_no_event(int error)
    {
        var disk = Disk();
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port), "edge/#");
        string[] offered;
        var failing = new Stopwatch();
        var back = new Stopwatch();
        using (var child = StartChild(broker.Port, disk, 0, nameof(Child_that_goes_on_offering)))
        {
            Task Until(string what, Func<bool> condition) => Wait.Until(what, () => Ended(child) || condition(), Patience);
            await Until("events are committed", () => KillTests.Lines(Committed).Length >= 100);
            disk.Order(error: error);
            failing.Start();
            await Until("the status names the disk", () => Problems(receiver).Contains("outbox-disk"));
            // What was committed just before is noted after it: the child's next rounds come behind that.
            var told = KillTests.Lines(Offered).Length;
            await Until("offering goes on", () => KillTests.Lines(Offered).Length >= told + 50);
            var (offeredBefore, committedBefore) = (KillTests.Lines(Offered).Length, KillTests.Lines(Committed).Length);
            await Until("offering goes on", () => KillTests.Lines(Offered).Length >= offeredBefore + FaultForm.Size(200, 2000));
            Assert.Equal(committedBefore, KillTests.Lines(Committed).Length); // a promise that the disk does not keep is not made
            failing.Stop();
            offered = KillTests.Lines(Offered);
            disk.Order();
            back.Start();
            await Until("all that was offered meanwhile has arrived", () => offered.All(receiver.Events.ContainsKey));
            back.Stop();
            await Until("the alert came and went", () => Alert(receiver, "raised") && Alert(receiver, "cleared"));
            await Until("the status is well again", () => Problems(receiver).Count == 0);
        }

        var promised = KillTests.Lines(Committed);
        await DrainAsync(broker.Port, receiver, promised);
        Say(string.Create(CultureInfo.InvariantCulture, $"errno {error} for {failing.Elapsed.TotalSeconds:0.0} s: {offered.Length} events offered until it ended, {offered.Count(id => !receiver.Events.ContainsKey(id))} lost, all received {back.Elapsed.TotalSeconds:0.0} s later; {promised.Length} committed in all."));
    }

    [Fact(Explicit = true)]
    public async Task Child_that_goes_on_offering()
    {
        var folder = Environment.GetEnvironmentVariable(KillTests.FolderVariable) ?? throw new InvalidOperationException("Only for the test beside it.");
        var port = int.Parse(Environment.GetEnvironmentVariable(KillTests.PortVariable)!, CultureInfo.InvariantCulture);
        var events = TestEvents.Live();
        await using var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(folder), Broker = TestEvents.Broker(port), SiteId = "bai-bien-cua-lo" }, events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        await using var offered = KillTests.Note(folder, "offered.txt");
        await using var committed = KillTests.Note(folder, "committed.txt");
        // A camera waits for no disk, and so does this.
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (long track = 0; await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken); track += 10)
        {
            var batch = Enumerable.Range(0, 10).Select(i => TestEvents.Crossing(events, track + i, DateTimeOffset.UtcNow)).ToArray();
            var ids = string.Concat(batch.Select(item => item.Id + "\n"));
            var commits = Task.WhenAll(batch.Select(delivery.Queue.AppendAsync));
            await offered.WriteAsync(ids);
            await offered.FlushAsync();
            _ = NoteAsync(commits, ids);
        }

        async Task NoteAsync(Task commits, string ids)
        {
            await commits;
            lock (committed)
            {
                committed.Write(ids);
                committed.Flush();
            }
        }
    }

    [Fact]
    public async Task A_file_system_mounted_read_only_is_told_and_what_was_offered_is_written_when_it_can_be()
    {
        var disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "ro,size=8m", "tmpfs", disk) == 0, "A small disk cannot be mounted here (needs root).");
        try
        {
            await using var broker = await Mosquitto.StartAsync();
            await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
            var events = TestEvents.Live();
            await using var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(disk), Broker = TestEvents.Broker(broker.Port), SiteId = "bai-bien-cua-lo" }, events, TimeProvider.System, NullLoggerFactory.Instance);
            delivery.Start();
            var offered = Enumerable.Range(0, 200).Select(track => TestEvents.Crossing(events, track)).ToList();
            foreach (var item in offered) Assert.True(delivery.Offer(item));
            await Wait.Until("it is told", () => delivery.Health.Problems.Any(key => key.StartsWith("outbox-", StringComparison.Ordinal)), Patience);
            Assert.False(delivery.IsReady);
            Assert.Equal(0, Run("mount", "-o", "remount,rw", disk));
            await Wait.Until("all arrived", () => receiver.HasAll(offered) && delivery.Health is { Queued: 0, Pending: 0, Shed: 0 }, Patience);
            await Wait.Until("the alert came and went", () => Alert(receiver, "raised") && Alert(receiver, "cleared"), Patience);
        }
        finally
        {
            Run("umount", "-l", disk);
        }
    }

    [Fact]
    public async Task A_first_start_on_a_full_disk_waits_for_no_states()
    {
        var disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk) == 0, "A small disk cannot be mounted here (needs root).");
        try
        {
            Fill(Path.Combine(disk, "filler"));
            await using var delivery = Of(disk);
            delivery.Start();
            // Ten seconds for each would be more than three minutes.
            var states = await Task.Run(() => Enumerable.Range(0, 20).Select(i => delivery.LoadState($"count/cong/{i}@900s")).ToList(), TestContext.Current.CancellationToken)
                .WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.All(states, Assert.Null);
            delivery.SaveState("count/cong/1@900s", "[18]");
            using (var journal = new BucketJournal(Path.Combine(disk, "bucket.db"), StoreGuard.None, TimeProvider.System)) Assert.Equal(0, journal.Waiting);
            File.Delete(Path.Combine(disk, "filler"));
            await delivery.FlushAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.Equal("[18]", delivery.LoadState("count/cong/1@900s"));
        }
        finally
        {
            Run("umount", "-l", disk);
        }
    }

    [Fact]
    public void A_line_that_a_full_disk_refused_leaves_the_chain_of_a_log_whole()
    {
        var disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk) == 0, "A small disk cannot be mounted here (needs root).");
        try
        {
            var path = Path.Combine(disk, "evidence-deletions.log");
            var time = DateTimeOffset.UnixEpoch;
            using (var log = ChainedLog.Open(path))
            {
                for (var i = 0; i < 20; i++) log.Append(time, "hold", $"a-{i}", note: new string('x', 150)); // to the end of a block and beyond it
                Fill(Path.Combine(disk, "filler"));
                EvidenceException? refused = null;
                while (refused is null) refused = Record.Exception(() => log.Append(time, "hold", "b", note: new string('y', 150))) as EvidenceException;
                File.Delete(Path.Combine(disk, "filler"));
                log.Append(time, "release", "c");
            }

            using var again = ChainedLog.Open(path);
            Assert.Equal("c", again.Entries().Last().Subject);
            Assert.Equal(again.Sequence, again.Entries().Count());
        }
        finally
        {
            Run("umount", "-l", disk);
        }
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        try
        {
            for (; ;) file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    /// <summary>Stopped, the file has no log beside it; killed, what was committed last stands in the log alone.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public async Task What_was_summed_before_is_read_from_a_disk_that_allows_no_writing(bool killed)
    {
        var disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk) == 0, "A small disk cannot be mounted here (needs root).");
        try
        {
            var lived = Directory.CreateDirectory(Path.Combine(_folder, "lived")).FullName;
            await using (var before = Of(lived))
            {
                before.Start();
                before.SaveState("count/cong/khach@900s", "[17]");
                await before.FlushAsync(TestContext.Current.CancellationToken);
                if (killed) Copy();
            }

            if (!killed) Copy();
            Assert.Equal(killed, File.Exists(TestEvents.Outbox(disk).Path + "-wal"));
            Assert.Equal(0, Run("mount", "-o", "remount,ro", disk));
            await using var delivery = Of(disk);
            delivery.Start();
            Assert.Equal("[17]", delivery.LoadState("count/cong/khach@900s"));
            Assert.Null(delivery.LoadState("count/cong/khac@900s"));

            delivery.SaveState("count/cong/khach@900s", "[18]");
            Assert.Equal(0, Run("mount", "-o", "remount,rw", disk));
            await delivery.FlushAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.Equal("[18]", delivery.LoadState("count/cong/khach@900s"));

            void Copy()
            {
                foreach (var file in Directory.GetFiles(lived)) File.Copy(file, Path.Combine(disk, Path.GetFileName(file)));
            }
        }
        finally
        {
            Run("umount", "-l", disk);
        }
    }

    private static Delivery Of(string folder) => new(
        new DeliveryOptions { Outbox = TestEvents.Outbox(folder), Broker = TestEvents.Broker(1), SiteId = "bai-bien-cua-lo" }, TestEvents.Live(), TimeProvider.System, NullLoggerFactory.Instance);

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private static bool Ended(Process child)
    {
        Assert.False(child.HasExited, "The child ended by itself.");
        return false;
    }

    /// <summary>What the newest status says is wrong.</summary>
    private static List<string> Problems(Receiver receiver)
    {
        if (receiver.Last($"edge/{TestEvents.Gateway}/status") is not { } status) return [];
        using var json = JsonDocument.Parse(status.Payload);
        return [.. json.RootElement.GetProperty("data").GetProperty("problems").EnumerateArray().Select(key => key.GetString()!)];
    }

    private static bool Alert(Receiver receiver, string state) => receiver.Messages.Any(message => message.Topic.EndsWith("/events/alert", StringComparison.Ordinal) && Text(message).Contains($"\"state\":\"{state}\"", StringComparison.Ordinal));

    private static string Text(Sync.Mqtt.ReceivedMessage message) => System.Text.Encoding.UTF8.GetString(message.Payload);

    private BadDisk Disk()
    {
        var disk = BadDisk.TryMake(_folder, out var reason);
        Assert.SkipWhen(disk is null, reason);
        return disk;
    }

    private ChildOfTest StartChild(int port, BadDisk disk, int life, string method = nameof(KillTests.Child_that_appends_until_it_is_killed)) => ChildOfTest.Start(method,
        [(KillTests.FolderVariable, _folder), (KillTests.PortVariable, port.ToString(CultureInfo.InvariantCulture)), (KillTests.FirstTrackVariable, (life * 10_000_000L).ToString(CultureInfo.InvariantCulture)), .. disk.Environment]);

    private async Task DrainAsync(int port, Receiver receiver, string[] promised)
    {
        await using var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = TestEvents.Broker(port), SiteId = "bai-bien-cua-lo" }, TestEvents.Live(), TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        await Wait.Until("what was left is delivered", () => delivery.Health is { Connected: true, Pending: 0 } && promised.All(receiver.Events.ContainsKey), Patience * 3);
        Assert.Empty(receiver.Altered);
        Assert.Empty(Directory.GetFiles(_folder, "*.damaged-*"));
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
