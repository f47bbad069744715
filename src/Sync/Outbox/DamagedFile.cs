using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Outbox;

/// <summary>What becomes of a damaged outbox: it is renamed, never deleted, and what can be read of it goes into the new one.</summary>
internal static class DamagedFile
{
    /// <summary>Renames the file and what SQLite keeps beside it; returns the new name.</summary>
    /// <exception cref="IOException">The folder does not allow it.</exception>
    public static string SetAside(string path, DateTimeOffset now)
    {
        var aside = $"{path}.damaged-{now:yyyyMMdd'T'HHmmssfff}";
        foreach (var tail in new[] { "", "-wal", "-shm" })
        {
            if (File.Exists(path + tail)) File.Move(path + tail, aside + tail, overwrite: true);
        }

        return aside;
    }

    /// <summary>Copies rows, under their ids, and states into the new file as far as they can be read; returns how many.</summary>
    public static (long Events, long States) TakeOver(string aside, OutboxDatabase into)
    {
        long events = 0, states = 0;
        try
        {
            using var transaction = into.Begin();
            OutboxDatabase.Salvage(aside, item => events += into.Insert(transaction, item) ? 1 : 0, (key, json) =>
            {
                into.SaveState(transaction, key, json);
                states++;
            });
            transaction.Commit();
        }
        catch (Exception fault) when (fault is SqliteException or InvalidOperationException or InvalidCastException or FormatException or ArgumentException or OverflowException)
        {
            // Nothing of it could be read, or not in a shape that means anything. The damaged file is still there for a person.
            return (0, 0);
        }

        return (events, states);
    }
}
