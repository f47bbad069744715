using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>Three planes somewhere in memory: what the pixel code reads, whoever owns it. Valid as long as the owner holds the memory.</summary>
/// <param name="Y">Luma, first row first.</param>
/// <param name="U">Cb at half the size, rounded up.</param>
/// <param name="V">Cr at half the size, rounded up.</param>
/// <param name="Width">Width in luma pixels.</param>
/// <param name="Height">Height in luma pixels.</param>
/// <param name="StrideY">Bytes from one luma row to the next.</param>
/// <param name="StrideC">Bytes from one chroma row to the next.</param>
internal readonly unsafe record struct I420View(nint Y, nint U, nint V, int Width, int Height, int StrideY, int StrideC)
{
    public static I420View Of(Frame frame)
    {
        var luma = frame.Address;
        var cb = luma + frame.Width * frame.Height;
        return new I420View(luma, cb, cb + frame.ChromaWidth * frame.ChromaHeight, frame.Width, frame.Height, frame.Width, frame.ChromaWidth);
    }

    public byte* LumaRow(int y) => (byte*)Y + (nint)y * StrideY;

    /// <summary>The Cb row that belongs to a luma row.</summary>
    public byte* CbRow(int y) => (byte*)U + (nint)(y >> 1) * StrideC;

    /// <summary>The Cr row that belongs to a luma row.</summary>
    public byte* CrRow(int y) => (byte*)V + (nint)(y >> 1) * StrideC;
}
