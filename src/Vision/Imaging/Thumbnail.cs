using OpenCvSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>Small copies of stills for a printed page, so that a month of cases stays a file that can be mailed.</summary>
public static class Thumbnail
{
    /// <summary>As JPEG, at most so many pixels wide; null when the bytes are no picture.</summary>
    public static byte[]? Of(byte[] picture, int widthPx)
    {
        try
        {
            using var full = Cv2.ImDecode(picture, ImreadModes.Color);
            if (full.Empty()) return null;
            using var small = new Mat();
            var scale = Math.Min(1.0, (double)widthPx / full.Width);
            Cv2.Resize(full, small, new Size(Math.Max(1, (int)(full.Width * scale)), Math.Max(1, (int)(full.Height * scale))), interpolation: InterpolationFlags.Area);
            Cv2.ImEncode(".jpg", small, out var bytes, new ImageEncodingParam(ImwriteFlags.JpegQuality, 82));
            return bytes;
        }
        catch (OpenCVException)
        {
            return null;
        }
    }
}
