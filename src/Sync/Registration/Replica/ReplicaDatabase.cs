using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EdgeGateway.Sync.Registration.Replica;

/// <summary>How far an import has come; stands in the same file as its rows and is committed with them.</summary>
/// <param name="Source">Which table, by size and content; another table begins anew.</param>
/// <param name="Position">Bytes of UTF-8 that are done.</param>
/// <param name="NextLine">The line that comes next.</param>
internal sealed record ImportProgress(string Source, long Position, long NextLine, long Rows, long Rejected);

/// <summary>The statements over a replica that is being made. Not thread-safe.</summary>
internal sealed class ReplicaDatabase : IDisposable
{
    private readonly SqliteConnection _connection;
    // The statement itself: five million rows through a command's parameters cost several times the insert.
    private readonly sqlite3_stmt _insert;

    private ReplicaDatabase(SqliteConnection connection)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v2(connection.Handle!, "INSERT INTO vehicle(line, plate, colour, vehicle, withdrawn, valid_from, valid_to, brand, owner, key, tag) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", out _insert));
    }

    /// <summary>Opens the file of an import, creating it when absent.</summary>
    public static ReplicaDatabase OpenForImport(string path)
    {
        var connection = SqliteFile.Connect(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            // Rows are only ever appended, so a rollback journal keeps the few pages that were there before, and each row is written
            // once; through a write-ahead log it would be written twice.
            SqliteFile.Execute(connection, "PRAGMA page_size = 8192; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536; PRAGMA temp_store = FILE; PRAGMA threads = 2");
            SqliteFile.Execute(connection, """
                CREATE TABLE IF NOT EXISTS vehicle(
                    line INTEGER PRIMARY KEY, plate TEXT NOT NULL, colour INTEGER NOT NULL, vehicle INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
                    valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL, brand TEXT, owner BLOB, key INTEGER NOT NULL, tag INTEGER NOT NULL);
                CREATE TABLE IF NOT EXISTS owner_key(id INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
                CREATE TABLE IF NOT EXISTS progress(id INTEGER PRIMARY KEY CHECK (id = 1), source TEXT, position INTEGER, next_line INTEGER, rows INTEGER, rejected INTEGER);
                """);
            return new ReplicaDatabase(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>How far the import of this file came; null when nothing was committed.</summary>
    public ImportProgress? Progress()
    {
        using var command = Command("SELECT source, position, next_line, rows, rejected FROM progress");
        using var reader = command.ExecuteReader();
        return reader.Read() ? new ImportProgress(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)) : null;
    }

    /// <summary>Keeps a run's sealed data key and returns its number.</summary>
    public long AddKey(byte[] sealedKey)
    {
        using var command = Command("INSERT INTO owner_key(sealed) VALUES($sealed) RETURNING id");
        command.Parameters.AddWithValue("$sealed", sealedKey);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Commits a batch together with how far it reaches.</summary>
    public void Write(ReplicaBatch batch, long key)
    {
        var progress = batch.Progress!;
        using var transaction = _connection.BeginTransaction();
        raw.sqlite3_bind_int64(_insert, 10, key);
        foreach (ref readonly var row in batch.Rows)
        {
            raw.sqlite3_bind_int64(_insert, 1, row.Line);
            raw.sqlite3_bind_text(_insert, 2, batch.Bytes(row.Plate));
            raw.sqlite3_bind_int(_insert, 3, (int)row.Colour);
            raw.sqlite3_bind_int(_insert, 4, (int)row.Vehicle);
            raw.sqlite3_bind_int(_insert, 5, row.Withdrawn ? 1 : 0);
            raw.sqlite3_bind_int64(_insert, 6, row.From);
            raw.sqlite3_bind_int64(_insert, 7, row.To);
            if (row.Brand.Length == 0) raw.sqlite3_bind_null(_insert, 8);
            else raw.sqlite3_bind_text(_insert, 8, batch.Bytes(row.Brand));
            if (row.Owner.Length == 0) raw.sqlite3_bind_null(_insert, 9);
            else raw.sqlite3_bind_blob(_insert, 9, batch.Bytes(row.Owner));
            raw.sqlite3_bind_int64(_insert, 11, row.Tag);
            if (raw.sqlite3_step(_insert) is var result && result != raw.SQLITE_DONE) Check(result);
            raw.sqlite3_reset(_insert);
        }

        using var save = Command("INSERT INTO progress VALUES(1, $source, $position, $line, $rows, $rejected) ON CONFLICT(id) DO UPDATE SET source = excluded.source, position = excluded.position, next_line = excluded.next_line, rows = excluded.rows, rejected = excluded.rejected");
        save.Transaction = transaction;
        save.Parameters.AddWithValue("$source", progress.Source);
        save.Parameters.AddWithValue("$position", progress.Position);
        save.Parameters.AddWithValue("$line", progress.NextLine);
        save.Parameters.AddWithValue("$rows", progress.Rows);
        save.Parameters.AddWithValue("$rejected", progress.Rejected);
        save.ExecuteNonQuery();
        transaction.Commit();
    }

    /// <summary>Makes the index, takes out rows that stand twice, and names plates with two owners at one time.</summary>
    /// <param name="onTwice">Gets line, line of the first, and whether the later row was dropped (same owner) or kept (another one).</param>
    /// <returns>How many rows were dropped.</returns>
    public int Finish(Action<long, long, bool> onTwice)
    {
        SqliteFile.Execute(_connection, "CREATE INDEX IF NOT EXISTS vehicle_by_plate ON vehicle(plate)");
        List<long> dropped = [];
        using (var command = Command("""
            SELECT plate, line, colour, vehicle, valid_from, valid_to, key, tag FROM vehicle
            WHERE plate IN (SELECT plate FROM vehicle GROUP BY plate HAVING COUNT(*) > 1) ORDER BY plate, line
            """))
        using (var reader = command.ExecuteReader())
        {
            List<Registered> earlier = [];
            var plate = "";
            while (reader.Read())
            {
                if (reader.GetString(0) != plate) earlier.Clear();
                plate = reader.GetString(0);
                var row = new Registered(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7));
                if (earlier.Find(row.MeetsAnother) is { } first)
                {
                    var isSame = row == first with { Line = row.Line };
                    if (isSame) dropped.Add(row.Line);
                    onTwice(row.Line, first.Line, isSame);
                }

                earlier.Add(row);
            }
        }

        using (var transaction = _connection.BeginTransaction())
        {
            using var delete = Command("DELETE FROM vehicle WHERE line = $line");
            delete.Transaction = transaction;
            delete.Parameters.Add(new SqliteParameter("$line", null));
            foreach (var line in dropped)
            {
                delete.Parameters[0].Value = line;
                delete.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        // One file without a journal beside it, so that a rename puts a whole replica in place.
        SqliteFile.Execute(_connection, "PRAGMA journal_mode = DELETE");
        return dropped.Count;
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw new SqliteException(raw.sqlite3_errmsg(_connection.Handle!).utf8_to_string(), result);
    }

    private sealed record Registered(long Line, long Colour, long Vehicle, long From, long To, long Key, long Tag)
    {
        /// <summary>True when both name the same vehicle at some moment.</summary>
        public bool MeetsAnother(Registered other) => Colour == other.Colour && Vehicle == other.Vehicle && From < other.To && other.From < To;
    }

    private SqliteCommand Command(string text) => SqliteFile.Command(_connection, text);
}
