using System.Text;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Storage;

/// <summary>
/// Seals the columns of a database that was in clear before there was a key. Rows are sealed in transactions, then the file is written anew (VACUUM) and
/// the log emptied, so that no page of the old content stays; <c>user_version</c> says that it was done. Sealed and clear rows are read alike, so a kill at any
/// moment costs nothing and the next opening goes on. No copy in clear is kept: it would hold what the seal is to hide, and a transaction can be taken back.
/// </summary>
internal static class SealedRows
{
    private const long Done = 1;
    private const int RowsAtOnce = 500;

    public static void Complete(SqliteConnection connection, StoreGuard guard, params ReadOnlySpan<(string Table, string Column, string Purpose)> columns)
    {
        if (guard.Seal is not { } seal || SqliteFile.Number(connection, "PRAGMA user_version") >= Done) return;
        var changed = 0L;
        foreach (var (table, column, purpose) in columns)
        {
            var key = KeyOf(connection, table);
            object after = key == "rowid" ? long.MinValue : "";
            while (SealSome(connection, seal, table, column, purpose, key, ref after) is var some and > 0)
            {
                changed += some;
                guard.AtWork();
            }
        }

        // Deleted rows of former days lie in free pages too: a file that is not empty is always written anew.
        if (changed > 0 || SqliteFile.Number(connection, "PRAGMA freelist_count") > 0) SqliteFile.Execute(connection, "VACUUM");
        SqliteFile.Execute(connection, $"PRAGMA user_version = {Done}; PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// <summary>Seals anew what lies under former keys, in transactions; killed in between, the same call again ends the work. Returns how many rows.</summary>
    public static long Reseal(SqliteConnection connection, StorageSeal seal, params ReadOnlySpan<(string Table, string Column, string Purpose)> columns)
    {
        using var alone = seal.Alone();
        var changed = 0L;
        foreach (var (table, column, purpose) in columns)
        {
            var key = KeyOf(connection, table);
            object? after = key == "rowid" ? long.MinValue : "";
            while (after is not null) changed += ResealSome(connection, seal, alone, table, column, purpose, key, ref after);
        }

        if (changed > 0) SqliteFile.Execute(connection, "VACUUM");
        SqliteFile.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        return changed;
    }

    private static int ResealSome(SqliteConnection connection, StorageSeal seal, StorageSeal alone, string table, string column, string purpose, string key, ref object? after)
    {
        var (rows, seen) = (new List<(object Key, byte[] Sealed)>(), 0);
        using (var read = SqliteFile.Command(connection, $"SELECT {key}, CAST({column} AS BLOB) FROM {table} WHERE {key} > $after AND {column} IS NOT NULL AND hex(substr(CAST({column} AS BLOB), 1, 2)) = 'EE01' ORDER BY {key} LIMIT {RowsAtOnce}", ("$after", after)))
        using (var reader = read.ExecuteReader())
        {
            after = null;
            while (reader.Read())
            {
                var message = (byte[])reader.GetValue(1);
                (after, seen) = (reader.GetValue(0), seen + 1);
                if (!OpensAlone(alone, message, purpose)) rows.Add((after, seal.Seal(seal.Open(message, purpose), purpose)));
            }
        }

        Write(connection, table, column, key, rows);
        if (seen < RowsAtOnce) after = null;
        return rows.Count;
    }

    private static bool OpensAlone(StorageSeal alone, byte[] message, string purpose)
    {
        try
        {
            alone.Open(message, purpose);
            return true;
        }
        catch (StorageSealException)
        {
            return false;
        }
    }

    private static void Write(SqliteConnection connection, string table, string column, string key, List<(object Key, byte[] Sealed)> rows)
    {
        if (rows.Count == 0) return;
        using var transaction = connection.BeginTransaction();
        using var write = SqliteFile.Prepare(connection, $"UPDATE {table} SET {column} = $sealed WHERE {key} = $key", "$sealed", "$key");
        write.Transaction = transaction;
        foreach (var (rowKey, message) in rows)
        {
            write.Parameters[0].Value = message;
            write.Parameters[1].Value = rowKey;
            write.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    // Tables of ours without row ids have one key column of text.
    private static string KeyOf(SqliteConnection connection, string table)
    {
        using var command = SqliteFile.Command(
            connection, "SELECT name FROM pragma_table_info($table) WHERE pk = 1 AND EXISTS(SELECT 1 FROM sqlite_master WHERE name = $table AND sql LIKE '%WITHOUT ROWID%')", ("$table", table));
        return command.ExecuteScalar() as string ?? "rowid";
    }

    private static int SealSome(SqliteConnection connection, StorageSeal seal, string table, string column, string purpose, string key, ref object after)
    {
        var rows = new List<(object Key, byte[] Clear)>();
        using (var read = SqliteFile.Command(connection, $"SELECT {key}, {column} FROM {table} WHERE {key} > $after AND {column} IS NOT NULL AND hex(substr(CAST({column} AS BLOB), 1, 2)) <> 'EE01' ORDER BY {key} LIMIT {RowsAtOnce}", ("$after", after)))
        using (var reader = read.ExecuteReader())
        {
            while (reader.Read()) rows.Add((reader.GetValue(0), reader.GetValue(1) is byte[] bytes ? bytes : Encoding.UTF8.GetBytes(reader.GetString(1))));
        }

        if (rows.Count == 0) return 0;
        after = rows[^1].Key;
        Write(connection, table, column, key, [.. rows.Select(row => (row.Key, seal.Seal(row.Clear, purpose)))]);
        return rows.Count;
    }
}
