using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Storage;

/// <summary>
/// The one way in which this program opens SQLite files: no pool (a connection that outlived its owner would hold a damaged file
/// open), write-ahead log, synchronous FULL, so that a commit that returned survives a power cut.
/// </summary>
[SuppressMessage("Security", "CA2100", Justification = "Texts are constants of this project; values travel as parameters.")]
internal static class SqliteFile
{
    /// <summary>How long a statement waits for another program's lock.</summary>
    public static readonly TimeSpan Busy = TimeSpan.FromSeconds(5);

    /// <summary>A setting for files in which what is deleted shall be overwritten.</summary>
    public const string Wipe = "PRAGMA secure_delete = ON;";

    /// <summary>Opens a file with its tables, creating it and its folder when absent; nothing is checked.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">Statements that make what is absent.</param>
    /// <param name="pragmas">Further settings, each ended by a semicolon.</param>
    /// <param name="busy">Another patience than <see cref="Busy"/>.</param>
    /// <exception cref="SqliteException">It cannot be opened, or is damaged (error 11 or 26).</exception>
    public static SqliteConnection Open(string path, string schema, string pragmas = "", TimeSpan? busy = null)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        var connection = Connect(path, SqliteOpenMode.ReadWriteCreate, busy);
        try
        {
            Execute(connection, $"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {pragmas}");
            Execute(connection, schema);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The same at a start of the service: every page is read. A damaged file is set aside; a new one is begun, what can be
    /// read goes into it, and the guard is told. A start that finds that half done goes on with it. For a guard that may not do that (a command
    /// beside the service) the fault is thrown, and nothing is opened where it is half done.
    /// </summary>
    /// <param name="salvage">False where the old rows mean nothing or must not come again.</param>
    /// <exception cref="SqliteException">It cannot be opened, or the disk does not take what could be read: the next call goes on.</exception>
    /// <exception cref="IOException">The damaged file cannot be set aside.</exception>
    public static SqliteConnection OpenSound(string path, string schema, StoreGuard guard, TimeProvider time, string pragmas = "", bool salvage = true)
    {
        if (!guard.IsOwner)
        {
            if (DamagedFile.Unfinished(path) is not null) throw new SqliteException($"The service is rescuing {path}, which was damaged: start the service and try again when it runs.", 14);
            return Open(path, schema, pragmas);
        }

        if (DamagedFile.Unfinished(path) is null && OpenIfSound(path, schema, pragmas) is { } sound) return sound;
        var aside = DamagedFile.SetAside(path, time.GetUtcNow(), guard.TellGone);
        var anew = Open(path, schema, pragmas);
        try
        {
            guard.AtWork();
            var (rows, givenUp) = salvage ? Salvage(path, aside, anew, guard, time) : default;
            // A commit under synchronous = NORMAL is not on the disk yet.
            Execute(anew, "PRAGMA wal_checkpoint(FULL)");
            guard.Tell(new DamagedDatabase(path, aside, rows, givenUp));
            DamagedFile.Finish(path);
            return anew;
        }
        catch
        {
            anew.Dispose();
            throw;
        }
    }

    private static (long Rows, string? GivenUp) Salvage(string path, string aside, SqliteConnection anew, StoreGuard guard, TimeProvider time)
    {
        try
        {
            return (DamagedFile.Salvage(aside, anew, guard), null);
        }
        catch (SqliteException fault) when (DamagedFile.IsGivenUp(path, fault, time.GetUtcNow()))
        {
            return (DamagedFile.Salvage(aside, anew, guard, isLast: true), fault.Message);
        }
    }

    private static SqliteConnection? OpenIfSound(string path, string schema, string pragmas)
    {
        SqliteConnection? connection = null;
        var isSound = false;
        try
        {
            connection = Open(path, schema, pragmas);
            isSound = IsSound(connection);
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode is 11 or 26)
        {
            // not a database, or one whose first pages are gone
        }
        finally
        {
            if (!isSound) connection?.Dispose();
        }

        return isSound ? connection : null;
    }

    /// <summary>A connection and nothing else.</summary>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteConnection Connect(string path, SqliteOpenMode mode = SqliteOpenMode.ReadWrite, TimeSpan? busy = null)
    {
        var patience = busy ?? Busy;
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = Math.Max(1, (int)patience.TotalSeconds),
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(int)patience.TotalMilliseconds}"));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A connection that reads and leaves no file beside, also where the disk allows no writing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isIdle">True where nobody writes it: a log without content then counts as none, and no map of it is needed, for which a full disk has no room.</param>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteConnection ConnectUnchanged(string path, bool isIdle = false)
    {
        // A reader of a closed file in WAL mode would leave files of its own beside it, which the service's user could not write; without
        // a log the file is whole. With one it is read through the log's map, which lies beside it where a process was killed.
        var immutable = new FileInfo(path + "-wal") is { Exists: true } log && (log.Length > 0 || !isIdle) ? "" : "?immutable=1";
        return Connect(new Uri(Path.GetFullPath(path)).AbsoluteUri + immutable, SqliteOpenMode.ReadOnly);
    }

    /// <summary>Reads every page; false when something is wrong inside the file.</summary>
    public static bool IsSound(SqliteConnection connection)
    {
        using var check = Command(connection, "PRAGMA quick_check(1)");
        return check.ExecuteScalar() is "ok";
    }

    /// <summary>A command with its values; null values become SQL NULL.</summary>
    public static SqliteCommand Command(SqliteConnection connection, string text, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    /// <summary>A command that is used many times; its values are set by place.</summary>
    public static SqliteCommand Prepare(SqliteConnection connection, string text, params ReadOnlySpan<string> names)
    {
        var command = Command(connection, text);
        foreach (var name in names) command.Parameters.Add(new SqliteParameter(name, null));
        return command;
    }

    /// <summary>Runs a statement; how many rows it changed.</summary>
    public static int Execute(SqliteConnection connection, string text, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(connection, text, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>Asks for one number; 0 where there is none.</summary>
    public static long Number(SqliteConnection connection, string text, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(connection, text, values);
        return command.ExecuteScalar() is long number ? number : 0;
    }
}
