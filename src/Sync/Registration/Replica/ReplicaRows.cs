using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration.Csv;

namespace EdgeGateway.Sync.Registration.Replica;

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
    private readonly int _cells;
    private readonly int _deciding;
    private readonly string _lastDeciding;
    private readonly (int Start, int End) _owners;
    private readonly byte[] _tagKey = RandomNumberGenerator.GetBytes(OwnerSeal.KeyBytes);
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
        _cells = header.Count;
        _lastDeciding = ReplicaColumns.Deciding.MaxBy(name => header[name])!;
        _deciding = header[_lastDeciding] + 1;
        int[] owners = [.. OwnerColumns.Select(column => header[column.Column]).Where(index => index >= 0)];
        _owners = owners.Length == 0 ? (int.MaxValue, 0) : (owners.Min(), owners.Max() + 1);
        _known = [.. ReplicaColumns.Names.Select(name => header[name])];
        _owner = [.. OwnerColumns.Select(column => header[column.Column])];
        (_plate, _colour, _vehicle, _state) = (header["plate"], header["colour"], header["vehicle"], header["state"]);
        (_from, _to, _inspection, _brand, _office) = (header["valid_from"], header["valid_to"], header["inspection_until"], header["brand"], header["office"]);
        _json = new Utf8JsonWriter(_text, EventJsonText.Writing);
    }

    /// <summary>Adds the table's record to a batch; why not, when it is no sound row.</summary>
    public string? Read(ReplicaBatch batch)
    {
        if (_records.Fault is { } fault) return fault;
        // One too many means that another one is split and all behind it stand wrong.
        if (_records.Count > _cells) return $"{_records.Count} cells, the header has {_cells}";
        // Spreadsheets leave empty cells at the end away. A row that was cut off looks the same, and must not pass for a vehicle that is in use or an owner who still is.
        if (_records.Count < _deciding) return $"{_records.Count} cells, the header has {_cells}: the row ends before {_lastDeciding}; write its empty cells too";
        if (_records.Count > _owners.Start && _records.Count < _owners.End) return $"{_records.Count} cells, the header has {_cells}: the row ends amid the owner's cells; write the empty ones too";
        for (var i = 0; i < _known.Length; i++)
        {
            var cell = _records.Field(_known[i]);
            if (cell.Length > LongestCell) return $"{ReplicaColumns.Names[i]}: longer than {LongestCell} bytes";
            if (CsvCell.IsFormula(cell)) return $"{ReplicaColumns.Names[i]}: a formula of a spreadsheet, not a value";
            if (cell.ContainsAnyInRange((byte)0, (byte)31)) return $"{ReplicaColumns.Names[i]}: a line break or control character";
        }

        Span<char> folded = stackalloc char[RegistryWords.LongestPlate];
        if (!RegistryWords.TryFold(Characters(_plate), folded, out var length) || !RegistryWords.IsWhole(folded[..length])) return "plate: no plate has this text";
        var plate = folded[..length];
        var colour = RegistryWords.ColourOf(Characters(_colour));
        if (colour == PlateColour.Unknown) return "colour: white, yellow, blue or red";
        if (!RegistryWords.TryVehicle(Characters(_vehicle), out var vehicle)) return "vehicle: car, motorcycle, bus, truck, or other";
        if (!CsvCell.TryMoment(_records.Field(_from), isEnd: false, out var from)) return "valid_from: a date, 2024-05-31";
        if (!CsvCell.TryMoment(_records.Field(_to), isEnd: true, out var to)) return "valid_to: a date, 2024-05-31";
        if (from is { } start && to is { } end && end <= start) return "valid_to lies before valid_from";
        if (!CsvCell.TryMoment(_records.Field(_inspection), isEnd: true, out _)) return "inspection_until: a date, 2024-05-31";
        if (!TryState(Characters(_state), out var withdrawn)) return "state: active, suspended or revoked";

        var (owner, tag) = OwnerOf(plate, colour, vehicle, batch);
        batch.Add(new ReplicaRow(
            _records.Line, batch.Keep(plate), colour, vehicle, withdrawn, from?.ToUnixTimeSeconds() ?? ReplicaRow.Open, to?.ToUnixTimeSeconds() ?? ReplicaRow.OpenEnd,
            batch.Keep(_records.Field(_brand)), owner, tag));
        return null;
    }

    public void Dispose()
    {
        _json.Dispose();
        _text.Clear();
        CryptographicOperations.ZeroMemory(_tagKey);
    }

    private (Piece Owner, long Tag) OwnerOf(ReadOnlySpan<char> plate, PlateColour colour, ObjectKind vehicle, ReplicaBatch batch)
    {
        var named = false;
        _text.ResetWrittenCount();
        _text.Write(_tagKey);
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
        if (!named) return (default, 0);
        _json.Flush();
        // SHA-256 over key and text, cut to 64 bits: nobody without the key can try names out.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_text.WrittenSpan, hash);
        var tag = System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(hash) | 1; // never 0, which means none
        if (_key is null) return (default, tag);

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
        var text = _text.WrittenSpan[_tagKey.Length..];
        var owner = batch.Reserve(ImportKey.SealedBytes(text.Length), out var room);
        _key.SealRow(_records.Line, text, room);
        return (owner, tag);
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
