using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>
/// Shrinking by area with AVX2. Source rows run through once, top to bottom: 1. each becomes 8-bit RGB and is added, with
/// its share of the output row, to 16-bit column sums; 2. when an output row is complete, running sums along it give any
/// stretch of columns as a difference of two; 3. gain and bias, into the tensor.
/// Shares are counted in <c>256 / rows</c>ths of a row, so an edge between output rows lies at most half such a step off.
/// </summary>
internal sealed unsafe class AreaPass
{
    // Pixels a step; sums are padded to whole steps.
    private const int Step = 32;

    private readonly PinnedScratch<ushort> _sums = new();
    private readonly PinnedScratch<int> _running = new();
    private readonly PinnedScratch<int> _edgeColumn = new();
    private readonly PinnedScratch<float> _edgePart = new();
    private readonly PinnedScratch<int> _edgeSum = new();
    private readonly PinnedScratch<float> _edgeRest = new();
    private (int From, int To) _columns;

    /// <summary>True when this machine and this shrink are within what the sums can hold.</summary>
    public static bool Handles(in LetterboxMap map) =>
        Avx2.IsSupported && map.Region.Height <= 256L * map.Height && map.Region.Width >= map.Width && map.Region.Height >= map.Height;

    /// <summary>Writes the picture's part of the tensor, not the border.</summary>
    public void Write(in I420View source, in LetterboxMap map, TensorFormat format, int inputWidth, int inputHeight, float* tensor)
    {
        var region = map.Region;
        var padded = (region.Width + 2 * Step) / Step * Step;
        Prepare(region.Width, map.Width);
        var sums = _sums.Reserve(6 * padded);
        var next = sums + 3 * padded;
        _running.Reserve(padded + 8);

        var unit = (int)(256L * map.Height / region.Height);
        var filled = 0;
        new Span<ushort>(sums, 3 * padded).Clear();
        long rowEnd = 0;
        var outputRow = 0;
        var outputEnd = EdgeOf(1, map, unit);
        for (var row = 0; row < region.Height; row++)
        {
            rowEnd += unit;
            if (rowEnd < outputEnd)
            {
                Add(source, region, row, sums, padded, unit);
                filled += unit;
                continue;
            }

            var after = (int)(rowEnd - outputEnd);
            var before = unit - after;
            if (after == 0)
            {
                Add(source, region, row, sums, padded, before);
                new Span<ushort>(next, 3 * padded).Clear();
            }
            else
            {
                Split(source, region, row, sums, next, padded, before, after);
            }

            Finish(sums, padded, filled + before, map, format, inputWidth, inputHeight, outputRow, tensor);
            var done = sums;
            sums = next;
            next = done;
            filled = after;
            outputRow++;
            outputEnd = EdgeOf(outputRow + 1, map, unit);
        }
    }

    /// <summary>Where an output row ends, in units from the top of the region, to the nearest unit.</summary>
    private static long EdgeOf(int outputRow, in LetterboxMap map, int unit) =>
        (2L * outputRow * map.Region.Height * unit + map.Height) / (2L * map.Height);

    private void Prepare(int from, int to)
    {
        if (_columns == (from, to)) return;
        _columns = (from, to);
        var count = (to + 1 + 15) / 8 * 8;
        var column = _edgeColumn.Reserve(count);
        var part = _edgePart.Reserve(count);
        _edgeSum.Reserve(count);
        _edgeRest.Reserve(count);
        for (var edge = 0; edge < count; edge++)
        {
            var place = (long)Math.Min(edge, to) * from;
            column[edge] = (int)(place / to);
            part[edge] = (float)(place % to) / to;
        }
    }

    private static void Add(in I420View source, in PixelRegion region, int row, ushort* sums, int padded, int share) =>
        Convert(source, region, row, sums, null, padded, share, 0);

    private static void Split(in I420View source, in PixelRegion region, int row, ushort* sums, ushort* next, int padded, int before, int after) =>
        Convert(source, region, row, sums, next, padded, before, after);

    /// <summary>One source row into the sums: whole steps from the row itself, the rest from a padded copy.</summary>
    [SkipLocalsInit]
    private static void Convert(in I420View source, in PixelRegion region, int row, ushort* sums, ushort* next, int padded, int share, int nextShare)
    {
        var y = source.LumaRow(region.Y + row) + region.X;
        var u = source.CbRow(region.Y + row) + (region.X >> 1);
        var v = source.CrRow(region.Y + row) + (region.X >> 1);
        var width = region.Width;
        var first = Math.Min(region.X & 1, width);
        var edge = stackalloc byte[2 * Step];
        var at = 0;
        if (first == 1)
        {
            // The first column is the right half of its chroma sample: it goes alone, so that the steps after it begin on
            // a whole sample.
            ConvertSingle(y[0], u[0], v[0], sums, next, padded, share, nextShare);
            at = 1;
            u++;
            v++;
        }

        var whole = (width - at) / Step * Step;
        ConvertSteps(y + at, u, v, whole, sums + at, next is null ? null : next + at, padded, share, nextShare);
        var done = at + whole;
        var rest = width - done;
        if (rest == 0) return;
        var chroma = (rest + 1) / 2;
        Unsafe.CopyBlock(edge, y + done, (uint)rest);
        Unsafe.CopyBlock(edge + Step, u + whole / 2, (uint)chroma);
        Unsafe.CopyBlock(edge + Step + Step / 2, v + whole / 2, (uint)chroma);
        ConvertSteps(edge, edge + Step, edge + Step + Step / 2, Step, sums + done, next is null ? null : next + done, padded, share, nextShare);
    }

    private static void ConvertSingle(int y, int u, int v, ushort* sums, ushort* next, int padded, int share, int nextShare)
    {
        var rgb = stackalloc int[3];
        Bt601.Convert(y, u, v, rgb);
        for (var colour = 0; colour < 3; colour++)
        {
            sums[colour * padded] += (ushort)(rgb[colour] * share);
            if (next is not null) next[colour * padded] = (ushort)(rgb[colour] * nextShare);
        }
    }

    /// <summary>Whole steps of 32 pixels. All reads stay within <paramref name="count"/> pixels.</summary>
    private static void ConvertSteps(byte* y, byte* u, byte* v, int count, ushort* sums, ushort* next, int padded, int share, int nextShare)
    {
        var shares = Vector256.Create((short)share);
        var nextShares = Vector256.Create((short)nextShare);
        for (var x = 0; x < count; x += Step)
        {
            var cb = Bt601.Centred(Avx2.ConvertToVector256Int16(u + x / 2));
            var cr = Bt601.Centred(Avx2.ConvertToVector256Int16(v + x / 2));
            var red = Bt601.RedOf(cr);
            var green = Bt601.GreenOf(cb, cr);
            var blue = Bt601.BlueOf(cb);
            var luma = Bt601.Luma(Avx2.ConvertToVector256Int16(y + x));
            var luma2 = Bt601.Luma(Avx2.ConvertToVector256Int16(y + x + 16));
            var (redLow, redHigh) = Bt601.Twice(red);
            var (greenLow, greenHigh) = Bt601.Twice(green);
            var (blueLow, blueHigh) = Bt601.Twice(blue);
            redLow = Bt601.Finish(luma, redLow);
            redHigh = Bt601.Finish(luma2, redHigh);
            greenLow = Bt601.Finish(luma, greenLow);
            greenHigh = Bt601.Finish(luma2, greenHigh);
            blueLow = Bt601.Finish(luma, blueLow);
            blueHigh = Bt601.Finish(luma2, blueHigh);
            var to = (short*)sums + x;
            AddTo(to, redLow, shares);
            AddTo(to + 16, redHigh, shares);
            AddTo(to + padded, greenLow, shares);
            AddTo(to + padded + 16, greenHigh, shares);
            AddTo(to + 2 * padded, blueLow, shares);
            AddTo(to + 2 * padded + 16, blueHigh, shares);
            if (next is null) continue;
            to = (short*)next + x;
            Avx.Store(to, Avx2.MultiplyLow(redLow, nextShares));
            Avx.Store(to + 16, Avx2.MultiplyLow(redHigh, nextShares));
            Avx.Store(to + padded, Avx2.MultiplyLow(greenLow, nextShares));
            Avx.Store(to + padded + 16, Avx2.MultiplyLow(greenHigh, nextShares));
            Avx.Store(to + 2 * padded, Avx2.MultiplyLow(blueLow, nextShares));
            Avx.Store(to + 2 * padded + 16, Avx2.MultiplyLow(blueHigh, nextShares));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(short* sums, Vector256<short> values, Vector256<short> shares) =>
        Avx.Store(sums, Avx2.Add(Avx.LoadVector256(sums), Avx2.MultiplyLow(values, shares)));

    private void Finish(ushort* sums, int padded, int shares, in LetterboxMap map, TensorFormat format, int inputWidth, int inputHeight, int outputRow, float* tensor)
    {
        var perColumn = (float)map.Region.Width / map.Width;
        for (var colour = 0; colour < 3; colour++)
        {
            RunningSums(sums + colour * padded, map.Region.Width);
            SumsAtEdges(map.Width + 1);
            var output = tensor + ((nint)format.Plane(colour) * inputHeight + map.Top + outputRow) * inputWidth + map.Left;
            Differences(output, map.Width, format.Gain(colour) / (shares * perColumn), format.Bias(colour));
        }
    }

    /// <summary><c>running[i]</c> becomes the sum of the first i values. 16,384 columns of at most 65,535 fit in 31 bits.</summary>
    private void RunningSums(ushort* values, int count)
    {
        var running = _running.Pointer;
        running[0] = 0;
        var last = Vector256.Create(7);
        var carry = Vector256<int>.Zero;
        for (var i = 0; i < count; i += 8)
        {
            var sum = Avx2.ConvertToVector256Int32(values + i);
            sum = Avx2.Add(sum, Avx2.ShiftLeftLogical128BitLane(sum, 4));
            sum = Avx2.Add(sum, Avx2.ShiftLeftLogical128BitLane(sum, 8));
            var lower = Avx2.Permute2x128(sum, sum, 0x08);
            sum = Avx2.Add(sum, Avx2.Shuffle(lower, 0xFF));
            Avx.Store(running + i + 1, Avx2.Add(sum, carry));
            carry = Avx2.Add(carry, Avx2.PermuteVar8x32(sum, last));
        }
    }

    /// <summary>The running sum at each edge between output columns: up to the last whole source column, and the part beyond.</summary>
    private void SumsAtEdges(int edges)
    {
        var running = _running.Pointer;
        var column = _edgeColumn.Pointer;
        var part = _edgePart.Pointer;
        var whole = _edgeSum.Pointer;
        var rest = _edgeRest.Pointer;
        for (var edge = 0; edge < edges; edge += 8)
        {
            var at = Avx.LoadVector256(column + edge);
            var sum = Avx2.GatherVector256(running, at, 4);
            var beyond = Avx2.Subtract(Avx2.GatherVector256(running + 1, at, 4), sum);
            Avx.Store(whole + edge, sum);
            Avx.Store(rest + edge, Avx.Multiply(Avx.ConvertToVector256Single(beyond), Avx.LoadVector256(part + edge)));
        }
    }

    private void Differences(float* output, int count, float gain, float bias)
    {
        var whole = _edgeSum.Pointer;
        var rest = _edgeRest.Pointer;
        var (gains, biases) = (Vector256.Create(gain), Vector256.Create(bias));
        var x = 0;
        for (; x <= count - 8; x += 8)
        {
            // Whole columns are subtracted as integers: their running sums are too long for a float.
            var sum = Avx.ConvertToVector256Single(Avx2.Subtract(Avx.LoadVector256(whole + x + 1), Avx.LoadVector256(whole + x)));
            sum = Avx.Add(sum, Avx.Subtract(Avx.LoadVector256(rest + x + 1), Avx.LoadVector256(rest + x)));
            Avx.Store(output + x, Avx.Add(Avx.Multiply(sum, gains), biases));
        }

        for (; x < count; x++) output[x] = (whole[x + 1] - whole[x] + (rest[x + 1] - rest[x])) * gain + bias;
    }
}
