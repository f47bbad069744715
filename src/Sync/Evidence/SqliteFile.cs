using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Evidence;

/// <summary>Opens the small SQLite files of evidence and cases: write-ahead log, synchronous FULL, so that what returned survives a power cut.</summary>
internal static class SqliteFile
{
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteConnection Open(string path, string schema)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;";
            command.ExecuteNonQuery();
            RunSchema(command, schema);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A command with its values; null values become SQL NULL.</summary>
    [SuppressMessage("Security", "CA2100", Justification = "Texts are constants of this project; values travel as parameters.")]
    public static SqliteCommand Command(SqliteConnection connection, string text, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    [SuppressMessage("Security", "CA2100", Justification = "The schema is a constant of this project.")]
    private static void RunSchema(SqliteCommand command, string schema)
    {
        command.CommandText = schema;
        command.ExecuteNonQuery();
    }
}
