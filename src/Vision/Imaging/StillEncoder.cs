using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Preprocess;
using OpenCvSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>Stills and crops of frames as files of bytes: events and evidence carry these, never pixels.</summary>
public static class StillEncoder
{
    /// <summary>The whole frame as JPEG.</summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] Jpeg(Frame frame, int quality = 88) => Jpeg(frame, Whole(frame), quality);

    /// <summary>A region of the frame as JPEG.</summary>
    /// <exception cref="ArgumentException">The region leaves the frame.</exception>
    public static byte[] Jpeg(Frame frame, in PixelRegion region, int quality = 88) =>
        Encode(frame, region, ".jpg", new ImageEncodingParam(ImwriteFlags.JpegQuality, Math.Clamp(quality, 1, 100)));

    /// <summary>The whole frame as PNG: no loss beyond the frame's own halved chroma.</summary>
    public static byte[] Png(Frame frame) => Png(frame, Whole(frame));

    /// <summary>A region of the frame as PNG.</summary>
    /// <exception cref="ArgumentException">The region leaves the frame.</exception>
    public static byte[] Png(Frame frame, in PixelRegion region) =>
        Encode(frame, region, ".png", new ImageEncodingParam(ImwriteFlags.PngCompression, 3));

    private static PixelRegion Whole(Frame frame) => new(0, 0, frame.Width, frame.Height);

    private static byte[] Encode(Frame frame, in PixelRegion region, string format, ImageEncodingParam parameter)
    {
        if (region.X < 0 || region.Y < 0 || region.Width < 1 || region.Height < 1 || region.X > frame.Width - region.Width || region.Y > frame.Height - region.Height)
        {
            throw new ArgumentException($"The region {region} leaves the frame of {frame.Width}x{frame.Height}.", nameof(region));
        }

        using var picture = PixelConversion.ToBgr(frame, region);
        Cv2.ImEncode(format, picture, out var bytes, parameter);
        return bytes;
    }
}
