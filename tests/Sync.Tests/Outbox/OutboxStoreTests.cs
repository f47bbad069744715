using System.Collections.Concurrent;
using System.Diagnostics;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Sync.Tests.Registration;
using EdgeGateway.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Outbox;

public sealed class OutboxStoreTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly GatewayEvents _events = TestEvents.Live();
    private readonly ConcurrentQueue<StoreProblem> _problems = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_event_exists_once_its_commit_returned_and_survives_a_reopening()
    {
        var queue = new DeliveryQueue();
        var item = TestEvents.Count(_events, 3);
        await using (var store = Open(queue))
        {
            await queue.AppendAsync(item);
            var row = Assert.Single(Rows(EventPriority.Count));
            Assert.Equal(item.Json, row.Json);
            Assert.Equal(item.Topic, row.Topic);
            Assert.Equal(1, store.Size.Rows);
            Assert.Equal(item.Time, store.Oldest);
        }

        await using var again = Open(new DeliveryQueue());
        await Wait.Until("it is open", () => again.IsOpen, Patience);
        Assert.Equal(1, again.Size.Rows);
    }

    [Fact]
    public async Task A_writer_that_hangs_stands_still_and_one_that_waits_or_tries_again_does_not()
    {
        var queue = new DeliveryQueue();
        await using var store = Open(queue);
        await Wait.Until("it is open", () => store.IsOpen, Patience);
        var hang = new ManualResetEventSlim(); // the writer may still be in it at the end: left to the collector
        store.Committed += hang.Wait;
        queue.Offer(TestEvents.Count(_events, 3));
        await Wait.Until("the hanging writer shows", () => store.StandsStillFor > TimeSpan.FromSeconds(1.5), Patience);
        store.Committed -= hang.Wait;
        hang.Set();
        await Wait.Until("it moves again", () => store.StandsStillFor < TimeSpan.FromSeconds(1.5), Patience);

        // A file that another process holds is tried again and again.
        using var other = new SqliteConnection($"Data Source={store.Path};Pooling=False");
        other.Open();
        using var hold = other.CreateCommand();
        hold.CommandText = "BEGIN IMMEDIATE";
        hold.ExecuteNonQuery();
        queue.Offer(TestEvents.Count(_events, 4));
        await Wait.Until("the trouble is told", () => !_problems.IsEmpty, Patience);
        Assert.True(store.StandsStillFor < TimeSpan.FromSeconds(10));
        hold.CommandText = "ROLLBACK";
        hold.ExecuteNonQuery();
    }

    [Fact]
    public async Task Another_process_sees_what_waits_and_whether_the_file_is_sound_and_leaves_nothing_behind()
    {
        var queue = new DeliveryQueue();
        var path = TestEvents.Outbox(_folder).Path;
        await using (var store = Open(queue))
        {
            await queue.AppendAsync(TestEvents.Count(_events, 3));
            Assert.Equal(new OutboxInspection(true, 1, store.Oldest), OutboxInspection.Look(path));
        }

        Assert.Equal((true, 1L), OutboxInspection.Look(path) is { Sound: var sound, Waiting: var waiting } ? (sound, waiting) : default);
        Assert.Equal([path], Directory.GetFiles(_folder));
        Assert.Contains(OutboxInspection.SchemaOf(path), statement => statement.Contains("CREATE TABLE outbox", StringComparison.Ordinal));
        await File.WriteAllBytesAsync(path, new byte[8192], TestContext.Current.CancellationToken);
        Assert.False(OutboxInspection.Look(path) is { Sound: true, Waiting: > 0 });
    }

    [Fact]
    public async Task Rows_keep_their_order_when_the_clock_steps_back_an_hour()
    {
        var queue = new DeliveryQueue();
        await using var store = Open(queue);
        await queue.AppendAsync(TestEvents.Crossing(_events, 1, TestEvents.Start.AddHours(1)));
        await queue.AppendAsync(TestEvents.Crossing(_events, 2, TestEvents.Start));
        await queue.AppendAsync(TestEvents.Crossing(_events, 3, TestEvents.Start.AddMinutes(1)));
        Assert.Equal([TestEvents.Start.AddHours(1), TestEvents.Start, TestEvents.Start.AddMinutes(1)], Rows(EventPriority.Crossing).Select(row => row.Time));
    }

    [Fact]
    public async Task The_same_id_twice_is_one_row()
    {
        var queue = new DeliveryQueue();
        await using var store = Open(queue);
        var item = TestEvents.Count(_events, 3);
        await queue.AppendAsync(item);
        await queue.AppendAsync(item);
        Assert.Equal(1, store.Size.Rows);
        Assert.Single(Rows(EventPriority.Count));
    }

    [Fact]
    public async Task A_row_number_is_not_used_again_after_its_deletion()
    {
        var queue = new DeliveryQueue();
        await using var store = Open(queue);
        await queue.AppendAsync(TestEvents.Count(_events, 1));
        var first = Rows(EventPriority.Count).Single().Row;
        store.Delete(store.Epoch, first);
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, store.Size.Rows);
        Assert.Null(store.Oldest);
        await queue.AppendAsync(TestEvents.Count(_events, 2));
        Assert.True(Rows(EventPriority.Count).Single().Row > first);
    }

    [Fact]
    public async Task A_counters_state_is_written_with_its_event()
    {
        var queue = new DeliveryQueue();
        await using (var store = Open(queue))
        {
            queue.OfferTogether([TestEvents.Count(_events, 1)], "visitors", "{\"in\":1}");
            Assert.Equal("{\"in\":1}", store.LoadState("visitors") ?? "");
            queue.Save("visitors", "{\"in\":2}");
            await store.FlushAsync(TestContext.Current.CancellationToken);
        }

        await using var again = Open(new DeliveryQueue());
        Assert.Equal("{\"in\":2}", again.LoadState("visitors"));
        Assert.Null(again.LoadState("unknown"));
    }

    [Fact]
    public async Task What_is_offered_together_is_committed_together()
    {
        var queue = new DeliveryQueue();
        await using var store = Open(queue);
        await queue.AppendAsync(TestEvents.Count(_events, 0));
        var inside = Task.Run(() =>
        {
            using (queue.Together())
            {
                queue.Save("visitors", "{\"in\":1}");
                // The writer is awake by now and would take the state alone.
                var flushed = store.FlushAsync();
                Assert.False(flushed.Wait(TimeSpan.FromMilliseconds(200)), "Nothing is written while the scope is held.");
                queue.Offer(TestEvents.Count(_events, 1));
            }
        }, TestContext.Current.CancellationToken);
        await inside;
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, store.Size.Rows);
        Assert.Equal("{\"in\":1}", store.LoadState("visitors"));
    }

    [Fact]
    public async Task The_quota_gives_up_crossings_before_passages_before_counts_and_never_violations()
    {
        var queue = new DeliveryQueue();
        await using var store = Open(queue, options => options with { MaxRows = 100 });
        for (var i = 0; i < 40; i++) queue.Offer(TestEvents.Crossing(_events, i));
        for (var i = 0; i < 40; i++) queue.Offer(TestEvents.Passage(_events, i));
        for (var i = 0; i < 20; i++) queue.Offer(TestEvents.Count(_events, i));
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, store.Shed);

        for (var i = 0; i < 50; i++) queue.Offer(TestEvents.Violation(_events, i));
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(100, store.Size.Rows);
        Assert.Equal((40, 10, 0), (store.ShedOf(EventPriority.Crossing), store.ShedOf(EventPriority.Passage), store.ShedOf(EventPriority.Count)));

        for (var i = 0; i < 80; i++) queue.Offer(TestEvents.Violation(_events, 100 + i));
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal((40, 20, 0), (store.ShedOf(EventPriority.Passage), store.ShedOf(EventPriority.Count), store.ShedOf(EventPriority.Violation)));
        Assert.Equal(130, store.Size.Rows);
        Assert.Contains(_problems, problem => problem is { Fault: StoreFault.Shed, Active: true } && problem.Detail.En.Contains("40 crossing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Events_given_up_by_age_are_one_alert_that_ends_an_hour_after_the_last_of_them()
    {
        var time = new FakeTimeProvider(TestEvents.Start.AddDays(10));
        var queue = new DeliveryQueue();
        await using var store = new OutboxStore(TestEvents.Outbox(_folder) with { MaxAge = TimeSpan.FromDays(1) }, queue, time, NullLogger.Instance);
        store.ProblemChanged += _problems.Enqueue;
        store.Start();
        for (var minute = 1; minute <= 5; minute++)
        {
            await queue.AppendAsync(TestEvents.Crossing(_events, minute));
            await queue.AppendAsync(TestEvents.Count(_events, minute) with { Time = time.GetUtcNow() }); // and commits that give nothing up
            time.Advance(TimeSpan.FromMinutes(1));
            await Wait.Until("the old one is given up", () => store.Shed == minute, Patience);
        }

        time.Advance(TimeSpan.FromMinutes(58));
        await queue.AppendAsync(TestEvents.Violation(_events, 1));
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.All(_problems, problem => Assert.Equal((StoreFault.Aged, true), (problem.Fault, problem.Active)));
        Assert.Equal("5 crossing", _problems.Last().Detail.En);
        time.Advance(TimeSpan.FromMinutes(2));
        await Wait.Until("it is over", () => _problems.Last() is { Fault: StoreFault.Aged, Active: false }, Patience);
    }

    [Fact]
    public async Task The_alert_of_the_quota_ends_an_hour_after_the_last_event_given_up_once_there_is_room()
    {
        var time = new FakeTimeProvider(TestEvents.Start);
        var queue = new DeliveryQueue();
        await using var store = new OutboxStore(TestEvents.Outbox(_folder) with { MaxRows = 100 }, queue, time, NullLogger.Instance);
        store.ProblemChanged += _problems.Enqueue;
        store.Start();
        for (var i = 0; i < 110; i++) queue.Offer(TestEvents.Crossing(_events, i));
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.All(_problems, problem => Assert.Equal((StoreFault.Shed, true), (problem.Fault, problem.Active))); // one, or two where a batch ended in between
        Assert.NotEmpty(_problems);
        time.Advance(TimeSpan.FromHours(2));
        await queue.AppendAsync(TestEvents.Count(_events, 1)); // in place of a crossing: it is full
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(_problems, problem => !problem.Active);
        foreach (var row in Rows(EventPriority.Crossing).Take(50)) store.Delete(store.Epoch, row.Row);
        await store.FlushAsync(TestContext.Current.CancellationToken);
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(_problems, problem => !problem.Active);
        time.Advance(TimeSpan.FromHours(1));
        await Wait.Until("it is over", () => _problems.Last() is { Fault: StoreFault.Shed, Active: false }, Patience);
    }

    [Fact]
    public async Task What_no_one_expected_is_told_as_a_fault_of_the_file_and_the_writer_goes_on()
    {
        var left = 3;
        var log = new KeptLog();
        var queue = new DeliveryQueue();
        var options = TestEvents.Outbox(_folder) with { AgeTime = () => Interlocked.Decrement(ref left) >= 0 ? throw new InvalidOperationException("a mistake of the program") : TestEvents.Start };
        await using var store = new OutboxStore(options, queue, TimeProvider.System, log);
        store.ProblemChanged += _problems.Enqueue;
        store.ProblemChanged += _ => throw new InvalidOperationException("a listener's mistake");
        store.Start();
        await queue.AppendAsync(TestEvents.Count(_events, 1)); // ages are looked at where there are rows
        await queue.AppendAsync(TestEvents.Count(_events, 2)).WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Wait.Until("the end of it is told", () => _problems.LastOrDefault() is { Active: false }, Patience);
        Assert.Contains(_problems, problem => problem is { Fault: StoreFault.Unreachable, Active: true } && problem.Detail.En.Contains("a mistake of the program", StringComparison.Ordinal));
        Assert.Equal(2, store.Size.Rows);
        Assert.Equal(3, log.Lines.Count(line => line.Contains("The outbox writer met a mistake of the program", StringComparison.Ordinal)));
        Assert.Contains(log.Lines, line => line.Contains("a listener's mistake", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mistake_that_stays_is_a_standstill_after_ten_tries_until_it_is_over()
    {
        var isMistaken = true;
        var queue = new DeliveryQueue();
        var options = TestEvents.Outbox(_folder) with { AgeTime = () => Volatile.Read(ref isMistaken) ? throw new InvalidOperationException("a mistake of the program") : TestEvents.Start };
        await using var store = new OutboxStore(options, queue, TimeProvider.System, NullLogger.Instance);
        store.Start();
        queue.Offer(TestEvents.Count(_events, 1)); // ages are looked at where there are rows
        await Wait.Until("it counts as a standstill", () => store.StandsStillFor > TimeSpan.FromSeconds(3), Patience);
        Volatile.Write(ref isMistaken, false);
        await queue.AppendAsync(TestEvents.Count(_events, 2)).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(store.StandsStillFor < TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_close_counts_what_was_tried_and_what_still_waited()
    {
        var blocked = Path.Combine(_folder, "data");
        await File.WriteAllTextAsync(blocked, "a file where the folder should be", TestContext.Current.CancellationToken);
        var (queue, log) = (new DeliveryQueue(), new KeptLog());
        var store = new OutboxStore(TestEvents.Outbox(_folder) with { Path = Path.Combine(blocked, "outbox.db") }, queue, TimeProvider.System, log);
        store.ProblemChanged += _problems.Enqueue;
        var tried = queue.AppendAsync(TestEvents.Count(_events, 1)); // before the first look: a batch that cannot be written takes nothing more
        store.Start();
        await Wait.Until("the first is tried", () => !_problems.IsEmpty && queue.Count == 0, Patience);
        var waiting = Enumerable.Range(2, 3).Select(i => queue.AppendAsync(TestEvents.Count(_events, i))).ToList();
        await store.StopAsync(TimeSpan.Zero);
        await store.DisposeAsync();
        Assert.Contains(log.Lines, line => line.StartsWith("Outbox was closed with 4 events", StringComparison.Ordinal));
        foreach (var task in waiting.Append(tried)) await Assert.ThrowsAsync<EventShedException>(() => task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_full_disk_is_told_once_and_nothing_offered_is_lost()
    {
        var mount = Path.Combine(_folder, "small");
        Directory.CreateDirectory(mount);
        if (!Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount)) Assert.Skip("Mounting a small tmpfs needs root.");
        try
        {
            var queue = new DeliveryQueue();
            await using var store = Open(queue, options => options with { Path = Path.Combine(mount, "outbox.db") });
            await queue.AppendAsync(TestEvents.Count(_events, 0));
            Fill(Path.Combine(mount, "filler"));

            var offered = Enumerable.Range(0, 400).Select(i => queue.AppendAsync(TestEvents.Crossing(_events, i))).ToArray();
            await Wait.Until("the full disk is told", () => _problems.Any(problem => problem.Active), Patience);
            Assert.True(queue.Offer(TestEvents.Count(_events, 1)), "Cameras go on.");
            Assert.Contains(offered, task => !task.IsCompleted);

            File.Delete(Path.Combine(mount, "filler"));
            await Task.WhenAll(offered).WaitAsync(Patience, TestContext.Current.CancellationToken);
            await store.FlushAsync(TestContext.Current.CancellationToken);
            Assert.Equal(402, store.Size.Rows);
            await Wait.Until("the end of it is told", () => _problems.Any(problem => !problem.Active), Patience);
            Assert.Single(_problems, problem => problem is { Active: true, Fault: StoreFault.DiskFull });
        }
        finally
        {
            Run("umount", "-l", mount);
        }
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_tried_again_until_it_can()
    {
        var blocked = Path.Combine(_folder, "data");
        await File.WriteAllTextAsync(blocked, "a file where the folder should be", TestContext.Current.CancellationToken);
        var queue = new DeliveryQueue();
        await using var store = Open(queue, options => options with { Path = Path.Combine(blocked, "outbox.db") });
        var appended = queue.AppendAsync(TestEvents.Count(_events, 1));
        await Wait.Until("it is told", () => _problems.Any(problem => problem is { Fault: StoreFault.Unreachable, Active: true }), Patience);
        Assert.False(appended.IsCompleted);
        File.Delete(blocked);
        await appended.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Wait.Until("the end of it is told", () => _problems.Any(problem => !problem.Active), Patience);
    }

    [Fact]
    public async Task A_file_locked_by_another_program_is_waited_for()
    {
        var queue = new DeliveryQueue();
        await using var store = Open(queue);
        await queue.AppendAsync(TestEvents.Count(_events, 1));
        await using (var other = new SqliteConnection($"Data Source={store.Path};Pooling=False"))
        {
            other.Open();
            await using var command = other.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            command.ExecuteNonQuery();
            var appended = queue.AppendAsync(TestEvents.Count(_events, 2));
            await Wait.Until("it is told", () => _problems.Any(problem => problem is { Fault: StoreFault.Locked, Active: true }), Patience);
            Assert.False(appended.IsCompleted);
            command.CommandText = "ROLLBACK";
            command.ExecuteNonQuery();
            await appended.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, store.Size.Rows);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_damaged_file_is_set_aside_and_what_can_be_read_is_taken_over(bool onlyOnePage)
    {
        var queue = new DeliveryQueue();
        await using (var store = Open(queue))
        {
            queue.Save("visitors", "{\"in\":2}");
            for (var i = 0; i < 500; i++) queue.Offer(TestEvents.Crossing(_events, i));
            await store.FlushAsync(TestContext.Current.CancellationToken);
        }

        var path = TestEvents.Outbox(_folder).Path;
        await using (var file = File.OpenWrite(path))
        {
            file.Position = onlyOnePage ? file.Length / 2 / 4096 * 4096 : 0;
            await file.WriteAsync(Enumerable.Repeat((byte)0xA5, 4096).ToArray(), TestContext.Current.CancellationToken);
        }

        var next = new DeliveryQueue();
        await using var again = Open(next);
        await next.AppendAsync(TestEvents.Count(_events, 1)).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Single(Rows(EventPriority.Count));
        Assert.Contains(_problems, problem => problem is { Fault: StoreFault.Damaged, Active: true });
        Assert.Contains(Directory.GetFiles(_folder), file => file.Contains(".damaged-", StringComparison.Ordinal));
        if (onlyOnePage)
        {
            Assert.Equal("{\"in\":2}", again.LoadState("visitors"));
            Assert.InRange(Rows(EventPriority.Crossing).Count, 450, 500); // all but those of the page, from both sides of it
        }
    }

    private OutboxStore Open(DeliveryQueue queue, Func<OutboxOptions, OutboxOptions>? change = null)
    {
        var options = TestEvents.Outbox(_folder);
        var store = new OutboxStore(change?.Invoke(options) ?? options, queue, TimeProvider.System, NullLogger.Instance);
        store.ProblemChanged += _problems.Enqueue;
        store.Start();
        return store;
    }

    private List<OutboxRow> Rows(EventPriority priority)
    {
        using var reader = OutboxDatabase.Open(TestEvents.Outbox(_folder).Path, Patience);
        var rows = new List<OutboxRow>();
        reader.ReadPage(priority, 0, long.MaxValue, 10_000, rows);
        return rows;
    }

    private static void Fill(string path)
    {
        using var file = File.Create(path);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // full, as wanted
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
