using System.Globalization;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Evidence;

/// <summary>Where evidence lies and for how long.</summary>
/// <param name="Storage">The gateway's storage folder; packages lie in <c>evidence/</c> below it.</param>
/// <param name="QuotaBytes">What all packages together may take.</param>
/// <param name="KeepFreeBytes">Below this much free space nothing is written.</param>
/// <param name="Violations">Longest keeping of a live rule's evidence: the end of its use, one year from the act (Decree 61/2026, Article 14.3; Decree 168/2024, Article 4).</param>
/// <param name="AfterClosed">Keeping after the case was paid or cancelled.</param>
/// <param name="Trials">Keeping of a trial rule's evidence.</param>
public sealed record EvidenceOptions(string Storage, long QuotaBytes, long KeepFreeBytes, TimeSpan Violations, TimeSpan AfterClosed, TimeSpan Trials)
{
    public static EvidenceOptions For(string storage) => new(storage, 20L << 30, 512L << 20, TimeSpan.FromDays(365), TimeSpan.FromDays(30), TimeSpan.FromDays(30));

    /// <summary>The seal of packages, and whom to tell of a damaged index.</summary>
    public StoreGuard Guard { get; init; } = StoreGuard.None;

    public string PackagesFolder => Path.Combine(Storage, "evidence");

    public string ChainPath => Path.Combine(Storage, "evidence-chain.log");

    public string DeletionLogPath => Path.Combine(Storage, "evidence-deletions.log");
}

/// <summary>A package that is kept.</summary>
/// <param name="Uri">What the event carries: below the topic root, <c>evidence/{eventId}/package.zip</c>.</param>
/// <param name="Sha256">SHA-256 of the manifest's bytes.</param>
/// <param name="Path">The file on this box.</param>
/// <param name="AcknowledgedAt">When the operations centre said that it has it; null until then.</param>
/// <param name="Hold">What keeps it from being deleted; null when nothing does.</param>
public sealed record StoredEvidence(
    string Event, string Uri, string Sha256, EvidenceUse Use, EvidenceKind Kind, string Rule, string RuleId, string Camera, long Sequence, string Path, long Bytes,
    DateTimeOffset At, DateTimeOffset? AcknowledgedAt, LegalHold? Hold)
{
    public EvidenceReference Reference => new(Uri, Sha256, Use);

    /// <summary>True while a hold forbids its deletion.</summary>
    public bool IsHeld(DateTimeOffset now) => Hold is { } hold && !(hold.Until <= now);
}

/// <summary>Evidence is kept beyond its time.</summary>
/// <param name="Reason">Why.</param>
/// <param name="By">Who said so: an officer's number.</param>
/// <param name="Until">Its end; null: until somebody lets go of it.</param>
public sealed record LegalHold(string Reason, string By, DateTimeOffset? Until);

/// <summary>A package that the store deleted.</summary>
/// <param name="Why">The word of the reason: closed, limit, trial, quota.</param>
public sealed record DeletedEvidence(string Event, string Why);

/// <summary>What a sweep did.</summary>
/// <param name="OverQuotaBytes">What still lies beyond the quota because it is held or not acknowledged; 0 when the quota is met.</param>
public sealed record SweepResult(IReadOnlyList<DeletedEvidence> Deleted, long OverQuotaBytes);

/// <summary>How much of a kind is kept.</summary>
public sealed record EvidenceTotals(EvidenceKind Kind, long Packages, long Bytes, long Held, DateTimeOffset? Oldest);

/// <summary>
/// The box's evidence: packages as files, their state in SQLite, their hashes in a chain that outlives them. Deletes what is past its
/// retention, first of the trial rules when the quota is reached, and writes down what and why. Thread-safe; writes one at a time.
/// </summary>
public sealed class EvidenceStore : IDisposable
{
    private const string Columns = "event, file, sha256, use, kind, rule, rule_id, camera, sequence, bytes, at, acknowledged, hold, hold_by, hold_until";

    private const string DatabaseName = "evidence.db";

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS packages(
            event TEXT PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, use TEXT NOT NULL, kind TEXT NOT NULL, rule TEXT NOT NULL, rule_id TEXT NOT NULL,
            camera TEXT NOT NULL, sequence INTEGER NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL, acknowledged INTEGER, hold TEXT, deleting TEXT, hold_by TEXT, hold_until INTEGER) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS packages_by_time ON packages(kind, at);
        """;

    private const string HoldEnds = "đến / until";

    private const string HoldEnded = "hết thời hạn giữ / the hold's time is over";

    private readonly Lock _lock = new();
    private readonly EvidenceOptions _options;
    private readonly GatewaySigningKey _key;
    private readonly TimeProvider _time;
    private readonly SqliteConnection _database;
    private readonly ChainedLog _chain;
    private readonly ChainedLog _deletions;
    private const string DeleteKind = "delete";

    private EvidenceStore(EvidenceOptions options, GatewaySigningKey key, TimeProvider time, SqliteConnection database, ChainedLog chain, ChainedLog deletions) =>
        (_options, _key, _time, _database, _chain, _deletions) = (options, key, time, database, chain, deletions);

    /// <summary>When a case was closed (paid or cancelled); null while it is open or unknown. The case book gives it.</summary>
    public Func<string, DateTimeOffset?> ClosedAt { get; init; } = _ => null;

    /// <summary>True when a storage folder holds a store, be it in the midst of a rescue.</summary>
    public static bool IsIn(string storage) => DamagedFile.Holds(Path.Combine(storage, DatabaseName));

    /// <summary>Opens the store and finishes what a power cut left half done.</summary>
    /// <exception cref="EvidenceException">A log does not fit, or the folder refuses.</exception>
    /// <exception cref="SqliteException">The database cannot be opened.</exception>
    public static EvidenceStore Open(EvidenceOptions options, GatewaySigningKey key, TimeProvider time, Func<string, DateTimeOffset?>? closedAt = null)
    {
        ChainedLog? chain = null, deletions = null;
        SqliteConnection? database = null;
        try
        {
            Directory.CreateDirectory(options.PackagesFolder);
            chain = ChainedLog.Open(options.ChainPath, key);
            deletions = ChainedLog.Open(options.DeletionLogPath);
            database = WithHolds(SqliteFile.OpenSound(Path.Combine(options.Storage, DatabaseName), Schema, options.Guard, time, SqliteFile.Wipe));
            var store = new EvidenceStore(options, key, time, database, chain, deletions) { ClosedAt = closedAt ?? (_ => null) };
            store.Recover();
            if (options.Guard.IsOwner) store.HoldAgain();
            store.SealPackages();
            return store;
        }
        catch (Exception fault)
        {
            database?.Dispose();
            chain?.Dispose();
            deletions?.Dispose();
            if (fault is IOException or UnauthorizedAccessException) throw EvidenceException.Of(fault, $"The evidence folder {options.PackagesFolder} cannot be opened");
            throw;
        }
    }

    /// <summary>
    /// Packs, signs, chains and keeps the evidence of one act; on the disk when it returns. The same event again gives what is kept already.
    /// Blocks for the disk: call it off the camera's thread.
    /// </summary>
    /// <exception cref="EvidenceException">It could not be kept; the fault says why, and nothing half-written is left.</exception>
    public StoredEvidence Keep(EvidenceFacts facts, IReadOnlyList<EvidencePart> parts, CancellationToken stop = default)
    {
        EvidencePackage.Check(facts, parts);
        lock (_lock)
        {
            if (FindLocked(facts.Event) is { } known) return known;
            var name = _options.Guard.NameOf(EvidencePackage.NameOf(facts));
            var partial = PartialOf(name);
            try
            {
                if (new DriveInfo(_options.PackagesFolder).AvailableFreeSpace < _options.KeepFreeBytes) throw new EvidenceException(EvidenceFault.DiskFull, $"The package {name} was not written: less than {_options.KeepFreeBytes >> 20} MB are free on the disk of {_options.PackagesFolder} (storage.keepFreeMb).");
                var (manifest, sha256) = EvidencePackage.Write(partial, facts, parts, new EvidenceLink(_chain.Sequence + 1, _chain.Tail), _key, _options.Guard, stop);
                _chain.Append(facts.RecordedAt, "package", facts.Event, sha256);
                // From here on the package exists: a power cut before the next two lines is made good at the next opening.
                File.Move(partial, Path.Combine(_options.PackagesFolder, name));
                return Register(name, manifest, sha256);
            }
            catch (Exception fault)
            {
                if (File.Exists(partial)) File.Delete(partial);
                if (fault is IOException or UnauthorizedAccessException) throw EvidenceException.Of(fault, $"The package {name} was not written");
                if (fault is SqliteException { SqliteErrorCode: 13 }) throw new EvidenceException(EvidenceFault.DiskFull, $"The package {name} is written; its entry in evidence.db is made up for at the next start: the disk is full.", fault);
                throw;
            }
        }
    }

    /// <summary>A package that is kept; null when there is none (any more).</summary>
    public StoredEvidence? Find(string eventId)
    {
        lock (_lock) return FindLocked(eventId);
    }

    /// <summary>The packages of a time, oldest first, for a command beside the running service; none when there is no store yet.</summary>
    /// <exception cref="SqliteException">The database cannot be read.</exception>
    public static IReadOnlyList<StoredEvidence> ReadIndex(EvidenceOptions options, DateTimeOffset from, DateTimeOffset to)
    {
        var path = Path.Combine(options.Storage, DatabaseName);
        if (!File.Exists(path)) return [];
        using var database = WithHolds(SqliteFile.Open(path, Schema, SqliteFile.Wipe));
        using var command = SqliteFile.Command(database, $"SELECT {Columns} FROM packages WHERE deleting IS NULL AND at >= $from AND at < $to ORDER BY at", ("$from", from.ToUnixTimeMilliseconds()), ("$to", to.ToUnixTimeMilliseconds()));
        return ReadAll(command, options.PackagesFolder);
    }

    /// <summary>When packages were deleted, by the event's id, for a command beside the running service; those that never were kept are not in it.</summary>
    /// <exception cref="IOException">The log of deletions cannot be read.</exception>
    public static IReadOnlyDictionary<string, DateTimeOffset> ReadDeletions(EvidenceOptions options)
    {
        var deleted = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        if (!File.Exists(options.DeletionLogPath)) return deleted;
        foreach (var (_, entry) in ChainedLog.Read(options.DeletionLogPath))
        {
            if (entry is { Kind: DeleteKind }) deleted[entry.Subject] = entry.Time;
        }

        return deleted;
    }

    /// <summary>The packages of a time, oldest first.</summary>
    public IReadOnlyList<StoredEvidence> List(DateTimeOffset from, DateTimeOffset to, int limit = 10_000)
    {
        lock (_lock)
        {
            using var command = Command($"SELECT {Columns} FROM packages WHERE deleting IS NULL AND at >= $from AND at < $to ORDER BY at LIMIT $limit", ("$from", from.ToUnixTimeMilliseconds()), ("$to", to.ToUnixTimeMilliseconds()), ("$limit", limit));
            return ReadAll(command, _options.PackagesFolder);
        }
    }

    /// <summary>The operations centre has stored the event and its evidence. False when there is no such package.</summary>
    public bool Acknowledge(string eventId)
    {
        lock (_lock) return Run("UPDATE packages SET acknowledged = COALESCE(acknowledged, $now) WHERE event = $event AND deleting IS NULL", ("$now", Now), ("$event", eventId)) > 0;
    }

    /// <summary>Forbids deletion until an end, or until <see cref="Release"/>; a later one takes the earlier one's place. False when there is no such package.</summary>
    /// <exception cref="ArgumentException">No reason or nobody's name is given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The end has passed already.</exception>
    public bool Hold(string eventId, string reason, string by, DateTimeOffset? until = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        if (until is { } asked) until = DateTimeOffset.FromUnixTimeMilliseconds(asked.ToUnixTimeMilliseconds()); // as it is kept
        if (until <= _time.GetUtcNow()) throw new ArgumentOutOfRangeException(nameof(until), until, "A hold ends in the future.");
        return SetHold(eventId, new LegalHold(reason, by, until), by, "hold", until is { } end ? string.Create(CultureInfo.InvariantCulture, $"{reason} ({HoldEnds} {end.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ})") : reason);
    }

    /// <summary>Takes a hold away. False when there is no such package.</summary>
    /// <exception cref="ArgumentException">No reason or nobody's name is given.</exception>
    public bool Release(string eventId, string reason, string by)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        return SetHold(eventId, null, by, "release", reason);
    }

    /// <summary>
    /// Deletes what is past its retention; then, while the quota is exceeded: trial packages, packages of closed cases, acknowledged ones, oldest first
    /// within each. Never what is held; never for the quota what the operations centre has not acknowledged. Each deletion is in the deletion log; its hash stays in the chain.
    /// </summary>
    /// <param name="now">The time by which ages are judged, see <see cref="AgeClock"/>.</param>
    /// <param name="stop">Ends it between two packages.</param>
    public SweepResult Sweep(DateTimeOffset now, CancellationToken stop = default)
    {
        lock (_lock)
        {
            var deleted = new List<DeletedEvidence>();
            var kept = new List<(StoredEvidence Package, bool IsClosed)>();
            foreach (var package in All())
            {
                stop.ThrowIfCancellationRequested();
                var closed = package.Kind == EvidenceKind.Violation ? ClosedAt(package.Event) : null;
                if (package.Hold is not null && !package.IsHeld(now)) SetHold(package.Event, null, null, "release", HoldEnded);
                if (!package.IsHeld(now) && ReasonToDelete(package, closed, now) is { } reason) Delete(package, reason.Word, reason.Text, deleted);
                else kept.Add((package, closed is not null));
            }

            var bytes = kept.Sum(item => item.Package.Bytes);
            foreach (var (package, _) in kept.Where(item => !item.Package.IsHeld(now) && SacrificeOf(item) < 3).OrderBy(SacrificeOf).ThenBy(item => item.Package.At))
            {
                if (bytes <= _options.QuotaBytes) break;
                stop.ThrowIfCancellationRequested();
                Delete(package, "quota", "the quota for evidence is reached", deleted);
                bytes -= package.Bytes;
            }

            return new SweepResult(deleted, Math.Max(0, bytes - _options.QuotaBytes));
        }
    }

    /// <summary>What is kept, by kind.</summary>
    public IReadOnlyList<EvidenceTotals> Totals()
    {
        lock (_lock)
        {
            return TotalsOf(All(), _time.GetUtcNow());
        }
    }

    /// <summary>The same of a list.</summary>
    public static IReadOnlyList<EvidenceTotals> TotalsOf(IEnumerable<StoredEvidence> packages, DateTimeOffset now) =>
    [
        .. packages.GroupBy(package => package.Kind).OrderBy(group => group.Key)
            .Select(group => new EvidenceTotals(group.Key, group.Count(), group.Sum(package => package.Bytes), group.Count(package => package.IsHeld(now)), group.Min(package => package.At))),
    ];

    public void Dispose()
    {
        _database.Dispose();
        _chain.Dispose();
        _deletions.Dispose();
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private (string Word, string Text)? ReasonToDelete(StoredEvidence package, DateTimeOffset? closed, DateTimeOffset now) => package.Kind switch
    {
        EvidenceKind.Trial => now - package.At >= _options.Trials ? ("trial", Days("a trial rule's evidence is kept for", _options.Trials)) : null,
        _ when closed is { } end && now - end >= _options.AfterClosed => ("closed", Days("the case is closed; evidence is kept after that for", _options.AfterClosed)),
        _ => now - package.At >= _options.Violations ? ("limit", Days("the time of use is over; evidence is kept at most for", _options.Violations)) : null,
    };

    private static string Days(string text, TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{text} {time.TotalDays:0.##} days");

    private static int SacrificeOf((StoredEvidence Package, bool IsClosed) item) => item switch
    {
        { Package.Kind: EvidenceKind.Trial } => 0,
        { IsClosed: true, Package.AcknowledgedAt: not null } => 1,
        { Package.AcknowledgedAt: not null } => 2,
        _ => 3,
    };

    // 1. the intention, 2. the file, 3. the log, 4. the row: whatever a power cut leaves is finished at the next opening.
    private void Delete(StoredEvidence package, string word, string why, List<DeletedEvidence> deleted)
    {
        Run("UPDATE packages SET deleting = $why WHERE event = $event", ("$why", $"{word}: {why}"), ("$event", package.Event));
        FinishDeletion(package, $"{word}: {why}");
        deleted.Add(new DeletedEvidence(package.Event, word));
    }

    private void FinishDeletion(StoredEvidence package, string why)
    {
        try
        {
            File.Delete(package.Path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw EvidenceException.Of(fault, $"{package.Path} could not be deleted");
        }

        _deletions.Append(_time.GetUtcNow(), DeleteKind, package.Event, package.Sha256, note: why);
        Run("DELETE FROM packages WHERE event = $event", ("$event", package.Event));
    }

    private bool SetHold(string eventId, LegalHold? hold, string? by, string kind, string note)
    {
        lock (_lock)
        {
            if (FindLocked(eventId) is not { } package) return false;
            if (package.Hold == hold) return true; // the same command again
            _deletions.Append(_time.GetUtcNow(), kind, eventId, package.Sha256, by, note);
            return Run("UPDATE packages SET hold = $hold, hold_by = $by, hold_until = $until WHERE event = $event",
                ("$hold", hold?.Reason), ("$by", hold?.By), ("$until", hold?.Until?.ToUnixTimeMilliseconds()), ("$event", eventId)) > 0;
        }
    }

    private void Recover()
    {
        var deletions = new Dictionary<StoredEvidence, string>();
        using (var command = Command($"SELECT {Columns}, deleting FROM packages WHERE deleting IS NOT NULL"))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read()) deletions.Add(ReadRow(reader, _options.PackagesFolder), reader.GetString(15));
        }

        if (deletions.Count > 0)
        {
            var logged = _deletions.Entries().Where(entry => entry.Kind == "delete").Select(entry => entry.Digest).ToHashSet(StringComparer.Ordinal);
            foreach (var (package, why) in deletions)
            {
                if (!logged.Contains(package.Sha256)) FinishDeletion(package, why);
                else Run("DELETE FROM packages WHERE event = $event", ("$event", package.Event));
            }
        }

        RecoverFiles();
    }

    private void RecoverFiles()
    {
        var known = All().Select(package => Path.GetFileName(package.Path)).ToHashSet(StringComparer.Ordinal);
        var strays = Directory.EnumerateFiles(_options.PackagesFolder).Where(path => IsPackage(path) && !known.Contains(Path.GetFileName(path))).ToList();
        if (strays.Count == 0) return;
        var chained = _chain.Entries().Where(entry => entry.Kind == "package").Select(entry => entry.Digest).ToHashSet(StringComparer.Ordinal);
        foreach (var path in strays)
        {
            var isPartial = path.EndsWith(".partial", StringComparison.Ordinal);
            if (EvidencePackage.TryRead(path, _options.Guard) is { } read && chained.Contains(read.Sha256))
            {
                var name = isPartial ? Path.GetFileName(path)[..^".partial".Length] : Path.GetFileName(path);
                if (isPartial) File.Move(path, Path.Combine(_options.PackagesFolder, name), overwrite: true);
                Register(name, read.Manifest, read.Sha256);
            }
            else if (isPartial)
            {
                File.Delete(path); // never reached the chain, so nobody was told of it
            }
        }
    }

    // The log of holds outlives the index and is written before it: what is held there is held here, though the index be lost or its making cut short.
    private void HoldAgain()
    {
        var held = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var entry in _deletions.Entries().Where(entry => entry.Kind is "hold" or "release" or "delete")) held[entry.Subject] = entry.Kind == "hold" ? entry.Note : null;
        foreach (var (eventId, reason) in held.Where(one => one.Value is not null)) Run("UPDATE packages SET hold = $hold WHERE event = $event AND hold IS NULL", ("$hold", reason), ("$event", eventId));
    }

    // Packages from before there was a key. 1. sealed beside, on the disk, 2. the index names it, 3. the clear one goes: a kill in between is finished at the next opening.
    private void SealPackages()
    {
        if (_options.Guard is not { IsOwner: true, Seal: { } seal }) return;
        foreach (var path in Directory.EnumerateFiles(_options.PackagesFolder, "*.zip").ToList())
        {
            var name = Path.GetFileName(path);
            try
            {
                SealedFile.Copy(path, path + SealedFile.Ending, seal);
                Run("UPDATE packages SET file = $sealed, bytes = $bytes WHERE file = $file", ("$sealed", name + SealedFile.Ending), ("$bytes", new FileInfo(path + SealedFile.Ending).Length), ("$file", name));
                File.Delete(path);
                _options.Guard.AtWork();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw EvidenceException.Of(fault, $"{path} could not be sealed");
            }
        }
    }

    private static bool IsPackage(string path)
    {
        var whole = path.EndsWith(".partial", StringComparison.Ordinal) ? path[..^".partial".Length] : path;
        return whole.EndsWith(".zip", StringComparison.Ordinal) || whole.EndsWith(".zip" + SealedFile.Ending, StringComparison.Ordinal);
    }

    private string PartialOf(string name) => Path.Combine(_options.PackagesFolder, name + ".partial");

    private StoredEvidence Register(string name, EvidenceManifest manifest, string sha256)
    {
        var act = manifest.Act;
        var kind = act.Mode == RuleMode.Trial ? EvidenceKind.Trial : EvidenceKind.Violation;
        Run($"INSERT OR IGNORE INTO packages({Columns}) VALUES($event, $file, $sha256, $use, $kind, $rule, $ruleId, $camera, $sequence, $bytes, $at, NULL, NULL, NULL, NULL)",
            ("$event", act.Event), ("$file", name), ("$sha256", sha256), ("$use", EventWords.Of(act.Use.Use)), ("$kind", EventWords.Of(kind)), ("$rule", act.Rule), ("$ruleId", act.RuleId),
            ("$camera", act.Camera.Id), ("$sequence", manifest.Chain.Sequence), ("$bytes", new FileInfo(Path.Combine(_options.PackagesFolder, name)).Length), ("$at", act.From.ToUnixTimeMilliseconds()));
        return FindLocked(act.Event)!;
    }

    private StoredEvidence? FindLocked(string eventId)
    {
        using var command = Command($"SELECT {Columns} FROM packages WHERE event = $event AND deleting IS NULL", ("$event", eventId));
        return ReadAll(command, _options.PackagesFolder).FirstOrDefault();
    }

    private List<StoredEvidence> All()
    {
        using var command = Command($"SELECT {Columns} FROM packages WHERE deleting IS NULL ORDER BY at");
        return ReadAll(command, _options.PackagesFolder);
    }

    private static List<StoredEvidence> ReadAll(SqliteCommand command, string folder)
    {
        using var reader = command.ExecuteReader();
        var rows = new List<StoredEvidence>();
        while (reader.Read()) rows.Add(ReadRow(reader, folder));
        return rows;
    }

    private static StoredEvidence ReadRow(SqliteDataReader row, string folder) => new(
        row.GetString(0), $"evidence/{row.GetString(0)}/package.zip", row.GetString(2), EventWords.Parse<EvidenceUse>(row.GetString(3)), EventWords.Parse<EvidenceKind>(row.GetString(4)),
        row.GetString(5), row.GetString(6), row.GetString(7), row.GetInt64(8), Path.Combine(folder, row.GetString(1)), row.GetInt64(9),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(10)), Moment(row, 11),
        row.IsDBNull(12) ? null : new LegalHold(row.GetString(12), row.IsDBNull(13) ? "" : row.GetString(13), Moment(row, 14)));

    private static DateTimeOffset? Moment(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    // Holds with an end came after the first files.
    private static SqliteConnection WithHolds(SqliteConnection database)
    {
        using var columns = SqliteFile.Command(database, "SELECT COUNT(*) FROM pragma_table_info('packages') WHERE name = 'hold_until'");
        if ((long)columns.ExecuteScalar()! > 0) return database;
        using var more = SqliteFile.Command(database, "ALTER TABLE packages ADD COLUMN hold_by TEXT; ALTER TABLE packages ADD COLUMN hold_until INTEGER");
        more.ExecuteNonQuery();
        return database;
    }

    private int Run(string text, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(text, values);
        return command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string text, params ReadOnlySpan<(string Name, object? Value)> values) => SqliteFile.Command(_database, text, values);
}
