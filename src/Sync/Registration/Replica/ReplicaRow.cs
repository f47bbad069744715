using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration.Csv;

namespace EdgeGateway.Sync.Registration.Replica;

/// <summary>A checked row on its way into the replica. Its owner is ciphertext already.</summary>
/// <param name="From">Unix seconds; <see cref="Open"/> when nobody wrote it.</param>
/// <param name="To">Unix seconds, exclusive; <see cref="OpenEnd"/> while it holds.</param>
/// <param name="Tag">Equal for equal owners of one run, 0 for none; made with a key that is forgotten, so it gives nothing away.</param>
internal sealed record ReplicaRow(
    long Line, string Plate, PlateColour Colour, ObjectKind Vehicle, bool Withdrawn, long From, long To, string? Brand, byte[]? Owner, long Tag)
{
    public const long Open = long.MinValue;
    public const long OpenEnd = long.MaxValue;
}

/// <summary>Checks the rows of a registration table and turns them into <see cref="ReplicaRow"/>. Says of a bad row why; never what an owner is called.</summary>
internal sealed class ReplicaRows : IDisposable
{
    private const int LongestCell = 400;

    private static readonly (string Column, string Json)[] OwnerColumns =
        [("owner_name", "name"), ("owner_id", "id"), ("owner_birth", "birth"), ("owner_address", "address"), ("owner_phone", "phone")];

    private readonly CsvRecords _records;
    private readonly int[] _known;
    private readonly int[] _owner;
    private readonly int _plate;
    private readonly int _colour;
    private readonly int _vehicle;
    private readonly int _state;
    private readonly int _from;
    private readonly int _to;
    private readonly int _inspection;
    private readonly int _brand;
    private readonly int _office;
    private readonly ImportKey? _key;
    private readonly IncrementalHash _tags;
    private readonly ArrayBufferWriter<byte> _text = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly char[] _characters = new char[LongestCell * 2];

    /// <param name="records">The table.</param>
    /// <param name="header">Its columns.</param>
    /// <param name="key">Seals the owners; null leaves them out.</param>
    public ReplicaRows(CsvRecords records, CsvHeader header, ImportKey? key)
    {
        _records = records;
        _key = key;
        _known = [.. ReplicaColumns.Names.Select(name => header[name])];
        _owner = [.. OwnerColumns.Select(column => header[column.Column])];
        (_plate, _colour, _vehicle, _state) = (header["plate"], header["colour"], header["vehicle"], header["state"]);
        (_from, _to, _inspection, _brand, _office) = (header["valid_from"], header["valid_to"], header["inspection_until"], header["brand"], header["office"]);
        var tagKey = RandomNumberGenerator.GetBytes(32);
        _tags = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, tagKey);
        CryptographicOperations.ZeroMemory(tagKey);
        _json = new Utf8JsonWriter(_text, EventJsonText.Writing);
    }

    /// <summary>The row, or why it is none.</summary>
    public (ReplicaRow? Row, string? Reason) Read()
    {
        if (_records.Fault is { } fault) return (null, fault);
        for (var i = 0; i < _known.Length; i++)
        {
            var cell = _records.Field(_known[i]);
            if (cell.Length > LongestCell) return (null, $"{ReplicaColumns.Names[i]}: longer than {LongestCell} bytes");
            if (CsvCell.IsFormula(cell)) return (null, $"{ReplicaColumns.Names[i]}: a formula of a spreadsheet, not a value");
            if (cell.ContainsAnyInRange((byte)0, (byte)31)) return (null, $"{ReplicaColumns.Names[i]}: a line break or control character");
        }

        if (!RegistryWords.TryFold(Characters(_plate), out var plate) || !RegistryWords.IsWhole(plate)) return (null, "plate: no plate has this text");
        var colour = RegistryWords.ColourOf(Characters(_colour));
        if (colour == PlateColour.Unknown) return (null, "colour: white, yellow, blue or red");
        if (!RegistryWords.TryVehicle(Characters(_vehicle), out var vehicle)) return (null, "vehicle: car, motorcycle, bus, truck, or other");
        if (!CsvCell.TryMoment(_records.Field(_from), isEnd: false, out var from)) return (null, "valid_from: a date, 2024-05-31");
        if (!CsvCell.TryMoment(_records.Field(_to), isEnd: true, out var to)) return (null, "valid_to: a date, 2024-05-31");
        if (from is { } start && to is { } end && end <= start) return (null, "valid_to lies before valid_from");
        if (!CsvCell.TryMoment(_records.Field(_inspection), isEnd: true, out _)) return (null, "inspection_until: a date, 2024-05-31");
        if (!TryState(Characters(_state), out var withdrawn)) return (null, "state: active, suspended or revoked");

        var brand = _records.Field(_brand);
        var (owner, tag) = OwnerOf(plate, colour, vehicle);
        return (new ReplicaRow(
            _records.Line, plate, colour, vehicle, withdrawn, from?.ToUnixTimeSeconds() ?? ReplicaRow.Open, to?.ToUnixTimeSeconds() ?? ReplicaRow.OpenEnd,
            brand.IsEmpty ? null : _records.Text(_brand), owner, tag), null);
    }

    public void Dispose()
    {
        _json.Dispose();
        _text.Clear();
        _tags.Dispose();
    }

    private (byte[]? Owner, long Tag) OwnerOf(string plate, PlateColour colour, ObjectKind vehicle)
    {
        var named = false;
        _text.Clear();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteStartObject("owner"u8);
        for (var i = 0; i < _owner.Length; i++)
        {
            var cell = _records.Field(_owner[i]);
            if (cell.IsEmpty) continue;
            named = true;
            _json.WriteString(OwnerColumns[i].Json, cell);
        }

        _json.WriteEndObject();
        if (!named) return (null, 0);
        _json.Flush();
        Span<byte> hash = stackalloc byte[32];
        _tags.AppendData(_text.WrittenSpan);
        _tags.GetHashAndReset(hash);
        var tag = System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(hash) | 1; // never 0, which means none
        if (_key is null) return (null, tag);

        _json.WriteString("plate"u8, plate);
        _json.WriteString("colour"u8, EventWords.Of(colour));
        _json.WriteString("vehicle"u8, EventWords.Of(vehicle));
        Optional("validFrom"u8, _from);
        Optional("validTo"u8, _to);
        Optional("inspectionUntil"u8, _inspection);
        Optional("brand"u8, _brand);
        Optional("office"u8, _office);
        _json.WriteEndObject();
        _json.Flush();
        return (_key.SealRow(_records.Line, _text.WrittenSpan), tag);
    }

    private void Optional(ReadOnlySpan<byte> name, int column)
    {
        var cell = _records.Field(column);
        if (!cell.IsEmpty) _json.WriteString(name, cell);
    }

    private ReadOnlySpan<char> Characters(int column)
    {
        var cell = _records.Field(column);
        return _characters.AsSpan(0, System.Text.Encoding.UTF8.GetChars(cell, _characters));
    }

    private static bool TryState(ReadOnlySpan<char> word, out bool withdrawn)
    {
        withdrawn = word is "revoked" or "suspended" or "withdrawn" or "thu hồi" or "tạm dừng";
        return withdrawn || word.IsEmpty || word is "active" or "valid" or "đang lưu hành" or "hoạt động";
    }
}
