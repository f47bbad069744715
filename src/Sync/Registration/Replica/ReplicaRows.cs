using System.IO.Hashing;
using System.Security.Cryptography;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration.Csv;

namespace EdgeGateway.Sync.Registration.Replica;

/// <summary>Checks the rows of a registration table and turns them into <see cref="ReplicaRow"/>. Says of a bad row why; never what an owner is called.</summary>
internal sealed class ReplicaRows : IDisposable
{
    private const int LongestCell = 400;

    // Stands in no cell: control characters are refused.
    private const byte BetweenCells = 0x1F;

    private static readonly (string Column, byte[] Json)[] OwnerColumns =
        [("owner_name", "name"u8.ToArray()), ("owner_id", "id"u8.ToArray()), ("owner_birth", "birth"u8.ToArray()), ("owner_address", "address"u8.ToArray()), ("owner_phone", "phone"u8.ToArray())];

    private static readonly byte[][] Colours = WordsOf<PlateColour>();
    private static readonly byte[][] Vehicles = WordsOf<ObjectKind>();

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
    private readonly long _markSeed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
    private readonly Aes _markCipher = Aes.Create();
    private readonly byte[] _ownerText = new byte[OwnerColumns.Length * (LongestCell + 1)];
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
        _markCipher.GenerateKey();
    }

    /// <summary>Adds the table's record to a batch; why not, when it is no sound row.</summary>
    public string? Read(ReplicaBatch batch)
    {
        if (_records.Fault is { } fault) return fault;
        // One too many means that another one is split and all behind it stand wrong.
        if (_records.Count > _cells) return $"{Cells(_records.Count)}, the header has {_cells}";
        // Spreadsheets leave empty cells at the end away. A row that was cut off looks the same, and must not pass for a vehicle that is in use or an owner who still is.
        if (_records.Count < _deciding) return $"{Cells(_records.Count)}, the header has {_cells}: the row ends before {_lastDeciding}; write its empty cells too";
        if (_records.Count > _owners.Start && _records.Count < _owners.End) return $"{Cells(_records.Count)}, the header has {_cells}: the row ends amid the owner's cells; write the empty ones too";
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
        if (!CsvCell.TryMoment(_records.Field(_from), isEnd: false, out var from)) return "valid_from: a date, 2024-05-31 or 31/05/2024, or a time, 2024-05-31T08:00:00+07:00";
        if (!CsvCell.TryMoment(_records.Field(_to), isEnd: true, out var to)) return "valid_to: a date, 2024-05-31 or 31/05/2024, or a time, 2024-05-31T08:00:00+07:00";
        if (from is { } start && to is { } end && end <= start) return "valid_to lies before valid_from";
        if (!CsvCell.TryMoment(_records.Field(_inspection), isEnd: true, out _)) return "inspection_until: a date, 2024-05-31 or 31/05/2024, or a time, 2024-05-31T08:00:00+07:00";
        if (!RegistryWords.TryState(Characters(_state), out var withdrawn)) return "state: active, suspended or revoked";

        var isOwned = Mark(batch.NextMark);
        var owner = isOwned && _key is not null ? Seal(_key, plate, colour, vehicle, batch) : default;
        batch.Add(new ReplicaRow(
            _records.Line, batch.Keep(plate), colour, vehicle, withdrawn, from?.ToUnixTimeSeconds() ?? ReplicaRow.Open, to?.ToUnixTimeSeconds() ?? ReplicaRow.OpenEnd, owner, isOwned));
        return null;
    }

    /// <summary>
    /// Makes the marks of a full batch unreadable. A mark is a hash under a secret seed, encrypted under a secret key; both are forgotten with this object, so
    /// nobody can try names out. One encryption of all: a call for each row costs as much as the row.
    /// </summary>
    public void Complete(ReplicaBatch batch) => _markCipher.EncryptEcb(batch.Marks, batch.Marks, PaddingMode.None);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_ownerText);
        _markCipher.Dispose();
    }

    private static byte[][] WordsOf<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => System.Text.Encoding.UTF8.GetBytes(EventWords.Of(value)))];

    // False where the table names no owner.
    private bool Mark(Span<byte> mark)
    {
        var used = 0;
        foreach (var column in _owner)
        {
            var cell = _records.Field(column);
            cell.CopyTo(_ownerText.AsSpan(used));
            used += cell.Length;
            _ownerText[used++] = BetweenCells;
        }

        if (used == _owner.Length) return false;
        XxHash128.Hash(_ownerText.AsSpan(0, used), mark, _markSeed);
        return true;
    }

    private Piece Seal(ImportKey key, ReadOnlySpan<char> plate, PlateColour colour, ObjectKind vehicle, ReplicaBatch batch)
    {
        var most = CellJson.BytesBeside;
        foreach (var column in _known) most += CellJson.MostBytesOf(_records.Field(column));
        var json = new CellJson(ImportKey.TextIn(batch.Room(ImportKey.SealedBytes(most))));
        json.Begin("owner"u8);
        for (var i = 0; i < _owner.Length; i++) json.Write(OwnerColumns[i].Json, _records.Field(_owner[i]));
        json.End();
        Span<byte> text = stackalloc byte[RegistryWords.LongestPlate];
        json.Write("plate"u8, text[..System.Text.Encoding.ASCII.GetBytes(plate, text)]);
        json.Write("colour"u8, Colours[(int)colour]);
        json.Write("vehicle"u8, Vehicles[(int)vehicle]);
        json.Write("validFrom"u8, _records.Field(_from));
        json.Write("validTo"u8, _records.Field(_to));
        json.Write("inspectionUntil"u8, _records.Field(_inspection));
        json.Write("brand"u8, _records.Field(_brand));
        json.Write("office"u8, _records.Field(_office));
        var owner = batch.Take(ImportKey.SealedBytes(json.End()));
        key.SealRow(_records.Line, batch.Sealed(owner));
        return owner;
    }

    private ReadOnlySpan<char> Characters(int column)
    {
        var cell = _records.Field(column);
        return _characters.AsSpan(0, System.Text.Encoding.UTF8.GetChars(cell, _characters));
    }

    private static string Cells(int count) => count == 1 ? "1 cell" : $"{count} cells";
}
