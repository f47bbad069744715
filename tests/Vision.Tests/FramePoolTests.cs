using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Tests;

public sealed class FramePoolTests
{
    [Fact]
    public void A_frame_goes_back_with_its_last_holder()
    {
        using var pool = new FramePool(5, 3, 1);
        var frame = pool.TryRent()!;
        var second = frame.Share();
        frame.Dispose();
        Assert.Equal(1, pool.Outstanding);
        Assert.Null(pool.TryRent());
        second.Dispose();
        Assert.Equal(0, pool.Outstanding);
        Assert.Throws<InvalidOperationException>(frame.Dispose);
    }

    [Fact]
    public void Odd_sizes_round_the_chroma_planes_up()
    {
        using var pool = new FramePool(5, 3, 1);
        using var frame = pool.TryRent()!;
        Assert.Equal(15, frame.Y.Length);
        Assert.Equal(6, frame.U.Length);
        Assert.Equal(27, frame.Pixels.Length);
    }
}
