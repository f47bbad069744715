using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>
/// Bilinear resizing with AVX2. For each output row: 1. the two source rows that it lies between become packed 8-bit RGB,
/// exactly as <see cref="Bt601.Convert"/>; 2. each is mixed along the row, two neighbours with one multiplication, weights
/// in 14 bits; the last two such rows are kept, so enlarging converts each source row once; 3. the two are mixed, gain and
/// bias, into the tensor's planes.
/// </summary>
internal sealed unsafe class BilinearPass
{
    // Pixels converted a step, and outputs mixed a step.
    private const int Step = 16;
    private const int Block = 8;
    private const int WeightBits = 14;

    private readonly PinnedScratch<uint> _packed = new();
    private readonly PinnedScratch<int> _rows = new();
    private readonly PinnedScratch<int> _columns = new();
    private readonly PinnedScratch<int> _weights = new();
    private (int X, int Width, int To) _prepared;
    private int _blocks;

    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>Writes the picture's part of the tensor, not the border.</summary>
    public void Write(in I420View source, in LetterboxMap map, TensorFormat format, int inputWidth, int inputHeight, float* tensor)
    {
        Prepare(map);
        var upper = _rows.Pointer;
        var lower = upper + _blocks * Block * 4;
        var (upperRow, lowerRow) = (-1, -1);
        for (var outputRow = 0; outputRow < map.Height; outputRow++)
        {
            var (first, second, weight) = Taps(outputRow, map.Region.Height, map.Height);
            if (upperRow != first && lowerRow == first)
            {
                var kept = upper;
                upper = lower;
                lower = kept;
                (upperRow, lowerRow) = (lowerRow, upperRow);
            }

            if (upperRow != first) MixAlong(source, map.Region, upperRow = first, upper);
            if (lowerRow != second && weight > 0) MixAlong(source, map.Region, lowerRow = second, lower);
            MixDown(upper, weight > 0 ? lower : upper, (float)weight, map, format, inputWidth, inputHeight, outputRow, tensor);
        }
    }

    private static (int First, int Second, double Weight) Taps(int at, int from, int to)
    {
        var centre = (at + 0.5) * from / to - 0.5;
        var first = (int)Math.Floor(centre);
        if (first < 0) return (0, 0, 0);
        return first >= from - 1 ? (from - 1, from - 1, 0) : (first, first + 1, centre - first);
    }

    /// <summary>For each output column the packed pixel where its pair begins, and both weights four times over: red, green, blue, nothing.</summary>
    private void Prepare(in LetterboxMap map)
    {
        var key = (map.Region.X & 1, map.Region.Width, map.Width);
        if (_prepared == key) return;
        _prepared = key;
        _blocks = (map.Width + Block - 1) / Block;
        _packed.Reserve(map.Region.Width + 1 + 2 * Step);
        _rows.Reserve(2 * _blocks * Block * 4);
        var columns = _columns.Reserve(_blocks * Block);
        var weights = _weights.Reserve(_blocks * Block * 4);
        for (var x = 0; x < _blocks * Block; x++)
        {
            var (first, _, weight) = Taps(Math.Min(x, map.Width - 1), map.Region.Width, map.Width);
            columns[x] = first + (map.Region.X & 1);
            var second = (int)Math.Round(weight * (1 << WeightBits));
            var both = (1 << WeightBits) - second | second << 16;
            // In the order in which a block is mixed: columns 0 and 4, 1 and 5, 2 and 6, 3 and 7.
            var place = x / Block * Block + (x % 4 * 2 + x % Block / 4);
            for (var i = 0; i < 4; i++) weights[place * 4 + i] = both;
        }
    }

    private void MixAlong(in I420View source, in PixelRegion region, int row, int* to)
    {
        Pack(source, region, region.Y + row, _packed.Pointer);
        var packed = _packed.Pointer;
        var columns = _columns.Pointer;
        var weights = _weights.Pointer;
        // Two neighbours, byte by byte, as pairs of 16-bit numbers.
        var pairs = Vector256.Create(
            0, 0x80, 4, 0x80, 1, 0x80, 5, 0x80, 2, 0x80, 6, 0x80, 3, 0x80, 7, 0x80,
            0, 0x80, 4, 0x80, 1, 0x80, 5, 0x80, 2, 0x80, 6, 0x80, 3, 0x80, 7, 0x80);
        for (var x = 0; x < _blocks * Block; x += Block)
        {
            for (var i = 0; i < 4; i++)
            {
                var low = Vector128.CreateScalarUnsafe(*(ulong*)(packed + columns[x + i]));
                var high = Vector128.CreateScalarUnsafe(*(ulong*)(packed + columns[x + i + 4]));
                var both = Avx2.Shuffle(Vector256.Create(low, high).AsByte(), pairs).AsInt16();
                Avx.Store(to + x * 4 + i * 8, Avx2.MultiplyAddAdjacent(both, Avx.LoadVector256(weights + x * 4 + i * 8).AsInt16()));
            }
        }
    }

    private void MixDown(int* upper, int* lower, float weight, in LetterboxMap map, TensorFormat format, int inputWidth, int inputHeight, int outputRow, float* tensor)
    {
        const float Unit = 1f / (1 << WeightBits);
        var weights = Vector256.Create(weight);
        var gain = stackalloc float[3];
        var output = stackalloc float*[3];
        for (var colour = 0; colour < 3; colour++)
        {
            gain[colour] = format.Gain(colour) * Unit;
            output[colour] = tensor + ((nint)format.Plane(colour) * inputHeight + map.Top + outputRow) * inputWidth + map.Left;
        }

        var rest = stackalloc float[Block];
        for (var x = 0; x < map.Width; x += Block)
        {
            var a = Mixed(upper + x * 4, lower + x * 4, weights);
            var b = Mixed(upper + x * 4 + 8, lower + x * 4 + 8, weights);
            var c = Mixed(upper + x * 4 + 16, lower + x * 4 + 16, weights);
            var d = Mixed(upper + x * 4 + 24, lower + x * 4 + 24, weights);
            var (firstLow, secondLow) = (Avx.UnpackLow(a, b).AsDouble(), Avx.UnpackLow(c, d).AsDouble());
            var red = Avx.UnpackLow(firstLow, secondLow).AsSingle();
            var green = Avx.UnpackHigh(firstLow, secondLow).AsSingle();
            var blue = Avx.UnpackLow(Avx.UnpackHigh(a, b).AsDouble(), Avx.UnpackHigh(c, d).AsDouble()).AsSingle();
            red = Avx.Add(Avx.Multiply(red, Vector256.Create(gain[0])), Vector256.Create(format.Bias(0)));
            green = Avx.Add(Avx.Multiply(green, Vector256.Create(gain[1])), Vector256.Create(format.Bias(1)));
            blue = Avx.Add(Avx.Multiply(blue, Vector256.Create(gain[2])), Vector256.Create(format.Bias(2)));
            Store(red, output[0] + x, map.Width - x, rest);
            Store(green, output[1] + x, map.Width - x, rest);
            Store(blue, output[2] + x, map.Width - x, rest);
        }
    }

    /// <summary>Eight values, or as many as are left in the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> values, float* to, int left, float* scratch)
    {
        if (left >= Block)
        {
            Avx.Store(to, values);
            return;
        }

        Avx.Store(scratch, values);
        for (var i = 0; i < left; i++) to[i] = scratch[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mixed(int* upper, int* lower, Vector256<float> weight)
    {
        var above = Avx.LoadVector256(upper);
        var below = Avx2.Subtract(Avx.LoadVector256(lower), above);
        return Avx.Add(Avx.ConvertToVector256Single(above), Avx.Multiply(Avx.ConvertToVector256Single(below), weight));
    }

    /// <summary>One source row as packed pixels (red lowest), from the even column at or before the region's first one.</summary>
    [SkipLocalsInit]
    private static void Pack(in I420View source, in PixelRegion region, int row, uint* to)
    {
        var left = region.X & ~1;
        var count = region.X + region.Width - left;
        var y = source.LumaRow(row) + left;
        var u = source.CbRow(row) + left / 2;
        var v = source.CrRow(row) + left / 2;
        var whole = count / Step * Step;
        PackSteps(y, u, v, whole, to);
        var rest = count - whole;
        if (rest == 0) return;
        var edge = stackalloc byte[2 * Step];
        var chroma = (uint)(rest + 1) / 2;
        Unsafe.CopyBlock(edge, y + whole, (uint)rest);
        Unsafe.CopyBlock(edge + Step, u + whole / 2, chroma);
        Unsafe.CopyBlock(edge + Step + Step / 2, v + whole / 2, chroma);
        PackSteps(edge, edge + Step, edge + Step + Step / 2, Step, to + whole);
    }

    private static void PackSteps(byte* y, byte* u, byte* v, int count, uint* to)
    {
        var middle = Vector256.Create(128);
        var firstHalf = Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3);
        var secondHalf = Vector256.Create(4, 4, 5, 5, 6, 6, 7, 7);
        for (var x = 0; x < count; x += Step)
        {
            var cb = Avx2.Subtract(Avx2.ConvertToVector256Int32(u + x / 2), middle);
            var cr = Avx2.Subtract(Avx2.ConvertToVector256Int32(v + x / 2), middle);
            var red = Avx2.MultiplyLow(cr, Vector256.Create(1673527));
            var green = Avx2.Add(Avx2.MultiplyLow(cr, Vector256.Create(-852492)), Avx2.MultiplyLow(cb, Vector256.Create(-409993)));
            var blue = Avx2.MultiplyLow(cb, Vector256.Create(2116026));
            Pack8(y + x, Avx2.PermuteVar8x32(red, firstHalf), Avx2.PermuteVar8x32(green, firstHalf), Avx2.PermuteVar8x32(blue, firstHalf), to + x);
            Pack8(y + x + 8, Avx2.PermuteVar8x32(red, secondHalf), Avx2.PermuteVar8x32(green, secondHalf), Avx2.PermuteVar8x32(blue, secondHalf), to + x + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pack8(byte* y, Vector256<int> red, Vector256<int> green, Vector256<int> blue, uint* to)
    {
        var luma = Avx2.Max(Avx2.Subtract(Avx2.ConvertToVector256Int32(y), Vector256.Create(16)), Vector256<int>.Zero);
        luma = Avx2.Add(Avx2.MultiplyLow(luma, Vector256.Create(1220542)), Vector256.Create(1 << 19));
        var packed = Cut(Avx2.Add(luma, red));
        packed = Avx2.Or(packed, Avx2.ShiftLeftLogical(Cut(Avx2.Add(luma, green)), 8));
        packed = Avx2.Or(packed, Avx2.ShiftLeftLogical(Cut(Avx2.Add(luma, blue)), 16));
        Avx.Store(to, packed.AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Cut(Vector256<int> sum) =>
        Avx2.Min(Avx2.Max(Avx2.ShiftRightArithmetic(sum, 20), Vector256<int>.Zero), Vector256.Create(255));
}
