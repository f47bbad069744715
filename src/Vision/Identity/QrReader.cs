using EdgeGateway.Vision.Frames;
using OpenCvSharp;

namespace EdgeGateway.Vision.Identity;

/// <summary>
/// Reads a QR code from a camera's picture, with OpenCV's detector and decoder. A second look at an enlarged and a third at an evenly lit
/// copy serve small codes and glare. The text stays with the caller and in memory. One thread at a time.
/// </summary>
public sealed class QrReader : IDisposable
{
    // Below this many pixels on the long side a card's code (some 49 modules) has too few pixels a module.
    private const int EnlargeBelowPx = 900;

    private readonly QRCodeDetector _detector = new();
    private readonly Mat _grey = new();
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
        if (Decode(luma) is { } plain) return plain;
        var enlarge = Math.Max(luma.Width, luma.Height) < EnlargeBelowPx;
        if (enlarge)
        {
            Cv2.Resize(luma, _grey, new Size(luma.Width * 2, luma.Height * 2), 0, 0, InterpolationFlags.Cubic);
            if (Decode(_grey) is { } larger) return larger;
        }

        _evenLight.Apply(enlarge ? _grey : luma, _lit);
        return Decode(_lit);
    }

    public void Dispose()
    {
        _detector.Dispose();
        _evenLight.Dispose();
        _grey.Dispose();
        _lit.Dispose();
    }

    private string? Decode(Mat picture)
    {
        try
        {
            return _detector.DetectAndDecode(picture, out _) is { Length: > 0 } text ? text : null;
        }
        catch (OpenCVException)
        {
            return null; // OpenCV asserts on some shapes that only look like a code
        }
    }
}
