using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Registration.Replica;

/// <summary>A part of a batch's bytes; without length: nothing.</summary>
internal readonly record struct Piece(int Start, int Length);

/// <summary>A checked row on its way into the replica. Its owner is ciphertext already.</summary>
/// <param name="Line">Its line in the table, and its number in the replica.</param>
/// <param name="From">Unix seconds; <see cref="Open"/> when nobody wrote it.</param>
/// <param name="To">Unix seconds, exclusive; <see cref="OpenEnd"/> while it holds.</param>
/// <param name="Tag">Equal for equal owners of one run, 0 for none; made with a key that is forgotten, so it gives nothing away.</param>
internal readonly record struct ReplicaRow(
    long Line, Piece Plate, PlateColour Colour, ObjectKind Vehicle, bool Withdrawn, long From, long To, Piece Brand, Piece Owner, long Tag)
{
    public const long Open = long.MinValue;
    public const long OpenEnd = long.MaxValue;
}

/// <summary>
/// The rows of one commit, their texts and ciphertexts end to end in one buffer. An import makes a few and uses them again and again:
/// millions of small objects would live just long enough to be copied by the collector. Not thread-safe; has one owner at a time.
/// </summary>
/// <param name="most">Rows that it takes.</param>
internal sealed class ReplicaBatch(int most)
{
    private readonly ReplicaRow[] _rows = new ReplicaRow[most];
    private byte[] _bytes = new byte[1 << 20];
    private int _used;
    private int _count;

    public ReadOnlySpan<ReplicaRow> Rows => _rows.AsSpan(0, _count);

    /// <summary>How far the import has come when these rows are committed.</summary>
    public ImportProgress? Progress { get; set; }

    public ReadOnlySpan<byte> Bytes(Piece piece) => _bytes.AsSpan(piece.Start, piece.Length);

    public void Add(in ReplicaRow row) => _rows[_count++] = row;

    /// <summary>Keeps a text of ASCII.</summary>
    public Piece Keep(ReadOnlySpan<char> ascii)
    {
        var piece = Reserve(ascii.Length, out var room);
        System.Text.Encoding.ASCII.GetBytes(ascii, room);
        return piece;
    }

    public Piece Keep(ReadOnlySpan<byte> bytes)
    {
        var piece = Reserve(bytes.Length, out var room);
        bytes.CopyTo(room);
        return piece;
    }

    /// <summary>Room for the caller to fill before the next call.</summary>
    public Piece Reserve(int length, out Span<byte> room)
    {
        if (_bytes.Length - _used < length) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _used + length));
        room = _bytes.AsSpan(_used, length);
        _used += length;
        return new Piece(_used - length, length);
    }

    /// <summary>Empties it for its next use.</summary>
    public void Clear() => (_count, _used, Progress) = (0, 0, null);
}
