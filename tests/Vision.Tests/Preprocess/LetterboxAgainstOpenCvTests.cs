using EdgeGateway.Testing;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Preprocess;
using OpenCvSharp;
using OpenCvSharp.Dnn;

namespace EdgeGateway.Vision.Tests.Preprocess;

/// <summary>At least 99.9 % of values within 1/255 of cvtColor, resize and blobFromImage, none above 4/255.</summary>
public sealed class LetterboxAgainstOpenCvTests
{
    [Theory]
    [InlineData(1920, 1080, Interpolation.Area)]
    [InlineData(1920, 1080, Interpolation.Bilinear)]
    [InlineData(1280, 720, Interpolation.Area)]
    [InlineData(3840, 2160, Interpolation.Area)]
    [InlineData(640, 480, Interpolation.Bilinear)]
    [InlineData(320, 240, Interpolation.Bilinear)]
    [InlineData(1080, 1920, Interpolation.Area)]
    [InlineData(832, 832, Interpolation.Area)]
    public void A_rendered_street_agrees(int width, int height, Interpolation interpolation)
    {
        using var frame = Pictures.Scene(width, height, 17);
        AssertAgrees(frame, interpolation, 416);
    }

    [Fact]
    public void Real_pictures_agree()
    {
        var folder = SharedData.TryPath("detection", "val");
        Assert.SkipWhen(folder is null, "shared/data/detection is not beside this checkout.");
        foreach (var path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Where((_, i) => i % 12 == 0))
        {
            using var frame = ImageFile.Load(path);
            if (frame.Width % 2 != 0 || frame.Height % 2 != 0) continue;
            AssertAgrees(frame, Interpolation.Bilinear, 416);
            AssertAgrees(frame, Interpolation.Auto, 416);
            if (frame.Width >= 320) AssertAgrees(frame, Interpolation.Area, 160);
        }
    }

    private static unsafe void AssertAgrees(Frame frame, Interpolation interpolation, int side)
    {
        var input = new ModelInput { Name = "images", Width = side, Height = side, Colour = "bgr", Scale = 1 };
        var tensor = new float[3 * side * side];
        var map = new Letterbox(input, side, side, interpolation).Write(frame, tensor);
        using var planar = Mat.FromPixelData(frame.Height * 3 / 2, frame.Width, MatType.CV_8UC1, frame.Address);
        using var colour = new Mat();
        using var small = new Mat();
        using var boxed = new Mat();
        Cv2.CvtColor(planar, colour, ColorConversionCodes.YUV2BGR_I420);
        Cv2.Resize(colour, small, new Size(map.Width, map.Height), 0, 0, LetterboxReference.ByArea(map, interpolation) ? InterpolationFlags.Area : InterpolationFlags.Linear);
        Cv2.CopyMakeBorder(small, boxed, 0, side - map.Height, 0, side - map.Width, BorderTypes.Constant, new Scalar(114, 114, 114));
        using var blob = CvDnn.BlobFromImage(boxed, 1, new Size(side, side), default, false, false);
        var theirs = new ReadOnlySpan<float>(blob.DataPointer, tensor.Length);
        var (within, largest) = (0, 0f);
        for (var i = 0; i < tensor.Length; i++)
        {
            var difference = MathF.Abs(tensor[i] - theirs[i]);
            if (difference <= 1) within++;
            largest = MathF.Max(largest, difference);
        }

        var share = (double)within / tensor.Length;
        TestContext.Current.TestOutputHelper?.WriteLine($"{frame.Width}x{frame.Height} {interpolation}: {share:P4} within 1/255, largest {largest:0.00}/255");
        Assert.True(share >= 0.999 && largest <= 4, $"{frame.Width}x{frame.Height} {interpolation}: {share:P4} within 1/255, largest {largest:0.00}/255");
    }
}
