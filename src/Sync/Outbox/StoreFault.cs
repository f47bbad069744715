using EdgeGateway.Sync.Events;
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
        8 => StoreFault.ReadOnly,
        5 or 6 => StoreFault.Locked,
        11 or 26 => StoreFault.Damaged,
        _ => StoreFault.Unreachable,
    };

    /// <summary>True when the connection itself may be spoilt and is better opened anew.</summary>
    public static bool NeedsReopen(StoreFault fault) => fault is StoreFault.Unreachable or StoreFault.ReadOnly;
}
