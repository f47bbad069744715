using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Tests.Preprocess;

public sealed class LetterboxTests
{
    // Bilinear code computes what the twin does but for weights of 14 bits. By area, edges between output rows are moved by
    // at most half a 256th of an output row on either side, and colours are rounded in 16 instead of 20 bits.
    private const float ExactBound = 0.05f;
    private const float AreaBound = 1.7f;

    [Theory]
    [InlineData(1920, 1080, "top_left")]
    [InlineData(1920, 1080, "centre")]
    [InlineData(1280, 720, "stretch")]
    [InlineData(704, 576, "top_left")]
    [InlineData(640, 480, "centre")]
    [InlineData(320, 240, "top_left")]
    [InlineData(1080, 1920, "centre")]
    [InlineData(417, 415, "top_left")]
    [InlineData(1919, 1079, "centre")]
    [InlineData(2561, 1201, "top_left")]
    [InlineData(1, 1, "top_left")]
    [InlineData(2, 2, "centre")]
    [InlineData(1, 500, "centre")]
    [InlineData(500, 1, "top_left")]
    [InlineData(7, 5, "stretch")]
    [InlineData(2000, 8, "top_left")]
    public void The_vector_code_equals_its_plain_twin(int width, int height, string placement)
    {
        using var frame = Pictures.Noise(width, height, width + height);
        AssertTwins(frame, new PixelRegion(0, 0, width, height), Input(placement), 416, 416, Interpolation.Auto);
    }

    [Theory]
    [InlineData(Interpolation.Auto)]
    [InlineData(Interpolation.Bilinear)]
    [InlineData(Interpolation.Area)]
    public void The_vector_code_equals_its_plain_twin_at_every_width(Interpolation interpolation)
    {
        for (var width = 1; width <= 256; width++)
        {
            using var frame = Pictures.Noise(width, 1 + width * 37 % 90, width);
            AssertTwins(frame, new PixelRegion(0, 0, width, frame.Height), Input("centre"), 40, 24, interpolation);
        }
    }

    [Fact]
    public void The_vector_code_equals_its_plain_twin_at_every_width_of_the_input()
    {
        using var frame = Pictures.Noise(151, 103, 5);
        for (var width = 1; width <= 256; width++) AssertTwins(frame, new PixelRegion(0, 0, 151, 103), Input("centre"), width, 33, Interpolation.Auto);
    }

    [Fact]
    public void Any_region_of_a_frame_can_be_shown()
    {
        using var frame = Pictures.Noise(333, 221, 3);
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
        {
            var (x, y) = (random.Next(333), random.Next(221));
            var region = new PixelRegion(x, y, 1 + random.Next(333 - x), 1 + random.Next(221 - y));
            AssertTwins(frame, region, Input(i % 2 == 0 ? "top_left" : "stretch"), 64, 64, Interpolation.Auto);
        }
    }

    [Fact]
    public void Colour_order_and_normalisation_follow_the_manifest()
    {
        using var frame = Pictures.Noise(100, 60, 1);
        var rgb = Input("top_left") with { Scale = 1f / 255, Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] };
        var bgr = rgb with { Colour = "bgr", Mean = [0.406f, 0.456f, 0.485f], Std = [0.225f, 0.224f, 0.229f] };
        var (first, second) = (new float[3 * 32 * 32], new float[3 * 32 * 32]);
        new Letterbox(rgb, 32, 32).Write(frame, first);
        new Letterbox(bgr, 32, 32).Write(frame, second);
        Assert.Equal(first[..1024], second[2048..]);
        Assert.Equal(first[1024..2048], second[1024..2048]);
        Assert.Equal((114f / 255 - 0.485f) / 0.229f, first[1023], 1e-5f);
        Assert.Equal((114f / 255 - 0.406f) / 0.225f, first[3071], 1e-5f);
    }

    [Theory]
    [InlineData(1920, 1080)]
    [InlineData(640, 360)]
    public void Nothing_is_allocated_frame_by_frame(int width, int height)
    {
        using var frame = Pictures.Noise(width, height, 2);
        var letterbox = new Letterbox(Input("top_left"), 416, 416);
        var tensor = new float[3 * 416 * 416];
        for (var i = 0; i < 5; i++) letterbox.Write(frame, tensor);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++) letterbox.Write(frame, tensor);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_standing_border_is_left_alone()
    {
        using var frame = Pictures.Noise(64, 32, 2);
        var letterbox = new Letterbox(Input("top_left"), 32, 32);
        var tensor = new float[3 * 32 * 32];
        letterbox.Write(frame, new PixelRegion(0, 0, 64, 32), tensor, borderStands: true);
        Assert.Equal(0, tensor[^1]);
        letterbox.Write(frame, new PixelRegion(0, 0, 64, 32), tensor);
        Assert.Equal(114, tensor[^1]);
    }

    [Fact]
    public void Regions_outside_the_frame_and_tensors_of_another_size_are_refused()
    {
        using var frame = Pictures.Noise(64, 32, 2);
        var letterbox = new Letterbox(Input("top_left"), 32, 32);
        Assert.Throws<ArgumentException>(() => letterbox.Write(frame, new PixelRegion(60, 0, 5, 5), new float[3 * 32 * 32]));
        Assert.Throws<ArgumentException>(() => letterbox.Write(frame, new PixelRegion(int.MaxValue, 0, 5, 5), new float[3 * 32 * 32]));
        Assert.Throws<ArgumentException>(() => letterbox.Write(frame, new float[7]));
    }

    [Fact]
    public void Places_go_back_to_the_frame_they_came_from()
    {
        var map = new LetterboxMap(new PixelRegion(100, 50, 200, 100), 64, 64, Placement.Centre);
        Assert.Equal((0, 16, 64, 32), (map.Left, map.Top, map.Width, map.Height));
        Assert.Equal(new PointPx(100, 50), map.ToFrame(0, 16));
        Assert.Equal(new PointPx(300, 150), map.ToFrame(64, 48));
    }

    [Fact]
    public unsafe void Nothing_beyond_the_planes_and_the_tensor_is_touched()
    {
        foreach (var (width, height) in new[] { (1, 1), (7, 3), (8, 8), (31, 9), (33, 65), (64, 64), (127, 30), (250, 201), (641, 359) })
        {
            foreach (var atStart in new[] { false, true })
            {
                var (chromaWidth, chromaHeight) = ((width + 1) / 2, (height + 1) / 2);
                using var y = new GuardedMemory(width * height, atStart);
                using var u = new GuardedMemory(chromaWidth * chromaHeight, atStart);
                using var v = new GuardedMemory(chromaWidth * chromaHeight, atStart);
                using var tensor = new GuardedMemory(3 * 48 * 40 * sizeof(float), atStart);
                var view = new I420View(y.Address, u.Address, v.Address, width, height, width, chromaWidth);
                foreach (var placement in new[] { "top_left", "centre", "stretch" })
                {
                    var letterbox = new Letterbox(Input(placement), 48, 40);
                    letterbox.Write(view, new PixelRegion(0, 0, width, height), new Span<float>((void*)tensor.Address, 3 * 48 * 40), false);
                    letterbox.Write(view, new PixelRegion(width / 2, height / 2, width - width / 2, height - height / 2), new Span<float>((void*)tensor.Address, 3 * 48 * 40), false);
                }
            }
        }
    }

    [Fact]
    public unsafe void Rows_with_gaps_are_read_where_they_are()
    {
        using var frame = Pictures.Noise(120, 70, 4);
        var (strideY, strideC) = (160, 96);
        var (y, u, v) = (new byte[strideY * 70], new byte[strideC * 35], new byte[strideC * 35]);
        for (var row = 0; row < 70; row++) frame.Y.Slice(row * 120, 120).CopyTo(y.AsSpan(row * strideY));
        for (var row = 0; row < 35; row++)
        {
            frame.U.Slice(row * 60, 60).CopyTo(u.AsSpan(row * strideC));
            frame.V.Slice(row * 60, 60).CopyTo(v.AsSpan(row * strideC));
        }

        var (packed, gapped) = (new float[3 * 1024], new float[3 * 1024]);
        fixed (byte* py = y, pu = u, pv = v)
        {
            var letterbox = new Letterbox(Input("centre"), 32, 32);
            letterbox.Write(frame, packed);
            letterbox.Write(new I420View((nint)py, (nint)pu, (nint)pv, 120, 70, strideY, strideC), new PixelRegion(0, 0, 120, 70), gapped, false);
        }

        Assert.Equal(packed, gapped);
    }

    private static ModelInput Input(string placement) => new() { Name = "images", Width = 416, Height = 416, Scale = 1, Placement = placement };

    private static void AssertTwins(Frame frame, PixelRegion region, ModelInput input, int width, int height, Interpolation interpolation)
    {
        var fast = new float[3 * width * height];
        var plain = new float[3 * width * height];
        fast.AsSpan().Fill(float.NaN);
        var map = new Letterbox(input, width, height, interpolation).Write(frame, region, fast);
        LetterboxReference.Write(I420View.Of(frame), map, new TensorFormat(input), interpolation, width, height, plain);
        var bound = LetterboxReference.ByArea(map, interpolation) ? AreaBound : ExactBound;
        for (var i = 0; i < fast.Length; i++)
        {
            if (!(MathF.Abs(fast[i] - plain[i]) <= bound)) Assert.Fail($"{frame.Width}x{frame.Height} {region} to {width}x{height} {interpolation}: value {i} is {fast[i]}, not {plain[i]}.");
        }
    }
}
