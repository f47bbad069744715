using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Commands;

/// <summary>What the list of used nonces says.</summary>
internal enum NonceVerdict { Fresh, Used, TooOld, Full }

/// <summary>
/// Nonces of signed commands until they expire, in a SQLite file of their own, so that a restart forgets none. Bound:
/// <see cref="Most"/>; when full, commands are refused rather than nonces forgotten. A file that is begun anew takes only
/// commands issued since the start of the service that began it. Expired nonces are forgotten only while the clock follows something, together with the
/// right to use commands of that age: a clock that steps back revives none. Thread-safe.
/// </summary>
internal sealed class UsedNonces : IDisposable
{
    public const int Most = 100_000;

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private long _floor;
    private readonly long _begun;
    private long _purged;

    /// <param name="path">The file.</param>
    /// <param name="begun">A file that is begun anew takes nothing that was issued before.</param>
    /// <param name="guard">The service's: a damaged file is then begun anew, and nothing of it is taken over: what it held was issued before.</param>
    /// <param name="time">The clock of the name under which a damaged one is set aside.</param>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public UsedNonces(string path, DateTimeOffset begun, StoreGuard guard, TimeProvider time)
    {
        _connection = SqliteFile.OpenSound(path, """
            CREATE TABLE IF NOT EXISTS nonce(nonce TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS nonce_by_expiry ON nonce(expires);
            CREATE TABLE IF NOT EXISTS mark(name TEXT PRIMARY KEY, time INTEGER NOT NULL) WITHOUT ROWID;
            """, guard, time, salvage: false);
        try
        {
            SqliteFile.Execute(_connection, "INSERT OR IGNORE INTO mark VALUES('begun', $begun), ('floor', 0)", ("$begun", begun.ToUnixTimeMilliseconds()));
            _begun = SqliteFile.Number(_connection, "SELECT time FROM mark WHERE name = 'begun'");
            _floor = SqliteFile.Number(_connection, "SELECT time FROM mark WHERE name = 'floor'");
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Uses a nonce up; fresh only when that is on the disk.</summary>
    /// <exception cref="SqliteException">It cannot be written: do not do what was commanded.</exception>
    public NonceVerdict Use(string nonce, DateTimeOffset issued, DateTimeOffset expires, DateTimeOffset now)
    {
        lock (_lock)
        {
            Purge(now.ToUnixTimeMilliseconds());
            if (expires.ToUnixTimeMilliseconds() <= _floor || issued.ToUnixTimeMilliseconds() < _begun) return NonceVerdict.TooOld;
            if (SqliteFile.Number(_connection, "SELECT COUNT(*) FROM nonce") >= Most) return NonceVerdict.Full;
            return SqliteFile.Execute(_connection, "INSERT OR IGNORE INTO nonce VALUES($nonce, $expires)", ("$nonce", nonce), ("$expires", expires.ToUnixTimeMilliseconds())) > 0 ? NonceVerdict.Fresh : NonceVerdict.Used;
        }
    }

    public void Dispose() => _connection.Dispose();

    private void Purge(long now)
    {
        const long Minute = 60_000;
        if (now - _purged < Minute && now >= _purged) return;
        _purged = now;
        if (now <= _floor) return;
        using var transaction = _connection.BeginTransaction();
        SqliteFile.Execute(_connection, "DELETE FROM nonce WHERE expires <= $now; UPDATE mark SET time = $now WHERE name = 'floor'", ("$now", now));
        transaction.Commit();
        _floor = now;
    }
}
