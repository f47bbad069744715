using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Preprocess;
using OpenCvSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>Frames as colour pictures for files and drawings. For stills: allocates, unlike the way to the network.</summary>
internal static class PixelConversion
{
    /// <summary>A region of a frame in blue, green, red of 8 bits; the caller disposes it.</summary>
    public static unsafe Mat ToBgr(Frame frame, in PixelRegion region)
    {
        // Even edges around the region, so that chroma samples stay whole; cut to the region afterwards.
        var (left, top) = (region.X & ~1, region.Y & ~1);
        var (width, height) = ((region.X + region.Width - left + 1) & ~1, (region.Y + region.Height - top + 1) & ~1);
        using var planar = new Mat(height * 3 / 2, width, MatType.CV_8UC1);
        var to = new Span<byte>(planar.DataPointer, width * height * 3 / 2);
        for (var y = 0; y < height; y++) CopyRow(frame.Y, frame.Width, left, Math.Min(top + y, frame.Height - 1), to.Slice(y * width, width));
        var chroma = to[(width * height)..];
        var half = width / 2;
        for (var y = 0; y < height / 2; y++)
        {
            CopyRow(frame.U, frame.ChromaWidth, left / 2, top / 2 + y, chroma.Slice(y * half, half));
            CopyRow(frame.V, frame.ChromaWidth, left / 2, top / 2 + y, chroma.Slice((height / 2 + y) * half, half));
        }

        using var colour = new Mat();
        Cv2.CvtColor(planar, colour, ColorConversionCodes.YUV2BGR_I420);
        using var cut = colour[new Rect(region.X - left, region.Y - top, region.Width, region.Height)];
        return cut.Clone();
    }

    /// <summary>A part of one row; what lies beyond its end repeats the last value.</summary>
    private static void CopyRow(ReadOnlySpan<byte> plane, int stride, int left, int row, Span<byte> to)
    {
        var from = plane.Slice(row * stride + left, Math.Min(to.Length, stride - left));
        from.CopyTo(to);
        to[from.Length..].Fill(from[^1]);
    }
}
