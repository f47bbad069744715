using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Evidence;

/// <summary>An act that is not published yet.</summary>
/// <param name="Event">The id (ULID) that its violation will have.</param>
/// <param name="Camera">Where it was seen.</param>
/// <param name="IsTrial">Of a rule on trial: its pictures go first when room is short.</param>
/// <param name="Record">All that is published of it, as whoever wrote it reads it again.</param>
public sealed record WaitingAct(string Event, string Camera, bool IsTrial, byte[] Record);

/// <summary>Compressed pictures of an act, as one stream: its clip, or what lies around a still that is older.</summary>
/// <param name="Times">When each picture was taken, as whoever wrote them reads them again.</param>
/// <param name="Stream">The pictures.</param>
public sealed record KeptStretch(byte[] Times, byte[] Stream);

/// <summary>
/// Acts between the moment in which a rule raises them and the commit of their violation, in <c>acts.db</c>: a killed gateway finds them at its next
/// start. What a method wrote is on the disk when it returns. Bound: <see cref="MostActs"/> acts and <see cref="MostBytes"/> of pictures. Order of sacrifice: the
/// pictures of trial rules' acts, then those of live ones, the oldest first; an act itself never, a newcomer beyond the number is not taken. Thread-safe.
/// </summary>
public sealed class ActJournal : IDisposable
{
    /// <summary>The file's name in the storage folder.</summary>
    public const string FileName = "acts.db";

    private const string RecordPurpose = "act";
    private const string StreamPurpose = "act pictures";

    // Numbers are the keys: a damaged file is read by them, from both ends, as far as it goes.
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS acts(
            number INTEGER PRIMARY KEY, event TEXT NOT NULL UNIQUE, camera TEXT NOT NULL, trial INTEGER NOT NULL, record BLOB NOT NULL, tries INTEGER NOT NULL DEFAULT 0, aside TEXT, aside_at INTEGER);
        CREATE TABLE IF NOT EXISTS stretches(
            number INTEGER PRIMARY KEY, event TEXT NOT NULL, part INTEGER NOT NULL, times BLOB NOT NULL, stream BLOB NOT NULL, UNIQUE(event, part));
        """;

    /// <summary>What could not be read is kept for a person to look at, and not longer than evidence of trial rules.</summary>
    private static readonly TimeSpan AsideFor = TimeSpan.FromDays(30);

    private readonly Lock _lock = new();
    private readonly SqliteConnection _database;
    private readonly StoreGuard _guard;
    private readonly TimeProvider _time;
    private readonly string _folder;

    private ActJournal(string folder, SqliteConnection database, StoreGuard guard, TimeProvider time) => (_folder, _database, _guard, _time) = (folder, database, guard, time);

    /// <summary>How many acts may wait.</summary>
    public int MostActs { get; private init; }

    /// <summary>How much their pictures may take, bytes.</summary>
    public long MostBytes { get; private init; }

    /// <summary>Below this much free space no pictures are written: what is left is the events'.</summary>
    public long KeepFreeBytes { get; private init; }

    internal static ReadOnlySpan<(string Table, string Column, string Purpose)> SealedColumns => new (string, string, string)[] { ("acts", "record", RecordPurpose), ("stretches", "stream", StreamPurpose) };

    /// <summary>Deletes what was set aside and has lain its time, and pictures of no act.</summary>
    /// <exception cref="SqliteException">The disk refuses.</exception>
    public void ForgetAside(DateTimeOffset now)
    {
        lock (_lock)
        {
            SqliteFile.Execute(_database, "DELETE FROM acts WHERE aside_at < $before", ("$before", (now - AsideFor).ToUnixTimeMilliseconds()));
            SqliteFile.Execute(_database, "DELETE FROM stretches WHERE event NOT IN (SELECT event FROM acts)"); // a half rescued file
        }
    }

    /// <summary>True when a storage folder holds a journal, be it in the midst of a rescue.</summary>
    public static bool IsIn(string storage) => DamagedFile.Holds(Path.Combine(storage, FileName));

    /// <summary>How many acts lie in a folder's journal, and the bytes of their records and pictures, for a command beside the running service. The file is no measure: what has left it leaves empty pages behind.</summary>
    /// <returns>Null where the journal cannot be read.</returns>
    public static (long Acts, long Bytes)? Measure(string storage)
    {
        if (!IsIn(storage)) return (0, 0);
        if (DamagedFile.Unfinished(Path.Combine(storage, FileName)) is not null) return null;
        try
        {
            using var database = SqliteFile.Open(Path.Combine(storage, FileName), Schema, SqliteFile.Wipe);
            return (SqliteFile.Number(database, "SELECT count(*) FROM acts"),
                SqliteFile.Number(database, "SELECT coalesce((SELECT sum(length(record)) FROM acts), 0) + coalesce((SELECT sum(length(stream)) FROM stretches), 0)"));
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    /// <summary>Opens the journal of a storage folder, creating it when absent.</summary>
    /// <param name="storage">The folder.</param>
    /// <param name="guard">The service's: a damaged file is then set aside and begun anew.</param>
    /// <param name="time">The clock.</param>
    /// <param name="mostActs">Bound of <see cref="MostActs"/>.</param>
    /// <param name="mostBytes">Bound of <see cref="MostBytes"/>.</param>
    /// <param name="keepFreeBytes">Bound of <see cref="KeepFreeBytes"/>.</param>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static ActJournal Open(string storage, StoreGuard guard, TimeProvider time, int mostActs = 1000, long mostBytes = 512L << 20, long keepFreeBytes = 0)
    {
        var database = SqliteFile.OpenSound(Path.Combine(storage, FileName), Schema, guard, time, SqliteFile.Wipe);
        try
        {
            if (guard.IsOwner) SealedRows.Complete(database, guard, SealedColumns);
            return new ActJournal(storage, database, guard, time) { MostActs = mostActs, MostBytes = mostBytes, KeepFreeBytes = keepFreeBytes };
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Writes an act, or writes it anew with what is known of it by now. False when too many wait already.</summary>
    /// <exception cref="SqliteException">The disk refuses.</exception>
    public bool Put(WaitingAct act)
    {
        lock (_lock)
        {
            return SqliteFile.Execute(
                _database, """
                INSERT INTO acts(event, camera, trial, record) SELECT $event, $camera, $trial, $record WHERE (SELECT COUNT(*) FROM acts WHERE event <> $event) < $most
                ON CONFLICT(event) DO UPDATE SET record = excluded.record
                """,
                ("$event", act.Event), ("$camera", act.Camera), ("$trial", act.IsTrial), ("$record", _guard.Protect(act.Record, RecordPurpose)), ("$most", MostActs)) > 0;
        }
    }

    /// <summary>Writes one of an act's stretches, in place of the one that was this part before. Returns how many acts lost their pictures to make room, the act itself among them where it has too many.</summary>
    /// <exception cref="SqliteException">The disk refuses.</exception>
    /// <exception cref="IOException">Less than <see cref="KeepFreeBytes"/> are free.</exception>
    public int PutStretch(string eventId, int part, KeptStretch stretch)
    {
        if (new DriveInfo(_folder).AvailableFreeSpace < KeepFreeBytes) throw new IOException($"less than {KeepFreeBytes >> 20} MB are free on the disk of {_folder} (storage.keepFreeMb), so no pictures are kept there.");
        lock (_lock)
        {
            using var transaction = _database.BeginTransaction(deferred: false);
            SqliteFile.Execute(
                _database, "INSERT OR REPLACE INTO stretches(event, part, times, stream) SELECT $event, $part, $times, $stream WHERE EXISTS(SELECT 1 FROM acts WHERE event = $event)",
                ("$event", eventId), ("$part", part), ("$times", stretch.Times), ("$stream", _guard.Protect(stretch.Stream, StreamPurpose)));
            var givenUp = 0;
            while (SqliteFile.Number(_database, "SELECT SUM(LENGTH(stream)) FROM stretches") > MostBytes
                && SqliteFile.Execute(_database, "DELETE FROM stretches WHERE event = (SELECT event FROM stretches JOIN acts USING(event) ORDER BY trial DESC, acts.number LIMIT 1)") > 0) givenUp++;
            transaction.Commit();
            return givenUp;
        }
    }

    /// <summary>The ids of the acts that wait for a camera's next start, in the order in which they were raised.</summary>
    public IReadOnlyList<string> Of(string camera) => Texts("SELECT event FROM acts WHERE camera = $camera AND aside IS NULL ORDER BY number", ("$camera", camera));

    /// <summary>The cameras whose acts wait.</summary>
    public IReadOnlyList<string> Cameras() => Texts("SELECT DISTINCT camera FROM acts WHERE aside IS NULL ORDER BY camera");

    /// <summary>Notes that an act's publishing is begun; returns how often it was before and never ended, neither in <see cref="Remove"/> nor in <see cref="EndTry"/>.</summary>
    /// <exception cref="SqliteException">The disk refuses.</exception>
    public long BeginTry(string eventId)
    {
        lock (_lock)
        {
            SqliteFile.Execute(_database, "UPDATE acts SET tries = tries + 1 WHERE event = $event", ("$event", eventId));
            return SqliteFile.Number(_database, "SELECT tries FROM acts WHERE event = $event", ("$event", eventId)) - 1;
        }
    }

    /// <summary>The publishing was given up in good order, by a stop.</summary>
    /// <exception cref="SqliteException">The disk refuses.</exception>
    public void EndTry(string eventId)
    {
        lock (_lock) SqliteFile.Execute(_database, "UPDATE acts SET tries = MAX(tries - 1, 0) WHERE event = $event", ("$event", eventId));
    }

    /// <summary>An act's record; null when it does not wait.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    /// <exception cref="StorageSealException">It is sealed under another key, or was altered.</exception>
    public byte[]? Read(string eventId)
    {
        lock (_lock)
        {
            using var command = SqliteFile.Command(_database, "SELECT record FROM acts WHERE event = $event AND aside IS NULL", ("$event", eventId));
            return _guard.Reveal(command.ExecuteScalar() as byte[], RecordPurpose);
        }
    }

    /// <summary>An act's pictures, the last part first; empty where it has none.</summary>
    /// <exception cref="SqliteException">They cannot be read.</exception>
    /// <exception cref="StorageSealException">They are sealed under another key, or were altered.</exception>
    public IReadOnlyList<KeptStretch> Stretches(string eventId)
    {
        lock (_lock)
        {
            using var command = SqliteFile.Command(_database, "SELECT times, stream FROM stretches WHERE event = $event ORDER BY part DESC", ("$event", eventId));
            using var row = command.ExecuteReader();
            var stretches = new List<KeptStretch>();
            while (row.Read()) stretches.Add(new KeptStretch(row.GetFieldValue<byte[]>(0), _guard.Reveal(row.GetFieldValue<byte[]>(1), StreamPurpose)));
            return stretches;
        }
    }

    /// <summary>The act is published: nothing of it stays here.</summary>
    /// <exception cref="SqliteException">The disk refuses.</exception>
    public void Remove(string eventId)
    {
        lock (_lock)
        {
            using var transaction = _database.BeginTransaction(deferred: false);
            SqliteFile.Execute(_database, "DELETE FROM stretches WHERE event = $event", ("$event", eventId));
            SqliteFile.Execute(_database, "DELETE FROM acts WHERE event = $event", ("$event", eventId));
            transaction.Commit();
        }
    }

    /// <summary>An act that cannot be read or published is not tried again; it is kept for a person to look at, 30 days.</summary>
    /// <exception cref="SqliteException">The disk refuses.</exception>
    public void SetAside(string eventId, string why)
    {
        lock (_lock) SqliteFile.Execute(_database, "UPDATE acts SET aside = $why, aside_at = $now WHERE event = $event", ("$why", why), ("$now", _time.GetUtcNow().ToUnixTimeMilliseconds()), ("$event", eventId));
    }

    public void Dispose() => _database.Dispose();

    private List<string> Texts(string query, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        lock (_lock)
        {
            using var command = SqliteFile.Command(_database, query, values);
            using var row = command.ExecuteReader();
            var texts = new List<string>();
            while (row.Read()) texts.Add(row.GetString(0));
            return texts;
        }
    }
}
