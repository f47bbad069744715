using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Registration.Replica;

/// <summary>
/// Looks plates up in the replica's file. Owners lie in it as ciphertext whose key was sealed to the operations centre and
/// forgotten: this box passes them on and cannot read them. A new import is taken up by itself.
/// </summary>
/// <param name="path">The replica; absent means that the source is away.</param>
/// <param name="time">The clock by which the file is looked at again.</param>
public sealed class LocalReplica(string path, TimeProvider time) : IRegistrySource, IDisposable
{
    // No plate has changed hands so often. Beyond it one of two owners might be left out, and the other pass for the only one.
    private const int MostRows = 1000;

    private const string Find = """
        SELECT colour, vehicle, withdrawn, valid_from, valid_to, substr(owners.sealed, 1 + (owner >> 16 & 65535), owner & 65535), owner_key.sealed, tag
        FROM vehicle LEFT JOIN owners ON owners.block = owner >> 32 LEFT JOIN owner_key ON owner_key.id = owners.key WHERE plate = $plate
        """;

    // What a release before layout 3 made answers until the next import.
    private const string FindInOld = """
        SELECT colour, vehicle, withdrawn, valid_from, valid_to, owner, sealed, tag FROM vehicle LEFT JOIN owner_key ON owner_key.id = vehicle.key WHERE plate = $plate
        """;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private SqliteConnection? _connection;
    private SqliteCommand? _find;
    private (DateTime Written, long Length) _opened;
    private long _lookedAt;

    public string Name => "replica";

    public Task<SourceAnswer> LookUpAsync(RegistryQuery query, CancellationToken stop) => Task.FromResult(LookUp(query.Plate));

    /// <summary>The registrations of a folded plate; a few tens of microseconds.</summary>
    public SourceAnswer LookUp(string plate)
    {
        lock (_lock)
        {
            try
            {
                if (Open() is not { } find) return SourceAnswer.Away("There is no replica yet: edgegateway registry import FILE.csv makes one.");
                find.Parameters[0].Value = plate;
                var rows = new List<RegistryRow>();
                using var reader = find.ExecuteReader();
                while (reader.Read()) rows.Add(RowOf(reader));
                return rows.Count <= MostRows ? SourceAnswer.Of(rows) : SourceAnswer.Away($"The replica has more than {MostRows} registrations of one plate: the table that was imported is no register.");
            }
            catch (SqliteException fault)
            {
                Close();
                return SourceAnswer.Away($"The replica cannot be read: {fault.Message} Import it anew.");
            }
        }
    }

    public void Dispose()
    {
        lock (_lock) Close();
    }

    private SqliteCommand? Open()
    {
        var now = time.GetTimestamp();
        if (_find is not null && time.GetElapsedTime(_lookedAt, now) < LookAgain) return _find;
        _lookedAt = now;
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            Close();
            return null;
        }

        if (_find is not null && _opened == (file.LastWriteTimeUtc, file.Length)) return _find;
        Close();
        _opened = (file.LastWriteTimeUtc, file.Length);
        _connection = SqliteFile.Connect(path, SqliteOpenMode.ReadOnly);
        // A replica is replaced by a rename and never cut short, so its pages may be mapped: a look-up then copies none.
        SqliteFile.Execute(_connection, "PRAGMA mmap_size = 8589934592");
        var find = SqliteFile.Number(_connection, "PRAGMA user_version") >= ReplicaDatabase.Layout ? Find : FindInOld;
        _find = SqliteFile.Prepare(_connection, $"{find} LIMIT {MostRows + 1}", "$plate");
        _find.Prepare();
        return _find;
    }

    private void Close()
    {
        _find?.Dispose();
        _connection?.Dispose();
        (_find, _connection) = (null, null);
    }

    private static RegistryRow RowOf(SqliteDataReader reader)
    {
        var (from, to) = (reader.GetInt64(3), reader.GetInt64(4));
        var owner = reader.IsDBNull(5) ? null : reader.GetFieldValue<byte[]>(5);
        var key = reader.IsDBNull(6) ? null : reader.GetFieldValue<byte[]>(6);
        var tag = reader.GetInt64(7);
        return new RegistryRow(
            (PlateColour)reader.GetInt32(0),
            (ObjectKind)reader.GetInt32(1),
            from == ReplicaRow.Open ? null : DateTimeOffset.FromUnixTimeSeconds(from),
            to == ReplicaRow.OpenEnd ? null : DateTimeOffset.FromUnixTimeSeconds(to),
            reader.GetInt64(2) != 0,
            tag == 0 ? null : tag.ToString(System.Globalization.CultureInfo.InvariantCulture),
            () => owner is null || key is null ? null : Convert.ToBase64String([.. OwnerSeal.RowMagic, .. key, .. owner]));
    }
}
