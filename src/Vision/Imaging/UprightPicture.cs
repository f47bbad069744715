using EdgeGateway.Vision.Frames;
using OpenCvSharp;
using SkiaSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>
/// A picture file turned as a viewer shows it: telephones store the sensor's rows and note in EXIF how to turn them, and models know upright people
/// only. What is found on it has its place in the turned picture; <see cref="ToStored(in BoxPx)"/> leads back to the pixels as stored.
/// </summary>
public sealed class UprightPicture : IDisposable
{
    private readonly SKEncodedOrigin _turn;

    private UprightPicture(Frame frame, int storedWidth, int storedHeight, SKEncodedOrigin turn) =>
        (Frame, StoredWidth, StoredHeight, _turn) = (frame, storedWidth, storedHeight, turn);

    /// <summary>The turned picture; freed with this object.</summary>
    public Frame Frame { get; }

    /// <summary>Width of the picture as stored, pixels.</summary>
    public int StoredWidth { get; }

    /// <summary>Height of the picture as stored, pixels.</summary>
    public int StoredHeight { get; }

    /// <summary>EXIF's number of the turn, 1 to 8; 1 for a picture that is stored upright.</summary>
    public int Orientation => (int)_turn;

    /// <summary>Reads a picture.</summary>
    /// <exception cref="ImageException">The file is absent, empty, no picture, damaged, or too large.</exception>
    public static UprightPicture Load(string path)
    {
        var bytes = ImageFile.BytesOf(path);
        using var stored = ImageFile.Decode(path, bytes);
        var turn = TurnOf(bytes);
        using var upright = Turned(stored, turn);
        return new UprightPicture(ImageFile.ToFrame(upright), stored.Width, stored.Height, turn);
    }

    /// <summary>A place of the turned picture in the picture as stored.</summary>
    public PointPx ToStored(PointPx p)
    {
        // The turned picture's far edges, in stored pixels.
        var (w, h) = (StoredWidth, StoredHeight);
        return _turn switch
        {
            SKEncodedOrigin.TopRight => new PointPx(w - p.X, p.Y),
            SKEncodedOrigin.BottomRight => new PointPx(w - p.X, h - p.Y),
            SKEncodedOrigin.BottomLeft => new PointPx(p.X, h - p.Y),
            SKEncodedOrigin.LeftTop => new PointPx(p.Y, p.X),
            SKEncodedOrigin.RightTop => new PointPx(p.Y, h - p.X),
            SKEncodedOrigin.RightBottom => new PointPx(w - p.Y, h - p.X),
            SKEncodedOrigin.LeftBottom => new PointPx(w - p.Y, p.X),
            _ => p,
        };
    }

    /// <summary>A box of the turned picture in the picture as stored; turns are by whole quarters, so it stays a box.</summary>
    public BoxPx ToStored(in BoxPx box)
    {
        var a = ToStored(new PointPx(box.X, box.Y));
        var b = ToStored(new PointPx(box.X + box.Width, box.Y + box.Height));
        return new BoxPx(MathF.Min(a.X, b.X), MathF.Min(a.Y, b.Y), MathF.Abs(b.X - a.X), MathF.Abs(b.Y - a.Y));
    }

    public void Dispose() => Frame.Dispose();

    private static SKEncodedOrigin TurnOf(byte[] bytes)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        return codec?.EncodedOrigin ?? SKEncodedOrigin.TopLeft; // formats that Skia does not read note no turn
    }

    private static Mat Turned(Mat stored, SKEncodedOrigin turn)
    {
        var upright = new Mat();
        switch (turn)
        {
            case SKEncodedOrigin.TopRight: Cv2.Flip(stored, upright, FlipMode.Y); break;
            case SKEncodedOrigin.BottomRight: Cv2.Rotate(stored, upright, RotateFlags.Rotate180); break;
            case SKEncodedOrigin.BottomLeft: Cv2.Flip(stored, upright, FlipMode.X); break;
            case SKEncodedOrigin.LeftTop: Cv2.Transpose(stored, upright); break;
            case SKEncodedOrigin.RightTop: Cv2.Rotate(stored, upright, RotateFlags.Rotate90Clockwise); break;
            case SKEncodedOrigin.RightBottom:
                using (var half = new Mat())
                {
                    Cv2.Rotate(stored, half, RotateFlags.Rotate180);
                    Cv2.Transpose(half, upright);
                }

                break;
            case SKEncodedOrigin.LeftBottom: Cv2.Rotate(stored, upright, RotateFlags.Rotate90Counterclockwise); break;
            default: stored.CopyTo(upright); break;
        }

        return upright;
    }
}
