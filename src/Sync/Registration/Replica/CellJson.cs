namespace EdgeGateway.Sync.Registration.Replica;

/// <summary>
/// Writes cells of a table as JSON straight into the room in which they are sealed: the serializer's writer checks and copies each text three times, at
/// the price of the cipher. Its texts must be UTF-8 without control characters, as <see cref="ReplicaRows"/> has them checked; empty ones are left out.
/// </summary>
/// <param name="room">Takes all that is written: <see cref="BytesBeside"/> and <see cref="MostBytesOf"/> each cell.</param>
internal ref struct CellJson(Span<byte> room)
{
    /// <summary>More than all names, marks, plate, colour and vehicle take.</summary>
    public const int BytesBeside = 320;

    private readonly Span<byte> _room = room;
    private int _used;

    /// <summary>The most that a cell's text takes: every character may want a backslash.</summary>
    public static int MostBytesOf(ReadOnlySpan<byte> cell) => 2 * cell.Length;

    /// <summary>Begins the text with an object of this name.</summary>
    public void Begin(scoped ReadOnlySpan<byte> name)
    {
        Put("{\""u8);
        Put(name);
        Put("\":{"u8);
    }

    /// <summary>A name and its text.</summary>
    public void Write(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return;
        if (_room[_used - 1] != '{') Put(","u8);
        Put("\""u8);
        Put(name);
        Put("\":\""u8);
        for (var at = text.IndexOfAny((byte)'"', (byte)'\\'); at >= 0; at = text.IndexOfAny((byte)'"', (byte)'\\'))
        {
            Put(text[..at]);
            Put("\\"u8);
            Put(text.Slice(at, 1));
            text = text[(at + 1)..];
        }

        Put(text);
        Put("\""u8);
    }

    /// <summary>Ends the object at hand; how many bytes there are by now.</summary>
    public int End()
    {
        Put("}"u8);
        return _used;
    }

    private void Put(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_room[_used..]);
        _used += bytes.Length;
    }
}
