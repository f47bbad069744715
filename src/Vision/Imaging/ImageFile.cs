using EdgeGateway.Vision.Frames;
using OpenCvSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>
/// A picture file as a frame, so that commands see pictures through the same code as cameras. Pixels are those stored in
/// the file: a turn noted in EXIF is not applied here but in <see cref="UprightPicture"/>. Grey, palette, CMYK and 16-bit pictures become 8-bit colour;
/// transparency is dropped. Colours become I420, so fine coloured detail is halved as in any video.
/// </summary>
public static class ImageFile
{
    private const int LargestSide = 16384;

    /// <summary>Reads a picture.</summary>
    /// <returns>A frame in memory of its own, freed when it is disposed.</returns>
    /// <exception cref="ImageException">The file is absent, empty, no picture, damaged, or too large.</exception>
    public static Frame Load(string path)
    {
        using var picture = Decode(path, BytesOf(path));
        return ToFrame(picture);
    }

    /// <summary>Makes a frame from a picture in OpenCV's order: 8 bits, blue, green, red.</summary>
    /// <exception cref="ArgumentException">The picture is empty or has another format.</exception>
    public static Frame ToFrame(Mat bgr)
    {
        if (bgr.Empty() || bgr.Type() != MatType.CV_8UC3) throw new ArgumentException("The picture must have 8 bits in three colours.", nameof(bgr));
        using var pool = new FramePool(bgr.Width, bgr.Height, 1);
        var frame = pool.TryRent()!;
        try
        {
            FillFrom(bgr, frame);
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        // The closed pool frees its memory when this frame comes back.
        return frame;
    }

    /// <exception cref="ImageException">The file is absent, empty or cannot be read.</exception>
    internal static byte[] BytesOf(string path)
    {
        if (Directory.Exists(path)) throw new ImageException($"{path} is a folder, not a picture.");
        if (!File.Exists(path)) throw new ImageException($"{path} does not exist.");
        try
        {
            return File.ReadAllBytes(path) is { Length: > 0 } bytes ? bytes : throw new ImageException($"{path} is empty.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"{path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>The pixels as stored, whatever turn the file notes.</summary>
    /// <exception cref="ImageException">The bytes are no picture, damaged, or too large a one.</exception>
    internal static Mat Decode(string path, byte[] bytes)
    {
        Mat picture;
        try
        {
            using var quiet = new QuietDecoding();
            picture = Cv2.ImDecode(bytes, ImreadModes.Color | ImreadModes.IgnoreOrientation);
        }
        catch (OpenCVException fault)
        {
            throw new ImageException($"{path} cannot be decoded: {fault.Message}", fault);
        }

        if (picture.Empty())
        {
            picture.Dispose();
            throw new ImageException($"{path} is no picture that can be read, or is damaged. JPEG, PNG, GIF, BMP, WebP and TIFF can be read.");
        }

        if (picture.Width <= LargestSide && picture.Height <= LargestSide) return picture;
        var (width, height) = (picture.Width, picture.Height);
        picture.Dispose();
        throw new ImageException($"{path} has {width}x{height} pixels; at most {LargestSide} a side can be read.");
    }

    private static unsafe void FillFrom(Mat bgr, Frame frame)
    {
        // OpenCV converts even sizes only; an odd side is repeated once, and the copy is cut.
        var (evenWidth, evenHeight) = ((frame.Width + 1) & ~1, (frame.Height + 1) & ~1);
        using var even = new Mat();
        using var planar = new Mat();
        Cv2.CopyMakeBorder(bgr, even, 0, evenHeight - frame.Height, 0, evenWidth - frame.Width, BorderTypes.Replicate);
        Cv2.CvtColor(even, planar, ColorConversionCodes.BGR2YUV_I420);
        var from = new ReadOnlySpan<byte>(planar.DataPointer, evenWidth * evenHeight * 3 / 2);
        var to = frame.Pixels;
        for (var y = 0; y < frame.Height; y++) from.Slice(y * evenWidth, frame.Width).CopyTo(to[(y * frame.Width)..]);
        var chroma = 2 * frame.ChromaWidth * frame.ChromaHeight;
        from.Slice(evenWidth * evenHeight, chroma).CopyTo(to[(frame.Width * frame.Height)..]);
    }
}
