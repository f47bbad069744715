using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Plates;

/// <summary>
/// Keeps the surroundings of one plate as one frame showed them, at most 256 × 192 pixels, in memory made once: the frame itself
/// goes back to its pool. Larger pieces are shrunk by a whole factor, block by block.
/// </summary>
internal sealed class PlateCrop
{
    private const int MostWidth = 256;
    private const int MostHeight = 192;

    // A third of the plate on each side: enough to see what carries it.
    private const float Surroundings = 0.33f;

    private readonly byte[] _pixels = new byte[MostWidth * MostHeight * 3 / 2];
    private FrameTime _takenAt;
    private long _sequence;
    private PlateQuad _plate;
    private BoxPx _region;
    private int _width;
    private int _height;

    public bool IsEmpty => _width == 0;

    public void Clear() => _width = 0;

    /// <summary>Copies the place from the frame. Allocates nothing.</summary>
    public void Take(Frame frame, in PlateSpot spot)
    {
        var bounds = spot.Corners.Bounds;
        var left = Even(bounds.X - Surroundings * bounds.Width, frame.Width);
        var top = Even(bounds.Y - Surroundings * bounds.Height, frame.Height);
        var right = Math.Min(frame.Width, (int)MathF.Ceiling(bounds.Right + Surroundings * bounds.Width));
        var bottom = Math.Min(frame.Height, (int)MathF.Ceiling(bounds.Bottom + Surroundings * bounds.Height));
        var step = 1;
        while ((right - left) / step > MostWidth || (bottom - top) / step > MostHeight) step++;
        _width = (right - left) / (2 * step) * 2;
        _height = (bottom - top) / (2 * step) * 2;
        if (_width == 0 || _height == 0)
        {
            Clear();
            return;
        }

        (_takenAt, _sequence, _plate) = (frame.Time, frame.Sequence, spot.Corners);
        _region = new BoxPx(left, top, _width * step, _height * step);
        var luma = _width * _height;
        Shrink(frame.Y, frame.Width, left, top, step, _pixels.AsSpan(0, luma), _width);
        Shrink(frame.U, frame.ChromaWidth, left / 2, top / 2, step, _pixels.AsSpan(luma, luma / 4), _width / 2);
        Shrink(frame.V, frame.ChromaWidth, left / 2, top / 2, step, _pixels.AsSpan(luma + luma / 4, luma / 4), _width / 2);
    }

    /// <summary>A picture of its own, for an event; null when nothing was taken.</summary>
    public PlatePicture? ToPicture() => IsEmpty
        ? null
        : new PlatePicture(_takenAt, _sequence, _plate, _region, _width, _height, _pixels.AsSpan(0, _width * _height * 3 / 2).ToArray());

    private static int Even(float place, int limit) => (int)Math.Clamp(place, 0, limit - 1) & ~1;

    private static void Shrink(ReadOnlySpan<byte> plane, int stride, int left, int top, int step, Span<byte> into, int width)
    {
        for (var at = 0; at < into.Length; at++)
        {
            var x = left + at % width * step;
            var y = top + at / width * step;
            var sum = 0;
            for (var j = 0; j < step; j++)
            {
                for (var i = 0; i < step; i++) sum += plane[(y + j) * stride + x + i];
            }

            into[at] = (byte)((sum + step * step / 2) / (step * step));
        }
    }
}
