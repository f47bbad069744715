using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Sync.Tests.Evidence;
using EdgeGateway.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Storage;

/// <summary>Every database at the service's start: damaged pages are noticed, the file is set aside and told, what can be read is in the new one. (The outbox: OutboxStoreTests.)</summary>
public sealed class DamagedDatabaseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-damaged-").FullName;
    private readonly List<DamagedDatabase> _told = [];
    private readonly StoreGuard _guard;

    public DamagedDatabaseTests() => _guard = StoreGuard.ForService(null, _told.Add);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(false), InlineData(true)]
    public void Cases(bool wholly)
    {
        using (var book = new CaseBook(_folder, TimeProvider.System)) Open(book, 0, 2000);
        Damage("cases.db", wholly);
        using (var book = new CaseBook(_folder, TimeProvider.System, _guard))
        {
            AssertTold("cases.db", wholly);
            Assert.InRange(book.List(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue).Count, wholly ? 0 : 1000, 1999);
            Open(book, 5000, 1);
            Assert.NotNull(book.Find("V5000"));
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void The_archive_of_counts(bool wholly)
    {
        var path = PathOf("counts.db");
        using (var archive = CountArchive.Open(path, IntervalGrid.HoChiMinh)) archive.Add([.. Enumerable.Range(0, 3000).Select(Row)]);
        Damage("counts.db", wholly);
        using (var archive = CountArchive.Open(path, IntervalGrid.HoChiMinh, durable: true, _guard, TimeProvider.System))
        {
            AssertTold("counts.db", wholly);
            if (!wholly) Assert.InRange(archive.Intervals(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-1)).Count(), 500, 3000);
            Assert.Equal(1, archive.Add([Row(9000)]).New);
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Look_ups_that_wait(bool wholly)
    {
        var path = PathOf("desk.db");
        using (var desk = DeskDatabase.Open(path)) desk.Add([.. Enumerable.Range(0, 1000).Select(i => ($"V{i}", $"{{\"request\":\"{new string('x', 200)}\"}}"))], DateTimeOffset.UnixEpoch);
        Damage("desk.db", wholly);
        using (var desk = DeskDatabase.Open(path, _guard, TimeProvider.System))
        {
            AssertTold("desk.db", wholly);
            Assert.InRange(desk.Waiting(), wholly ? 0 : 400, 1000);
        }
    }

    [Fact]
    public void Look_ups_before_and_behind_a_damaged_page_of_their_table_are_all_rescued()
    {
        var path = PathOf("desk.db");
        using (var desk = DeskDatabase.Open(path)) desk.Add([.. Enumerable.Range(0, 1000).Select(i => ($"V{i * 7919 % 1000:000}", $"{{\"request\":\"{(i == 500 ? "the one on the page" : "another")}{new string('x', 200)}\"}}"))], DateTimeOffset.UnixEpoch);
        TestStorage.Damage(path, File.ReadAllBytes(path).AsSpan().IndexOf("the one on the page"u8) / 4096 * 4096);
        using (var desk = DeskDatabase.Open(path, _guard, TimeProvider.System))
        {
            AssertTold("desk.db", wholly: false);
            Assert.InRange(desk.Waiting(), 970, 999);
        }
    }

    [Fact]
    public void The_index_of_evidence_is_made_again_from_packages_chain_and_log_of_holds()
    {
        using var key = GatewaySigningKey.Ephemeral();
        var options = TestEvidence.Options(_folder) with { Guard = _guard };
        using (var store = EvidenceStore.Open(options, key, TimeProvider.System))
        {
            for (var i = 1; i <= 5; i++) store.Keep(TestEvidence.Facts(i), TestEvidence.Parts(100), TestContext.Current.CancellationToken);
            Assert.True(store.Hold(TestEvidence.Event(2), "theo yêu cầu", "A-204"));
            Assert.True(store.Hold(TestEvidence.Event(3), "theo yêu cầu", "A-204"));
            Assert.True(store.Release(TestEvidence.Event(3), "đã xong", "A-204"));
        }

        Damage("evidence.db", wholly: true);
        using (var store = EvidenceStore.Open(options, key, TimeProvider.System))
        {
            AssertTold("evidence.db", wholly: true);
            Assert.Equal(5, store.List(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue).Count);
            Assert.Equal("theo yêu cầu", store.Find(TestEvidence.Event(2))!.Hold?.Reason);
            Assert.Null(store.Find(TestEvidence.Event(3))!.Hold?.Reason);
        }
    }

    [Fact]
    public void The_journal_of_uploads()
    {
        var path = PathOf("evidence-upload.db");
        using (var journal = new UploadJournal(path, _guard, TimeProvider.System)) journal.Add(Enumerable.Range(0, 1000).Select(i => new UploadPart(0, $"E{i}", "package.zip", "/x", 0, 1, new string('a', 64), "application/zip", null)));
        Damage("evidence-upload.db", wholly: false);
        using (var journal = new UploadJournal(path, _guard, TimeProvider.System))
        {
            AssertTold("evidence-upload.db", wholly: false);
            Assert.InRange(journal.Waiting, 300, 1000);
        }
    }

    [Fact]
    public void Used_nonces_are_begun_anew_and_nothing_issued_before_is_taken_again()
    {
        var path = PathOf("commands.nonces.db");
        var now = DateTimeOffset.UtcNow;
        using (var nonces = new UsedNonces(path, now, _guard, TimeProvider.System)) Assert.Equal(NonceVerdict.Fresh, nonces.Use("n1", now, now.AddMinutes(5), now));
        Damage("commands.nonces.db", wholly: true);
        using (var nonces = new UsedNonces(path, now.AddSeconds(1), _guard, TimeProvider.System))
        {
            AssertTold("commands.nonces.db", wholly: true);
            Assert.Equal(NonceVerdict.TooOld, nonces.Use("n1", now, now.AddMinutes(5), now));
            Assert.Equal(NonceVerdict.Fresh, nonces.Use("n2", now.AddSeconds(2), now.AddMinutes(5), now));
        }
    }

    [Fact]
    public void A_command_beside_the_service_sets_nothing_aside()
    {
        using (var book = new CaseBook(_folder, TimeProvider.System)) Open(book, 0, 2000);
        Damage("cases.db", wholly: true);
        Assert.Throws<SqliteException>(() => new CaseBook(_folder, TimeProvider.System, StoreGuard.ForCommand(null)));
        Assert.Empty(Directory.GetFiles(_folder, "*.damaged-*"));
    }

    [Fact]
    public async Task The_archive_is_mended_while_counts_go_on()
    {
        var path = PathOf("counts.db");
        await File.WriteAllTextAsync(path, new string('x', 9000), TestContext.Current.CancellationToken);
        await using var writer = new ArchiveWriter(path, IntervalGrid.HoChiMinh, "bien-cua-lo-01", "bai-bien", TimeProvider.System, NullLogger.Instance, _guard);
        writer.Add(Row(1));
        await writer.FlushAsync(TestContext.Current.CancellationToken);
        AssertTold("counts.db", wholly: true);
        using var archive = CountArchive.Open(path, IntervalGrid.HoChiMinh);
        Assert.Single(archive.Intervals(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-1)));
    }

    private static void Open(CaseBook book, int from, int count)
    {
        for (var i = from; i < from + count; i++) book.Open(new NewCase($"V{i:0000}", "red_light", "den-do", "nga-tu", RuleMode.Live, "RED_LIGHT", 0.9, TestEvidence.Act.AddSeconds(i)));
    }

    private static ArchivedCount Row(int i) => new(
        new CountSeries("bien-cua-lo-01", "bai-bien", "cong", "visitors", "gate", "person"), TestEvents.Start.AddMinutes(15 * i), TestEvents.Start.AddMinutes(15 * (i + 1)), 3, 2, 1, CountMethod.Tracks, 1, null, null);

    private void Damage(string name, bool wholly) => TestStorage.Damage(PathOf(name), wholly ? 0 : -1);

    private void AssertTold(string name, bool wholly)
    {
        var damage = Assert.Single(_told);
        Assert.Equal(PathOf(name), damage.Path);
        Assert.StartsWith(PathOf(name) + ".damaged-", damage.Aside, StringComparison.Ordinal);
        Assert.True(File.Exists(damage.Aside));
        if (wholly) Assert.Equal(0, damage.Rows);
        else Assert.InRange(damage.Rows, 1, long.MaxValue);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
