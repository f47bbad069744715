using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>
/// YCbCr of limited range to RGB as ITU-R BT.601 says: R = 1.164 (Y − 16) + 1.596 (Cr − 128),
/// G = 1.164 (Y − 16) − 0.813 (Cr − 128) − 0.391 (Cb − 128), B = 1.164 (Y − 16) + 2.018 (Cb − 128); Y below 16 counts as
/// 16, results are rounded and cut to 0..255. The vector code works in 16 bits with 6 of them behind the point: rounding
/// differs from the exact formula by one now and then.
/// </summary>
internal static unsafe class Bt601
{
    private const int Behind = 6;

    /// <summary>One pixel, in 20-bit fixed point; red, green and blue go to <paramref name="rgb"/>.</summary>
    public static void Convert(int y, int cb, int cr, int* rgb)
    {
        var luma = Math.Max(0, y - 16) * 1220542 + (1 << 19);
        cb -= 128;
        cr -= 128;
        rgb[0] = Math.Clamp((luma + 1673527 * cr) >> 20, 0, 255);
        rgb[1] = Math.Clamp((luma - 852492 * cr - 409993 * cb) >> 20, 0, 255);
        rgb[2] = Math.Clamp((luma + 2116026 * cb) >> 20, 0, 255);
    }

    /// <summary>Chroma 0..255 as −128..127 in the upper byte, ready for a multiplication that keeps the upper half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Centred(Vector256<short> chroma) =>
        Avx2.ShiftLeftLogical(Avx2.Subtract(chroma, Vector256.Create((short)128)), 8);

    /// <summary>1.164 (Y − 16), with the half that rounds and what two multiplications that cut off lose on average.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Luma(Vector256<short> luma)
    {
        var above = Avx2.ShiftLeftLogical(Avx2.SubtractSaturate(luma.AsUInt16(), Vector256.Create((ushort)16)), 8);
        // 1.164 · 2^6 · 2^8
        var scaled = Avx2.MultiplyHigh(above, Vector256.Create((ushort)19071)).AsInt16();
        return Avx2.Add(scaled, Vector256.Create((short)((1 << (Behind - 1)) + 1)));
    }

    /// <summary>1.596 Cr</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> RedOf(Vector256<short> cr) => Avx2.MultiplyHigh(cr, Vector256.Create((short)26149));

    /// <summary>−0.813 Cr − 0.391 Cb</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> GreenOf(Vector256<short> cb, Vector256<short> cr) =>
        Avx2.Add(Avx2.MultiplyHigh(cb, Vector256.Create((short)-6406)), Avx2.MultiplyHigh(cr, Vector256.Create((short)-13320)));

    /// <summary>2.018 Cb: half the factor, doubled, for the factor itself exceeds 15 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> BlueOf(Vector256<short> cb)
    {
        var half = Avx2.MultiplyHigh(cb, Vector256.Create((short)16531));
        return Avx2.Add(half, half);
    }

    /// <summary>Each of 16 chroma terms for its two pixels: the first 16 pixels, then the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> Low, Vector256<short> High) Twice(Vector256<short> term)
    {
        var spread = Avx2.Permute4x64(term.AsInt64(), 0b11_01_10_00).AsInt16();
        return (Avx2.UnpackLow(spread, spread), Avx2.UnpackHigh(spread, spread));
    }

    /// <summary>Luma and chroma term as a colour 0..255. The sum saturates far above 255, where it is cut anyway.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Finish(Vector256<short> luma, Vector256<short> term)
    {
        var colour = Avx2.ShiftRightArithmetic(Avx2.AddSaturate(luma, term), Behind);
        return Avx2.Min(Avx2.Max(colour, Vector256<short>.Zero), Vector256.Create((short)255));
    }
}
