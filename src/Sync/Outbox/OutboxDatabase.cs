using System.Globalization;
using EdgeGateway.Sync.Events;
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
}

/// <summary>
/// The statements over one SQLite file. WAL with synchronous=FULL: a commit that returned survives a power cut. Rows are
/// ordered by a row number that never repeats, not by id or time: the clock may step back. Not thread-safe; one
/// instance writes, another may read.
/// </summary>
internal sealed class OutboxDatabase : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _save;
    private readonly SqliteCommand _page;

    private OutboxDatabase(SqliteConnection connection)
    {
        _connection = connection;
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

    /// <summary>What the broker has and nobody acknowledged yet.</summary>
    public ReceiptTable Receipts { get; }

    /// <summary>Opens the file, creating it when absent, and checks it.</summary>
    /// <exception cref="SqliteException">It cannot be opened, or is damaged (error 11 or 26).</exception>
    public static OutboxDatabase Open(string path, TimeSpan busy)
    {
        // No pool: a connection that outlived its owner would hold a damaged file open.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = Math.Max(1, (int)busy.TotalSeconds),
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, $"PRAGMA busy_timeout = {(int)busy.TotalMilliseconds}");
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA synchronous = FULL");
            // Only the bound: as a rule CheckpointBeside has put the log into the file long before, outside of any commit.
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA wal_autocheckpoint = {MostLogPages}"));
            Execute(connection, "PRAGMA journal_size_limit = 16777216");
            Execute(connection, """
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
                """);
            return new OutboxDatabase(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads every page; false when something is wrong inside the file.</summary>
    public bool IsSound()
    {
        using var check = Command("PRAGMA quick_check(1)");
        return check.ExecuteScalar() is "ok";
    }

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
        _insert.Parameters[5].Value = item.Json;
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
        _save.Parameters[1].Value = json;
        _save.ExecuteNonQuery();
    }

    public string? LoadState(string key)
    {
        using var command = Command("SELECT json FROM state WHERE key = $key");
        command.Parameters.AddWithValue("$key", key);
        return command.ExecuteScalar() as string;
    }

    /// <summary>Rows of a kind in order, after one row and up to another.</summary>
    public void ReadPage(EventPriority priority, long after, long upTo, int limit, List<OutboxRow> rows)
    {
        _page.Parameters[0].Value = (long)priority;
        _page.Parameters[1].Value = after;
        _page.Parameters[2].Value = upTo;
        _page.Parameters[3].Value = (long)limit;
        using var reader = _page.ExecuteReader();
        while (reader.Read()) rows.Add(new OutboxRow(reader.GetInt64(0), priority, reader.GetString(1), Moment(reader.GetInt64(2)), reader.GetFieldValue<byte[]>(3)));
    }

    public OutboxRow? ReadRow(long row)
    {
        using var command = Command("SELECT priority, topic, time, json FROM outbox WHERE row = $row");
        command.Parameters.AddWithValue("$row", row);
        using var reader = command.ExecuteReader();
        return reader.Read() ? new OutboxRow(row, (EventPriority)reader.GetInt64(0), reader.GetString(1), Moment(reader.GetInt64(2)), reader.GetFieldValue<byte[]>(3)) : null;
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

    /// <summary>Hands over what can still be read of a damaged file, row by row, until it cannot.</summary>
    public static void Salvage(string path, Action<GatewayEvent> onEvent, Action<string, string> onState)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadWrite }.ToString());
        connection.Open();
        ReadAll(connection, "SELECT key, json FROM state", reader => onState(reader.GetString(0), reader.GetString(1)));
        // What was delivered and not acknowledged is sent once more: receivers drop repeats.
        foreach (var table in new[] { "outbox", "delivered" })
        {
            ReadAll(connection, $"SELECT id, priority, topic, time, json FROM {table} NOT INDEXED", reader => onEvent(new GatewayEvent(
                Ulid.Parse(reader.GetString(0), CultureInfo.InvariantCulture), "", reader.GetString(2), (EventPriority)reader.GetInt64(1), Moment(reader.GetInt64(3)), reader.GetFieldValue<byte[]>(4))));
        }

        static void ReadAll(SqliteConnection connection, string query, Action<SqliteDataReader> onRow)
        {
            try
            {
                using var command = connection.CreateCommand();
                command.CommandText = query;
                using var reader = command.ExecuteReader();
                while (reader.Read()) onRow(reader);
            }
            catch (Exception fault) when (fault is SqliteException or FormatException or InvalidCastException or ArgumentException or OverflowException)
            {
                // As far as it could be read; the rest is in the file that was set aside.
            }
        }
    }

    /// <summary>Puts the log into the file, so that a closed box has one file.</summary>
    public void Checkpoint() => Execute(_connection, "PRAGMA wal_checkpoint(TRUNCATE)");

    /// <summary>
    /// Puts into the file what it can of the log, through a connection of its own, so that writer and pump go on meanwhile (SQLite's
    /// passive checkpoint waits for nobody and holds nobody up).
    /// </summary>
    public static void CheckpointBeside(string path)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadWrite }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA wal_autocheckpoint = 0");
        Execute(connection, "PRAGMA wal_checkpoint(PASSIVE)");
    }

    public static int SizeOf(GatewayEvent item) => item.Json.Length + item.Topic.Length;

    public void Dispose()
    {
        Receipts.Dispose();
        foreach (var command in new[] { _insert, _delete, _save, _page }) command.Dispose();
        _connection.Dispose();
    }

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private SqliteCommand Prepare(string text, params string[] names)
    {
        var command = Command(text);
        foreach (var name in names) command.Parameters.Add(new SqliteParameter(name, null));
        return command;
    }

    private SqliteCommand Command(string text)
    {
        var command = _connection.CreateCommand();
        command.CommandText = text;
        return command;
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
