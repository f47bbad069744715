using System.Diagnostics;
using System.Text;
using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Sync.Tests.Evidence;
using EdgeGateway.Sync.Tests.Mqtt;
using EdgeGateway.Sync.Tests.Registration;
using EdgeGateway.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Storage;

/// <summary>The rescue of a damaged database that is killed at each of its steps, or meets a full disk: nothing that could be read is lost, and it is told.</summary>
public sealed class RescueTests : IDisposable
{
    private const string Aside = ".damaged-20260101T000000000";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly List<DamagedDatabase> _told = [];
    private readonly List<string> _gone = [];
    private readonly StoreGuard _guard;

    public RescueTests() => _guard = StoreGuard.ForService(null, _told.Add, _gone.AddRange);

    /// <summary>How far a rescue came before the kill.</summary>
    public enum Step { Noted, LogMoved, Moved, BegunAnew, HalfCopied, Copied, NewOneIsDamaged }

    public static TheoryData<Step> Steps => [.. Enum.GetValues<Step>()];

    private string Cases => Path.Combine(_folder, "cases.db");

    private string Outbox => TestEvents.Outbox(_folder).Path;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Steps))]
    public void A_kill_at_any_step_loses_no_row_that_could_be_read_and_the_damage_is_told(Step step)
    {
        MakeDamagedCases();
        var whole = Directory.CreateDirectory(Path.Combine(_folder, "whole")).FullName;
        foreach (var file in Directory.GetFiles(_folder)) File.Copy(file, Path.Combine(whole, Path.GetFileName(file)));
        var readable = Ids(whole);
        Assert.InRange(readable.Count, 1000, 2049); // some lie on the damaged page, those of the log do not
        Assert.Contains("V5049", readable);
        _told.Clear();
        var begun = Directory.CreateDirectory(Path.Combine(_folder, "begun")).FullName;
        new CaseBook(begun, TimeProvider.System).Dispose();

        Kill(Cases, step, () => File.Copy(Path.Combine(begun, "cases.db"), Cases), () =>
        {
            using var into = SqliteFile.Connect(Cases);
            DamagedFile.Salvage(Cases + Aside, into, StoreGuard.None);
        }, "DELETE FROM cases WHERE violation > 'V0500'");

        Assert.Equal(readable, Ids(_folder));
        Assert.Equal(new DamagedDatabase(Cases, Cases + Aside, readable.Count), Assert.Single(_told));
        Assert.True(File.Exists(Cases + Aside));
        Assert.False(File.Exists(Cases + DamagedFile.Note));
        _told.Clear();
        Assert.Equal(readable, Ids(_folder));
        Assert.Empty(_told);
    }

    [Theory, MemberData(nameof(Steps))]
    public async Task The_outbox_goes_on_after_a_kill_at_any_step(Step step)
    {
        await MakeDamagedOutboxAsync(_folder);
        var whole = Directory.CreateDirectory(Path.Combine(_folder, "whole")).FullName;
        File.Copy(Outbox, TestEvents.Outbox(whole).Path);
        var readable = await RescueAsync(whole);
        Assert.InRange(readable.Count, 1, 500);

        Kill(Outbox, step, () => OutboxDatabase.Open(Outbox, Patience).Dispose(), () =>
        {
            using var into = OutboxDatabase.Open(Outbox, Patience);
            into.TakeOver(Outbox + Aside);
        }, "DELETE FROM outbox WHERE row > 100; DELETE FROM state");
        Assert.Equal(readable, await RescueAsync(_folder));
    }

    /// <summary>The power goes in the midst of a write, wherever that falls; the marker's own writes are among them.</summary>
    [Fact]
    public async Task Writes_torn_by_a_power_cut_in_a_rescue_lose_nothing_that_could_be_read()
    {
        var disk = BadDisk.TryMake(_folder, out var reason);
        Assert.SkipWhen(disk is null, reason);
        var damaged = Directory.CreateDirectory(Path.Combine(_folder, "damaged")).FullName;
        await MakeDamagedOutboxAsync(damaged);
        var whole = Directory.CreateDirectory(Path.Combine(_folder, "whole")).FullName;
        File.Copy(TestEvents.Outbox(damaged).Path, TestEvents.Outbox(whole).Path);
        var readable = await RescueAsync(whole);
        var (cuts, fell, random) = (FaultForm.Size(6, 100), 0, new Random(6));
        for (var cut = 0; cut < cuts; cut++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(_folder, $"cut-{cut}")).FullName;
            File.Copy(TestEvents.Outbox(damaged).Path, TestEvents.Outbox(folder).Path);
            disk.Order(tornAfter: cut < 3 ? cut + 1 : random.Next(4, 60));
            using var child = ChildOfTest.Start(nameof(Child_that_rescues_an_outbox), [(KillTests.FolderVariable, folder), .. disk.Environment]);
            await child.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            if (child.ExitCode != 0) fell++;
            disk.Order();
            Assert.Equal(readable, await RescueAsync(folder, mustTell: child.ExitCode != 0));
        }

        Assert.InRange(fell, 1, cuts);
        TestContext.Current.TestOutputHelper?.WriteLine($"{fell} of {cuts} power cuts fell into the rescue; {readable.Count} events could be read, and were there after each.");
    }

    [Fact(Explicit = true)]
    public async Task Child_that_rescues_an_outbox()
    {
        var folder = Environment.GetEnvironmentVariable(KillTests.FolderVariable) ?? throw new InvalidOperationException("Only for the test beside it.");
        await RescueAsync(folder);
    }

    [Fact]
    public void A_full_disk_is_no_damage_the_rescue_goes_on_when_there_is_room()
    {
        var disk = MountOrSkip("3m");
        try
        {
            MakeDamagedCases();
            foreach (var file in Directory.GetFiles(_folder, "cases.db*")) File.Copy(file, Path.Combine(disk, Path.GetFileName(file)));
            var readable = Ids(_folder);
            _told.Clear();
            FillUpTo(disk, 150_000);
            var full = Assert.ThrowsAny<SqliteException>(() => Ids(disk));
            Assert.Equal(13, full.SqliteErrorCode);
            Assert.Empty(_told);
            Assert.NotNull(DamagedFile.Unfinished(Path.Combine(disk, "cases.db")));
            File.Delete(Path.Combine(disk, "filler"));
            Assert.Equal(readable, Ids(disk));
            Assert.Equal(readable.Count, Assert.Single(_told).Rows);
            Assert.True(File.Exists(_told[0].Aside));
        }
        finally
        {
            Run("umount", "-l", disk);
        }
    }

    [Fact]
    public async Task An_outbox_that_meets_a_full_disk_in_its_rescue_says_so_and_goes_on_by_itself()
    {
        var disk = MountOrSkip("2m");
        try
        {
            var made = Directory.CreateDirectory(Path.Combine(_folder, "made")).FullName;
            await MakeDamagedOutboxAsync(made);
            File.Copy(TestEvents.Outbox(made).Path, TestEvents.Outbox(disk).Path);
            var readable = await RescueAsync(made);
            FillUpTo(disk, 150_000);
            var problems = new List<StoreProblem>();
            var queue = new DeliveryQueue();
            await using var store = new OutboxStore(TestEvents.Outbox(disk), queue, TimeProvider.System, NullLogger.Instance);
            store.ProblemChanged += problem => { lock (problems) problems.Add(problem); };
            store.Start();
            await Wait.Until("the full disk is told", () => { lock (problems) return problems.Any(one => one is { Fault: StoreFault.DiskFull, Active: true }); }, Patience);
            Assert.False(store.IsOpen);
            // The new file knows nothing yet: what is asked for is in the one that was set aside, while the writer tries again and again.
            for (var i = 0; i < 500; i++) Assert.Equal("{\"in\":2}", store.LoadState("visitors"));
            File.Delete(Path.Combine(disk, "filler"));
            await store.FlushAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.Equal(readable, RowsOf(disk));
            Assert.Equal("{\"in\":2}", store.LoadState("visitors"));
            lock (problems) Assert.Contains(problems, one => one is { Fault: StoreFault.Damaged, Active: true });
            Assert.Single(Directory.GetFiles(disk, "*.damaged-*"), file => !file.EndsWith("-wal", StringComparison.Ordinal) && !file.EndsWith("-shm", StringComparison.Ordinal));
            Assert.Null(DamagedFile.Unfinished(TestEvents.Outbox(disk).Path));
        }
        finally
        {
            Run("umount", "-l", disk);
        }
    }

    [Fact]
    public void A_rescue_that_is_cut_twice_in_its_midst_asks_for_time_and_ends_with_all_rows()
    {
        MakeDamagedCases();
        var whole = Directory.CreateDirectory(Path.Combine(_folder, "whole")).FullName;
        foreach (var file in Directory.GetFiles(_folder)) File.Copy(file, Path.Combine(whole, Path.GetFileName(file)));
        var readable = Ids(whole);
        _told.Clear();
        for (var cut = 1; cut <= 2; cut++)
        {
            var asked = 0;
            var cutting = StoreGuard.ForService(null, _told.Add, atWork: () =>
            {
                using var seen = SqliteFile.Connect(Cases);
                if (SqliteFile.Number(seen, "SELECT count(*) FROM cases") > 0 && ++asked > cut) throw new OperationCanceledException("the power is gone");
            });
            Assert.Throws<OperationCanceledException>(() => new CaseBook(_folder, TimeProvider.System, cutting));
            using var half = SqliteFile.Connect(Cases);
            Assert.InRange(SqliteFile.Number(half, "SELECT count(*) FROM cases"), 1, readable.Count - 1);
        }

        Assert.Empty(_told);
        Assert.Equal(readable, Ids(_folder));
        Assert.Equal(readable.Count, Assert.Single(_told).Rows);
    }

    [Fact]
    public async Task The_rescue_of_an_outbox_that_is_cut_twice_ends_with_all_events()
    {
        await MakeDamagedOutboxAsync(_folder, events: 2000);
        var whole = Directory.CreateDirectory(Path.Combine(_folder, "whole")).FullName;
        File.Copy(Outbox, TestEvents.Outbox(whole).Path);
        var readable = await RescueAsync(whole);
        Assert.InRange(readable.Count, 600, 2000);
        Kill(Outbox, Step.BegunAnew, () => OutboxDatabase.Open(Outbox, Patience).Dispose(), () => { }, "");
        for (var cut = 0; cut < 2; cut++)
        {
            var cutting = StoreGuard.ForService(null, _told.Add, atWork: () => throw new OperationCanceledException("the power is gone"));
            using var into = OutboxDatabase.Open(Outbox, Patience, cutting);
            Assert.Throws<OperationCanceledException>(() => into.TakeOver(Outbox + Aside));
            Assert.InRange(into.Measure().Rows, 1, readable.Count - 1);
        }

        Assert.Equal(readable, await RescueAsync(_folder));
    }

    [Fact]
    public async Task Rows_that_no_program_wrote_stop_neither_the_others_nor_what_comes()
    {
        await MakeDamagedOutboxAsync(_folder);
        File.WriteAllText(Outbox + DamagedFile.Note, Path.GetFileName(Outbox) + Aside);
        File.Delete(Outbox);
        using (var odd = SqliteFile.Open(Outbox + Aside, """
            CREATE TABLE state(key TEXT, json TEXT);
            CREATE TABLE outbox(row INTEGER PRIMARY KEY, id TEXT, priority INTEGER, topic TEXT, time INTEGER, size INTEGER, json BLOB);
            INSERT INTO state VALUES('odd', NULL), (NULL, '{}'), ('visitors', '{"in":2}');
            """))
        {
            for (var i = 0; i < 4; i++)
            {
                SqliteFile.Execute(odd, "INSERT INTO outbox(id, priority, topic, time, json) VALUES($id, $priority, $topic, 0, $json)",
                    ("$id", i == 0 ? null : Ulid.NewUlid().ToString()), ("$priority", i == 1 ? null : 4), ("$topic", "edge/x"), ("$json", i == 2 ? null : Encoding.UTF8.GetBytes("{}")));
            }
        }

        await using var store = new OutboxStore(TestEvents.Outbox(_folder), new DeliveryQueue(), TimeProvider.System, NullLogger.Instance);
        store.Start();
        await store.FlushAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(1, store.Size.Rows);
        Assert.Equal("{\"in\":2}", store.LoadState("visitors"));
        Assert.Null(store.LoadState("odd"));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_file_that_cannot_be_read_for_a_day_is_left_to_a_person_and_that_is_told(bool isForADay)
    {
        MakeUnreadable(Cases, isForADay);
        if (!isForADay)
        {
            Assert.Equal(14, Assert.Throws<SqliteException>(() => Ids(_folder)).SqliteErrorCode);
            Assert.Empty(_told);
            Assert.NotNull(DamagedFile.Unfinished(Cases));
            return;
        }

        Assert.Empty(Ids(_folder));
        var damage = Assert.Single(_told);
        Assert.Equal((Cases + Aside, 0), (damage.Aside, damage.Rows));
        Assert.NotNull(damage.GivenUp);
        Assert.True(File.Exists(Cases + Aside));
        Assert.Null(DamagedFile.Unfinished(Cases));
    }

    [Fact]
    public async Task An_outbox_that_cannot_be_read_for_a_day_is_left_to_a_person_and_events_are_taken_again()
    {
        MakeUnreadable(Outbox, isForADay: true);
        var log = new KeptLog();
        var queue = new DeliveryQueue();
        await using var store = new OutboxStore(TestEvents.Outbox(_folder), queue, TimeProvider.System, log);
        store.Start();
        await queue.AppendAsync(TestEvents.Count(TestEvents.Live(), 1)).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Contains(log.Lines, line => line.Contains("is not tried any more", StringComparison.Ordinal));
        Assert.True(File.Exists(Outbox + Aside));
        Assert.Null(DamagedFile.Unfinished(Outbox));
    }

    [Fact]
    public void A_command_opens_and_makes_nothing_in_the_midst_of_a_rescue()
    {
        MakeDamagedCases();
        Kill(Cases, Step.Moved, () => { }, () => { }, "");
        var fault = Assert.Throws<SqliteException>(() => new CaseBook(_folder, TimeProvider.System, StoreGuard.ForCommand(null)));
        Assert.Contains("start the service", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Cases));
        Assert.InRange(Ids(_folder).Count, 1000, 2049);
    }

    [Fact]
    public async Task What_waits_in_an_outbox_is_asked_of_the_damaged_file_until_its_rows_are_taken_over()
    {
        var (queue, item) = (new DeliveryQueue(), TestEvents.Count(TestEvents.Live(), 1));
        await using (var store = new OutboxStore(TestEvents.Outbox(_folder), queue, TimeProvider.System, NullLogger.Instance))
        {
            store.Start();
            await queue.AppendAsync(item).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }

        Kill(Outbox, Step.BegunAnew, () => OutboxDatabase.Open(Outbox, Patience).Dispose(), () => { }, "");
        await using var asked = new OutboxStore(TestEvents.Outbox(_folder), new DeliveryQueue(), TimeProvider.System, NullLogger.Instance);
        Assert.True(asked.Waits(item.Id.ToString()));
        Assert.False(asked.Waits("another"));
    }

    [Fact]
    public void A_journal_in_the_midst_of_a_rescue_is_tried_again_after_half_a_minute_not_with_each_use()
    {
        var path = Path.Combine(_folder, "uploads.db");
        MakeUnreadable(path, isForADay: false);
        var time = new FakeTimeProvider();
        using var journal = new UploadJournal(path, _guard, time);
        Directory.Delete(path + Aside + "-wal"); // it could be read from here on
        Assert.Equal(0, journal.Waiting);
        Assert.Equal(14, Assert.Throws<SqliteException>(() => journal.Next()).SqliteErrorCode);
        Assert.Empty(_told);
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(journal.Next());
        Assert.Single(_told);
    }

    [Fact]
    public void A_folder_whose_store_is_being_rescued_holds_one()
    {
        Assert.False(EvidenceStore.IsIn(_folder) || ActJournal.IsIn(_folder));
        foreach (var name in new[] { "evidence.db", "acts.db" }) Kill(Path.Combine(_folder, name), Step.Noted, () => { }, () => { }, "");
        Assert.True(EvidenceStore.IsIn(_folder) && ActJournal.IsIn(_folder));
        Assert.Null(ActJournal.Measure(_folder));
        Assert.False(File.Exists(Path.Combine(_folder, "acts.db")));
    }

    [Fact]
    public void The_newest_three_damaged_files_of_a_database_stay_and_the_deleted_are_named()
    {
        for (var i = 0; i < 5; i++)
        {
            File.WriteAllText(Cases, new string('x', 9000));
            new CaseBook(_folder, TimeProvider.System, _guard).Dispose();
            File.Delete(Cases);
        }

        var kept = Directory.GetFiles(_folder, "cases.db.damaged-*").Order(StringComparer.Ordinal).ToList();
        Assert.Equal(_told.Skip(2).Select(one => one.Aside), kept);
        Assert.Equal(_told.Take(2).Select(one => Path.GetFileName(one.Aside)), _gone);
    }

    [Fact]
    public void The_damaged_file_whose_rows_are_awaited_is_never_deleted_however_old_its_name()
    {
        MakeDamagedCases();
        Kill(Cases, Step.Moved, () => { }, () => { }, "");
        for (var year = 2027; year < 2031; year++) File.WriteAllText($"{Cases}.damaged-{year}0101T000000000", "x");
        File.WriteAllText(Cases, new string('x', 9000));
        Assert.InRange(Ids(_folder).Count, 1000, 2049);
        Assert.Equal(Cases + Aside, Assert.Single(_told).Aside);
        Assert.True(File.Exists(Cases + Aside));
        Assert.Equal(3, Directory.GetFiles(_folder, "cases.db.damaged-*").Count(file => !file.EndsWith("-wal", StringComparison.Ordinal) && !file.EndsWith("-shm", StringComparison.Ordinal)));
        Assert.Equal(3, _gone.Count);
    }

    [Fact]
    public void A_damaged_file_whose_rows_are_awaited_is_not_sealed_before_they_are_taken_over()
    {
        MakeDamagedCases();
        Kill(Cases, Step.Moved, () => { }, () => { }, "");
        File.WriteAllText(Cases + ".damaged-20250101T000000000", "older");
        Assert.Equal(1, StorageMark.SealLooseFiles(_folder, TestStorage.Seal()));
        Assert.InRange(Ids(_folder).Count, 1000, 2049);
        Assert.InRange(StorageMark.SealLooseFiles(_folder, TestStorage.Seal()), 1, 3);
        Assert.False(File.Exists(Cases + Aside));
    }

    /// <summary>Cases V0000 to V1999 in the file, of which one page is damaged, and V5000 to V5049 in its log alone, as a kill leaves it.</summary>
    private void MakeDamagedCases()
    {
        var made = Directory.CreateDirectory(Path.Combine(_folder, "making")).FullName;
        using (var book = new CaseBook(made, TimeProvider.System)) Open(book, 0, 2000);
        using (var book = new CaseBook(made, TimeProvider.System))
        {
            Open(book, 5000, 50);
            foreach (var tail in new[] { "", "-wal" }) File.Copy(Path.Combine(made, "cases.db" + tail), Cases + tail);
        }

        using var file = File.OpenWrite(Cases);
        file.Position = file.Length / 2 / 4096 * 4096;
        file.Write(Enumerable.Repeat((byte)0xA5, 4096).ToArray());
    }

    /// <summary>A kill left a damaged file that SQLite cannot open (error 14), as one that belongs to another user.</summary>
    private static void MakeUnreadable(string path, bool isForADay)
    {
        SqliteFile.Open(path + Aside, "CREATE TABLE cases(violation TEXT)").Dispose();
        Directory.CreateDirectory(path + Aside + "-wal");
        File.WriteAllText(path + DamagedFile.Note, Path.GetFileName(path) + Aside);
        if (isForADay) File.SetLastWriteTimeUtc(path + DamagedFile.Note, DateTime.UtcNow.AddHours(-25));
    }

    private static async Task MakeDamagedOutboxAsync(string folder, int events = 500)
    {
        var (queue, live) = (new DeliveryQueue(), TestEvents.Live());
        await using (var store = new OutboxStore(TestEvents.Outbox(folder), queue, TimeProvider.System, NullLogger.Instance))
        {
            store.Start();
            queue.Save("visitors", "{\"in\":2}");
            for (var i = 0; i < events; i++) queue.Offer(TestEvents.Crossing(live, i));
            await store.FlushAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }

        TestStorage.Damage(TestEvents.Outbox(folder).Path);
    }

    /// <summary>Brings a database to where a rescue leaves it that is killed at a step.</summary>
    private static void Kill(string path, Step step, Action begin, Action copy, string takeBack)
    {
        File.WriteAllText(path + DamagedFile.Note, Path.GetFileName(path) + Aside);
        if (step >= Step.LogMoved) Move("-wal");
        if (step >= Step.Moved) Move("-shm");
        if (step >= Step.Moved) Move("");
        if (step >= Step.BegunAnew) begin();
        if (step >= Step.HalfCopied) copy();
        if (step == Step.HalfCopied)
        {
            using var database = SqliteFile.Connect(path);
            SqliteFile.Execute(database, takeBack);
        }

        if (step == Step.NewOneIsDamaged) TestStorage.Damage(path, 0);

        void Move(string tail)
        {
            if (File.Exists(path + tail)) File.Move(path + tail, path + Aside + tail);
        }
    }

    /// <summary>A start of the outbox; the ids that wait in it then, in order.</summary>
    private static async Task<IReadOnlyList<string>> RescueAsync(string folder, bool mustTell = true)
    {
        var told = false;
        await using (var store = new OutboxStore(TestEvents.Outbox(folder), new DeliveryQueue(), TimeProvider.System, NullLogger.Instance))
        {
            store.ProblemChanged += problem => told |= problem is { Fault: StoreFault.Damaged, Active: true };
            store.Start();
            await store.FlushAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.Equal("{\"in\":2}", store.LoadState("visitors"));
        }

        Assert.True(told || !mustTell);
        Assert.Null(DamagedFile.Unfinished(TestEvents.Outbox(folder).Path));
        return RowsOf(folder);
    }

    private static IReadOnlyList<string> RowsOf(string folder)
    {
        using var reader = OutboxDatabase.Open(TestEvents.Outbox(folder).Path, Patience);
        var rows = new List<OutboxRow>();
        reader.ReadPage(EventPriority.Crossing, 0, long.MaxValue, 10_000, rows);
        return [.. rows.Select(row => System.Text.Json.JsonDocument.Parse(row.Json).RootElement.GetProperty("id").GetString()!)];
    }

    private static void Open(CaseBook book, int from, int count)
    {
        for (var i = from; i < from + count; i++) book.Open(new NewCase($"V{i:0000}", "red_light", "den-do", "nga-tu", RuleMode.Live, "RED_LIGHT", 0.9, TestEvidence.Act.AddSeconds(i)));
    }

    /// <summary>A start of the service; the cases that there are then.</summary>
    private IReadOnlyList<string> Ids(string folder)
    {
        using var book = new CaseBook(folder, TimeProvider.System, _guard);
        return [.. book.List(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue).Select(one => one.Opened.Violation).Order(StringComparer.Ordinal)];
    }

    private string MountOrSkip(string size)
    {
        var disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", disk) == 0, "A small disk cannot be mounted here (needs root).");
        return disk;
    }

    private static void FillUpTo(string disk, long left)
    {
        using var file = new FileStream(Path.Combine(disk, "filler"), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        while (new DriveInfo(disk).AvailableFreeSpace > left) file.Write(new byte[4096]);
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
