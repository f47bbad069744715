using System.Globalization;
using System.Text;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration.Remote;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Registration;

/// <summary>A look-up that waits, as the desk keeps it.</summary>
internal sealed record WaitingRow(string Violation, string Json, int Tries, DateTimeOffset Created);

/// <summary>An outcome that was decided and not yet handed over.</summary>
internal sealed record DecidedRow(string Violation, GatewayEvent Event);

/// <summary>
/// The desk's SQLite file: look-ups that wait, outcomes that are not yet handed over, and the day's questions by source. WAL with
/// synchronous=FULL: what was promised survives a power cut. What is deleted is overwritten. Safe for several threads.
/// </summary>
public sealed class DeskDatabase : IQuotaBook, IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly StoreGuard _guard;
    private readonly Lock _lock = new();

    private DeskDatabase(SqliteConnection connection, StoreGuard guard) => (_connection, _guard) = (connection, guard);

    // Requests name a plate and an officer, outcomes may: both lie sealed where there is a key.
    private const string RequestPurpose = "request";
    private const string OutcomePurpose = "outcome";

    /// <summary>What names people.</summary>
    internal static ReadOnlySpan<(string Table, string Column, string Purpose)> SealedColumns =>
        new (string, string, string)[] { ("request", "json", RequestPurpose), ("request", "event_json", OutcomePurpose) };

    /// <summary>Opens the file, creating it and its folder when absent.</summary>
    /// <param name="path">The file.</param>
    /// <param name="guard">The service's: a damaged file is then begun anew.</param>
    /// <param name="time">The clock of the name under which it is set aside.</param>
    /// <exception cref="SqliteException">It cannot be opened or is damaged.</exception>
    public static DeskDatabase Open(string path, StoreGuard? guard = null, TimeProvider? time = null)
    {
        var connection = SqliteFile.OpenSound(path, """
            CREATE TABLE IF NOT EXISTS request(
                violation TEXT PRIMARY KEY, state INTEGER NOT NULL, json TEXT, tries INTEGER NOT NULL, next INTEGER NOT NULL, created INTEGER NOT NULL,
                event_id TEXT, event_type TEXT, event_topic TEXT, event_priority INTEGER, event_time INTEGER, event_json BLOB);
            CREATE INDEX IF NOT EXISTS request_by_state ON request(state, next);
            CREATE TABLE IF NOT EXISTS quota(source TEXT NOT NULL, day TEXT NOT NULL, used INTEGER NOT NULL, PRIMARY KEY(source, day)) WITHOUT ROWID;
            """, guard ?? StoreGuard.None, time ?? TimeProvider.System, SqliteFile.Wipe);
        try
        {
            if (guard is { IsOwner: true }) SealedRows.Complete(connection, guard, SealedColumns);
            return new DeskDatabase(connection, guard ?? StoreGuard.None);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public bool TryTake(string source, DateOnly day, int most)
    {
        lock (_lock)
        {
            using var command = Command("INSERT INTO quota VALUES($source, $day, 1) ON CONFLICT(source, day) DO UPDATE SET used = used + 1 WHERE used < $most");
            command.Parameters.AddWithValue("$source", source);
            command.Parameters.AddWithValue("$day", day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            command.Parameters.AddWithValue("$most", most);
            return most > 0 && command.ExecuteNonQuery() > 0;
        }
    }

    public void Dispose()
    {
        lock (_lock) _connection.Dispose();
    }

    /// <summary>Keeps requests; one that is there already stays as it is. One commit for all.</summary>
    internal void Add(IReadOnlyList<(string Violation, string Json)> requests, DateTimeOffset now)
    {
        lock (_lock)
        {
            using var transaction = _connection.BeginTransaction();
            using var command = Command("INSERT OR IGNORE INTO request(violation, state, json, tries, next, created) VALUES($violation, 0, $json, 0, $now, $now)");
            command.Transaction = transaction;
            foreach (var (violation, json) in requests)
            {
                command.Parameters.Clear();
                command.Parameters.AddWithValue("$violation", violation);
                command.Parameters.AddWithValue("$json", _guard.Seal is null ? json : _guard.Protect(Encoding.UTF8.GetBytes(json), RequestPurpose));
                command.Parameters.AddWithValue("$now", now.ToUnixTimeMilliseconds());
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    /// <summary>Requests whose time has come, the earliest first.</summary>
    internal IReadOnlyList<WaitingRow> Due(DateTimeOffset now, int most)
    {
        lock (_lock)
        {
            using var command = Command("SELECT violation, json, tries, created FROM request WHERE state = 0 AND (next <= $now OR next > $far) ORDER BY next LIMIT $most");
            // Later than any pause: written down by a clock that was ahead.
            command.Parameters.AddWithValue("$far", now.AddHours(25).ToUnixTimeMilliseconds());
            command.Parameters.AddWithValue("$now", now.ToUnixTimeMilliseconds());
            command.Parameters.AddWithValue("$most", most);
            using var reader = command.ExecuteReader();
            List<WaitingRow> rows = [];
            while (reader.Read()) rows.Add(new WaitingRow(reader.GetString(0), RequestOf(reader.GetValue(1)), reader.GetInt32(2), Moment(reader.GetInt64(3))));
            return rows;
        }
    }

    /// <summary>When the next request is due; null when none waits.</summary>
    internal DateTimeOffset? NextDue()
    {
        lock (_lock)
        {
            using var command = Command("SELECT MIN(next) FROM request WHERE state = 0");
            return command.ExecuteScalar() is long next ? Moment(next) : null;
        }
    }

    internal long Waiting()
    {
        lock (_lock)
        {
            using var command = Command("SELECT COUNT(*) FROM request WHERE state = 0");
            return (long)command.ExecuteScalar()!;
        }
    }

    /// <summary>Writes what a round gave in one commit: outcomes with their events, and later times for those that go on waiting.</summary>
    internal void Settle(IReadOnlyList<(string Violation, GatewayEvent? Outcome, DateTimeOffset Next)> round)
    {
        lock (_lock)
        {
            using var transaction = _connection.BeginTransaction();
            // The request's facts (plate, officer) go with the decision; the event holds what remains to be said.
            using var decide = Command("UPDATE request SET state = 1, json = NULL, event_id = $id, event_type = $type, event_topic = $topic, event_priority = $priority, event_time = $time, event_json = $json WHERE violation = $violation AND state = 0");
            using var wait = Command("UPDATE request SET tries = tries + 1, next = $next WHERE violation = $violation AND state = 0");
            decide.Transaction = wait.Transaction = transaction;
            foreach (var (violation, outcome, next) in round)
            {
                var command = outcome is null ? wait : decide;
                command.Parameters.Clear();
                command.Parameters.AddWithValue("$violation", violation);
                if (outcome is null)
                {
                    command.Parameters.AddWithValue("$next", next.ToUnixTimeMilliseconds());
                }
                else
                {
                    command.Parameters.AddWithValue("$id", outcome.Id.ToString());
                    command.Parameters.AddWithValue("$type", outcome.Type);
                    command.Parameters.AddWithValue("$topic", outcome.Topic);
                    command.Parameters.AddWithValue("$priority", (int)outcome.Priority);
                    command.Parameters.AddWithValue("$time", outcome.Time.ToUnixTimeMilliseconds());
                    command.Parameters.AddWithValue("$json", _guard.Protect(outcome.Json, OutcomePurpose));
                }

                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    /// <summary>Outcomes that nobody took yet.</summary>
    internal IReadOnlyList<DecidedRow> Decided(int most)
    {
        lock (_lock)
        {
            using var command = Command("SELECT violation, event_id, event_type, event_topic, event_priority, event_time, event_json FROM request WHERE state = 1 ORDER BY event_time LIMIT $most");
            command.Parameters.AddWithValue("$most", most);
            using var reader = command.ExecuteReader();
            List<DecidedRow> rows = [];
            while (reader.Read())
            {
                rows.Add(new DecidedRow(reader.GetString(0), new GatewayEvent(
                    Ulid.Parse(reader.GetString(1), CultureInfo.InvariantCulture), reader.GetString(2), reader.GetString(3),
                    (EventPriority)reader.GetInt32(4), Moment(reader.GetInt64(5)), _guard.Reveal(reader.GetFieldValue<byte[]>(6), OutcomePurpose))));
            }

            return rows;
        }
    }

    /// <summary>The outcomes were taken: what they said is wiped, the violation's id stays so that a repeat is known.</summary>
    internal void HandedOver(IReadOnlyList<string> violations)
    {
        lock (_lock)
        {
            using var transaction = _connection.BeginTransaction();
            using var command = Command("UPDATE request SET state = 2, event_json = NULL, event_topic = NULL WHERE violation = $violation");
            command.Transaction = transaction;
            foreach (var violation in violations)
            {
                command.Parameters.Clear();
                command.Parameters.AddWithValue("$violation", violation);
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    /// <summary>Forgets ids that were done before a moment, and the counts of past days.</summary>
    internal void Forget(DateTimeOffset before)
    {
        lock (_lock)
        {
            using var command = Command("DELETE FROM request WHERE state = 2 AND created < $before; DELETE FROM quota WHERE day < $day");
            command.Parameters.AddWithValue("$before", before.ToUnixTimeMilliseconds());
            command.Parameters.AddWithValue("$day", before.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            command.ExecuteNonQuery();
        }
    }

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private string RequestOf(object stored) => stored is byte[] bytes ? Encoding.UTF8.GetString(_guard.Reveal(bytes, RequestPurpose)) : (string)stored;

    private SqliteCommand Command(string text) => SqliteFile.Command(_connection, text);
}
