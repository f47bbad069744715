using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>
/// The arithmetic of <see cref="MotionGate"/>: luma in cells of 8×8 pixels, each the sum of every second row (32 bytes,
/// 0 to 8,160), and what differs between two such grids. Vector code with plain twins.
/// </summary>
internal static unsafe class MotionGrid
{
    /// <summary>Side of a cell in pixels.</summary>
    public const int Cell = 8;

    /// <summary>Bytes summed in a cell: one grey level of the whole cell counts so much.</summary>
    public const int Samples = 32;

    /// <summary>Sums of all whole cells, row by row; pixels beyond the last whole cell are left out.</summary>
    public static void Sum(byte* luma, int width, int height, int stride, Span<ushort> cells)
    {
        var columns = width / Cell;
        for (var row = 0; row < height / Cell; row++)
        {
            var from = luma + (nint)row * Cell * stride;
            var to = cells.Slice(row * columns, columns);
            var column = 0;
            if (Avx2.IsSupported)
            {
                for (; column <= columns - 4; column += 4)
                {
                    var at = from + column * Cell;
                    var sum = Avx2.Add(Eights(at), Eights(at + 2 * stride));
                    sum = Avx2.Add(sum, Avx2.Add(Eights(at + 4 * stride), Eights(at + 6 * stride)));
                    to[column] = sum[0];
                    to[column + 1] = sum[4];
                    to[column + 2] = sum[8];
                    to[column + 3] = sum[12];
                }
            }

            for (; column < columns; column++) to[column] = SumOne(from + column * Cell, stride);
        }
    }

    /// <summary>The plain twin of <see cref="Sum"/>.</summary>
    public static void SumReference(byte* luma, int width, int height, int stride, Span<ushort> cells)
    {
        var columns = width / Cell;
        for (var cell = 0; cell < columns * (height / Cell); cell++)
        {
            cells[cell] = SumOne(luma + (nint)(cell / columns) * Cell * stride + cell % columns * Cell, stride);
        }
    }

    /// <summary>Sum of the signed differences of all cells.</summary>
    public static long Shift(ReadOnlySpan<ushort> now, ReadOnlySpan<ushort> before)
    {
        var total = Vector256<int>.Zero;
        var at = 0;
        // Half sums of 8,160 differ by less than 2^13; 2^31 holds more steps than any picture has.
        for (; at <= now.Length - 16; at += 16)
        {
            var difference = Vector256.Create(now.Slice(at, 16)).AsInt16() - Vector256.Create(before.Slice(at, 16)).AsInt16();
            var (low, high) = Vector256.Widen(difference);
            total += low + high;
        }

        long sum = Vector256.Sum(total);
        for (; at < now.Length; at++) sum += now[at] - before[at];
        return sum;
    }

    /// <summary>
    /// Counts the cells that changed by more than <paramref name="bound"/> plus twice their noise after the shift common to
    /// all is taken off, and lets the noise learn.
    /// </summary>
    /// <param name="now">The cells of this frame.</param>
    /// <param name="before">The cells of the frame that it is compared with.</param>
    /// <param name="noise">What each cell changes by of itself; falls by 1/256 each time, and rises by 1/16 of what a change above the bound has over it when <paramref name="learn"/>.</param>
    /// <param name="shift">Taken off every difference: lighting and exposure change all cells alike.</param>
    /// <param name="bound">The least change that counts, in cell sums.</param>
    /// <param name="learn">True when nothing is known that explains such changes.</param>
    public static int Changed(ReadOnlySpan<ushort> now, ReadOnlySpan<ushort> before, Span<ushort> noise, short shift, ushort bound, bool learn)
    {
        var at = 0;
        var count = 0;
        var (shifts, bounds, learns) = (Vector256.Create(shift), Vector256.Create(bound), Vector256.Create(learn ? ushort.MaxValue : (ushort)0));
        for (; at <= now.Length - 16; at += 16)
        {
            var difference = Vector256.Create(now.Slice(at, 16)).AsInt16() - Vector256.Create(before.Slice(at, 16)).AsInt16() - shifts;
            var size = Vector256.Abs(difference).AsUInt16();
            var own = Vector256.Create<ushort>(noise.Slice(at, 16));
            var changed = Vector256.GreaterThan(size, bounds + own + own);
            count += System.Numerics.BitOperations.PopCount(changed.ExtractMostSignificantBits());
            var rise = (Vector256.Max(size, own) - own) >>> 4;
            own -= (own + Vector256.Create((ushort)255)) >>> 8;
            own += rise & Vector256.GreaterThan(size, bounds) & learns;
            own.CopyTo(noise.Slice(at, 16));
        }

        return count + ChangedTail(now, before, noise, shift, bound, learn, at);
    }

    /// <summary>The plain twin of <see cref="Changed"/>.</summary>
    public static int ChangedReference(ReadOnlySpan<ushort> now, ReadOnlySpan<ushort> before, Span<ushort> noise, short shift, ushort bound, bool learn) =>
        ChangedTail(now, before, noise, shift, bound, learn, 0);

    private static int ChangedTail(ReadOnlySpan<ushort> now, ReadOnlySpan<ushort> before, Span<ushort> noise, short shift, ushort bound, bool learn, int from)
    {
        var count = 0;
        for (var at = from; at < now.Length; at++)
        {
            var size = Math.Abs(now[at] - before[at] - shift);
            var own = noise[at];
            var changed = size > bound + 2 * own;
            if (changed) count++;
            var rise = size > bound && learn ? (Math.Max(size, own) - own) >> 4 : 0;
            noise[at] = (ushort)(own - ((own + 255) >> 8) + rise);
        }

        return count;
    }

    /// <summary>Four sums of eight bytes each, in the lowest parts of four quarters.</summary>
    private static Vector256<ushort> Eights(byte* at) => Avx2.SumAbsoluteDifferences(Avx.LoadVector256(at), Vector256<byte>.Zero);

    private static ushort SumOne(byte* at, int stride)
    {
        var sum = 0;
        for (var y = 0; y < Cell; y += 2)
        {
            for (var x = 0; x < Cell; x++) sum += at[y * stride + x];
        }

        return (ushort)sum;
    }
}
