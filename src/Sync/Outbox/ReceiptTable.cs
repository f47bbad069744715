using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Outbox;

/// <summary>
/// The statements over events that the broker has and the operations centre has not acknowledged: table
/// <c>delivered</c> in the outbox's file. An event that is sent again stands in both tables until its PUBACK.
/// </summary>
internal sealed class ReceiptTable : IDisposable
{
    /// <summary>Between two sends of one event lies no more than this.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(1);

    // A clock that is put right by seconds is no reason to send again.
    private const long MillisecondsPerHour = 3_600_000;

    /// <summary>What is due at $now: its time has come, or lies further ahead than any pause ($longest, null where that is not judged), set by a clock that has been put right since.</summary>
    private const string IsDue = "(due <= $now OR due > $now + $longest)";

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _keep;
    private readonly SqliteCommand _forget;
    private readonly SqliteCommand _forgetWaiting;

    public ReceiptTable(SqliteConnection connection)
    {
        _connection = connection;
        using (var create = Command("""
            CREATE TABLE IF NOT EXISTS delivered(
                row INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                priority INTEGER NOT NULL,
                topic TEXT NOT NULL,
                time INTEGER NOT NULL,
                size INTEGER NOT NULL,
                json BLOB NOT NULL,
                acked INTEGER NOT NULL,
                sends INTEGER NOT NULL,
                due INTEGER NOT NULL);
            CREATE INDEX IF NOT EXISTS delivered_by_due ON delivered(due);
            CREATE INDEX IF NOT EXISTS delivered_by_priority ON delivered(priority, row, size);
            """)) create.ExecuteNonQuery();
        _keep = Prepare("""
            INSERT INTO delivered(id, priority, topic, time, size, json, acked, sends, due)
            SELECT id, priority, topic, time, size, json, $stamp, 1, $now + $first FROM outbox WHERE row = $row
            ON CONFLICT(id) DO UPDATE SET acked = MAX(acked, excluded.acked), sends = sends + 1,
                due = $now + MIN($first << MIN(sends, 20), $longest)
            RETURNING sends, size
            """, "$now", "$first", "$longest", "$row", "$stamp");
        _forget = Prepare("DELETE FROM delivered WHERE id = $id RETURNING size", "$id");
        _forgetWaiting = Prepare("DELETE FROM outbox WHERE id = $id RETURNING size", "$id");
    }

    /// <summary>Copies a delivered row of the outbox; returns what was added (nothing when it was a resend).</summary>
    /// <param name="within">The writer's transaction.</param>
    /// <param name="row">Of the outbox.</param>
    /// <param name="now">The box's clock, by which it is sent again.</param>
    /// <param name="stamp">The time by which it grows old.</param>
    /// <param name="first">The first pause.</param>
    public OutboxSize Keep(SqliteTransaction within, long row, DateTimeOffset now, DateTimeOffset stamp, TimeSpan first)
    {
        _keep.Transaction = within;
        _keep.Parameters[0].Value = now.ToUnixTimeMilliseconds();
        _keep.Parameters[1].Value = (long)first.TotalMilliseconds;
        _keep.Parameters[2].Value = Longest(first);
        _keep.Parameters[3].Value = row;
        _keep.Parameters[4].Value = stamp.ToUnixTimeMilliseconds();
        using var reader = _keep.ExecuteReader();
        return reader.Read() && reader.GetInt64(0) == 1 ? new OutboxSize(1, reader.GetInt64(1)) : default;
    }

    /// <summary>Lets go of an event, delivered or still waiting; what became free in either table.</summary>
    public (OutboxSize Delivered, OutboxSize Waiting) Forget(SqliteTransaction within, string id) =>
        (Delete(_forget, within, id), Delete(_forgetWaiting, within, id));

    /// <summary>Puts events whose time has come into the outbox again, under their ids; what was added there.</summary>
    /// <param name="within">The writer's transaction.</param>
    /// <param name="now">The box's clock.</param>
    /// <param name="first">The first pause; null while the clock follows nothing, and what lies far ahead may be right.</param>
    /// <param name="atMost">So many at a time.</param>
    public OutboxSize Resend(SqliteTransaction within, DateTimeOffset now, TimeSpan? first, int atMost)
    {
        using var command = Command($"""
            INSERT OR IGNORE INTO outbox(id, priority, topic, time, size, json)
            SELECT id, priority, topic, time, size, json FROM delivered d
            WHERE {IsDue} AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = d.id) ORDER BY priority, row LIMIT $most
            RETURNING size
            """);
        command.Transaction = within;
        command.Parameters.AddWithValue("$now", now.ToUnixTimeMilliseconds());
        command.Parameters.AddWithValue("$longest", first is { } pause ? Longest(pause) + MillisecondsPerHour : DBNull.Value);
        command.Parameters.AddWithValue("$most", (long)atMost);
        return SumOf(command);
    }

    /// <summary>All are due now.</summary>
    public void MakeDue(SqliteTransaction within)
    {
        using var command = Command("UPDATE delivered SET due = 0");
        command.Transaction = within;
        command.ExecuteNonQuery();
    }

    /// <summary>True when something is due and not on its way yet.</summary>
    public bool HasDue(DateTimeOffset now, TimeSpan? first)
    {
        using var command = Command($"SELECT EXISTS(SELECT 1 FROM delivered d WHERE {IsDue} AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = d.id))");
        command.Parameters.AddWithValue("$longest", first is { } pause ? Longest(pause) + MillisecondsPerHour : DBNull.Value);
        command.Parameters.AddWithValue("$now", now.ToUnixTimeMilliseconds());
        return command.ExecuteScalar() is 1L;
    }

    public OutboxSize DeleteOldest(SqliteTransaction within, EventPriority priority, long rows)
    {
        using var command = Command("DELETE FROM delivered WHERE row IN (SELECT row FROM delivered WHERE priority = $priority ORDER BY row LIMIT $rows) RETURNING size");
        command.Transaction = within;
        command.Parameters.AddWithValue("$priority", (long)priority);
        command.Parameters.AddWithValue("$rows", rows);
        return SumOf(command);
    }

    /// <summary>
    /// Lets go of what was delivered before a moment. Times before 2020 come from a box whose clock had not been set yet
    /// and say nothing of age: such rows stay until they are acknowledged or the quota takes them.
    /// </summary>
    public OutboxSize DeleteOlder(SqliteTransaction within, EventPriority priority, DateTimeOffset before, int atMost)
    {
        using var command = Command("DELETE FROM delivered WHERE row IN (SELECT row FROM delivered WHERE priority = $priority AND acked < $before AND acked > 1577836800000 ORDER BY row LIMIT $most) RETURNING size");
        command.Transaction = within;
        command.Parameters.AddWithValue("$priority", (long)priority);
        command.Parameters.AddWithValue("$before", before.ToUnixTimeMilliseconds());
        command.Parameters.AddWithValue("$most", (long)atMost);
        return SumOf(command);
    }

    public OutboxSize Measure()
    {
        using var command = Command("SELECT COUNT(*), COALESCE(SUM(size), 0) FROM delivered");
        using var reader = command.ExecuteReader();
        reader.Read();
        return new OutboxSize(reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Event time of the first delivered of those that wait.</summary>
    public DateTimeOffset? OldestTime()
    {
        using var command = Command("SELECT time FROM delivered ORDER BY row LIMIT 1");
        return command.ExecuteScalar() is long time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null;
    }

    /// <summary>True while the event waits for its PUBACK or its acknowledgement.</summary>
    public bool Waits(string id)
    {
        using var command = Command("SELECT EXISTS(SELECT 1 FROM delivered WHERE id = $id) OR EXISTS(SELECT 1 FROM outbox WHERE id = $id)");
        command.Parameters.AddWithValue("$id", id);
        return command.ExecuteScalar() is 1L;
    }

    public void Dispose()
    {
        foreach (var command in new[] { _keep, _forget, _forgetWaiting }) command.Dispose();
    }

    private static long Longest(TimeSpan first) => (long)(first > LongestPause ? first : LongestPause).TotalMilliseconds;

    private static OutboxSize Delete(SqliteCommand command, SqliteTransaction within, string id)
    {
        command.Transaction = within;
        command.Parameters[0].Value = id;
        return command.ExecuteScalar() is long size ? new OutboxSize(1, size) : default;
    }

    private static OutboxSize SumOf(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        var sum = default(OutboxSize);
        while (reader.Read()) sum += new OutboxSize(1, reader.GetInt64(0));
        return sum;
    }

    private SqliteCommand Prepare(string text, params ReadOnlySpan<string> names) => SqliteFile.Prepare(_connection, text, names);

    private SqliteCommand Command(string text) => SqliteFile.Command(_connection, text);
}
