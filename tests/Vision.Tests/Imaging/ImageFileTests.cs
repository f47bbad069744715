using EdgeGateway.Testing;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Tests.Inference;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tests.Imaging;

public sealed class ImageFileTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(33, 17)]
    [InlineData(64, 48)]
    [InlineData(45, 120)]
    public void A_picture_becomes_a_frame_of_its_own_size(int width, int height)
    {
        using var picture = new Mat(height, width, MatType.CV_8UC3, new Scalar(30, 60, 200));
        using var file = new TemporaryFile(Encoded(picture, ".png"));
        using var frame = ImageFile.Load(file.Path);
        Assert.Equal((width, height), (frame.Width, frame.Height));
        AssertColour(frame, 30, 60, 200);
    }

    [Fact]
    public void A_grey_picture_is_read()
    {
        using var picture = new Mat(20, 30, MatType.CV_8UC1, new Scalar(77));
        using var file = new TemporaryFile(Encoded(picture, ".jpg"));
        using var frame = ImageFile.Load(file.Path);
        AssertColour(frame, 77, 77, 77);
    }

    [Fact]
    public void A_picture_of_16_bits_is_read()
    {
        using var picture = new Mat(20, 30, MatType.CV_16UC3, new Scalar(40 * 257, 90 * 257, 160 * 257));
        using var file = new TemporaryFile(Encoded(picture, ".png"));
        using var frame = ImageFile.Load(file.Path);
        AssertColour(frame, 40, 90, 160);
    }

    [Fact]
    public void A_transparent_picture_is_read()
    {
        using var picture = new Mat(20, 30, MatType.CV_8UC4, new Scalar(40, 90, 160, 128));
        using var file = new TemporaryFile(Encoded(picture, ".png"));
        using var frame = ImageFile.Load(file.Path);
        Assert.Equal((30, 20), (frame.Width, frame.Height));
    }

    [Fact]
    public void A_printers_cmyk_picture_is_read_as_its_colour()
    {
        using var frame = ImageFile.Load(Repository.PathOf("tests", "Vision.Tests", "Imaging", "assets", "cmyk.jpg"));
        Assert.Equal((24, 16), (frame.Width, frame.Height));
        using var bgr = PixelConversion.ToBgr(frame, new(0, 0, 24, 16));
        var pixel = bgr.At<Vec3b>(8, 12);
        Assert.True(pixel.Item2 > 180 && pixel.Item0 < 80 && pixel.Item1 < 80, pixel.ToString());
    }

    [Fact]
    public void A_rotation_noted_in_exif_is_not_applied()
    {
        using var picture = new Mat(10, 40, MatType.CV_8UC3, new Scalar(10, 20, 30));
        var jpeg = Encoded(picture, ".jpg");
        byte[] exif =
        [
            0xFF, 0xE1, 0x00, 0x22, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0, (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
        ];
        using var file = new TemporaryFile([.. jpeg[..2], .. exif, .. jpeg[2..]], ".jpg");
        using var frame = ImageFile.Load(file.Path);
        Assert.Equal((40, 10), (frame.Width, frame.Height));
    }

    [Fact]
    public void What_is_no_picture_is_refused_by_name_and_reason()
    {
        using var empty = new TemporaryFile([]);
        using var text = new TemporaryFile("no picture"u8);
        using var picture = new Mat(200, 200, MatType.CV_8UC3, new Scalar(10, 20, 30));
        using var cut = new TemporaryFile(Encoded(picture, ".png").AsSpan(0, 40));
        Assert.Contains("is empty", Fault(empty.Path));
        Assert.Contains("no picture that can be read", Fault(text.Path));
        Assert.Contains(cut.Path, Fault(cut.Path));
        Assert.Contains("does not exist", Fault("/nowhere/a.jpg"));
        Assert.Contains("is a folder", Fault(Path.GetTempPath()));
    }

    private static string Fault(string path) => Assert.Throws<ImageException>(() => ImageFile.Load(path)).Message;

    private static byte[] Encoded(Mat picture, string format)
    {
        Cv2.ImEncode(format, picture, out var bytes);
        return bytes;
    }

    private static void AssertColour(Frame frame, int blue, int green, int red)
    {
        using var bgr = PixelConversion.ToBgr(frame, new(0, 0, frame.Width, frame.Height));
        Assert.Equal((frame.Width, frame.Height), (bgr.Width, bgr.Height));
        foreach (var (y, x) in new[] { (0, 0), (frame.Height - 1, frame.Width - 1) })
        {
            var pixel = bgr.At<Vec3b>(y, x);
            Assert.InRange(pixel.Item0, blue - 3, blue + 3);
            Assert.InRange(pixel.Item1, green - 3, green + 3);
            Assert.InRange(pixel.Item2, red - 3, red + 3);
        }
    }
}
