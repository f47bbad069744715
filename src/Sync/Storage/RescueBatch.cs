using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Storage;

/// <summary>
/// Puts the rows of a rescue on the disk in transactions of a second at most, and tells the guard of each: a start on a slow card gets the time that it
/// needs, and what was copied before a kill need not be written again.
/// </summary>
internal sealed class RescueBatch : IDisposable
{
    private const int RowsAtOnce = 500;
    private const long MostMs = 1000; // rows with pictures are large

    private readonly SqliteConnection _into;
    private readonly StoreGuard _guard;
    private int _rows;
    private long _begun;

    public RescueBatch(SqliteConnection into, StoreGuard guard)
    {
        (_into, _guard) = (into, guard);
        Transaction = Begin();
    }

    /// <summary>The one in which the next row is written.</summary>
    public SqliteTransaction Transaction { get; private set; }

    /// <summary>A row was read, and written where it was not there yet.</summary>
    public void OnRow()
    {
        if (++_rows < RowsAtOnce && Environment.TickCount64 - _begun < MostMs) return;
        Commit();
        Transaction = Begin();
    }

    /// <summary>All rows so far are on the disk.</summary>
    public void Commit()
    {
        Transaction.Commit();
        _guard.AtWork();
    }

    public void Dispose() => Transaction.Dispose();

    private SqliteTransaction Begin()
    {
        (_rows, _begun) = (0, Environment.TickCount64);
        return _into.BeginTransaction();
    }
}
