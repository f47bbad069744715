using System.Globalization;
using OpenCvSharp;
using SkiaSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>
/// Copies of a still of evidence: one with drawings and a band of text for people, one for export without other people's faces
/// and plates. The still itself is never changed. Any thread; a copy of a 1080p picture takes about a tenth of a second.
/// </summary>
public static class EvidencePictures
{
    /// <summary>Quality of the copies, 1 to 100.</summary>
    public const int Quality = 92;

    /// <summary>The still with the vehicle, its way, lines, zones and lamp drawn, and below it, hiding nothing, a band that says what, when and where.</summary>
    /// <param name="picture">JPEG or PNG.</param>
    /// <param name="marks">What is drawn.</param>
    /// <param name="caption">What is said.</param>
    /// <returns>JPEG; as wide as the picture, higher by the band.</returns>
    /// <exception cref="ImageException">It is no picture.</exception>
    public static byte[] Overlay(byte[] picture, EvidenceMarks marks, EvidenceCaption caption)
    {
        ArgumentNullException.ThrowIfNull(marks);
        ArgumentNullException.ThrowIfNull(caption);
        using var bgr = Decode(picture);
        using var frame = ImageFile.ToFrame(bgr);
        using var annotator = new Annotator(frame);
        foreach (var zone in marks.Zones) annotator.Zone(zone);
        foreach (var line in marks.Lines) annotator.Line(line, showIn: false);
        if (marks.Light is { } light) annotator.Light(light);
        annotator.Trail([.. marks.Path], marks.Class);
        if (marks.Path.Count > 1) annotator.Arrow(marks.Path[^2], marks.Path[^1]);
        if (marks.Vehicle is { } box)
        {
            annotator.Box(box, marks.Class, "");
            annotator.Name(box, marks.Class, marks.Label);
        }

        var band = new CaptionBand(caption, marks.Lamp, frame.Width);
        using var bitmap = new SKBitmap(new SKImageInfo(frame.Width, frame.Height + band.Height, SKColorType.Bgra8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        annotator.DrawOn(canvas);
        band.DrawOn(canvas, frame.Height);
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality) ?? throw new ImageException("The overlay could not be written.");
        return data.ToArray();
    }

    /// <summary>A still as a frame, to look for plates and people in it.</summary>
    /// <exception cref="ImageException">It is no picture.</exception>
    public static Frames.Frame ToFrame(byte[] picture)
    {
        using var bgr = Decode(picture);
        return ImageFile.ToFrame(bgr);
    }

    /// <summary>
    /// The picture with other people's plates and heads (<see cref="BystanderPlaces"/>) made unreadable for good: each place is
    /// reduced to at most 6 × 6 mean colours, spread again and smoothed, so no more is left to restore.
    /// </summary>
    /// <param name="picture">JPEG or PNG, original or overlay.</param>
    /// <param name="hidden">Heads and plates that belong to nobody accused; each is hidden with a margin.</param>
    /// <param name="kept">What stays as it is, whatever lies over it: the accused plate, the lamps of the light.</param>
    /// <returns>JPEG of the same size.</returns>
    /// <exception cref="ImageException">It is no picture.</exception>
    public static byte[] ForExport(byte[] picture, IReadOnlyList<BoxPx> hidden, IReadOnlyList<BoxPx> kept)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(kept);
        using var bgr = Decode(picture);
        Hide(bgr, hidden, kept, 1);
        Cv2.ImEncode(".jpg", bgr, out var bytes, new ImageEncodingParam(ImwriteFlags.JpegQuality, Quality));
        return bytes;
    }

    /// <summary>The same for a frame, in its own memory.</summary>
    /// <param name="frame">The frame; held by the caller, and nobody else's.</param>
    /// <param name="hidden">Heads and plates that belong to nobody accused.</param>
    /// <param name="kept">What stays as it is.</param>
    public static void Hide(Frames.Frame frame, IReadOnlyList<BoxPx> hidden, IReadOnlyList<BoxPx> kept)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(kept);
        var (luma, chroma) = (frame.Width * frame.Height, frame.ChromaWidth * frame.ChromaHeight);
        HidePlane(frame.Address, frame.Width, frame.Height, 1);
        HidePlane(frame.Address + luma, frame.ChromaWidth, frame.ChromaHeight, 0.5f);
        HidePlane(frame.Address + luma + chroma, frame.ChromaWidth, frame.ChromaHeight, 0.5f);

        void HidePlane(nint address, int width, int height, float scale)
        {
            using var plane = Mat.FromPixelData(height, width, MatType.CV_8UC1, address);
            Hide(plane, hidden, kept, scale);
        }
    }

    private static void Hide(Mat picture, IReadOnlyList<BoxPx> hidden, IReadOnlyList<BoxPx> kept, float scale)
    {
        if (hidden.Count == 0) return;
        using var original = picture.Clone();
        foreach (var box in hidden) Obscure(picture, Grown(box, 0.12f).Scaled(scale, scale), scale);
        foreach (var place in kept.Select(box => Inside(box.Scaled(scale, scale), picture)).Where(place => place is { Width: > 0, Height: > 0 }))
        {
            using var from = original[place];
            using var to = picture[place];
            from.CopyTo(to);
        }
    }

    private static void Obscure(Mat picture, in BoxPx box, float scale)
    {
        var place = Inside(box, picture);
        if (place.Width < 1 || place.Height < 1) return;
        using var part = picture[place];
        // Cells of at least 12 pixels of the picture and at most 6 a side: of a face or plate of any size, nobody's is left.
        var cells = new Size(Math.Clamp((int)(place.Width / (12 * scale)), 1, 6), Math.Clamp((int)(place.Height / (12 * scale)), 1, 6));
        using var mosaic = new Mat();
        using var spread = new Mat();
        Cv2.Resize(part, mosaic, cells, 0, 0, InterpolationFlags.Area);
        Cv2.Resize(mosaic, spread, place.Size, 0, 0, InterpolationFlags.Nearest);
        var blur = Math.Max(1, Math.Min(place.Width / cells.Width, place.Height / cells.Height) / 4.0);
        Cv2.GaussianBlur(spread, part, new Size(0, 0), blur);
    }

    private static BoxPx Grown(in BoxPx box, float share)
    {
        var by = share * MathF.Max(box.Width, box.Height);
        return new BoxPx(box.X - by, box.Y - by, box.Width + 2 * by, box.Height + 2 * by);
    }

    private static Rect Inside(in BoxPx box, Mat picture)
    {
        var (left, top) = ((int)Math.Clamp(box.X, 0, picture.Width), (int)Math.Clamp(box.Y, 0, picture.Height));
        var (right, bottom) = ((int)Math.Clamp(MathF.Ceiling(box.Right), 0, picture.Width), (int)Math.Clamp(MathF.Ceiling(box.Bottom), 0, picture.Height));
        return new Rect(left, top, Math.Max(0, right - left), Math.Max(0, bottom - top));
    }

    private static Mat Decode(byte[] picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var decoded = picture.Length == 0 ? new Mat() : Cv2.ImDecode(picture, ImreadModes.Color | ImreadModes.IgnoreOrientation);
        if (!decoded.Empty()) return decoded;
        decoded.Dispose();
        throw new ImageException(string.Create(CultureInfo.InvariantCulture, $"These {picture.Length} bytes are no picture that can be read."));
    }
}
