using CsCheck;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tests.Plates;

public sealed class PlateRectifierTests
{
    private static readonly ModelInput Input = new() { Name = "images", Width = 128, Height = 64, Placement = "stretch" };

    [Fact]
    public void The_four_corners_go_to_the_four_corners()
    {
        var corner = Gen.Select(Gen.Float[0, 40], Gen.Float[0, 40]);
        Gen.Select(corner, corner, corner, corner).Sample((a, b, c, d) =>
        {
            var quad = new PlateQuad(new(a.Item1, a.Item2), new(200 + b.Item1, b.Item2), new(200 + c.Item1, 100 + c.Item2), new(d.Item1, 100 + d.Item2));
            var map = PlateRectifier.PlaneMap.Of(quad);
            return IsNear(map.At(0, 0), quad.TopLeft) && IsNear(map.At(1, 0), quad.TopRight) && IsNear(map.At(1, 1), quad.BottomRight) && IsNear(map.At(0, 1), quad.BottomLeft);
        });
    }

    [Fact]
    public void It_agrees_with_OpenCVs_warp_of_the_same_corners()
    {
        using var pool = new FramePool(321, 201, 1);
        using var frame = pool.TryRent()!;
        Fill(frame, (x, y) => (byte)(128 + 60 * Math.Sin(x / 9.0) + 40 * Math.Cos(y / 7.0)), 128, 128);
        var quad = new PlateQuad(new(60.5f, 40.25f), new(190, 60), new(180, 130), new(50, 100));
        var tensor = new float[3 * 128 * 64];
        new PlateRectifier(Input).Write(frame, quad, 0, tensor);

        using var luma = Mat.FromPixelData(frame.Height, frame.Width, MatType.CV_8UC1, frame.Address);
        // OpenCV counts from pixel centres, we from pixel edges: half a pixel on both sides.
        Point2f[] from = [.. new[] { quad.TopLeft, quad.TopRight, quad.BottomRight, quad.BottomLeft }.Select(p => new Point2f(p.X - 0.5f, p.Y - 0.5f))];
        using var map = Cv2.GetPerspectiveTransform(from, [new(-0.5f, -0.5f), new(127.5f, -0.5f), new(127.5f, 63.5f), new(-0.5f, 63.5f)]);
        using var whole = new Mat();
        luma.ConvertTo(whole, MatType.CV_32FC1);
        using var warped = new Mat();
        Cv2.WarpPerspective(whole, warped, map, new OpenCvSharp.Size(128, 64), InterpolationFlags.Linear, BorderTypes.Replicate);
        for (var y = 0; y < 64; y++)
        {
            for (var x = 0; x < 128; x++)
            {
                var expected = Math.Clamp((warped.At<float>(y, x) - 16) * 255 / 219, 0, 255) / 255;
                // OpenCV rounds its weights to 1/32 of a pixel.
                Assert.Equal(expected, tensor[y * 128 + x], 0.02f);
            }
        }
    }

    [Fact]
    public void Grey_is_grey_in_all_three_channels_and_colours_are_BT601()
    {
        using var pool = new FramePool(64, 48, 1);
        using var frame = pool.TryRent()!;
        var tensor = new float[3 * 128 * 64];
        Fill(frame, (_, _) => 126, 128, 128);
        new PlateRectifier(Input).Write(frame, PlateQuad.Of(new BoxPx(8, 8, 40, 20)), 0.04f, tensor);
        Assert.All(tensor, v => Assert.Equal((126 - 16) / 219f, v, 1e-4));
        // The yellow of commercial plates, R 255 G 200 B 0, in BT.601 limited range.
        Fill(frame, (_, _) => 182, 25, 171);
        new PlateRectifier(Input).Write(frame, PlateQuad.Of(new BoxPx(8, 8, 40, 20)), 0.04f, tensor);
        var plane = 128 * 64;
        Assert.Equal(1.0, tensor[100], 0.02);
        Assert.Equal(200 / 255.0, tensor[plane + 100], 0.02);
        Assert.Equal(0, tensor[2 * plane + 100], 0.02);
    }

    [Fact]
    public void Any_corners_give_finite_values_without_leaving_the_frame()
    {
        using var pool = new FramePool(33, 17, 1);
        using var frame = pool.TryRent()!;
        Fill(frame, (x, y) => (byte)(x * y), 90, 170);
        var rectifier = new PlateRectifier(Input);
        var tensor = new float[3 * 128 * 64];
        var number = Gen.OneOf(Gen.Float[-100, 100], Gen.Float);
        var point = Gen.Select(number, number, (x, y) => new PointPx(x, y));
        Gen.Select(point, point, point, point).Sample((a, b, c, d) =>
        {
            rectifier.Write(frame, new PlateQuad(a, b, c, d), 0.04f, tensor);
            return !tensor.AsSpan().ContainsAnyExceptInRange(0f, 1f);
        }, iter: 200, threads: 1);
    }

    [Fact]
    public void A_crisp_plate_is_sharper_than_the_same_one_enlarged()
    {
        using var pool = new FramePool(640, 320, 1);
        using var frame = pool.TryRent()!;
        Fill(frame, (x, y) => (byte)((x / 4 + y / 4) % 2 * 200 + 20), 128, 128);
        var rectifier = new PlateRectifier(Input);
        var tensor = new float[3 * 128 * 64];
        var crisp = rectifier.Write(frame, PlateQuad.Of(new BoxPx(100, 100, 128, 64)), 0, tensor);
        var enlarged = rectifier.Write(frame, PlateQuad.Of(new BoxPx(100, 100, 24, 12)), 0, tensor);
        Assert.True(crisp > 2 * enlarged, $"{crisp} against {enlarged}");
    }

    [Fact]
    public void Rectifying_allocates_nothing()
    {
        using var pool = new FramePool(640, 320, 1);
        using var frame = pool.TryRent()!;
        var rectifier = new PlateRectifier(Input);
        var tensor = new float[3 * 128 * 64];
        var quad = PlateQuad.Of(new BoxPx(100, 100, 300, 100));
        rectifier.Write(frame, quad, 0.04f, tensor);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++) rectifier.Write(frame, quad, 0.04f, tensor);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Corners_that_cannot_be_the_boxes_are_refused()
    {
        var box = new BoxPx(100, 100, 80, 40);
        Assert.True(PlateQuad.Of(box).Fits(box));
        Assert.True(new PlateQuad(new(102, 98), new(181, 104), new(178, 141), new(100, 136)).Fits(box));
        Assert.False(new PlateQuad(new(180, 100), new(100, 100), new(100, 140), new(180, 140)).Fits(box));
        Assert.False(PlateQuad.Of(new BoxPx(300, 100, 80, 40)).Fits(box));
        Assert.False(new PlateQuad(new(float.NaN, 100), new(180, 100), new(180, 140), new(100, 140)).Fits(box));
        Assert.False(default(PlateQuad).Fits(box));
    }

    internal static void Fill(Frame frame, Func<int, int, byte> luma, byte cb, byte cr)
    {
        var pixels = frame.Pixels;
        for (var i = 0; i < frame.Width * frame.Height; i++) pixels[i] = luma(i % frame.Width, i / frame.Width);
        var chroma = frame.ChromaWidth * frame.ChromaHeight;
        pixels.Slice(frame.Width * frame.Height, chroma).Fill(cb);
        pixels.Slice(frame.Width * frame.Height + chroma, chroma).Fill(cr);
    }

    private static bool IsNear(PointPx a, PointPx b) => MathF.Abs(a.X - b.X) < 0.02f && MathF.Abs(a.Y - b.Y) < 0.02f;
}
