using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>
/// Bilinear resizing with AVX2. Only the pixels that are needed are touched: 1. a source row becomes a row of the output's
/// width in floating-point RGB, both pixels beside each place fetched with one gather; the last two such rows are kept,
/// so enlarging converts each source row once; 2. two of them are mixed; 3. gain and bias, into the tensor.
/// </summary>
internal sealed unsafe class BilinearPass
{
    // Bytes that one gather reads; planes narrower than that are left to the plain twin.
    private const int Gathered = 4;

    private readonly PinnedScratch<float> _rows = new();
    private readonly PinnedScratch<int> _columns = new();
    private readonly PinnedScratch<float> _weights = new();
    private (PixelRegion Region, int To, int Width) _prepared;
    private int _padded;

    /// <summary>True when this machine and this picture can be handled.</summary>
    public static bool Handles(in I420View source) => Avx2.IsSupported && (source.Width + 1) / 2 >= Gathered;

    /// <summary>Writes the picture's part of the tensor, not the border.</summary>
    public void Write(in I420View source, in LetterboxMap map, TensorFormat format, int inputWidth, int inputHeight, float* tensor)
    {
        Prepare(source.Width, map);
        var upper = _rows.Pointer;
        var lower = upper + 3 * _padded;
        var (upperRow, lowerRow) = (-1, -1);
        for (var outputRow = 0; outputRow < map.Height; outputRow++)
        {
            var (first, second, weight) = Taps(outputRow, map.Region.Height, map.Height);
            if (upperRow != first)
            {
                if (lowerRow == first)
                {
                    var other = upper;
                    upper = lower;
                    lower = other;
                    (upperRow, lowerRow) = (lowerRow, upperRow);
                }
                else
                {
                    ConvertRow(source, map.Region.Y + first, upper);
                    upperRow = first;
                }
            }

            if (lowerRow != second && weight > 0)
            {
                ConvertRow(source, map.Region.Y + second, lower);
                lowerRow = second;
            }

            var below = weight > 0 ? lower : upper;
            for (var colour = 0; colour < 3; colour++)
            {
                var output = tensor + ((nint)format.Plane(colour) * inputHeight + map.Top + outputRow) * inputWidth + map.Left;
                Mix(upper + colour * _padded, below + colour * _padded, (float)weight, format.Gain(colour), format.Bias(colour), output, map.Width);
            }
        }
    }

    private static (int First, int Second, double Weight) Taps(int at, int from, int to)
    {
        var centre = (at + 0.5) * from / to - 0.5;
        var first = (int)Math.Floor(centre);
        if (first < 0) return (0, 0, 0);
        return first >= from - 1 ? (from - 1, from - 1, 0) : (first, first + 1, centre - first);
    }

    /// <summary>For each output column: where to gather luma and chroma, and how far to shift for each of the two pixels.</summary>
    private void Prepare(int width, in LetterboxMap map)
    {
        if (_prepared == (map.Region, map.Width, width)) return;
        _prepared = (map.Region, map.Width, width);
        _padded = (map.Width + 7) / 8 * 8;
        _rows.Reserve(6 * _padded);
        var columns = _columns.Reserve(6 * _padded);
        var weights = _weights.Reserve(_padded);
        var chromaWidth = (width + 1) / 2;
        for (var x = 0; x < _padded; x++)
        {
            var (first, second, weight) = Taps(Math.Min(x, map.Width - 1), map.Region.Width, map.Width);
            first += map.Region.X;
            second += map.Region.X;
            // A gather never reaches beyond the row: at its end it starts earlier and shifts further.
            var luma = Math.Min(first, width - Gathered);
            var chroma = Math.Min(first >> 1, chromaWidth - Gathered);
            columns[x] = luma;
            columns[_padded + x] = (first - luma) * 8;
            columns[2 * _padded + x] = (second - luma) * 8;
            columns[3 * _padded + x] = chroma;
            columns[4 * _padded + x] = ((first >> 1) - chroma) * 8;
            columns[5 * _padded + x] = ((second >> 1) - chroma) * 8;
            weights[x] = (float)weight;
        }
    }

    private void ConvertRow(in I420View source, int row, float* to)
    {
        var luma = source.LumaRow(row);
        var cb = source.CbRow(row);
        var cr = source.CrRow(row);
        var columns = _columns.Pointer;
        var weights = _weights.Pointer;
        var padded = _padded;
        for (var x = 0; x < padded; x += 8)
        {
            var y = Avx2.GatherVector256((int*)luma, Avx.LoadVector256(columns + x), 1);
            var chromaAt = Avx.LoadVector256(columns + 3 * padded + x);
            var u = Avx2.GatherVector256((int*)cb, chromaAt, 1);
            var v = Avx2.GatherVector256((int*)cr, chromaAt, 1);
            var chromaShift = Avx.LoadVector256(columns + 4 * padded + x).AsUInt32();
            Colours(Byte(y, Avx.LoadVector256(columns + padded + x).AsUInt32()), Byte(u, chromaShift), Byte(v, chromaShift), out var red, out var green, out var blue);
            chromaShift = Avx.LoadVector256(columns + 5 * padded + x).AsUInt32();
            Colours(Byte(y, Avx.LoadVector256(columns + 2 * padded + x).AsUInt32()), Byte(u, chromaShift), Byte(v, chromaShift), out var red2, out var green2, out var blue2);
            var weight = Avx.LoadVector256(weights + x);
            Avx.Store(to + x, Mixed(red, red2, weight));
            Avx.Store(to + padded + x, Mixed(green, green2, weight));
            Avx.Store(to + 2 * padded + x, Mixed(blue, blue2, weight));
        }
    }

    private static void Mix(float* upper, float* lower, float weight, float gain, float bias, float* output, int count)
    {
        var (weights, gains, biases) = (Vector256.Create(weight), Vector256.Create(gain), Vector256.Create(bias));
        var x = 0;
        for (; x <= count - 8; x += 8)
        {
            var mixed = Mixed(Avx.LoadVector256(upper + x), Avx.LoadVector256(lower + x), weights);
            Avx.Store(output + x, Avx.Add(Avx.Multiply(mixed, gains), biases));
        }

        for (; x < count; x++) output[x] = (upper[x] + (lower[x] - upper[x]) * weight) * gain + bias;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Byte(Vector256<int> four, Vector256<uint> shift) =>
        Avx2.And(Avx2.ShiftRightLogicalVariable(four, shift), Vector256.Create(255));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mixed(Vector256<float> a, Vector256<float> b, Vector256<float> weight) =>
        Avx.Add(a, Avx.Multiply(Avx.Subtract(b, a), weight));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mixed(Vector256<int> a, Vector256<int> b, Vector256<float> weight) =>
        Mixed(Avx.ConvertToVector256Single(a), Avx.ConvertToVector256Single(b), weight);

    /// <summary>Eight pixels to red, green, blue of 0..255, exactly as <see cref="Bt601.Convert"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Colours(Vector256<int> y, Vector256<int> cb, Vector256<int> cr, out Vector256<int> red, out Vector256<int> green, out Vector256<int> blue)
    {
        var middle = Vector256.Create(128);
        cb = Avx2.Subtract(cb, middle);
        cr = Avx2.Subtract(cr, middle);
        var luma = Avx2.Max(Avx2.Subtract(y, Vector256.Create(16)), Vector256<int>.Zero);
        luma = Avx2.Add(Avx2.MultiplyLow(luma, Vector256.Create(1220542)), Vector256.Create(1 << 19));
        red = Cut(Avx2.Add(luma, Avx2.MultiplyLow(cr, Vector256.Create(1673527))));
        green = Cut(Avx2.Subtract(Avx2.Subtract(luma, Avx2.MultiplyLow(cr, Vector256.Create(852492))), Avx2.MultiplyLow(cb, Vector256.Create(409993))));
        blue = Cut(Avx2.Add(luma, Avx2.MultiplyLow(cb, Vector256.Create(2116026))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Cut(Vector256<int> sum) =>
        Avx2.Min(Avx2.Max(Avx2.ShiftRightArithmetic(sum, 20), Vector256<int>.Zero), Vector256.Create(255));
}
