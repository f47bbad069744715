using System.Runtime.ExceptionServices;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Storage;

/// <summary>
/// A database that stops no start: it is opened when it can be, and until then each use says why it is not. In the midst of a rescue, which reads all of
/// the damaged file and of the new one, it is not tried again with each use. Not thread-safe.
/// </summary>
internal sealed class LateFile(string path, string schema, StoreGuard guard, TimeProvider time, string pragmas = "") : IDisposable
{
    private static readonly TimeSpan RescueAgainAfter = TimeSpan.FromSeconds(30);

    private SqliteConnection? _opened;
    private Exception? _fault;
    private long _failedAt;

    public bool IsOpen => _opened is not null;

    /// <exception cref="SqliteException">It cannot be opened, or could not a moment ago.</exception>
    /// <exception cref="IOException">The folder refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public SqliteConnection Opened
    {
        get
        {
            if (_opened is not null) return _opened;
            if (_fault is not null && time.GetElapsedTime(_failedAt) < RescueAgainAfter && DamagedFile.Unfinished(path) is not null) ExceptionDispatchInfo.Throw(_fault);
            try
            {
                return _opened = SqliteFile.OpenSound(path, schema, guard, time, pragmas);
            }
            catch (Exception fault)
            {
                (_fault, _failedAt) = (fault, time.GetTimestamp());
                throw;
            }
        }
    }

    public void Dispose() => _opened?.Dispose();
}
