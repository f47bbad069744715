using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Evidence.Bucket;

/// <summary>A file that waits to be sent to the bucket.</summary>
/// <param name="Row">Its place in the order.</param>
/// <param name="Object">Its name in the bucket.</param>
/// <param name="Path">Where it lies on the box.</param>
/// <param name="UploadId">The upload in parts that was begun; null before.</param>
internal sealed record BucketUpload(long Row, string Event, string Object, string Path, string MediaType, string? UploadId);

/// <summary>Remembers on the disk what is to be sent to the bucket. A disk that takes no file at the start stops no gateway: it is opened when it can be. Thread-safe.</summary>
/// <exception cref="SqliteException">Of each use: the file cannot be opened, read or written.</exception>
internal sealed class BucketJournal : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LateFile _file;

    public BucketJournal(string path, StoreGuard guard, TimeProvider time)
    {
        _file = new LateFile(
            path,
            """
            CREATE TABLE IF NOT EXISTS upload(
                row INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, object TEXT NOT NULL UNIQUE, path TEXT NOT NULL, media TEXT NOT NULL, upload_id TEXT, sent INTEGER NOT NULL DEFAULT 0);
            """,
            guard, time);
        try { _ = Opened; } // at once where it can be: a damaged file is told at the start
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException) { /* the next use says why */ }
    }

    private SqliteConnection Opened => _file.Opened;

    /// <summary>Files that wait; 0 while the journal cannot be opened.</summary>
    public long Waiting
    {
        get
        {
            lock (_lock)
            {
                try { return SqliteFile.Number(Opened, "SELECT COUNT(*) FROM upload WHERE sent = 0"); }
                catch (Exception fault) when (!_file.IsOpen && fault is SqliteException or IOException or UnauthorizedAccessException) { return 0; }
            }
        }
    }

    /// <summary>Takes a file; one that waits already is not taken twice, one that was sent is looked at again.</summary>
    public void Add(string eventId, string name, string path, string mediaType)
    {
        lock (_lock) SqliteFile.Execute(Opened, "INSERT INTO upload(event, object, path, media) VALUES($event, $object, $path, $media) ON CONFLICT(object) DO UPDATE SET path = $path, sent = 0", ("$event", eventId), ("$object", name), ("$path", path), ("$media", mediaType));
    }

    /// <summary>The next after a row, first in first out; null when there is none.</summary>
    public BucketUpload? Next(long after = 0)
    {
        lock (_lock)
        {
            using var command = SqliteFile.Command(Opened, "SELECT row, event, object, path, media, upload_id FROM upload WHERE sent = 0 AND row > $after ORDER BY row LIMIT 1", ("$after", after));
            using var reader = command.ExecuteReader();
            return reader.Read() ? new BucketUpload(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.IsDBNull(5) ? null : reader.GetString(5)) : null;
        }
    }

    /// <summary>Notes under which number its parts are collected; null: a new one is to be begun.</summary>
    public void Begun(long row, string? uploadId)
    {
        lock (_lock) SqliteFile.Execute(Opened, "UPDATE upload SET upload_id = $id WHERE row = $row", ("$id", uploadId), ("$row", row));
    }

    /// <summary>The object is whole in the bucket.</summary>
    public void Sent(long row)
    {
        lock (_lock) SqliteFile.Execute(Opened, "UPDATE upload SET sent = 1, upload_id = NULL WHERE row = $row", ("$row", row));
    }

    /// <summary>It can never be sent.</summary>
    public void Drop(long row)
    {
        lock (_lock) SqliteFile.Execute(Opened, "DELETE FROM upload WHERE row = $row", ("$row", row));
    }

    public void Dispose() => _file.Dispose();
}
