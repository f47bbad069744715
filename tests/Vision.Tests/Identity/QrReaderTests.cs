using EdgeGateway.Benchmarks.Qr;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Identity;
using OpenCvSharp;
using Xunit;

namespace EdgeGateway.Vision.Tests.Identity;

public sealed class QrReaderTests(ITestOutputHelper output)
{
    [Fact]
    public void A_card_held_well_is_read_with_its_vietnamese_letters()
    {
        using var reader = new QrReader();
        var random = new Random(7);
        for (var i = 0; i < 5; i++)
        {
            var text = RenderedCards.Text(random);
            using var picture = RenderedCards.Picture(text, random, 0);
            Assert.Equal(text, reader.Read(picture));
        }
    }

    // Five hundred of them, by difficulty and with times: "benchmarks report qr".
    [Fact]
    public void Of_forty_cards_held_better_and_worse_none_is_read_wrongly()
    {
        using var reader = new QrReader();
        var random = new Random(2026);
        var (read, wrong) = (0, 0);
        const int Cards = 40;
        for (var i = 0; i < Cards; i++)
        {
            var text = RenderedCards.Text(random);
            using var picture = RenderedCards.Picture(text, random, i / (double)Cards);
            var got = reader.Read(picture);
            if (got == text) read++;
            else if (got is not null) wrong++;
        }

        output.WriteLine($"{read} of {Cards} read, {wrong} wrong");
        Assert.Equal(0, wrong);
        Assert.True(read > Cards / 2, $"only {read} of {Cards} were read");
    }

    [Fact]
    public void A_frame_without_a_code_gives_nothing()
    {
        using var reader = new QrReader();
        using var pool = new FramePool(640, 480, 1);
        using var frame = pool.TryRent()!;
        new Random(3).NextBytes(frame.Pixels);
        Assert.Null(reader.Read(frame));
    }
}
