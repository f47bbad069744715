using System.Text;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Storage;

/// <summary>
/// What becomes of a damaged database: it is renamed, and what can be read of it goes into the new one. Until that is on the disk a small file beside the
/// database names the one that was set aside: a start that finds it goes on there, wherever a kill or a full disk ended the work.
/// </summary>
internal static class DamagedFile
{
    /// <summary>What stands in the name of a file that was set aside.</summary>
    public const string Mark = ".damaged-";

    /// <summary>The ending of the file that names the one whose rows are not taken over yet.</summary>
    public const string Note = ".rescue";

    /// <summary>So many of each database stay for a look; a card that goes on damaging would fill itself with them.</summary>
    public const int Kept = 3;

    /// <summary>A file that could not be read for so long, by the time of its note, is left to a person.</summary>
    public static readonly TimeSpan GivesUpAfter = TimeSpan.FromDays(1);

    private const string Stamp = "yyyyMMdd'T'HHmmssfff";
    private const int StampLength = 18;

    // The main file last: where it lies under the new name, all of it does. The log holds commits that nothing else has.
    private static readonly string[] Tails = ["-wal", "-shm", ""];

    /// <summary>The file that was set aside, or is about to be, and whose rows are not taken over yet; null as a rule.</summary>
    /// <param name="path">The database.</param>
    public static string? Unfinished(string path)
    {
        string name;
        if (!File.Exists(path + Note)) return null;
        try { name = File.ReadAllText(path + Note); }
        catch (FileNotFoundException) { return null; } // finished this very moment, on another thread
        return name == Path.GetFileName(name) && name.StartsWith(Path.GetFileName(path) + Mark, StringComparison.Ordinal) ? Path.Combine(Path.GetDirectoryName(path) ?? "", name) : null;
    }

    /// <summary>Whether a database lies here, be it that a kill in its rescue left no file under its own name.</summary>
    public static bool Holds(string path) => File.Exists(path) || File.Exists(path + Note);

    /// <summary>True where a try has met what did not pass in a day either: the next one takes what it gets and is the last.</summary>
    public static bool IsGivenUp(string path, SqliteException fault, DateTimeOffset now) => !Passes(fault) && now - new DateTimeOffset(File.GetLastWriteTimeUtc(path + Note)) > GivesUpAfter;

    /// <summary>
    /// Renames the file and what SQLite keeps beside it, or goes on where a kill ended that; returns the new name. A new file that an earlier try began
    /// stays where it is, unless it is damaged itself. <see cref="Finish"/> ends it.
    /// </summary>
    /// <param name="path">The database.</param>
    /// <param name="now">For the new name.</param>
    /// <param name="gone">Told the names of older ones that were deleted.</param>
    /// <exception cref="IOException">The folder does not allow it.</exception>
    /// <exception cref="SqliteException">The file of an earlier try cannot be opened now.</exception>
    public static string SetAside(string path, DateTimeOffset now, Action<IReadOnlyList<string>> gone)
    {
        var aside = Unfinished(path);
        if (aside is null)
        {
            DeleteOldest(path, null, gone); // first: on a full disk they may be what fills it
            aside = FreeName(path, now);
            WholeFile.Write(path + Note, Encoding.UTF8.GetBytes(Path.GetFileName(aside)));
        }

        if (!File.Exists(aside))
        {
            Move(path, aside);
        }
        else if (!IsSound(path))
        {
            // It was handed to nobody: all that it holds lies in the one that is named.
            DeleteOldest(path, aside, gone);
            Move(path, FreeName(path, now));
        }

        return aside;
    }

    /// <summary>Databases of a folder that were set aside since a moment, by the names' times: their own name, and the one under which the damaged file lies.</summary>
    public static IReadOnlyList<(string Name, string Aside)> AsideSince(string folder, DateTimeOffset since)
    {
        var found = new List<(string, string)>();
        string[] files;
        try { files = Directory.Exists(folder) ? Directory.GetFiles(folder, $"*{Mark}*") : []; }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException) { return found; } // a dying disk is told otherwise
        foreach (var aside in files.Select(file => Path.GetFileName(file)))
        {
            var at = aside.IndexOf(Mark, StringComparison.Ordinal);
            if (aside.Length == at + Mark.Length + StampLength && DateTimeOffset.TryParseExact(aside[(at + Mark.Length)..], Stamp, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var when) && when >= since && when <= since + (2 * GivesUpAfter) && !IsAwaited(Path.Combine(folder, aside)))
                found.Add((aside[..at], aside));
        }

        return found;
    }

    /// <summary>What could be read is on the disk under the database's own name.</summary>
    /// <exception cref="IOException">The folder does not allow it.</exception>
    public static void Finish(string path) => File.Delete(path + Note);

    /// <summary>True for a file that was set aside, or its log, whose rows are not taken over yet: nobody else may touch it.</summary>
    public static bool IsAwaited(string file)
    {
        var at = file.LastIndexOf(Mark, StringComparison.Ordinal);
        return at > 0 && Unfinished(file[..at]) is { } aside && file.StartsWith(aside, StringComparison.Ordinal);
    }

    /// <summary>
    /// Copies the rows of every table that both files have, as they lie, into the new file: from the front until a page cannot be read, then from
    /// the back until one cannot. Rows that are there already stay. Returns how many lie in the new file then.
    /// </summary>
    /// <param name="aside">The old file.</param>
    /// <param name="into">The new one.</param>
    /// <param name="guard">Told that the work moves on.</param>
    /// <param name="isLast">What keeps the old file from being read now counts as damage, see <see cref="IsGivenUp"/>.</param>
    /// <exception cref="SqliteException">The new file does not take them, or the old one cannot be opened now: to be tried again.</exception>
    public static long Salvage(string aside, SqliteConnection into, StoreGuard guard, bool isLast = false)
    {
        var tables = Texts(into, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
        if (File.Exists(aside))
        {
            using var damaged = Connect(aside, isLast);
            foreach (var table in damaged is null ? [] : tables) Salvage(damaged!, into, table, guard, isLast);
        }

        return tables.Sum(table => SqliteFile.Number(into, $"SELECT count(*) FROM {table}"));
    }

    /// <summary>Opens the old file; null where it cannot be opened and this is the last try.</summary>
    /// <exception cref="SqliteException">It cannot be opened now.</exception>
    public static SqliteConnection? Connect(string aside, bool isLast)
    {
        try { return SqliteFile.Connect(aside); }
        catch (SqliteException fault) when (isLast && !Passes(fault)) { return null; }
    }

    /// <summary>
    /// Gives the rows of a damaged file until one cannot be read; false where that was before the end. What <paramref name="take"/> throws is thrown: that
    /// a disk is full is no damage of what is read.
    /// </summary>
    public static bool Read(SqliteConnection damaged, string query, Action<SqliteDataReader> take, bool isLast = false)
    {
        using var command = SqliteFile.Command(damaged, query);
        SqliteDataReader? reader = null;
        try
        {
            while (true)
            {
                try
                {
                    reader ??= command.ExecuteReader();
                    if (!reader.Read()) return true;
                }
                catch (SqliteException fault) when (EndsReading(fault, isLast))
                {
                    return false;
                }

                take(reader);
            }
        }
        finally
        {
            reader?.Dispose();
        }
    }

    /// <summary>True for what says of a row that it means nothing any more: too big, against a rule, of another type.</summary>
    public static bool IsOfTheRow(SqliteException fault) => fault.SqliteErrorCode is 18 or 19 or 20;

    private static void Salvage(SqliteConnection damaged, SqliteConnection into, string table, StoreGuard guard, bool isLast)
    {
        List<string> known;
        try { known = Texts(damaged, $"SELECT name FROM pragma_table_info('{table}')"); }
        catch (SqliteException fault) when (EndsReading(fault, isLast)) { return; }

        string[] columns = [.. Texts(into, $"SELECT name FROM pragma_table_info('{table}')").Where(known.Contains)];
        string[] keys = [.. Texts(into, $"SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk")];
        if (columns.Length == 0) return;
        // Without a key the number of the row is one: else those read from both ends, or twice, would stand twice.
        if (keys.Length == 0) (columns, keys) = (["rowid", .. columns], ["rowid"]);
        // As the rows lie: an order of another kind is made by a sort, which reads all before it gives any, and gives none where one page is damaged.
        var order = SqliteFile.Number(into, $"SELECT wr FROM pragma_table_list('{table}') WHERE schema = 'main'") == 0 ? ["rowid"] : keys;
        var whole = Copy(damaged, into, table, columns, string.Join(", ", order), guard, isLast);
        if (!whole) Copy(damaged, into, table, columns, string.Join(", ", order.Select(key => key + " DESC")), guard, isLast);
    }

    private static bool Copy(SqliteConnection damaged, SqliteConnection into, string table, string[] columns, string order, StoreGuard guard, bool isLast)
    {
        using var batch = new RescueBatch(into, guard);
        using var insert = SqliteFile.Prepare(
            into, $"INSERT OR IGNORE INTO {table}({string.Join(", ", columns)}) VALUES({string.Join(", ", columns.Select((_, i) => $"$c{i}"))})", [.. columns.Select((_, i) => $"$c{i}")]);
        var whole = Read(damaged, $"SELECT {string.Join(", ", columns)} FROM {table} NOT INDEXED ORDER BY {order}", reader =>
        {
            for (var i = 0; i < columns.Length; i++) insert.Parameters[i].Value = reader.GetValue(i);
            insert.Transaction = batch.Transaction;
            try { insert.ExecuteNonQuery(); }
            catch (SqliteException fault) when (IsOfTheRow(fault)) { /* the next one may mean something */ }
            batch.OnRow();
        }, isLast);
        batch.Commit();
        return whole;
    }

    /// <summary>
    /// True for what a damaged file or a dying disk answers to reading. All else is a matter of the moment: no room for the log's map, no memory, no right.
    /// </summary>
    private static bool IsDamage(SqliteException fault) => fault switch
    {
        { SqliteErrorCode: 1 or 11 or 26 } => true, // a table that is not there; damaged; no database
        { SqliteErrorCode: 10 } => fault.SqliteExtendedErrorCode is 266 or 522 or 8202 or 8458, // read, short read, wrong sum, damaged file system
        _ => false,
    };

    private static bool EndsReading(SqliteException fault, bool isLast) => IsDamage(fault) || (isLast && !Passes(fault));

    /// <summary>True for what ends without anybody's doing, or when the disk has room again: locked, no memory, full.</summary>
    private static bool Passes(SqliteException fault) => fault.SqliteErrorCode is 5 or 6 or 7 or 13 || fault.SqliteExtendedErrorCode == 4874; // no room for the log's map

    private static bool IsSound(string path)
    {
        if (!File.Exists(path)) return true;
        try
        {
            using var connection = SqliteFile.Connect(path);
            return SqliteFile.IsSound(connection);
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode is 11 or 26)
        {
            return false;
        }
    }

    private static void Move(string path, string aside)
    {
        foreach (var tail in Tails)
        {
            if (!File.Exists(path + tail)) continue;
            // A log that was moved before a kill is the one with the commits; what came in its place is not.
            if (File.Exists(aside + tail)) File.Delete(path + tail);
            else File.Move(path + tail, aside + tail);
        }
    }

    private static string FreeName(string path, DateTimeOffset now)
    {
        while (true)
        {
            var name = path + Mark + now.ToString(Stamp, System.Globalization.CultureInfo.InvariantCulture);
            if (!StoreGuard.Holds(name)) return name;
            now = now.AddMilliseconds(1); // a clock that was set back must not write over an older one
        }
    }

    /// <summary>Leaves room for one more, by the names' times; never touches the one whose rows are awaited.</summary>
    private static void DeleteOldest(string path, string? awaited, Action<IReadOnlyList<string>> gone)
    {
        var prefix = Path.GetFileName(path) + Mark;
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder)) return;
        var sets = Directory.EnumerateFiles(folder, prefix + "*")
            .GroupBy(file => Path.GetFileName(file) is var name && name.Length > prefix.Length + StampLength ? name[..(prefix.Length + StampLength)] : name, StringComparer.Ordinal)
            .Where(set => set.Key != Path.GetFileName(awaited))
            .OrderByDescending(set => set.Key, StringComparer.Ordinal)
            .Skip(awaited is null ? Kept - 1 : Kept - 2)
            .ToList();
        var deleted = new List<string>();
        foreach (var set in sets)
        {
            try
            {
                foreach (var file in set) File.Delete(file);
                deleted.Add(set.Key);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // stays until the next one: what is to be rescued now goes before
            }
        }

        if (deleted.Count > 0) gone(deleted);
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
