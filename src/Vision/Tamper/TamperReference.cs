namespace EdgeGateway.Vision.Tamper;

/// <summary>
/// What a camera's view is compared with: where its edges are, at most 320 pixels wide, and two figures of its detail. No picture:
/// a face in it is a few pixels of outline, and no plate can be read.
/// </summary>
/// <param name="Width">Width of the edge map.</param>
/// <param name="Height">Height of the edge map.</param>
/// <param name="Edges">Strength of the edge at each place, 0 to 255, row by row.</param>
/// <param name="Sharpness">Fine detail for each unit of coarse detail.</param>
/// <param name="TakenAt">When, UTC.</param>
public sealed record TamperReference(int Width, int Height, byte[] Edges, double Sharpness, DateTimeOffset TakenAt)
{
    private const int LargestSide = 4096;

    private static ReadOnlySpan<byte> Magic => "EGREF1\n"u8;

    /// <summary>Writes it; an old one is replaced as a whole.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Save(string path)
    {
        var part = path + ".part";
        using (var writer = new BinaryWriter(File.Create(part)))
        {
            writer.Write(Magic);
            writer.Write(Width);
            writer.Write(Height);
            writer.Write(Sharpness);
            writer.Write(TakenAt.UtcTicks);
            writer.Write(Edges);
        }

        File.Move(part, path, overwrite: true);
    }

    /// <summary>Reads one that was saved; null when there is none.</summary>
    /// <exception cref="InvalidDataException">The file is damaged: take the reference again.</exception>
    public static TamperReference? Load(string path)
    {
        if (!File.Exists(path)) return null;
        using var reader = new BinaryReader(File.OpenRead(path));
        try
        {
            if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic)) throw Damaged(path);
            var (width, height, sharpness, ticks) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadDouble(), reader.ReadInt64());
            if (width is < 1 or > LargestSide || height is < 1 or > LargestSide || !double.IsFinite(sharpness) || sharpness < 0 || ticks < 0 || ticks > DateTime.MaxValue.Ticks) throw Damaged(path);
            var edges = reader.ReadBytes(width * height);
            return edges.Length == width * height ? new TamperReference(width, height, edges, sharpness, new DateTimeOffset(ticks, TimeSpan.Zero)) : throw Damaged(path);
        }
        catch (EndOfStreamException)
        {
            throw Damaged(path);
        }
    }

    private static InvalidDataException Damaged(string path) => new($"The reference {path} is damaged. Take it again: edgegateway snapshot --reference.");
}
