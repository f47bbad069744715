using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tests.Inference;

public sealed class InputForTests
{
    private static readonly ModelInput Dynamic = new() { Name = "images", Width = 416, Height = 416, Dynamic = true };

    [Theory]
    [InlineData(1920, 1080, 416, 256)]
    [InlineData(768, 576, 416, 320)]
    [InlineData(640, 726, 384, 416)]
    [InlineData(416, 416, 416, 416)]
    [InlineData(10000, 10, 416, 32)]
    public void A_model_of_any_size_gets_an_input_that_fits_the_frame(int width, int height, int inputWidth, int inputHeight) =>
        Assert.Equal((inputWidth, inputHeight), ObjectDetector.InputFor(Dynamic, width, height));

    [Fact]
    public void A_model_of_one_size_keeps_it() =>
        Assert.Equal((416, 416), ObjectDetector.InputFor(Dynamic with { Dynamic = false }, 1920, 1080));
}
