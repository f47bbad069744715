using System.Diagnostics;
using System.Runtime.Versioning;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Evidence;

public sealed class EvidenceStoreTests : IDisposable
{
    private readonly string _folder = TestEvidence.Folder();
    private readonly GatewaySigningKey _key = GatewaySigningKey.Ephemeral();
    private readonly FakeTimeProvider _time = new(TestEvidence.Act);
    private readonly Dictionary<string, DateTimeOffset> _closed = [];

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_same_event_again_gives_what_is_kept()
    {
        using var store = Open();
        Assert.Equal(Keep(store, 1), Keep(store, 1));
        Assert.Single(Directory.GetFiles(Path.Combine(_folder, "evidence")));
        Assert.Single(File.ReadLines(ChainPath));
    }

    [Fact]
    public void Evidence_goes_when_its_case_was_closed_long_enough_or_its_year_is_over()
    {
        using var store = Open();
        var (closed, open) = (Keep(store, 1), Keep(store, 2));
        _closed[closed.Event] = TestEvidence.Act.AddDays(10);
        _time.SetUtcNow(TestEvidence.Act.AddDays(39));
        Assert.Empty(store.Sweep(_time.GetUtcNow(), TestContext.Current.CancellationToken).Deleted);
        _time.SetUtcNow(TestEvidence.Act.AddDays(40));
        Assert.Equal([new DeletedEvidence(closed.Event, "closed")], store.Sweep(_time.GetUtcNow(), TestContext.Current.CancellationToken).Deleted);
        Assert.False(File.Exists(closed.Path));
        _time.SetUtcNow(TestEvidence.Act.AddDays(365));
        Assert.Equal([new DeletedEvidence(open.Event, "limit")], store.Sweep(_time.GetUtcNow(), TestContext.Current.CancellationToken).Deleted);

        var log = ChainedLog.Read(Path.Combine(_folder, "evidence-deletions.log")).Select(line => line.Entry!).ToArray();
        Assert.Equal([closed.Sha256, open.Sha256], log.Select(entry => entry.Digest));
        Assert.StartsWith("closed: the case is closed", log[0].Note, StringComparison.Ordinal);
        Assert.Equal([closed.Sha256, open.Sha256], ChainedLog.Read(ChainPath).Select(line => line.Entry!.Digest));
    }

    [Fact]
    public void A_trial_rules_evidence_goes_after_its_own_time()
    {
        using var store = Open();
        var trial = store.Keep(TestEvidence.Facts(1, RuleMode.Trial), TestEvidence.Parts());
        _time.SetUtcNow(TestEvidence.Act.AddDays(30));
        Assert.Equal([new DeletedEvidence(trial.Event, "trial")], store.Sweep(_time.GetUtcNow(), TestContext.Current.CancellationToken).Deleted);
        Assert.Null(store.Find(trial.Event));
    }

    [Fact]
    public void A_hold_with_its_reason_keeps_evidence_until_it_is_released()
    {
        using var store = Open();
        var kept = Keep(store, 1);
        Assert.True(store.Hold(kept.Event, "Khiếu nại số 7", "A-204"));
        Assert.True(store.Hold(kept.Event, "Khiếu nại số 7", "A-204"));
        Assert.False(store.Hold(TestEvidence.Event(77), "x", "A-204"));
        Assert.Throws<ArgumentException>(() => store.Hold(kept.Event, " ", "A-204"));
        _time.SetUtcNow(TestEvidence.Act.AddDays(500));
        Assert.Empty(store.Sweep(_time.GetUtcNow(), TestContext.Current.CancellationToken).Deleted);
        Assert.Equal("Khiếu nại số 7", store.Find(kept.Event)!.Hold!.Reason);
        Assert.True(store.Release(kept.Event, "Đã giải quyết", "A-204"));
        Assert.Single(store.Sweep(_time.GetUtcNow(), TestContext.Current.CancellationToken).Deleted);
        Assert.Equal(["hold", "release", "delete"], ChainedLog.Read(Path.Combine(_folder, "evidence-deletions.log")).Select(line => line.Entry!.Kind));
    }

    [Fact]
    public void A_hold_with_an_end_lets_go_by_itself_and_the_log_says_so()
    {
        using var store = Open();
        var kept = Keep(store, 1);
        var end = TestEvidence.Act.AddDays(400);
        Assert.True(store.Hold(kept.Event, "Khiếu nại số 7", "A-204"));
        Assert.True(store.Hold(kept.Event, "Khiếu nại số 7", "A-204", end)); // an end is set to what is held already
        Assert.Equal(new LegalHold("Khiếu nại số 7", "A-204", end), store.Find(kept.Event)!.Hold);
        _time.SetUtcNow(end.AddSeconds(-1));
        Assert.Empty(store.Sweep(_time.GetUtcNow(), TestContext.Current.CancellationToken).Deleted);
        Assert.True(store.Find(kept.Event)!.IsHeld(_time.GetUtcNow()));
        _time.SetUtcNow(end);
        Assert.False(store.Find(kept.Event)!.IsHeld(_time.GetUtcNow()));
        Assert.Equal([new DeletedEvidence(kept.Event, "limit")], store.Sweep(_time.GetUtcNow(), TestContext.Current.CancellationToken).Deleted);
        var log = ChainedLog.Read(Path.Combine(_folder, "evidence-deletions.log")).Select(line => line.Entry!).ToList();
        Assert.Equal(["hold", "hold", "release", "delete"], log.Select(entry => entry.Kind));
        Assert.Contains(end.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), log[1].Note, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Hold(kept.Event, "x", "A-204", end));
    }

    [Fact]
    public void A_file_from_before_holds_had_an_end_is_opened_and_its_holds_still_hold()
    {
        StoredEvidence kept;
        using (var store = Open())
        {
            kept = Keep(store, 1);
            store.Hold(kept.Event, "Khiếu nại số 7", "A-204");
        }

        using (var old = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "evidence.db")};Pooling=False"))
        {
            old.Open();
            using var command = old.CreateCommand();
            command.CommandText = "ALTER TABLE packages DROP COLUMN hold_by; ALTER TABLE packages DROP COLUMN hold_until";
            command.ExecuteNonQuery();
        }

        Assert.Equal(new LegalHold("Khiếu nại số 7", "", null), Assert.Single(EvidenceStore.ReadIndex(TestEvidence.Options(_folder), DateTimeOffset.MinValue, DateTimeOffset.MaxValue)).Hold);
        using var again = Open();
        Assert.True(again.Find(kept.Event)!.IsHeld(TestEvidence.Act.AddYears(20)));
    }

    [Fact]
    public void The_quota_takes_trials_then_closed_then_acknowledged_and_never_what_nobody_has_yet()
    {
        using var store = Open(quota: 1);
        var unacknowledged = Keep(store, 1);
        var acknowledged = Keep(store, 2);
        var closed = Keep(store, 3);
        var held = Keep(store, 4);
        var trial = store.Keep(TestEvidence.Facts(5, RuleMode.Trial), TestEvidence.Parts());
        foreach (var package in new[] { acknowledged, closed, held }) Assert.True(store.Acknowledge(package.Event));
        store.Hold(held.Event, "Khiếu nại", "A-204");
        _closed[closed.Event] = TestEvidence.Act;
        var swept = store.Sweep(_time.GetUtcNow(), TestContext.Current.CancellationToken);
        Assert.Equal([trial.Event, closed.Event, acknowledged.Event], swept.Deleted.Select(item => item.Event));
        Assert.All(swept.Deleted, item => Assert.Equal("quota", item.Why));
        Assert.Equal(unacknowledged.Bytes + held.Bytes - 1, swept.OverQuotaBytes);
        Assert.Equal([new EvidenceTotals(EvidenceKind.Violation, 2, unacknowledged.Bytes + held.Bytes, 1, TestEvidence.Act)], store.Totals());
    }

    [Fact]
    public void A_full_disk_leaves_nothing_half_written_and_is_named()
    {
        var mount = Path.Combine(_folder, "small");
        Directory.CreateDirectory(mount);
        if (!Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount)) Assert.Skip("Mounting a small tmpfs needs root.");
        try
        {
            using var store = EvidenceStore.Open(TestEvidence.Options(mount), _key, _time);
            var first = Keep(store, 1);
            var fault = Assert.Throws<EvidenceException>(() => store.Keep(TestEvidence.Facts(2), TestEvidence.Parts(clipBytes: 2_000_000)));
            Assert.Equal(EvidenceFault.DiskFull, fault.Fault);
            Assert.Contains("the disk is full", fault.Message, StringComparison.Ordinal);
            Assert.Equal([first.Path], Directory.GetFiles(Path.Combine(mount, "evidence")));
            Assert.Single(File.ReadLines(Path.Combine(mount, "evidence-chain.log")));
            Assert.Equal(2, Keep(store, 2).Sequence);
        }
        finally
        {
            Run("umount", "-l", mount);
        }
    }

    [Fact]
    public void Below_the_free_space_that_must_stay_nothing_is_written()
    {
        using var store = EvidenceStore.Open(TestEvidence.Options(_folder) with { KeepFreeBytes = long.MaxValue }, _key, _time);
        Assert.Equal(EvidenceFault.DiskFull, Assert.Throws<EvidenceException>(() => Keep(store, 1)).Fault);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "evidence")));
    }

    [Fact]
    public void A_torn_last_line_is_taken_off_and_the_chain_goes_on()
    {
        using (var store = Open()) Keep(store, 1);
        File.AppendAllText(ChainPath, "{\"sequence\":2,\"time\":\"2026-09-0");
        using var again = Open();
        Assert.Equal(2, Keep(again, 2).Sequence);
        Assert.All(ChainedLog.Read(ChainPath), line => Assert.NotNull(line.Entry));
        Assert.Equal(2, ChainedLog.Read(ChainPath).Count());
    }

    [Fact]
    public void A_second_writer_is_refused_while_the_first_has_the_store()
    {
        using var store = Open();
        Assert.Equal(EvidenceFault.Unwritable, Assert.Throws<EvidenceException>(() => Open().Dispose()).Fault);
    }

    [Fact]
    public void A_changed_line_stops_the_opening_and_is_named()
    {
        using (var store = Open())
        {
            Keep(store, 1);
            Keep(store, 2);
        }

        File.WriteAllText(ChainPath, File.ReadAllText(ChainPath).Replace("\"sequence\":1,", "\"sequence\":7,", StringComparison.Ordinal));
        var fault = Assert.Throws<EvidenceException>(Open0);
        Assert.Equal(EvidenceFault.Log, fault.Fault);
        Assert.Contains("evidence-chain.log, line 1", fault.Message, StringComparison.Ordinal);
        void Open0() => Open().Dispose();
    }

    [Fact]
    public void What_a_power_cut_left_half_done_is_finished_or_removed_at_the_next_opening()
    {
        StoredEvidence first, second;
        using (var store = Open()) (first, second) = (Keep(store, 1), Keep(store, 2));

        // In the chain and not yet renamed; renamed and not yet in the database; neither.
        File.Move(first.Path, first.Path + ".partial");
        foreach (var file in Directory.GetFiles(_folder, "evidence.db*")) File.Delete(file);
        File.WriteAllBytes(Path.Combine(_folder, "evidence", "x.zip.partial"), [1, 2, 3]);
        using var again = Open();
        Assert.Equal(first, again.Find(first.Event));
        Assert.Equal(second, again.Find(second.Event));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder, "evidence")).Length);
    }

    [Fact]
    public void Every_access_is_a_chained_line_with_who_and_why()
    {
        var log = new AccessLog(_folder);
        Assert.Throws<ArgumentException>(() => log.Append(TestEvidence.Act, AccessAct.View, TestEvidence.Event(1), "", "x"));
        Parallel.For(0, 8, i => new AccessLog(_folder).Append(TestEvidence.Act, AccessAct.Export, TestEvidence.Event(1), "A-204", "Hồ sơ 12"));
        var entry = ChainedLog.Read(AccessLog.PathOf(_folder)).Select(line => line.Entry!).ElementAt(7);
        Assert.Equal(8, entry.Sequence);
        Assert.Equal(("export", "A-204", "Hồ sơ 12"), (entry.Kind, entry.By, entry.Note));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void The_private_key_is_its_users_only_and_is_never_overwritten()
    {
        using var first = GatewaySigningKey.Init(_folder);
        var path = Path.Combine(_folder, "keys", "signing-key.pem");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Contains("--force", Assert.Throws<EvidenceException>(() => GatewaySigningKey.Init(_folder)).Message, StringComparison.Ordinal);
        using var second = GatewaySigningKey.Init(_folder, force: true);
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal([.. new[] { first.Id, second.Id }.Order(StringComparer.Ordinal)], GatewaySigningKey.PublicHalves(_folder).Select(half => half.Id));
        Assert.True(File.Exists(Path.Combine(_folder, "keys", $"signing-key.{first.Id}.backup.pem")));
        using var loaded = GatewaySigningKey.Load(_folder);
        Assert.Equal(second.Id, loaded.Id);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Throws<EvidenceException>(() => GatewaySigningKey.Load(_folder)).Message, StringComparison.Ordinal);
    }

    private string ChainPath => Path.Combine(_folder, "evidence-chain.log");

    private static StoredEvidence Keep(EvidenceStore store, int number) => store.Keep(TestEvidence.Facts(number), TestEvidence.Parts());

    private EvidenceStore Open(long quota = long.MaxValue) =>
        EvidenceStore.Open(TestEvidence.Options(_folder) with { QuotaBytes = quota }, _key, _time, id => _closed.TryGetValue(id, out var at) ? at : null);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
