using EdgeGateway.Vision.Frames;
using OpenCvSharp;

namespace EdgeGateway.Vision.Identity;

/// <summary>
/// Reads a QR code from a camera's picture, with OpenCV's detector and decoder. A code is looked for once in a copy of bounded size;
/// only where one lies is it decoded, from the full resolution, enlarged where it is small, and again evenly lit against glare.
/// The text stays with the caller and in memory. One thread at a time.
/// </summary>
public sealed class QrReader : IDisposable
{
    // Finding costs with the area and wants four pixels a module: at 1920 a card's code (some 49 modules) may be a tenth as wide as
    // the picture. Of 40 rendered cards 18 are found at 1280, 28 at 1920, 31 at 2560, for twice the time.
    private const int SearchedSidePx = 1920;
    private const int LargestEnlargement = 3;

    // The quiet zone, as a share of the code's side: more of the picture around it costs time and reads.
    private const double Margin = 0.15;

    // Below six pixels a module the decoder gains from a larger copy.
    private const int EnlargeBelowPx = 300;

    private readonly QRCodeDetector _detector = new();
    private readonly Mat _searched = new();
    private readonly Mat _large = new();
    private readonly Mat _lit = new();
    private readonly CLAHE _evenLight = Cv2.CreateCLAHE(3, new Size(8, 8));

    /// <summary>The text of a code in the frame, or null when none can be read.</summary>
    /// <param name="frame">Held by the caller.</param>
    public string? Read(Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        using var luma = Mat.FromPixelData(frame.Height, frame.Width, MatType.CV_8UC1, frame.Address);
        return Read(luma);
    }

    /// <summary>The text of a code in a grey picture, or null when none can be read.</summary>
    internal string? Read(Mat luma)
    {
        if (Find(luma) is not { } place) return null;
        using var code = luma[place];
        var scale = Math.Max(place.Width, place.Height) < EnlargeBelowPx ? 2 : 1;
        Cv2.Resize(code, _large, default, scale, scale, InterpolationFlags.Cubic);
        if (Decode(_large) is { } plain) return plain;
        _evenLight.Apply(_large, _lit);
        return Decode(_lit);
    }

    public void Dispose()
    {
        _detector.Dispose();
        _evenLight.Dispose();
        _searched.Dispose();
        _large.Dispose();
        _lit.Dispose();
    }

    // Where a code lies, with its quiet zone, or null.
    private Rect? Find(Mat luma)
    {
        var scale = Math.Min(LargestEnlargement, SearchedSidePx / (double)Math.Max(luma.Width, luma.Height));
        Cv2.Resize(luma, _searched, default, scale, scale, scale < 1 ? InterpolationFlags.Area : InterpolationFlags.Cubic);
        try
        {
            if (!_detector.Detect(_searched, out var corners)) return null;
            var (left, right) = (corners.Min(c => c.X) / scale, corners.Max(c => c.X) / scale);
            var (top, bottom) = (corners.Min(c => c.Y) / scale, corners.Max(c => c.Y) / scale);
            var margin = Margin * Math.Max(right - left, bottom - top);
            var place = Rect.FromLTRB((int)(left - margin), (int)(top - margin), (int)(right + margin), (int)(bottom + margin)) & new Rect(0, 0, luma.Width, luma.Height);
            return place is { Width: > 20, Height: > 20 } ? place : null;
        }
        catch (OpenCVException)
        {
            return null; // OpenCV asserts on some shapes that only look like a code
        }
    }

    private string? Decode(Mat picture)
    {
        try
        {
            return _detector.DetectAndDecode(picture, out _) is { Length: > 0 } text ? text : null;
        }
        catch (OpenCVException)
        {
            return null; // see above
        }
    }
}
