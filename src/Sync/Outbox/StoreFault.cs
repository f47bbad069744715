using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Outbox;

/// <summary>What can be wrong with the outbox's file.</summary>
public enum StoreFault
{
    /// <summary>No space left.</summary>
    DiskFull,

    /// <summary>File, folder or file system does not allow writing.</summary>
    ReadOnly,

    /// <summary>Another program holds the file.</summary>
    Locked,

    /// <summary>The file cannot be opened or the disk reports errors.</summary>
    Unreachable,

    /// <summary>The file is damaged; a new one was begun.</summary>
    Damaged,

    /// <summary>The quota is reached; the least events were given up.</summary>
    Shed,

    /// <summary>Events that could not be delivered in time grew too old and were given up.</summary>
    Aged,
}

/// <summary>A fault came (or changed its numbers), or went away.</summary>
/// <param name="Detail">What happened, with numbers, as a part of a sentence; empty where it went away.</param>
public sealed record StoreProblem(StoreFault Fault, bool Active, TwoLanguages Detail);

internal static class StoreFaults
{
    /// <summary>The closed list of faults, from SQLite's primary result codes (sqlite.org/rescode.html).</summary>
    public static StoreFault Of(SqliteException exception) => exception.SqliteErrorCode switch
    {
        13 => StoreFault.DiskFull,
        10 when exception.SqliteExtendedErrorCode == 4874 => StoreFault.DiskFull, // no room for the map of the log
        8 => StoreFault.ReadOnly,
        5 or 6 => StoreFault.Locked,
        11 or 26 => StoreFault.Damaged,
        _ => StoreFault.Unreachable,
    };

    /// <summary>The same of what the file system says.</summary>
    public static StoreFault Of(Exception exception) => exception is SqliteException sqlite ? Of(sqlite) : DiskFaults.Of(exception) switch
    {
        DiskFault.Full or DiskFault.OverQuota => StoreFault.DiskFull,
        DiskFault.ReadOnly or DiskFault.NotAllowed => StoreFault.ReadOnly,
        _ => StoreFault.Unreachable,
    };

    /// <summary>True while the fault lasts, false for what has happened and is over.</summary>
    public static bool IsLasting(StoreFault fault) => fault is not (StoreFault.Damaged or StoreFault.Shed or StoreFault.Aged);

    /// <summary>True when the connection itself may be spoilt and is better opened anew.</summary>
    public static bool NeedsReopen(SqliteException exception) => exception.SqliteErrorCode == 10 || Of(exception) is StoreFault.Unreachable or StoreFault.ReadOnly;
}
