using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Outbox;

/// <summary>An outbox as another process sees it.</summary>
/// <param name="Sound">False when a check of every page found damage.</param>
/// <param name="Waiting">Events that the broker does not have yet.</param>
/// <param name="Oldest">Event time of the one that waits longest.</param>
public sealed record OutboxInspection(bool Sound, long Waiting, DateTimeOffset? Oldest)
{
    /// <summary>Looks without writing anything, whether the service runs or not.</summary>
    /// <exception cref="SqliteException">The file cannot be read, or is no database (error 26).</exception>
    public static OutboxInspection Look(string path)
    {
        using var connection = SqliteFile.ConnectUnchanged(path);
        try
        {
            using var check = connection.CreateCommand();
            check.CommandText = "PRAGMA quick_check(1)";
            if (check.ExecuteScalar() is not "ok") return new OutboxInspection(false, 0, null);
            using var sum = connection.CreateCommand();
            sum.CommandText = "SELECT COUNT(*), MIN(time) FROM outbox";
            using var reader = sum.ExecuteReader();
            reader.Read();
            return new OutboxInspection(true, reader.GetInt64(0), reader.IsDBNull(1) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)));
        }
        catch (SqliteException damaged) when (damaged.SqliteErrorCode is 11 or 26)
        {
            return new OutboxInspection(false, 0, null);
        }
    }

    /// <summary>The statements that made the file's tables: its form without anything that lies in it.</summary>
    /// <exception cref="SqliteException">The file cannot be read.</exception>
    public static IReadOnlyList<string> SchemaOf(string path)
    {
        using var connection = SqliteFile.ConnectUnchanged(path);
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name";
        using var reader = read.ExecuteReader();
        var found = new List<string>();
        while (reader.Read()) found.Add(reader.GetString(0));
        return found;
    }
}
