using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Evidence.Bucket;

/// <summary>A file that waits to be sent to the bucket.</summary>
/// <param name="Row">Its place in the order.</param>
/// <param name="Object">Its name in the bucket.</param>
/// <param name="Path">Where it lies on the box.</param>
/// <param name="UploadId">The upload in parts that was begun; null before.</param>
internal sealed record BucketUpload(long Row, string Event, string Object, string Path, string MediaType, string? UploadId);

/// <summary>Remembers on the disk what is to be sent to the bucket. Thread-safe.</summary>
internal sealed class BucketJournal(string path, StoreGuard guard, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection = SqliteFile.OpenSound(
        path,
        """
        CREATE TABLE IF NOT EXISTS upload(
            row INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, object TEXT NOT NULL UNIQUE, path TEXT NOT NULL, media TEXT NOT NULL, upload_id TEXT, sent INTEGER NOT NULL DEFAULT 0);
        """,
        guard, time);

    /// <summary>Files that wait.</summary>
    public long Waiting
    {
        get { lock (_lock) return SqliteFile.Number(_connection, "SELECT COUNT(*) FROM upload WHERE sent = 0"); }
    }

    /// <summary>Takes a file; one that waits already is not taken twice, one that was sent is looked at again.</summary>
    public void Add(string eventId, string name, string path, string mediaType)
    {
        lock (_lock) SqliteFile.Execute(_connection, "INSERT INTO upload(event, object, path, media) VALUES($event, $object, $path, $media) ON CONFLICT(object) DO UPDATE SET path = $path, sent = 0", ("$event", eventId), ("$object", name), ("$path", path), ("$media", mediaType));
    }

    /// <summary>The next after a row, first in first out; null when there is none.</summary>
    public BucketUpload? Next(long after = 0)
    {
        lock (_lock)
        {
            using var command = SqliteFile.Command(_connection, "SELECT row, event, object, path, media, upload_id FROM upload WHERE sent = 0 AND row > $after ORDER BY row LIMIT 1", ("$after", after));
            using var reader = command.ExecuteReader();
            return reader.Read() ? new BucketUpload(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.IsDBNull(5) ? null : reader.GetString(5)) : null;
        }
    }

    /// <summary>Notes under which number its parts are collected; null: a new one is to be begun.</summary>
    public void Begun(long row, string? uploadId)
    {
        lock (_lock) SqliteFile.Execute(_connection, "UPDATE upload SET upload_id = $id WHERE row = $row", ("$id", uploadId), ("$row", row));
    }

    /// <summary>The object is whole in the bucket.</summary>
    public void Sent(long row)
    {
        lock (_lock) SqliteFile.Execute(_connection, "UPDATE upload SET sent = 1, upload_id = NULL WHERE row = $row", ("$row", row));
    }

    /// <summary>It can never be sent.</summary>
    public void Drop(long row)
    {
        lock (_lock) SqliteFile.Execute(_connection, "DELETE FROM upload WHERE row = $row", ("$row", row));
    }

    public void Dispose() => _connection.Dispose();
}
