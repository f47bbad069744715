using System.Globalization;
using System.Text;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Outbox;

/// <summary>A row of the outbox as the pump takes it.</summary>
/// <param name="Row">Order of arrival; never used twice.</param>
public readonly record struct OutboxRow(long Row, EventPriority Priority, string Topic, DateTimeOffset Time, byte[] Json);

/// <summary>How much lies in the outbox.</summary>
public readonly record struct OutboxSize(long Rows, long Bytes)
{
    public static OutboxSize operator +(OutboxSize a, OutboxSize b) => new(a.Rows + b.Rows, a.Bytes + b.Bytes);

    public static OutboxSize operator -(OutboxSize a, OutboxSize b) => new(a.Rows - b.Rows, a.Bytes - b.Bytes);

    /// <summary>True from nine tenths of a quota on.</summary>
    public bool IsNear(long maxRows, long maxBytes) => Rows >= maxRows * 9 / 10 || Bytes >= maxBytes / 10 * 9;
}

/// <summary>
/// The statements over one SQLite file. WAL with synchronous=FULL: a commit that returned survives a power cut. Rows are
/// ordered by a row number that never repeats, not by id or time: the clock may step back. Not thread-safe; one
/// instance writes, another may read.
/// </summary>
internal sealed class OutboxDatabase : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly StoreGuard _guard;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _save;
    private readonly SqliteCommand _page;

    private OutboxDatabase(SqliteConnection connection, StoreGuard guard)
    {
        (_connection, _guard) = (connection, guard);
        Receipts = new ReceiptTable(connection);
        _insert = Prepare("INSERT OR IGNORE INTO outbox(id, priority, topic, time, size, json) VALUES($id, $priority, $topic, $time, $size, $json)",
            "$id", "$priority", "$topic", "$time", "$size", "$json");
        _delete = Prepare("DELETE FROM outbox WHERE row = $row RETURNING size", "$row");
        _save = Prepare("INSERT INTO state(key, json) VALUES($key, $json) ON CONFLICT(key) DO UPDATE SET json = excluded.json", "$key", "$json");
        _page = Prepare("SELECT row, topic, time, json FROM outbox WHERE priority = $priority AND row > $after AND row <= $upTo ORDER BY row LIMIT $limit",
            "$priority", "$after", "$upTo", "$limit");
    }

    /// <summary>Pages of the log from which a commit itself puts them into the file: 32 MB.</summary>
    private const int MostLogPages = 8000;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS outbox(
            row INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            priority INTEGER NOT NULL,
            topic TEXT NOT NULL,
            time INTEGER NOT NULL,
            size INTEGER NOT NULL,
            json BLOB NOT NULL);
        CREATE INDEX IF NOT EXISTS outbox_by_priority ON outbox(priority, row, size);
        CREATE TABLE IF NOT EXISTS state(key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
        """;

    // What an event says, and what a counter or an alert remembers, may name a plate: it lies sealed where there is a key. Ids, topics, times and sizes do not.
    private const string EventPurpose = "event";
    private const string StatePurpose = "state";

    /// <summary>What the broker has and nobody acknowledged yet.</summary>
    public ReceiptTable Receipts { get; }

    /// <summary>Opens the file, creating it when absent, and checks it.</summary>
    /// <exception cref="SqliteException">It cannot be opened, or is damaged (error 11 or 26).</exception>
    public static OutboxDatabase Open(string path, TimeSpan busy, StoreGuard? guard = null)
    {
        // wal_autocheckpoint is only the bound: as a rule CheckpointBeside has put the log into the file long before, outside of any commit.
        var connection = SqliteFile.Open(path, Schema, string.Create(CultureInfo.InvariantCulture, $"PRAGMA wal_autocheckpoint = {MostLogPages}; PRAGMA journal_size_limit = 16777216;"), busy);
        try
        {
            return new OutboxDatabase(connection, guard ?? StoreGuard.None);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads every page; false when something is wrong inside the file.</summary>
    public bool IsSound() => SqliteFile.IsSound(_connection);

    /// <summary>Seals what still lies in clear, where there is a key; killed in between, the next opening goes on.</summary>
    public void SealRows() => SealedRows.Complete(_connection, _guard, SealedColumns);

    /// <summary>What names people.</summary>
    internal static ReadOnlySpan<(string Table, string Column, string Purpose)> SealedColumns =>
        new (string, string, string)[] { ("outbox", "json", EventPurpose), ("delivered", "json", EventPurpose), ("state", "json", StatePurpose) };

    public SqliteTransaction Begin() => _connection.BeginTransaction();

    /// <summary>Writes an event; false when its id is already there.</summary>
    public bool Insert(SqliteTransaction within, GatewayEvent item)
    {
        _insert.Transaction = within;
        _insert.Parameters[0].Value = item.Id.ToString();
        _insert.Parameters[1].Value = (long)item.Priority;
        _insert.Parameters[2].Value = item.Topic;
        _insert.Parameters[3].Value = item.Time.ToUnixTimeMilliseconds();
        _insert.Parameters[4].Value = (long)SizeOf(item);
        _insert.Parameters[5].Value = _guard.Protect(item.Json, EventPurpose);
        return _insert.ExecuteNonQuery() > 0;
    }

    /// <summary>Deletes a row and returns what became free.</summary>
    public OutboxSize Delete(SqliteTransaction within, long row)
    {
        _delete.Transaction = within;
        _delete.Parameters[0].Value = row;
        return _delete.ExecuteScalar() is long size ? new OutboxSize(1, size) : default;
    }

    /// <summary>Gives up the oldest rows of a kind and returns what became free.</summary>
    public OutboxSize DeleteOldest(SqliteTransaction within, EventPriority priority, long rows)
    {
        using var command = Command("DELETE FROM outbox WHERE row IN (SELECT row FROM outbox WHERE priority = $priority ORDER BY row LIMIT $rows) RETURNING size");
        command.Transaction = within;
        command.Parameters.AddWithValue("$priority", (long)priority);
        command.Parameters.AddWithValue("$rows", rows);
        using var reader = command.ExecuteReader();
        var freed = default(OutboxSize);
        while (reader.Read()) freed += new OutboxSize(1, reader.GetInt64(0));
        return freed;
    }

    /// <summary>
    /// Gives up events of a kind from before a moment, among its first rows. Times before 2020 come from a box whose clock
    /// had not been set yet and say nothing of age.
    /// </summary>
    public OutboxSize DeleteOlder(SqliteTransaction within, EventPriority priority, DateTimeOffset before, int among)
    {
        using var command = Command("""
            DELETE FROM outbox WHERE row IN (
                SELECT row FROM (SELECT row, time FROM outbox WHERE priority = $priority ORDER BY row LIMIT $among)
                WHERE time < $before AND time > 1577836800000)
            RETURNING size
            """);
        command.Transaction = within;
        command.Parameters.AddWithValue("$priority", (long)priority);
        command.Parameters.AddWithValue("$before", before.ToUnixTimeMilliseconds());
        command.Parameters.AddWithValue("$among", (long)among);
        using var reader = command.ExecuteReader();
        var freed = default(OutboxSize);
        while (reader.Read()) freed += new OutboxSize(1, reader.GetInt64(0));
        return freed;
    }

    public void SaveState(SqliteTransaction within, string key, string json)
    {
        _save.Transaction = within;
        _save.Parameters[0].Value = key;
        _save.Parameters[1].Value = _guard.Seal is null ? json : _guard.Protect(Encoding.UTF8.GetBytes(json), StatePurpose);
        _save.ExecuteNonQuery();
    }

    public string? LoadState(string key) => LoadState(_connection, key, _guard);

    /// <summary>A state out of a file that cannot be written now.</summary>
    /// <exception cref="SqliteException">It cannot be read either.</exception>
    public static string? LoadStateUnchanged(string path, string key, StoreGuard guard, bool isIdle = false)
    {
        using var connection = SqliteFile.ConnectUnchanged(path, isIdle);
        // A file that was begun on a full disk has no tables yet: nothing has ever been kept in it.
        if (SqliteFile.Number(connection, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'state'") == 0) return null;
        return LoadState(connection, key, guard);
    }

    /// <summary>Whether an event waits in a file that cannot be written now.</summary>
    /// <exception cref="SqliteException">It cannot be read either.</exception>
    public static bool WaitsUnchanged(string path, string id, bool isIdle = false)
    {
        using var connection = SqliteFile.ConnectUnchanged(path, isIdle);
        foreach (var table in new[] { "outbox", "delivered" })
        {
            if (SqliteFile.Number(connection, $"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '{table}'") == 0) continue;
            if (SqliteFile.Number(connection, $"SELECT EXISTS(SELECT 1 FROM {table} WHERE id = $id)", ("$id", id)) == 1) return true;
        }

        return false;
    }

    private static string? LoadState(SqliteConnection connection, string key, StoreGuard guard)
    {
        using var command = SqliteFile.Command(connection, "SELECT json FROM state WHERE key = $key", ("$key", key));
        try
        {
            return StateOf(command.ExecuteScalar(), guard);
        }
        catch (StorageSealException fault)
        {
            // Like a page that cannot be read: what was summed begins anew, and the gateway starts.
            throw new SqliteException(fault.Message, 11);
        }
    }

    /// <summary>Rows of a kind in order, after one row and up to another.</summary>
    public void ReadPage(EventPriority priority, long after, long upTo, int limit, List<OutboxRow> rows)
    {
        _page.Parameters[0].Value = (long)priority;
        _page.Parameters[1].Value = after;
        _page.Parameters[2].Value = upTo;
        _page.Parameters[3].Value = (long)limit;
        using var reader = _page.ExecuteReader();
        while (reader.Read()) rows.Add(new OutboxRow(reader.GetInt64(0), priority, reader.GetString(1), Moment(reader.GetInt64(2)), EventOf(reader, 3)));
    }

    public OutboxRow? ReadRow(long row)
    {
        using var command = Command("SELECT priority, topic, time, json FROM outbox WHERE row = $row");
        command.Parameters.AddWithValue("$row", row);
        using var reader = command.ExecuteReader();
        return reader.Read() ? new OutboxRow(row, (EventPriority)reader.GetInt64(0), reader.GetString(1), Moment(reader.GetInt64(2)), EventOf(reader, 3)) : null;
    }

    /// <summary>The highest row number that was ever given out in this file.</summary>
    public long LastRow()
    {
        using var command = Command("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'");
        return command.ExecuteScalar() is long row ? row : 0;
    }

    /// <summary>Event time of the row that waits longest.</summary>
    public DateTimeOffset? OldestTime()
    {
        using var command = Command("SELECT time FROM outbox ORDER BY row LIMIT 1");
        return command.ExecuteScalar() is long time ? Moment(time) : null;
    }

    public OutboxSize Measure()
    {
        using var command = Command("SELECT COUNT(*), COALESCE(SUM(size), 0) FROM outbox");
        using var reader = command.ExecuteReader();
        reader.Read();
        return new OutboxSize(reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>
    /// Copies rows, under their ids, and states of a damaged file into this one as far as they can be read; returns how many lie here then. What was
    /// delivered and not acknowledged is sent once more: receivers drop repeats. The same again adds nothing.
    /// </summary>
    /// <param name="aside">The damaged file.</param>
    /// <param name="isLast">What keeps it from being read now counts as damage, see <see cref="DamagedFile.IsGivenUp"/>.</param>
    /// <exception cref="SqliteException">This file does not take them, or the other cannot be opened now: to be tried again.</exception>
    public (long Events, long States) TakeOver(string aside, bool isLast = false)
    {
        using var damaged = File.Exists(aside) ? DamagedFile.Connect(aside, isLast) : null;
        if (damaged is not null)
        {
            using var batch = new RescueBatch(_connection, _guard);
            Take("SELECT key, json FROM state", reader => SaveState(batch.Transaction, reader.GetString(0), StateOf(reader.GetValue(1), _guard)!));
            foreach (var table in new[] { "outbox", "delivered" })
            {
                var query = $"SELECT id, priority, topic, time, json, row FROM {table} NOT INDEXED";
                var last = 0L;
                if (Take(query + " ORDER BY row", reader => last = TakeRow(reader))) continue;
                // Behind the page that cannot be read lie more: their numbers from the other end, then the rows in their order.
                var beyond = new Stack<long>();
                DamagedFile.Read(damaged, $"SELECT row FROM {table} NOT INDEXED WHERE row > {last} ORDER BY row DESC", reader => beyond.Push(reader.GetInt64(0)), isLast);
                foreach (var row in beyond) Take($"{query} WHERE row = {row}", reader => TakeRow(reader));
            }

            long TakeRow(SqliteDataReader reader)
            {
                var row = reader.GetInt64(5);
                Insert(batch.Transaction, new GatewayEvent(
                    Ulid.Parse(reader.GetString(0), CultureInfo.InvariantCulture), "", reader.GetString(2), (EventPriority)reader.GetInt64(1), Moment(reader.GetInt64(3)),
                    _guard.Reveal(reader.GetFieldValue<byte[]>(4), EventPurpose)));
                return row;
            }

            batch.Commit();

            // As far as it can be read; the rest is in the file that was set aside.
            bool Take(string query, Action<SqliteDataReader> row) => DamagedFile.Read(damaged, query, reader =>
            {
                try { row(reader); }
                catch (Exception fault) when (fault is SqliteException sqlite ? DamagedFile.IsOfTheRow(sqlite) : fault is not OutOfMemoryException)
                {
                    // Whatever is wrong with a row: one that stops the others stops every event that comes, for ever.
                }

                batch.OnRow();
            }, isLast);
        }

        return (Measure().Rows, SqliteFile.Number(_connection, "SELECT COUNT(*) FROM state"));
    }

    /// <summary>Puts the log into the file, so that a closed box has one file.</summary>
    public void Checkpoint() => SqliteFile.Execute(_connection, "PRAGMA wal_checkpoint(TRUNCATE)");

    /// <summary>
    /// Puts into the file what it can of the log, through a connection of its own, so that writer and pump go on meanwhile (SQLite's
    /// passive checkpoint waits for nobody and holds nobody up).
    /// </summary>
    public static void CheckpointBeside(string path)
    {
        using var connection = SqliteFile.Connect(path);
        SqliteFile.Execute(connection, "PRAGMA wal_autocheckpoint = 0; PRAGMA wal_checkpoint(PASSIVE)");
    }

    public static int SizeOf(GatewayEvent item) => item.Json.Length + item.Topic.Length;

    public void Dispose()
    {
        Receipts.Dispose();
        foreach (var command in new[] { _insert, _delete, _save, _page }) command.Dispose();
        _connection.Dispose();
    }

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    // A row that does not open is damage like a page that cannot be read: the file is set aside and the other rows are taken over.
    private byte[] EventOf(SqliteDataReader reader, int column)
    {
        try
        {
            return _guard.Reveal(reader.GetFieldValue<byte[]>(column), EventPurpose);
        }
        catch (StorageSealException fault)
        {
            throw new SqliteException(fault.Message, 11);
        }
    }

    private static string? StateOf(object? stored, StoreGuard guard) => stored switch
    {
        string text => text,
        byte[] bytes => Encoding.UTF8.GetString(guard.Reveal(bytes, StatePurpose)),
        _ => null,
    };

    private SqliteCommand Prepare(string text, params ReadOnlySpan<string> names) => SqliteFile.Prepare(_connection, text, names);

    private SqliteCommand Command(string text) => SqliteFile.Command(_connection, text);
}
