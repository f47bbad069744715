using System.Text;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Preprocess;
using EdgeGateway.Vision.Tests.Inference;
using EdgeGateway.Vision.Tests.Preprocess;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tests.Imaging;

public sealed class StillTests
{
    [Theory]
    [InlineData(0, 0, 64, 48)]
    [InlineData(3, 5, 31, 17)]
    [InlineData(62, 46, 3, 3)]
    [InlineData(64, 48, 1, 1)]
    public void A_region_is_encoded_as_the_frame_shows_it(int x, int y, int width, int height)
    {
        using var frame = Pictures.Scene(65, 49, 3);
        var bytes = StillEncoder.Png(frame, new PixelRegion(x, y, width, height));
        using var still = Cv2.ImDecode(bytes, ImreadModes.Color);
        using var whole = PixelConversion.ToBgr(frame, new PixelRegion(0, 0, 65, 49));
        Assert.Equal((width, height), (still.Width, still.Height));
        Assert.Equal(whole.At<Vec3b>(y, x), still.At<Vec3b>(0, 0));
        Assert.Equal(whole.At<Vec3b>(y + height - 1, x + width - 1), still.At<Vec3b>(height - 1, width - 1));
    }

    [Fact]
    public void A_jpeg_is_close_to_the_frame()
    {
        using var frame = Pictures.Scene(320, 240, 3);
        using var still = Cv2.ImDecode(StillEncoder.Jpeg(frame, 95), ImreadModes.Color);
        using var whole = PixelConversion.ToBgr(frame, new PixelRegion(0, 0, 320, 240));
        Assert.True(Cv2.PSNR(whole, still) > 25);
    }

    [Fact]
    public void Regions_outside_the_frame_are_refused()
    {
        using var frame = TinyModels.GreyFrame(10, 10);
        Assert.Throws<ArgumentException>(() => StillEncoder.Jpeg(frame, new PixelRegion(5, 5, 6, 1)));
    }

    [Fact]
    public void Everything_an_installer_needs_is_drawn_with_vietnamese_names()
    {
        Assert.SkipUnless(LabelFont.IsAvailable, "No font with Vietnamese letters is installed (fonts-dejavu-core).");
        using var frame = Pictures.Scene(960, 540, 8);
        using var drawing = new Annotator(frame);
        drawing.Grid();
        drawing.Zone(new Zone("làn-phải · Làn đường bên phải", [new(500, 280), new(850, 280), new(950, 530), new(500, 530)]));
        drawing.Mask(new Zone("mái nhà", [new(0, 0), new(260, 0), new(200, 60), new(0, 90)]));
        drawing.Light(new Zone("đèn-1", [new(540, 60), new(575, 60), new(575, 150), new(540, 150)]));
        drawing.Line(new DirectedLine("Cổng Bình Minh".Normalize(NormalizationForm.FormD), new(120, 420), new(840, 410)));
        drawing.Arrow(new(700, 500), new(700, 440));
        drawing.Detection(new Detection(new BoxPx(300, 180, 60, 150), 0.87f, 0, ObjectClass.Person));
        drawing.Detection(new Detection(new BoxPx(420, 300, 200, 120), 0.93f, 2, ObjectClass.Car));
        drawing.Detection(new Detection(new BoxPx(640, 200, 70, 90), 0.55f, 3, ObjectClass.Motorcycle));
        drawing.Box(new BoxPx(760, 0, 190, 200), ObjectClass.Bus, "xe buýt #12");
        drawing.Detection(new Detection(new BoxPx(20, 300, 150, 200), 0.71f, 5, ObjectClass.Truck));
        drawing.Detection(new Detection(new BoxPx(880, 330, 60, 80), 0.41f, 1, ObjectClass.Bicycle));
        drawing.Plate([new(480, 385), new(540, 383), new(541, 400), new(481, 402)], "37A-123.45 · Đỗ Hữu Nghị");
        drawing.Trail([new(330, 330), new(335, 350), new(350, 365), new(372, 371)], ObjectClass.Person);
        drawing.Text("người: cao 150 px, đủ lớn", 10, 500);
        var bytes = drawing.Png();
        if (Environment.GetEnvironmentVariable("EDGEGATEWAY_KEEP_PICTURES") is { Length: > 0 } folder) File.WriteAllBytes(Path.Combine(folder, "annotator.png"), bytes);
        using var picture = Cv2.ImDecode(bytes, ImreadModes.Color);
        Assert.Equal((960, 540), (picture.Width, picture.Height));
        // The person's box in its colour, somewhere on its left edge.
        var edge = picture.At<Vec3b>(250, 300);
        Assert.True(edge.Item1 > 180 && edge.Item2 < 120, edge.ToString());
        Assert.NotEmpty(drawing.Jpeg());
    }

    [Fact]
    public void No_label_covers_another_and_a_box_without_room_stays_without_words()
    {
        Assert.SkipUnless(LabelFont.IsAvailable, "No font is installed (fonts-dejavu-core).");
        using var frame = TinyModels.GreyFrame(200, 200);
        using var drawing = new Annotator(frame);
        drawing.Box(new BoxPx(60, 90, 60, 60), ObjectClass.Person, "one");
        using var before = Cv2.ImDecode(drawing.Png(), ImreadModes.Color);
        for (var i = 0; i < 40; i++) drawing.Box(new BoxPx(60, 90, 60, 60), ObjectClass.Bus, "another");
        using var after = Cv2.ImDecode(drawing.Png(), ImreadModes.Color);
        // Above the box stands the first label, and below it the last that found room.
        var above = new Rect(62, 72, 20, 10);
        Assert.Equal(0, Cv2.Norm(before[above], after[above]));
        Assert.NotEqual(0, Cv2.Norm(before[new Rect(62, 156, 20, 10)], after[new Rect(62, 156, 20, 10)]));
    }

    [Fact]
    public void A_picture_of_one_pixel_can_be_drawn_on()
    {
        using var frame = TinyModels.GreyFrame(1, 1);
        using var drawing = new Annotator(frame);
        drawing.Grid();
        drawing.Detection(new Detection(new BoxPx(0, 0, 1, 1), 1, 0, ObjectClass.Person));
        Assert.NotEmpty(drawing.Png());
    }
}
