using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Plates;

/// <summary>
/// Samples a plate, seen from an angle, straight into a reader's tensor as if it were seen from the front: the plane's homography
/// from the four corners (P. Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3), bilinear in the
/// planes of the frame, several samples a pixel where the plate is larger than the tensor, then BT.601 to RGB. Allocates nothing.
/// </summary>
public sealed class PlateRectifier
{
    private readonly TensorFormat _format;

    /// <param name="input">Size, colour order and normalisation of the reader.</param>
    public PlateRectifier(ModelInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _format = new TensorFormat(input);
        Width = input.Width;
        Height = input.Height;
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Writes the plate into the tensor and says how sharp it is.</summary>
    /// <param name="frame">The frame; held by the caller. Places outside it repeat its edge.</param>
    /// <param name="quad">Corners of the plate in the frame.</param>
    /// <param name="margin">How much of the surroundings is taken in on each side, as a share of that side's length.</param>
    /// <param name="tensor">3 × <see cref="Height"/> × <see cref="Width"/> values, channel by channel.</param>
    /// <returns>Sharpness: the energy of differences between neighbouring pixels divided by the contrast, 0 for a plain area, about 0.05 for a plate enlarged four times, 0.3 and more for a crisp one.</returns>
    public float Write(Frame frame, in PlateQuad quad, float margin, Span<float> tensor)
    {
        var plane = Width * Height;
        if (tensor.Length != 3 * plane) throw new ArgumentException($"The tensor has {tensor.Length} values, not 3x{Height}x{Width}.", nameof(tensor));
        var map = PlaneMap.Of(quad);
        var red = tensor.Slice(_format.Plane(0) * plane, plane);
        var green = tensor.Slice(_format.Plane(1) * plane, plane);
        var blue = tensor.Slice(_format.Plane(2) * plane, plane);
        var across = Math.Clamp((int)MathF.Ceiling(quad.WidthPx * (1 + 2 * margin) / Width), 1, 4);
        var down = Math.Clamp((int)MathF.Ceiling(quad.HeightPx * (1 + 2 * margin) / Height), 1, 4);
        var view = I420View.Of(frame);
        double sum = 0, squares = 0, edges = 0;
        for (var y = 0; y < Height; y++)
        {
            var before = 0f;
            for (var x = 0; x < Width; x++)
            {
                var luma = Luma(view, map, margin, x, y, across, down);
                var centre = map.At(Share(x + 0.5f, Width, margin), Share(y + 0.5f, Height, margin));
                var (cb, cr) = Chroma(view, centre);
                WriteColour(red, green, blue, y * Width + x, luma, cb, cr);
                sum += luma;
                squares += luma * luma;
                if (x > 0) edges += (luma - before) * (luma - before);
                before = luma;
            }
        }

        var variance = squares / plane - sum / plane * (sum / plane);
        return variance < 1 ? 0 : (float)(edges / (Height * (Width - 1)) / variance);
    }

    private float Luma(in I420View view, in PlaneMap map, float margin, int x, int y, int across, int down)
    {
        var sum = 0f;
        for (var j = 0; j < down; j++)
        {
            for (var i = 0; i < across; i++)
            {
                var at = map.At(Share(x + (i + 0.5f) / across, Width, margin), Share(y + (j + 0.5f) / down, Height, margin));
                sum += Bilinear(view.Y, view.StrideY, view.Width, view.Height, at.X - 0.5f, at.Y - 0.5f);
            }
        }

        return sum / (across * down);
    }

    private static (float Cb, float Cr) Chroma(in I420View view, PointPx at)
    {
        var (width, height) = ((view.Width + 1) / 2, (view.Height + 1) / 2);
        var (x, y) = (at.X / 2 - 0.5f, at.Y / 2 - 0.5f);
        return (Bilinear(view.U, view.StrideC, width, height, x, y) - 128, Bilinear(view.V, view.StrideC, width, height, x, y) - 128);
    }

    private void WriteColour(Span<float> red, Span<float> green, Span<float> blue, int at, float luma, float cb, float cr)
    {
        var scaled = MathF.Max(0, luma - 16) * (255f / 219f);
        red[at] = Value(scaled + 1.596027f * cr, 0);
        green[at] = Value(scaled - 0.812968f * cr - 0.391762f * cb, 1);
        blue[at] = Value(scaled + 2.017232f * cb, 2);
    }

    private float Value(float colour, int channel) => Math.Clamp(colour, 0, 255) * _format.Gain(channel) + _format.Bias(channel);

    private static float Share(float pixel, int size, float margin) => pixel / size * (1 + 2 * margin) - margin;

    private static unsafe float Bilinear(nint plane, int stride, int width, int height, float x, float y)
    {
        // Written so that NaN ends at the corner instead of outside the plane.
        x = x > 0 ? MathF.Min(x, width - 1) : 0;
        y = y > 0 ? MathF.Min(y, height - 1) : 0;
        var (left, top) = ((int)x, (int)y);
        var (right, bottom) = (Math.Min(left + 1, width - 1), Math.Min(top + 1, height - 1));
        var (fx, fy) = (x - left, y - top);
        var upper = (byte*)plane + (nint)top * stride;
        var lower = (byte*)plane + (nint)bottom * stride;
        var above = upper[left] + (upper[right] - upper[left]) * fx;
        var below = lower[left] + (lower[right] - lower[left]) * fx;
        return above + (below - above) * fy;
    }

    /// <summary>The way from the unit square to a quadrilateral.</summary>
    internal readonly record struct PlaneMap(float A, float B, float C, float D, float E, float F, float G, float H)
    {
        public static PlaneMap Of(in PlateQuad q)
        {
            var (p0, p1, p2, p3) = (q.TopLeft, q.TopRight, q.BottomRight, q.BottomLeft);
            var (dx1, dx2, sx) = (p1.X - p2.X, p3.X - p2.X, p0.X - p1.X + p2.X - p3.X);
            var (dy1, dy2, sy) = (p1.Y - p2.Y, p3.Y - p2.Y, p0.Y - p1.Y + p2.Y - p3.Y);
            var area = dx1 * dy2 - dx2 * dy1;
            // Three corners on one line span no plane; then the straight (affine) map serves as well as any.
            var g = MathF.Abs(area) < 1e-6f ? 0 : (sx * dy2 - dx2 * sy) / area;
            var h = MathF.Abs(area) < 1e-6f ? 0 : (dx1 * sy - sx * dy1) / area;
            return new PlaneMap(p1.X - p0.X + g * p1.X, p3.X - p0.X + h * p3.X, p0.X, p1.Y - p0.Y + g * p1.Y, p3.Y - p0.Y + h * p3.Y, p0.Y, g, h);
        }

        public PointPx At(float u, float v)
        {
            var w = G * u + H * v + 1;
            return new PointPx((A * u + B * v + C) / w, (D * u + E * v + F) / w);
        }
    }
}
