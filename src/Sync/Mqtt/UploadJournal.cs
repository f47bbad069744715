using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>A message of an upload: a piece of a file, or the index (no file).</summary>
internal sealed record UploadPart(long Row, string Event, string Part, string? Path, long Offset, int Bytes, string Sha256, string MediaType, byte[]? Content);

/// <summary>What a kept upload comes to.</summary>
internal sealed record UploadSum(long Parts, long Bytes);

/// <summary>
/// Which parts of evidence are still to be sent, in a SQLite file of their own: an upload goes on where it stopped, over
/// restarts. A disk that takes no file at the start stops no gateway: the file is opened when it can be, and until then each use says why it is not. Thread-safe.
/// </summary>
/// <exception cref="SqliteException">Of each use: the file cannot be opened, read or written.</exception>
internal sealed class UploadJournal : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LateFile _file;

    public UploadJournal(string path, StoreGuard guard, TimeProvider time)
    {
        _file = new LateFile(
            path,
            """
            CREATE TABLE IF NOT EXISTS part(
                row INTEGER PRIMARY KEY AUTOINCREMENT,
                event TEXT NOT NULL,
                part TEXT NOT NULL,
                path TEXT,
                offset INTEGER NOT NULL,
                bytes INTEGER NOT NULL,
                sha256 TEXT NOT NULL,
                media TEXT NOT NULL,
                content BLOB,
                sent INTEGER NOT NULL DEFAULT 0,
                UNIQUE(event, part, sha256));
            CREATE INDEX IF NOT EXISTS part_to_send ON part(sent, row);
            """,
            guard, time,
            "PRAGMA synchronous = NORMAL;"); // a part whose mark a power cut takes is sent again, which receivers drop
        try { _ = Opened; } // at once where it can be: a damaged file is told at the start, not at the first upload
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException) { /* the next use says why */ }
    }

    private SqliteConnection Opened => _file.Opened;

    /// <summary>Parts that wait; 0 while the file cannot be opened.</summary>
    public long Waiting
    {
        get
        {
            lock (_lock)
            {
                try { return Number("SELECT COUNT(*) FROM part WHERE sent = 0", ""); }
                catch (Exception fault) when (!_file.IsOpen && fault is SqliteException or IOException or UnauthorizedAccessException) { return 0; }
            }
        }
    }

    /// <summary>Takes an upload as a whole; parts that are on their way already are not taken twice.</summary>
    public void Add(IEnumerable<UploadPart> parts)
    {
        lock (_lock)
        {
            using var transaction = Opened.BeginTransaction();
            // An upload that was sent whole and not forgotten, as a crash between the two could leave it, would make this one pass for sent.
            using (var over = Command("DELETE FROM part WHERE event NOT IN (SELECT event FROM part WHERE sent = 0)"))
            {
                over.Transaction = transaction;
                over.ExecuteNonQuery();
            }

            foreach (var part in parts)
            {
                using var insert = Command("INSERT OR IGNORE INTO part(event, part, path, offset, bytes, sha256, media, content) VALUES($event, $part, $path, $offset, $bytes, $sha256, $media, $content)");
                insert.Transaction = transaction;
                insert.Parameters.AddWithValue("$event", part.Event);
                insert.Parameters.AddWithValue("$part", part.Part);
                insert.Parameters.AddWithValue("$path", (object?)part.Path ?? DBNull.Value);
                insert.Parameters.AddWithValue("$offset", part.Offset);
                insert.Parameters.AddWithValue("$bytes", part.Bytes);
                insert.Parameters.AddWithValue("$sha256", part.Sha256);
                insert.Parameters.AddWithValue("$media", part.MediaType);
                insert.Parameters.AddWithValue("$content", (object?)part.Content ?? DBNull.Value);
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    /// <summary>The first part that was not sent.</summary>
    /// <param name="behind">The first one behind this part that is another event's; null: of all.</param>
    public UploadPart? Next(UploadPart? behind = null)
    {
        lock (_lock)
        {
            using var command = Command("SELECT row, event, part, path, offset, bytes, sha256, media, content FROM part WHERE sent = 0 AND row > $row AND event <> $event ORDER BY row LIMIT 1");
            command.Parameters.AddWithValue("$row", behind?.Row ?? 0);
            command.Parameters.AddWithValue("$event", behind?.Event ?? "");
            using var reader = command.ExecuteReader();
            return reader.Read()
                ? new UploadPart(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetInt64(4),
                    reader.GetInt32(5), reader.GetString(6), reader.GetString(7), reader.IsDBNull(8) ? null : reader.GetFieldValue<byte[]>(8))
                : null;
        }
    }

    /// <summary>The broker has a part. When it was the event's last, the upload is over and its sum is returned.</summary>
    public UploadSum? MarkSent(UploadPart part)
    {
        lock (_lock)
        {
            using var transaction = Opened.BeginTransaction();
            using (var mark = Command("UPDATE part SET sent = 1, content = NULL WHERE row = $row"))
            {
                mark.Parameters.AddWithValue("$row", part.Row);
                mark.ExecuteNonQuery();
            }

            if (Number("SELECT COUNT(*) FROM part WHERE event = $event AND sent = 0", part.Event) > 0)
            {
                transaction.Commit();
                return null;
            }

            var sum = new UploadSum(Number("SELECT COUNT(*) FROM part WHERE event = $event", part.Event), Number("SELECT SUM(bytes) FROM part WHERE event = $event", part.Event));
            Drop(part.Event);
            transaction.Commit();
            return sum;
        }
    }

    /// <summary>Forgets an upload.</summary>
    public void Drop(string eventId)
    {
        lock (_lock)
        {
            using var delete = Command("DELETE FROM part WHERE event = $event");
            delete.Parameters.AddWithValue("$event", eventId);
            delete.ExecuteNonQuery();
        }
    }

    public void Dispose() => _file.Dispose();

    private long Number(string text, string eventId) => SqliteFile.Number(Opened, text, ("$event", eventId));

    private SqliteCommand Command(string text) => SqliteFile.Command(Opened, text);
}
