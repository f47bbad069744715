namespace EdgeGateway.Vision.Preprocess;

/// <summary>
/// The plain twin of <see cref="Letterbox"/>: what it computes, one value at a time. Order of operations: 1. each source
/// pixel that is needed becomes RGB of 8 bits (BT.601 limited range, every chroma sample stands for its 2×2 pixels,
/// rounded and cut to 0..255); 2. those are mixed in floating point, without rounding; 3. gain and bias; 4. the border.
/// Mixing is bilinear, or by area when the picture shrinks to half or less (<see cref="Interpolation.Auto"/>): bilinear looks at
/// four pixels only, so a shrink by more than two skips pixels, small far objects flicker and edges turn to noise.
/// Both agree with OpenCV's cvtColor, resize (INTER_LINEAR, INTER_AREA) and blobFromImage but for its 8-bit rounding
/// between the steps.
/// </summary>
internal static unsafe class LetterboxReference
{
    /// <summary>True when the picture is mixed by area; <see cref="Interpolation"/> says when.</summary>
    public static bool ByArea(in LetterboxMap map, Interpolation interpolation)
    {
        var (w, h) = (map.Region.Width, map.Region.Height);
        if (interpolation == Interpolation.Bilinear || w < map.Width || h < map.Height) return false;
        return interpolation == Interpolation.Area || w >= 2 * map.Width || h >= 2 * map.Height;
    }

    /// <summary>Writes the whole tensor, border too.</summary>
    public static void Write(in I420View source, in LetterboxMap map, TensorFormat format, Interpolation interpolation, int inputWidth, int inputHeight, Span<float> tensor)
    {
        var area = ByArea(map, interpolation);
        for (var colour = 0; colour < 3; colour++)
        {
            var (gain, bias) = (format.Gain(colour), format.Bias(colour));
            var plane = tensor.Slice(format.Plane(colour) * inputWidth * inputHeight, inputWidth * inputHeight);
            plane.Fill(format.Pad * gain + bias);
            for (var y = 0; y < map.Height; y++)
            {
                for (var x = 0; x < map.Width; x++)
                {
                    var value = area ? Area(source, map, colour, x, y) : Bilinear(source, map, colour, x, y);
                    plane[(y + map.Top) * inputWidth + map.Left + x] = (float)value * gain + bias;
                }
            }
        }
    }

    /// <summary>One colour of one pixel, 0 to 255: 0 red, 1 green, 2 blue.</summary>
    public static int Colour(in I420View source, int x, int y, int colour)
    {
        var rgb = stackalloc int[3];
        Bt601.Convert(source.LumaRow(y)[x], source.CbRow(y)[x >> 1], source.CrRow(y)[x >> 1], rgb);
        return rgb[colour];
    }

    private static double Bilinear(in I420View source, in LetterboxMap map, int colour, int x, int y)
    {
        var (x0, x1, fx) = Taps(x, map.Region.Width, map.Width);
        var (y0, y1, fy) = Taps(y, map.Region.Height, map.Height);
        var (left, top) = (map.Region.X, map.Region.Y);
        var upper = Colour(source, left + x0, top + y0, colour) * (1 - fx) + Colour(source, left + x1, top + y0, colour) * fx;
        var lower = Colour(source, left + x0, top + y1, colour) * (1 - fx) + Colour(source, left + x1, top + y1, colour) * fx;
        return upper * (1 - fy) + lower * fy;
    }

    /// <summary>The two source pixels around the centre of an output pixel and the weight of the second; the edge repeats.</summary>
    private static (int First, int Second, double Weight) Taps(int at, int from, int to)
    {
        var centre = (at + 0.5) * from / to - 0.5;
        var first = (int)Math.Floor(centre);
        if (first < 0) return (0, 0, 0);
        return first >= from - 1 ? (from - 1, from - 1, 0) : (first, first + 1, centre - first);
    }

    private static double Area(in I420View source, in LetterboxMap map, int colour, int x, int y)
    {
        var perX = (double)map.Region.Width / map.Width;
        var perY = (double)map.Region.Height / map.Height;
        var (x0, x1, y0, y1) = (x * perX, (x + 1) * perX, y * perY, (y + 1) * perY);
        double sum = 0;
        for (var sy = (int)y0; sy < Math.Min(Math.Ceiling(y1 - 1e-9), map.Region.Height); sy++)
        {
            var wy = Math.Min(sy + 1, y1) - Math.Max(sy, y0);
            for (var sx = (int)x0; sx < Math.Min(Math.Ceiling(x1 - 1e-9), map.Region.Width); sx++)
            {
                var wx = Math.Min(sx + 1, x1) - Math.Max(sx, x0);
                sum += wx * wy * Colour(source, map.Region.X + sx, map.Region.Y + sy, colour);
            }
        }

        return sum / (perX * perY);
    }
}
