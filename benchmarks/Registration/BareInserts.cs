using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Sync.Registration.Replica;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Benchmarks.Registration;

/// <summary>
/// The yardstick of an import: a plain loop of Microsoft.Data.Sqlite that puts ready rows of the same columns into one table, each with its owner, with as
/// many rows a commit, and makes the same index. It reads no table, checks nothing, seals nothing, and could not be taken up again.
/// </summary>
internal static class BareInserts
{
    public static void Run(string path, int rows, byte[]? owner, Func<int, string> plateOf)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536");
        Execute(connection, """
            CREATE TABLE vehicle(
                line INTEGER PRIMARY KEY, plate TEXT NOT NULL, colour INTEGER NOT NULL, vehicle INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
                valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL, owner BLOB, tag INTEGER NOT NULL)
            """);
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO vehicle VALUES($line, $plate, 1, 2, 0, 1693501200, $to, $owner, $tag)";
        var (line, plate, tag) = (insert.Parameters.Add("$line", SqliteType.Integer), insert.Parameters.Add("$plate", SqliteType.Text), insert.Parameters.Add("$tag", SqliteType.Integer));
        insert.Parameters.AddWithValue("$to", long.MaxValue);
        insert.Parameters.AddWithValue("$owner", (object?)owner ?? DBNull.Value);
        insert.Prepare();
        for (var i = 0; i < rows;)
        {
            using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (var end = Math.Min(rows, i + new ImportOptions { Replica = path }.RowsPerCommit); i < end; i++)
            {
                (line.Value, plate.Value, tag.Value) = ((long)i, plateOf(i), i * 7_046_029_254_386_353_131L);
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        Execute(connection, "CREATE INDEX vehicle_by_plate ON vehicle(plate)");
        Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// <summary>Bytes of the first owner in a replica; null without owners.</summary>
    public static byte[]? OwnerOf(string replica)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = replica, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT substr(owners.sealed, 1 + (owner >> 16 & 65535), owner & 65535) FROM vehicle JOIN owners ON owners.block = owner >> 32 LIMIT 1";
        return command.ExecuteScalar() as byte[];
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}

/// <summary>Time on the wall and on the processors (all threads of this process) of one piece of work.</summary>
internal readonly record struct Spent(TimeSpan Wall, TimeSpan Cpu)
{
    public static Spent On(Action work)
    {
        using var process = Process.GetCurrentProcess();
        var (cpu, watch) = (process.TotalProcessorTime, Stopwatch.StartNew());
        work();
        process.Refresh();
        return new Spent(watch.Elapsed, process.TotalProcessorTime - cpu);
    }

    /// <summary>Rows a second on the wall, and microseconds of processor a row.</summary>
    public string A(long rows) => string.Create(CultureInfo.InvariantCulture, $"{rows / Wall.TotalSeconds:N0} rows/s, {Cpu.TotalMicroseconds / rows:0.0} µs of processor a row");
}
