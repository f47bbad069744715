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

/// <summary>
/// The statements over a replica that is being made. Owners lie many in a row of their own table: a row for each would cost more than the row of its vehicle, and
/// the search through vehicles would read them all. <c>vehicle.owner</c> says where: block &lt;&lt; 32 | first byte &lt;&lt; 16 | bytes; 0 for none. Not thread-safe.
/// </summary>
internal sealed class ReplicaDatabase : IDisposable
{
    /// <summary>Stands in the file (user_version); goes up with its tables. An import that a former release began is begun anew.</summary>
    public const int Layout = 3;

    // What a row of two overflow pages (8 KiB) takes, with the least that SQLite then keeps beside it: nearly nothing is left empty.
    private const int MostBlockBytes = 17_360;

    private readonly SqliteConnection _connection;
    // The statements themselves: five million rows through a command's parameters cost several times the insert.
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _insertOwners;
    private long _blocks;

    private ReplicaDatabase(SqliteConnection connection)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v2(connection.Handle!, "INSERT INTO vehicle(line, plate, colour, vehicle, withdrawn, valid_from, valid_to, owner, tag) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", out _insert));
        Check(raw.sqlite3_prepare_v2(connection.Handle!, "INSERT INTO owners(block, key, sealed) VALUES(?1, ?2, ?3)", out _insertOwners));
        _blocks = SqliteFile.Number(connection, "SELECT MAX(block) FROM owners");
    }

    /// <summary>Opens the file of an import, creating it when absent.</summary>
    public static ReplicaDatabase OpenForImport(string path)
    {
        var connection = SqliteFile.Connect(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            // Rows are only ever appended, so a rollback journal keeps the few pages that were there before, and each row is written
            // once; through a write-ahead log it would be written twice.
            SqliteFile.Execute(connection, $"PRAGMA page_size = 8192; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536; PRAGMA temp_store = FILE; PRAGMA threads = 2; PRAGMA user_version = {Layout}");
            SqliteFile.Execute(connection, """
                CREATE TABLE IF NOT EXISTS vehicle(
                    line INTEGER PRIMARY KEY, plate TEXT NOT NULL, colour INTEGER NOT NULL, vehicle INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
                    valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL, owner INTEGER NOT NULL, tag INTEGER NOT NULL);
                CREATE TABLE IF NOT EXISTS owners(block INTEGER PRIMARY KEY, key INTEGER NOT NULL, sealed BLOB NOT NULL);
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
        raw.sqlite3_bind_int64(_insertOwners, 2, key);
        var (block, next) = (0, 0); // first byte of the block at hand, and of what follows it
        for (var i = 0; i < batch.Rows.Length; i++)
        {
            ref readonly var row = ref batch.Rows[i];
            long owner = 0;
            if (row.Owner.Length > 0)
            {
                if (row.Owner.Start + row.Owner.Length - block > MostBlockBytes)
                {
                    InsertOwners(batch.Owners(block, next - block));
                    block = next;
                }

                owner = ((_blocks + 1) << 32) | ((long)(row.Owner.Start - block) << 16) | (uint)row.Owner.Length;
                next = row.Owner.Start + row.Owner.Length;
            }

            raw.sqlite3_bind_int64(_insert, 1, row.Line);
            raw.sqlite3_bind_text(_insert, 2, batch.Plate(row));
            raw.sqlite3_bind_int(_insert, 3, (int)row.Colour);
            raw.sqlite3_bind_int(_insert, 4, (int)row.Vehicle);
            raw.sqlite3_bind_int(_insert, 5, row.Withdrawn ? 1 : 0);
            raw.sqlite3_bind_int64(_insert, 6, row.From);
            raw.sqlite3_bind_int64(_insert, 7, row.To);
            raw.sqlite3_bind_int64(_insert, 8, owner);
            raw.sqlite3_bind_int64(_insert, 9, batch.Tag(i));
            Step(_insert);
        }

        if (next > block) InsertOwners(batch.Owners(block, next - block));
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
            SELECT plate, line, colour, vehicle, valid_from, valid_to, tag, withdrawn FROM vehicle
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
        _insertOwners.Dispose();
        _connection.Dispose();
    }

    private void InsertOwners(ReadOnlySpan<byte> sealedOwners)
    {
        raw.sqlite3_bind_int64(_insertOwners, 1, ++_blocks);
        raw.sqlite3_bind_blob(_insertOwners, 3, sealedOwners);
        Step(_insertOwners);
    }

    private void Step(sqlite3_stmt statement)
    {
        if (raw.sqlite3_step(statement) is var result && result != raw.SQLITE_DONE) Check(result);
        raw.sqlite3_reset(statement);
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw new SqliteException(raw.sqlite3_errmsg(_connection.Handle!).utf8_to_string(), result);
    }

    // A row that says "withdrawn" beside one that says "in use" is no repeat: which of them holds, nobody can tell.
    private sealed record Registered(long Line, long Colour, long Vehicle, long From, long To, long Tag, long Withdrawn)
    {
        /// <summary>True when both name the same vehicle at some moment.</summary>
        public bool MeetsAnother(Registered other) => Colour == other.Colour && Vehicle == other.Vehicle && From < other.To && other.From < To;
    }

    private SqliteCommand Command(string text) => SqliteFile.Command(_connection, text);
}
