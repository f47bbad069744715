using System.Buffers.Binary;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Registration.Replica;

/// <summary>A part of a batch's bytes; without length: nothing.</summary>
internal readonly record struct Piece(int Start, int Length);

/// <summary>A checked row on its way into the replica. Its owner is ciphertext already.</summary>
/// <param name="Line">Its line in the table, and its number in the replica.</param>
/// <param name="From">Unix seconds; <see cref="Open"/> when nobody wrote it.</param>
/// <param name="To">Unix seconds, exclusive; <see cref="OpenEnd"/> while it holds.</param>
/// <param name="Owner">Among the batch's owners; nothing where owners are left out.</param>
/// <param name="IsOwned">The table names an owner.</param>
internal readonly record struct ReplicaRow(
    long Line, Piece Plate, PlateColour Colour, ObjectKind Vehicle, bool Withdrawn, long From, long To, Piece Owner, bool IsOwned)
{
    public const long Open = long.MinValue;
    public const long OpenEnd = long.MaxValue;
}

/// <summary>
/// The rows of one commit, their plates end to end in one buffer and their owners' ciphertexts in another. An import makes a few and uses them again
/// and again: millions of small objects would live just long enough to be copied by the collector. Not thread-safe; has one owner at a time.
/// </summary>
/// <param name="most">Rows that it takes.</param>
internal sealed class ReplicaBatch(int most)
{
    /// <summary>Bytes of a row's mark: one block of AES.</summary>
    public const int MarkBytes = 16;

    private readonly ReplicaRow[] _rows = new ReplicaRow[most];
    private readonly byte[] _plates = new byte[most * RegistryWords.LongestPlate];
    private readonly byte[] _marks = new byte[most * MarkBytes];
    private byte[] _owners = new byte[1 << 20];
    private int _platesUsed;
    private int _ownersUsed;
    private int _count;

    public ReadOnlySpan<ReplicaRow> Rows => _rows.AsSpan(0, _count);

    /// <summary>How far the import has come when these rows are committed.</summary>
    public ImportProgress? Progress { get; set; }

    /// <summary>Share of the table's file that was read when these rows were.</summary>
    public double ReadShare { get; set; }

    /// <summary>The marks of all rows: what is equal for equal owners.</summary>
    public Span<byte> Marks => _marks.AsSpan(0, _count * MarkBytes);

    /// <summary>The mark of the row that is added next.</summary>
    public Span<byte> NextMark => _marks.AsSpan(_count * MarkBytes, MarkBytes);

    public ReadOnlySpan<byte> Plate(in ReplicaRow row) => _plates.AsSpan(row.Plate.Start, row.Plate.Length);

    /// <summary>A stretch of the owners' ciphertexts, which lie in the order of the rows.</summary>
    public ReadOnlySpan<byte> Owners(int start, int length) => _owners.AsSpan(start, length);

    /// <summary>Equal for equal owners of one run, 0 for none.</summary>
    public long Tag(int row) => _rows[row].IsOwned ? BinaryPrimitives.ReadInt64LittleEndian(_marks.AsSpan(row * MarkBytes)) | 1 : 0;

    public void Add(in ReplicaRow row) => _rows[_count++] = row;

    /// <summary>Keeps a plate.</summary>
    public Piece Keep(ReadOnlySpan<char> plate)
    {
        var start = _platesUsed;
        _platesUsed += System.Text.Encoding.ASCII.GetBytes(plate, _plates.AsSpan(start));
        return new Piece(start, plate.Length);
    }

    /// <summary>Room for an owner's ciphertext; what of it is used is said to <see cref="Take"/> before the next call.</summary>
    public Span<byte> Room(int most)
    {
        if (_owners.Length - _ownersUsed < most) Array.Resize(ref _owners, Math.Max(2 * _owners.Length, _ownersUsed + most));
        return _owners.AsSpan(_ownersUsed, most);
    }

    /// <summary>Keeps the beginning of the room.</summary>
    public Piece Take(int length)
    {
        _ownersUsed += length;
        return new Piece(_ownersUsed - length, length);
    }

    /// <summary>An owner's bytes, to be sealed in place.</summary>
    public Span<byte> Sealed(Piece owner) => _owners.AsSpan(owner.Start, owner.Length);

    /// <summary>Empties it for its next use.</summary>
    public void Clear() => (_count, _platesUsed, _ownersUsed, Progress) = (0, 0, 0, null);
}
