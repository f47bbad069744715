using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Sync.Registration;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Storage;

/// <summary>What was sealed anew so far.</summary>
/// <param name="Files">Files that lay under a former key.</param>
/// <param name="Rows">Rows of databases that did.</param>
public readonly record struct ResealedSoFar(long Files, long Rows);

/// <summary>
/// Seals a storage folder anew under a new key, while no service runs: keys, columns of databases, files. Each step is whole on the disk before the former one
/// goes, and each is told by what opens it: a kill at any moment costs nothing and the same call again ends the work.
/// </summary>
public static class Resealing
{
    private const int FilesBetweenWords = 50;

    /// <summary>Seals everything anew.</summary>
    /// <param name="folder">The storage folder; its mark is the new key's already.</param>
    /// <param name="seal">The new key, which knows the former one.</param>
    /// <param name="deskFile">The look-ups' database; may be absent.</param>
    /// <param name="progress">Told now and then.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static ResealedSoFar Run(string folder, StorageSeal seal, string deskFile, Action<ResealedSoFar> progress)
    {
        var outbox = Path.Combine(folder, "outbox.db");
        GatewaySigningKey.SealKeys(folder, seal, anew: true);
        var done = new ResealedSoFar();
        if (File.Exists(outbox)) done = done with { Rows = Rows(outbox, seal, OutboxDatabase.SealedColumns) };
        if (File.Exists(deskFile)) done = done with { Rows = done.Rows + Rows(deskFile, seal, DeskDatabase.SealedColumns) };
        var acts = Path.Combine(folder, ActJournal.FileName);
        if (File.Exists(acts)) done = done with { Rows = done.Rows + Rows(acts, seal, ActJournal.SealedColumns) };
        progress(done);
        foreach (var path in Directory.EnumerateFiles(folder, "*" + SealedFile.Ending, SearchOption.AllDirectories).ToList())
        {
            if (!SealedFile.Reseal(path, seal)) continue;
            done = done with { Files = done.Files + 1 };
            if (done.Files % FilesBetweenWords == 0) progress(done);
        }

        return done;
    }

    private static long Rows(string path, StorageSeal seal, ReadOnlySpan<(string, string, string)> columns)
    {
        using var connection = SqliteFile.Open(path, "SELECT 1", SqliteFile.Wipe);
        return SealedRows.Reseal(connection, seal, columns);
    }

    /// <summary>Refuses while a service works in the folder: what it wrote meanwhile would lie under the former key. Before the mark changes.</summary>
    /// <exception cref="IOException">One does.</exception>
    public static void RefuseWhileUsed(string folder)
    {
        // A file leaves its write-ahead log only where nobody else has it open; the next opening takes the log up again.
        var path = Path.Combine(folder, "outbox.db");
        if (!File.Exists(path)) return;
        try
        {
            using var connection = SqliteFile.Connect(path, busy: TimeSpan.FromMilliseconds(500));
            using var leave = SqliteFile.Command(connection, "PRAGMA journal_mode = DELETE");
            if (leave.ExecuteScalar() is "delete") return;
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode is 5 or 6)
        {
            // told below
        }

        throw new IOException("the storage folder is in use; stop the service first: systemctl stop edgegateway");
    }
}
