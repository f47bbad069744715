using System.Text;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Sync.Tests.Evidence;
using EdgeGateway.Sync.Tests.Registration;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Storage;

/// <summary>Stores under a key: a raw search of their files finds no plate, and what was in clear before is sealed, kill -9 or not.</summary>
public sealed class SealedStoreTests : IDisposable
{
    private const string FolderVariable = "EDGEGATEWAY_TEST_SEAL_FOLDER";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly StorageSeal _seal = TestStorage.Seal();

    public void Dispose()
    {
        _seal.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task No_file_of_a_sealed_outbox_holds_a_plate_and_its_rows_read_as_before()
    {
        var item = Planted(1);
        await using (var store = Open(_seal, out var queue))
        {
            queue.Save("alerts", $"{{\"plate\":\"{TestStorage.Planted}\"}}");
            await queue.AppendAsync(item);
            await store.FlushAsync(TestContext.Current.CancellationToken);
            Assert.Empty(TestStorage.FilesWith(_folder, TestStorage.Planted));
            Assert.Contains(TestStorage.Planted, store.LoadState("alerts"), StringComparison.Ordinal);
        }

        Assert.Empty(TestStorage.FilesWith(_folder, TestStorage.Planted));
        Assert.Equal(item.Json, Assert.Single(Rows()).Json);
    }

    [Fact]
    public async Task An_outbox_in_clear_is_sealed_at_the_next_start_with_all_its_rows()
    {
        await FillInClear(3000);
        Assert.NotEmpty(TestStorage.FilesWith(_folder, TestStorage.Planted));
        await using (var store = Open(_seal, out _)) await Wait.Until("it is open", () => store.IsOpen, Patience);
        Assert.Empty(TestStorage.FilesWith(_folder, TestStorage.Planted));
        Assert.Equal(3000, Rows().Count);
        Assert.All(Rows(), row => Assert.Contains(TestStorage.Planted, Encoding.UTF8.GetString(row.Json), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kill_9_while_an_outbox_is_being_sealed_loses_nothing_and_the_next_start_ends_the_work()
    {
        const int Events = 20_000;
        await FillInClear(Events);
        var size = new FileInfo(PathOf("outbox.db")).Length;
        // Killed at several depths: as soon as the log shows that rows are being sealed, and later.
        foreach (var share in new[] { 0.01, 0.3, 0.9 })
        {
            using var child = StartChild();
            await Wait.Until("it seals", () => child.HasExited || Length("outbox.db-wal") > size * share || Length("sealed") > 0, Patience);
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using (var store = Open(_seal, out _)) await Wait.Until("it is open", () => store.IsOpen, Patience);
        Assert.Equal(Events, Rows().Count);
        Assert.Empty(TestStorage.FilesWith(_folder, TestStorage.Planted));
        Assert.Empty(Directory.GetFiles(_folder, "*.damaged-*"));
    }

    [Fact(Explicit = true)]
    public async Task Child_that_seals_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("Only for the test beside it.");
        await using var store = new OutboxStore(OptionsOf(folder, _seal), new DeliveryQueue(), TimeProvider.System, NullLogger.Instance);
        store.Start();
        await Wait.Until("it is open", () => store.IsOpen, Patience);
        await File.WriteAllTextAsync(Path.Combine(folder, "sealed"), "done", TestContext.Current.CancellationToken);
        await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_row_that_does_not_open_any_more_costs_itself_alone()
    {
        await using (var store = Open(_seal, out var queue))
        {
            foreach (var i in Enumerable.Range(0, 10)) await queue.AppendAsync(Planted(i));
        }

        using (var file = SqliteFile.Open(PathOf("outbox.db"), "SELECT 1"))
            SqliteFile.Execute(file, "UPDATE outbox SET json = CAST(substr(json, 1, 60) || x'00' || substr(json, 62) AS BLOB) WHERE row = 5");
        await using (var store = Open(_seal, out _))
        {
            await Wait.Until("it is open", () => store.IsOpen, Patience);
            store.ReportDamage(store.Epoch); // as the pump does when a page cannot be read
            await Wait.Until("it was begun anew", () => store.Epoch > 1, Patience);
        }

        Assert.Equal(9, Rows().Count);
    }

    [Fact]
    public void Packages_lie_sealed_are_sent_and_verified_in_clear_and_are_sealed_when_they_were_not()
    {
        using var key = GatewaySigningKey.Ephemeral();
        StoredEvidence first;
        using (var store = Evidence(key, null)) first = store.Keep(TestEvidence.Facts(1), TestEvidence.Parts(), TestContext.Current.CancellationToken);
        Assert.NotEmpty(TestStorage.FilesWith(_folder, "37A12345"));

        using (var store = Evidence(key, _seal))
        {
            var second = store.Keep(TestEvidence.Facts(2), TestEvidence.Parts(), TestContext.Current.CancellationToken);
            Assert.Empty(TestStorage.FilesWith(_folder, "37A12345"));
            Assert.Empty(TestStorage.FilesWith(_folder, "picture StillAt"));
            foreach (var kept in new[] { store.Find(first.Event)!, second })
            {
                Assert.EndsWith(".zip.sealed", kept.Path, StringComparison.Ordinal);
                Assert.Equal(new FileInfo(kept.Path).Length, kept.Bytes);
                using var content = StoreGuard.ForCommand(_seal).OpenRead(kept.Path);
                var clear = PathOf(kept.Event + ".zip");
                using (var file = File.Create(clear)) content.CopyTo(file);
                var pem = PathOf("public.pem");
                File.WriteAllText(pem, key.PublicPem);
                using var publicKey = EvidencePublicKey.Load(pem);
                var chain = VerifiedChain.Read(PathOf("evidence-chain.log"), [publicKey]);
                var verified = EvidenceVerifier.Verify(clear, [publicKey], chain, TestContext.Current.CancellationToken);
                Assert.True(verified.Ok, verified.Message);
                Assert.Contains("storage unseal", EvidenceVerifier.Verify(kept.Path, [publicKey], chain, TestContext.Current.CancellationToken).Message, StringComparison.Ordinal);
                File.Delete(clear);
            }
        }

        Assert.Equal(2, Directory.GetFiles(PathOf("evidence")).Length);
    }

    [Fact]
    public void A_package_whose_sealing_was_cut_short_is_there_once()
    {
        using var key = GatewaySigningKey.Ephemeral();
        StoredEvidence kept;
        using (var store = Evidence(key, null)) kept = store.Keep(TestEvidence.Facts(1), TestEvidence.Parts(), TestContext.Current.CancellationToken);
        // A kill after the sealed one was written, before the index named it.
        SealedFile.Copy(kept.Path, kept.Path + SealedFile.Ending, _seal);
        File.WriteAllText(kept.Path + SealedFile.Ending + ".partial", "half of another try");
        using (var store = Evidence(key, _seal)) Assert.EndsWith(SealedFile.Ending, Assert.Single(store.List(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue)).Path, StringComparison.Ordinal);
        Assert.EndsWith(SealedFile.Ending, Assert.Single(Directory.GetFiles(PathOf("evidence"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_to_the_registration_and_their_log_hold_no_plate_in_clear()
    {
        var desk = PathOf("desk.db");
        using (var clear = DeskDatabase.Open(desk)) clear.Add([("V1", $"{{\"plate\":\"{TestStorage.Planted}\"}}")], DateTimeOffset.UnixEpoch);
        Assert.NotEmpty(TestStorage.FilesWith(_folder, TestStorage.Planted));
        using (var database = DeskDatabase.Open(desk, StoreGuard.ForService(_seal, _ => { }), TimeProvider.System))
        {
            database.Add([("V2", $"{{\"plate\":\"{TestStorage.Planted}\"}}")], DateTimeOffset.UnixEpoch);
            Assert.All(database.Due(DateTimeOffset.UnixEpoch, 10), row => Assert.Contains(TestStorage.Planted, row.Json, StringComparison.Ordinal));
            Assert.Equal(2, database.Due(DateTimeOffset.UnixEpoch, 10).Count);
        }

        var path = PathOf("look-ups.jsonl");
        await new LookUpLog(path, TimeProvider.System, _seal).AskedAsync(Registry.Ask(Registry.Plate(TestStorage.Planted)), "replica");
        Assert.Null(LookUpLog.Verify(path));
        Assert.Empty(TestStorage.FilesWith(_folder, TestStorage.Planted));
        Assert.Contains(TestStorage.Planted, Assert.Single(LookUpLog.Opened(path, _seal)), StringComparison.Ordinal);
        Assert.Throws<StorageSealException>(() => LookUpLog.Opened(path, null).ToList());
    }

    [Fact]
    public void The_signing_key_is_sealed_in_place_and_stays_the_same_key()
    {
        using var made = GatewaySigningKey.Init(_folder);
        using (var newer = GatewaySigningKey.Init(_folder, force: true)) Assert.NotEqual(made.Id, newer.Id);
        GatewaySigningKey.SealKeys(_folder, _seal);
        GatewaySigningKey.SealKeys(_folder, _seal);
        Assert.Empty(TestStorage.FilesWith(_folder, "BEGIN PRIVATE KEY"));
        Assert.Throws<EvidenceException>(() => GatewaySigningKey.Load(_folder));
        using var other = TestStorage.Seal(8);
        Assert.Throws<EvidenceException>(() => GatewaySigningKey.Load(_folder, other));
        using var loaded = GatewaySigningKey.Load(_folder, _seal);
        Assert.Contains(loaded.Id, GatewaySigningKey.PublicHalves(_folder).Select(half => half.Id));
    }

    private static GatewayEvent Planted(int track) => TestEvents.Live().Create(TestEvents.Camera, TestEvents.Start, new PassageData(
        track, ObjectKind.Car, new PlateData(TestStorage.Planted, null, null, 0.9, PlateKind.Car, PlateColour.White, 1, [0.9], null),
        "gate", CrossingDirection.In, TestEvents.Start, TestEvents.Start.AddSeconds(4), []));

    private static OutboxOptions OptionsOf(string folder, StorageSeal? seal) => TestEvents.Outbox(folder) with { Guard = StoreGuard.ForService(seal, _ => { }) };

    private OutboxStore Open(StorageSeal? seal, out DeliveryQueue queue)
    {
        queue = new DeliveryQueue(maxEvents: 50_000, maxBytes: 256 << 20);
        var store = new OutboxStore(OptionsOf(_folder, seal), queue, TimeProvider.System, NullLogger.Instance);
        store.Start();
        return store;
    }

    private async Task FillInClear(int events)
    {
        await using var store = Open(null, out var queue);
        for (var i = 0; i < events; i++) queue.Offer(Planted(i));
        await store.FlushAsync(TestContext.Current.CancellationToken);
    }

    private List<OutboxRow> Rows()
    {
        using var reader = OutboxDatabase.Open(PathOf("outbox.db"), TimeSpan.FromSeconds(2), StoreGuard.ForCommand(_seal));
        var rows = new List<OutboxRow>();
        reader.ReadPage(EventPriority.Passage, 0, long.MaxValue, 100_000, rows);
        return rows;
    }

    private EvidenceStore Evidence(GatewaySigningKey key, StorageSeal? seal) =>
        EvidenceStore.Open(TestEvidence.Options(_folder) with { Guard = StoreGuard.ForService(seal, _ => { }) }, key, TimeProvider.System);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private long Length(string name) => File.Exists(PathOf(name)) ? new FileInfo(PathOf(name)).Length : 0;

    private ChildOfTest StartChild() => ChildOfTest.Start(nameof(Child_that_seals_until_it_is_killed), (FolderVariable, _folder));
}
