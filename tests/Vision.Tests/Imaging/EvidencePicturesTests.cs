using EdgeGateway.Testing;
using EdgeGateway.Vision.Imaging;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tests.Imaging;

public sealed class EvidencePicturesTests
{
    private static readonly EvidenceCaption Caption = new()
    {
        Act = "Không chấp hành hiệu lệnh của đèn tín hiệu giao thông",
        Moment = "Thời điểm vi phạm",
        Value = "Đèn đỏ đã 12,4 giây",
        Plate = "37-B1 123.45",
        Place = "Ngã tư Bình Minh – Sào Nam, phường Cửa Lò, Nghệ An",
        Device = "camera nga-tu-01, cổng bien-cua-lo-01",
        Utc = new DateTimeOffset(2026, 8, 15, 17, 30, 12, 345, TimeSpan.Zero),
    };

    [Theory]
    [InlineData(320, 240)]
    [InlineData(641, 359)]
    [InlineData(1920, 1080)]
    [InlineData(3840, 2160)]
    public void An_overlay_hides_nothing_and_its_band_fits_the_width(int width, int height)
    {
        var still = Picture(width, height);
        var overlay = EvidencePictures.Overlay(still, Marks(width, height), Caption);
        using var picture = Cv2.ImDecode(overlay, ImreadModes.Color);
        Assert.Equal(width, picture.Width);
        Assert.InRange(picture.Height - height, height / 20, height * 3 / 4);
        // Nothing is written into the outermost columns of the band.
        using var edge = picture[new Rect(width - 3, height + 12, 3, picture.Height - height - 12)];
        using var grey = edge.CvtColor(ColorConversionCodes.BGR2GRAY);
        Cv2.MinMaxLoc(grey, out double _, out double brightest);
        Assert.True(brightest < 60);
        Keep($"overlay-{width}.jpg", overlay);
    }

    [Fact]
    public void The_band_changes_when_the_clock_is_not_known_to_be_right_and_while_a_rule_is_on_trial()
    {
        var still = Picture(640, 480);
        var plain = EvidencePictures.Overlay(still, new EvidenceMarks(), Caption);
        Assert.NotEqual(plain, EvidencePictures.Overlay(still, new EvidenceMarks(), Caption with { ClockIsSynchronised = false }));
        Assert.NotEqual(plain, EvidencePictures.Overlay(still, new EvidenceMarks(), Caption with { IsTrial = true }));
        Assert.Equal(plain, EvidencePictures.Overlay(still, new EvidenceMarks(), Caption));
    }

    [Theory]
    [InlineData(640, 360)]
    [InlineData(3840, 2160)]
    public void Other_plates_and_heads_are_gone_for_good_and_the_accused_plate_stays(int width, int height)
    {
        var still = Noise(width, height);
        var (plate, other) = (new BoxPx(width * 0.1f, height * 0.5f, width * 0.1f, height * 0.05f), new BoxPx(width * 0.7f, height * 0.5f, width * 0.1f, height * 0.05f));
        var person = new BoxPx(width * 0.4f, height * 0.2f, width * 0.1f, height * 0.6f);
        // A head over the accused plate does not take it away.
        var near = new BoxPx(width * 0.08f, height * 0.48f, width * 0.2f, height * 0.1f);
        var copy = EvidencePictures.ForExport(still, [other, person with { Height = person.Height / 4 }, near], [plate]);
        using var before = Cv2.ImDecode(still, ImreadModes.Grayscale);
        using var after = Cv2.ImDecode(copy, ImreadModes.Grayscale);
        Assert.True(Detail(after, other) < 0.15 * Detail(before, other));
        Assert.True(Detail(after, person with { Height = person.Height / 4 }) < 0.15 * Detail(before, person with { Height = person.Height / 4 }));
        Assert.InRange(Detail(after, plate) / Detail(before, plate), 0.85, 1.4);
        // Legs and the rest of the street are as they were.
        Assert.InRange(Detail(after, new BoxPx(person.X, height * 0.5f, person.Width, height * 0.2f)) / Detail(before, new BoxPx(person.X, height * 0.5f, person.Width, height * 0.2f)), 0.85, 1.4);
    }

    [Fact]
    public void Boxes_beyond_the_picture_and_bytes_that_are_none_are_met_calmly()
    {
        var still = Picture(320, 240);
        Assert.NotEmpty(EvidencePictures.ForExport(still, [new BoxPx(-50, -50, 60, 60), new BoxPx(900, 900, 10, 10), new BoxPx(300, 200, 500, 500)], [new BoxPx(-10, -10, 5, 5)]));
        Assert.Throws<ImageException>(() => EvidencePictures.ForExport([], [], []));
        Assert.Throws<ImageException>(() => EvidencePictures.Overlay("words"u8.ToArray(), new EvidenceMarks(), Caption));
    }

    [Fact]
    public void A_real_street_is_drawn()
    {
        var clip = SharedData.TryPath("videos", "hanoi_junction_light.mp4");
        Assert.SkipWhen(clip is null, "shared/data is not beside this checkout: the real clips are not there.");
        using var video = new VideoCapture(clip);
        using var picture = new Mat();
        for (var i = 0; i < 120; i++) Assert.True(video.Read(picture));
        Cv2.ImEncode(".jpg", picture, out var still);
        var marks = new EvidenceMarks
        {
            Vehicle = new BoxPx(425, 264, 40, 80), Class = ObjectClass.Motorcycle, Label = "37-B1 123.45", Lamp = EvidenceLamp.Red,
            Path = [new PointPx(462, 470), new PointPx(459, 440), new PointPx(455, 410), new PointPx(450, 375), new PointPx(446, 344)],
            Lines = [new DirectedLine("vach-dung", new PointPx(20, 335), new PointPx(575, 335))],
            Light = new Zone("den-1", [new PointPx(540, 145), new PointPx(570, 145), new PointPx(570, 240), new PointPx(540, 240)]),
        };
        var overlay = EvidencePictures.Overlay(still, marks, Caption);
        Keep("street.jpg", overlay);
        Keep("street-export.jpg", EvidencePictures.ForExport(still, [new BoxPx(228, 412, 24, 16), new BoxPx(368, 438, 26, 16), new BoxPx(472, 360, 38, 28), new BoxPx(55, 175, 40, 10)], [new BoxPx(443, 318, 14, 12)]));
        Assert.NotEmpty(overlay);
    }

    private static EvidenceMarks Marks(int width, int height) => new()
    {
        Vehicle = new BoxPx(width * 0.4f, height * 0.4f, width * 0.15f, height * 0.25f), Class = ObjectClass.Car, Label = "37A-123.45", Lamp = EvidenceLamp.Red,
        Path = [new PointPx(width * 0.55f, height * 0.95f), new PointPx(width * 0.5f, height * 0.8f), new PointPx(width * 0.475f, height * 0.65f)],
        Zones = [new Zone("lan-phai", [new PointPx(width * 0.3f, height * 0.3f), new PointPx(width * 0.8f, height * 0.3f), new PointPx(width * 0.9f, height * 0.9f), new PointPx(width * 0.2f, height * 0.9f)])],
        Lines = [new DirectedLine("vach-dung", new PointPx(width * 0.1f, height * 0.7f), new PointPx(width * 0.9f, height * 0.7f))],
    };

    // To be looked at: EDGEGATEWAY_KEEP names a folder.
    private static void Keep(string name, byte[] picture)
    {
        if (Environment.GetEnvironmentVariable("EDGEGATEWAY_KEEP") is { Length: > 0 } folder) File.WriteAllBytes(Path.Combine(folder, name), picture);
    }

    private static double Detail(Mat grey, BoxPx box)
    {
        using var part = grey[new Rect((int)box.X, (int)box.Y, (int)box.Width, (int)box.Height)];
        using var edges = new Mat();
        Cv2.Laplacian(part, edges, MatType.CV_32F);
        Cv2.MeanStdDev(edges, out _, out var deviation);
        return deviation.Val0;
    }

    private static byte[] Picture(int width, int height)
    {
        using var picture = new Mat(height, width, MatType.CV_8UC3, new Scalar(140, 120, 100));
        Cv2.ImEncode(".jpg", picture, out var bytes);
        return bytes;
    }

    private static byte[] Noise(int width, int height)
    {
        using var picture = new Mat(height, width, MatType.CV_8UC3);
        Cv2.Randn(picture, Scalar.All(128), Scalar.All(50));
        Cv2.GaussianBlur(picture, picture, new Size(0, 0), 1);
        Cv2.ImEncode(".jpg", picture, out var bytes, new ImageEncodingParam(ImwriteFlags.JpegQuality, 95));
        return bytes;
    }
}
