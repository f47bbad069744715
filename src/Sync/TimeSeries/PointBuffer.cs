using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.TimeSeries;

/// <summary>Lines of one rank that are sent together.</summary>
internal sealed record PointBatch(long Row, PointRank Rank, int Points, byte[] Lines);

/// <summary>
/// Where points wait for their server: one SQLite file, a row a batch, bounded in bytes. When it is full the oldest batch of the least
/// rank goes: figures, then states, then counts. A damaged file is set aside and what can be read of it goes into a new one. Not thread-safe: the sink's task owns it.
/// </summary>
internal sealed class PointBuffer : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS batch(row INTEGER PRIMARY KEY AUTOINCREMENT, rank INTEGER NOT NULL, points INTEGER NOT NULL, bytes INTEGER NOT NULL, lines BLOB NOT NULL);
        CREATE INDEX IF NOT EXISTS batch_by_rank ON batch(rank, row);
        """;

    private readonly long _mostBytes;
    private readonly SqliteConnection _connection;

    private PointBuffer(SqliteConnection connection, long mostBytes)
    {
        (_connection, _mostBytes) = (connection, mostBytes);
        using var sum = SqliteFile.Command(connection, "SELECT COALESCE(SUM(points), 0), COALESCE(SUM(bytes), 0) FROM batch");
        using var reader = sum.ExecuteReader();
        reader.Read();
        (Points, Bytes) = (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Points that wait.</summary>
    public long Points { get; private set; }

    /// <summary>Bytes of their lines.</summary>
    public long Bytes { get; private set; }

    /// <param name="path">The file.</param>
    /// <param name="mostBytes">Bound of the lines kept.</param>
    /// <param name="guard">Is told of a damaged file.</param>
    /// <param name="time">For the name of a file set aside.</param>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    /// <exception cref="IOException">A damaged file cannot be set aside.</exception>
    public static PointBuffer Open(string path, long mostBytes, StoreGuard guard, TimeProvider time)
    {
        // The outbox is the truth about counts; here a power cut may cost the last seconds, for which an SD card lives longer.
        var connection = SqliteFile.OpenSound(path, Schema, guard, time, "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = OFF; PRAGMA journal_size_limit = 4194304;");
        try { return new PointBuffer(connection, mostBytes); }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Takes batches in one commit and returns how many points had to go for them, by rank.</summary>
    public long[] Add(IEnumerable<(PointRank Rank, int Points, byte[] Lines)> batches)
    {
        var shed = new long[Enum.GetValues<PointRank>().Length];
        using var transaction = _connection.BeginTransaction();
        var (points, bytes) = (Points, Bytes);
        foreach (var (rank, number, lines) in batches)
        {
            using var insert = SqliteFile.Command(_connection, "INSERT INTO batch(rank, points, bytes, lines) VALUES($rank, $points, $bytes, $lines)",
                ("$rank", (long)rank), ("$points", (long)number), ("$bytes", (long)lines.Length), ("$lines", lines));
            insert.Transaction = transaction;
            insert.ExecuteNonQuery();
            (points, bytes) = (points + number, bytes + lines.Length);
        }

        while (bytes > _mostBytes)
        {
            using var oldest = SqliteFile.Command(_connection, "DELETE FROM batch WHERE row = (SELECT row FROM batch ORDER BY rank, row LIMIT 1) RETURNING rank, points, bytes");
            oldest.Transaction = transaction;
            using var reader = oldest.ExecuteReader();
            if (!reader.Read()) break;
            shed[reader.GetInt64(0)] += reader.GetInt64(1);
            (points, bytes) = (points - reader.GetInt64(1), bytes - reader.GetInt64(2));
        }

        transaction.Commit();
        (Points, Bytes) = (points, bytes);
        return shed;
    }

    /// <summary>The next batch to send: counts first, each rank in order of arrival; null when nothing waits.</summary>
    public PointBatch? Next()
    {
        using var next = SqliteFile.Command(_connection, "SELECT row, rank, points, lines FROM batch ORDER BY rank DESC, row LIMIT 1");
        using var reader = next.ExecuteReader();
        return reader.Read() ? new PointBatch(reader.GetInt64(0), (PointRank)reader.GetInt64(1), reader.GetInt32(2), reader.GetFieldValue<byte[]>(3)) : null;
    }

    /// <summary>The server has it, or will never take it.</summary>
    public void Remove(PointBatch batch)
    {
        using var delete = SqliteFile.Command(_connection, "DELETE FROM batch WHERE row = $row", ("$row", batch.Row));
        if (delete.ExecuteNonQuery() == 0) return; // it was given up meanwhile
        (Points, Bytes) = (Points - batch.Points, Bytes - batch.Lines.Length);
    }

    public void Dispose() => _connection.Dispose();
}
