using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>
/// Brings a frame, or a region of one, into a network's input tensor in one pass: colour, size, border and normalisation.
/// What it computes, and in which order, stands at <see cref="LetterboxReference"/>. Its working memory is made anew only
/// when the size of the region changes. One thread at a time.
/// </summary>
public sealed class Letterbox
{
    private readonly TensorFormat _format;
    private readonly int _inputWidth;
    private readonly int _inputHeight;

    /// <param name="input">Colour order, normalisation, border and placement.</param>
    /// <param name="inputWidth">Width of the tensor in pixels.</param>
    /// <param name="inputHeight">Height of the tensor in pixels.</param>
    public Letterbox(ModelInput input, int inputWidth, int inputHeight)
    {
        _format = new TensorFormat(input);
        _inputWidth = inputWidth;
        _inputHeight = inputHeight;
    }

    /// <summary>Writes a whole frame; see <see cref="Write(Frame, in PixelRegion, Span{float})"/>.</summary>
    public LetterboxMap Write(Frame frame, Span<float> tensor) => Write(frame, new PixelRegion(0, 0, frame.Width, frame.Height), tensor);

    /// <summary>Writes a region of a frame, and the border around it, into a tensor.</summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="region">The part to show; it must lie inside the frame.</param>
    /// <param name="tensor">3 × height × width values, channel by channel.</param>
    /// <returns>The way back from the input's pixels to the frame's.</returns>
    /// <exception cref="ArgumentException">The region leaves the frame, or the tensor has another size.</exception>
    public LetterboxMap Write(Frame frame, in PixelRegion region, Span<float> tensor) => Write(I420View.Of(frame), region, tensor);

    internal LetterboxMap Write(in I420View source, in PixelRegion region, Span<float> tensor)
    {
        if (region.X < 0 || region.Y < 0 || region.Width < 1 || region.Height < 1 || region.X + region.Width > source.Width || region.Y + region.Height > source.Height)
        {
            throw new ArgumentException($"The region {region} leaves the frame of {source.Width}x{source.Height}.", nameof(region));
        }

        if (tensor.Length != 3 * _inputWidth * _inputHeight) throw new ArgumentException($"The tensor has {tensor.Length} values, not 3x{_inputHeight}x{_inputWidth}.", nameof(tensor));
        var map = new LetterboxMap(region, _inputWidth, _inputHeight, _format.Placement);
        LetterboxReference.Write(source, map, _format, _inputWidth, _inputHeight, tensor);
        return map;
    }
}
