using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Storage;

/// <summary>What becomes of a damaged database: it is renamed, never deleted, and what can be read of it goes into the new one.</summary>
internal static class DamagedFile
{
    /// <summary>What stands in the name of a file that was set aside.</summary>
    public const string Mark = ".damaged-";

    /// <summary>Renames the file and what SQLite keeps beside it; returns the new name.</summary>
    /// <exception cref="IOException">The folder does not allow it.</exception>
    public static string SetAside(string path, DateTimeOffset now)
    {
        var aside = $"{path}{Mark}{now:yyyyMMdd'T'HHmmssfff}";
        foreach (var tail in new[] { "", "-wal", "-shm" })
        {
            if (File.Exists(path + tail)) File.Move(path + tail, aside + tail, overwrite: true);
        }

        return aside;
    }

    /// <summary>
    /// Copies the rows of every table that both files have, as they lie, into the new file: from the front until a page cannot be read, then from
    /// the back until one cannot. Returns how many rows were taken over.
    /// </summary>
    public static long Salvage(string aside, SqliteConnection into)
    {
        var rows = 0L;
        try
        {
            using var damaged = SqliteFile.Connect(aside);
            foreach (var table in Texts(into, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")) rows += Salvage(damaged, into, table);
        }
        catch (SqliteException)
        {
            // Nothing of it can be opened. The damaged file is still there for a person.
        }

        return rows;
    }

    private static long Salvage(SqliteConnection damaged, SqliteConnection into, string table)
    {
        try
        {
            var known = Texts(damaged, $"SELECT name FROM pragma_table_info('{table}')");
            string[] columns = [.. Texts(into, $"SELECT name FROM pragma_table_info('{table}')").Where(known.Contains)];
            string[] keys = [.. Texts(into, $"SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk")];
            if (columns.Length == 0) return 0;
            var order = keys.Length == 0 ? "rowid" : string.Join(", ", keys);
            var back = keys.Length == 0 ? "rowid DESC" : string.Join(", ", keys.Select(key => key + " DESC"));
            var copied = Copy(damaged, into, table, columns, order, out var whole);
            return whole ? copied : copied + Copy(damaged, into, table, columns, back, out _);
        }
        catch (SqliteException)
        {
            return 0;
        }
    }

    private static long Copy(SqliteConnection damaged, SqliteConnection into, string table, string[] columns, string order, out bool whole)
    {
        whole = false;
        var copied = 0L;
        using var transaction = into.BeginTransaction();
        using (var insert = SqliteFile.Prepare(
            into, $"INSERT OR IGNORE INTO {table}({string.Join(", ", columns)}) VALUES({string.Join(", ", columns.Select((_, i) => $"$c{i}"))})", [.. columns.Select((_, i) => $"$c{i}")]))
        {
            insert.Transaction = transaction;
            try
            {
                using var read = SqliteFile.Command(damaged, $"SELECT {string.Join(", ", columns)} FROM {table} NOT INDEXED ORDER BY {order}");
                using var reader = read.ExecuteReader();
                while (reader.Read())
                {
                    for (var i = 0; i < columns.Length; i++) insert.Parameters[i].Value = reader.GetValue(i);
                    copied += insert.ExecuteNonQuery();
                }

                whole = true;
            }
            catch (SqliteException)
            {
                // as far as it could be read
            }
        }

        transaction.Commit();
        return copied;
    }

    private static List<string> Texts(SqliteConnection connection, string query)
    {
        using var command = SqliteFile.Command(connection, query);
        using var reader = command.ExecuteReader();
        var texts = new List<string>();
        while (reader.Read()) texts.Add(reader.GetString(0));
        return texts;
    }
}
