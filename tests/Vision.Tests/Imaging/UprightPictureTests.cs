using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Tests.Inference;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tests.Imaging;

public sealed class UprightPictureTests
{
    // A red block near the upper left of the picture as a viewer shows it, blue elsewhere.
    private static readonly Rect Block = new(16, 8, 24, 16);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_picture_is_turned_as_a_viewer_turns_it_and_places_lead_back_to_its_stored_pixels(int orientation)
    {
        using var shown = new Mat(64, 120, MatType.CV_8UC3, new Scalar(200, 40, 20));
        Cv2.Rectangle(shown, Block, new Scalar(20, 20, 220), -1);
        using var stored = Stored(shown, orientation);
        using var file = new TemporaryFile(WithExif(stored, orientation), ".jpg");

        using (var viewer = Cv2.ImRead(file.Path)) Assert.True(IsRed(viewer, Block.X + 12, Block.Y + 8), "OpenCV's own reading turns it so");
        using var picture = UprightPicture.Load(file.Path);
        Assert.Equal((120, 64, stored.Width, stored.Height, orientation), (picture.Frame.Width, picture.Frame.Height, picture.StoredWidth, picture.StoredHeight, picture.Orientation));
        using var upright = PixelConversion.ToBgr(picture.Frame, new(0, 0, 120, 64));
        Assert.True(IsRed(upright, Block.X + 2, Block.Y + 2) && IsRed(upright, Block.Right - 3, Block.Bottom - 3));
        Assert.False(IsRed(upright, 117, 61));

        var place = picture.ToStored(new BoxPx(Block.X, Block.Y, Block.Width, Block.Height));
        Assert.Equal(Block.Width * Block.Height, place.Width * place.Height);
        foreach (var (x, y) in new[] { (place.X + 2, place.Y + 2), (place.Right - 3, place.Bottom - 3) }) Assert.True(IsRed(stored, (int)x, (int)y), $"{x}, {y} of the stored picture");
    }

    [Fact]
    public void A_picture_without_a_note_is_upright()
    {
        using var plain = new Mat(20, 30, MatType.CV_8UC3, new Scalar(1, 2, 3));
        Cv2.ImEncode(".bmp", plain, out var bytes);
        using var file = new TemporaryFile(bytes, ".bmp");
        using var picture = UprightPicture.Load(file.Path);
        Assert.Equal((1, 30, 20), (picture.Orientation, picture.Frame.Width, picture.Frame.Height));
        Assert.Equal(new BoxPx(3, 4, 5, 6), picture.ToStored(new BoxPx(3, 4, 5, 6)));
    }

    private static bool IsRed(Mat picture, int x, int y) => picture.At<Vec3b>(y, x) is { Item2: > 150, Item0: < 100 };

    // The way back of each turn, by transposes and flips alone.
    private static Mat Stored(Mat shown, int orientation)
    {
        var stored = new Mat();
        if (orientation >= 5) Cv2.Transpose(shown, stored);
        else shown.CopyTo(stored);
        FlipMode? flip = orientation switch { 2 => FlipMode.Y, 3 => FlipMode.XY, 4 => FlipMode.X, 6 => FlipMode.X, 7 => FlipMode.XY, 8 => FlipMode.Y, _ => null };
        if (flip is { } mode) Cv2.Flip(stored, stored, mode);
        return stored;
    }

    private static byte[] WithExif(Mat picture, int orientation)
    {
        Cv2.ImEncode(".jpg", picture, out var jpeg, new ImageEncodingParam(ImwriteFlags.JpegQuality, 100));
        byte[] exif =
        [
            0xFF, 0xE1, 0x00, 0x22, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0, (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }
}
