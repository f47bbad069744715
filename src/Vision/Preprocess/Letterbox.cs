using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>
/// Brings a frame, or a region of one, into a network's input tensor in one pass: colour, size, border and normalisation.
/// What it computes, and in which order, stands at <see cref="LetterboxReference"/>; machines without AVX2 and
/// shrinks by area to less than 1/256 go through that twin. Working memory grows only when a region is larger than all before
/// it; otherwise nothing is allocated. One thread at a time.
/// </summary>
public sealed class Letterbox
{
    private readonly TensorFormat _format;
    private readonly int _inputWidth;
    private readonly int _inputHeight;
    private readonly Interpolation _interpolation;
    private readonly AreaPass _area = new();
    private readonly BilinearPass _bilinear = new();

    /// <param name="input">Colour order, normalisation, border and placement.</param>
    /// <param name="inputWidth">Width of the tensor in pixels.</param>
    /// <param name="inputHeight">Height of the tensor in pixels.</param>
    /// <param name="interpolation">How pixels are mixed.</param>
    public Letterbox(ModelInput input, int inputWidth, int inputHeight, Interpolation interpolation = Interpolation.Auto)
    {
        _format = new TensorFormat(input);
        _inputWidth = inputWidth;
        _inputHeight = inputHeight;
        _interpolation = interpolation;
    }

    /// <summary>Writes a whole frame; see <see cref="Write(Frame, in PixelRegion, Span{float}, bool)"/>.</summary>
    public LetterboxMap Write(Frame frame, Span<float> tensor) => Write(frame, new PixelRegion(0, 0, frame.Width, frame.Height), tensor);

    /// <summary>The way between a region and the tensor, without writing anything.</summary>
    public LetterboxMap MapOf(in PixelRegion region) => new(region, _inputWidth, _inputHeight, _format.Placement);

    /// <summary>Writes a region of a frame, and the border around it, into a tensor.</summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="region">The part to show; it must lie inside the frame.</param>
    /// <param name="tensor">3 × height × width values, channel by channel.</param>
    /// <param name="borderStands">True when the tensor already holds the border of this very region, which then is left as it is.</param>
    /// <returns>The way back from the input's pixels to the frame's.</returns>
    /// <exception cref="ArgumentException">The region leaves the frame, or the tensor has another size.</exception>
    public LetterboxMap Write(Frame frame, in PixelRegion region, Span<float> tensor, bool borderStands = false) =>
        Write(I420View.Of(frame), region, tensor, borderStands);

    internal unsafe LetterboxMap Write(in I420View source, in PixelRegion region, Span<float> tensor, bool borderStands)
    {
        if (region.X < 0 || region.Y < 0 || region.Width < 1 || region.Height < 1 || region.X > source.Width - region.Width || region.Y > source.Height - region.Height)
        {
            throw new ArgumentException($"The region {region} leaves the frame of {source.Width}x{source.Height}.", nameof(region));
        }

        if (tensor.Length != 3 * _inputWidth * _inputHeight) throw new ArgumentException($"The tensor has {tensor.Length} values, not 3x{_inputHeight}x{_inputWidth}.", nameof(tensor));
        var map = MapOf(region);
        var byArea = LetterboxReference.ByArea(map, _interpolation);
        if (byArea ? !AreaPass.Handles(map) : !BilinearPass.IsSupported)
        {
            LetterboxReference.Write(source, map, _format, _interpolation, _inputWidth, _inputHeight, tensor);
            return map;
        }

        fixed (float* to = tensor)
        {
            if (byArea) _area.Write(source, map, _format, _inputWidth, _inputHeight, to);
            else _bilinear.Write(source, map, _format, _inputWidth, _inputHeight, to);
        }

        if (!borderStands) WriteBorder(map, tensor);
        return map;
    }

    private void WriteBorder(in LetterboxMap map, Span<float> tensor)
    {
        if (map.Width == _inputWidth && map.Height == _inputHeight) return;
        for (var colour = 0; colour < 3; colour++)
        {
            var value = _format.Pad * _format.Gain(colour) + _format.Bias(colour);
            var plane = tensor.Slice(_format.Plane(colour) * _inputWidth * _inputHeight, _inputWidth * _inputHeight);
            plane[..(map.Top * _inputWidth)].Fill(value);
            plane[((map.Top + map.Height) * _inputWidth)..].Fill(value);
            if (map.Width == _inputWidth) continue;
            for (var y = map.Top; y < map.Top + map.Height; y++)
            {
                var row = plane.Slice(y * _inputWidth, _inputWidth);
                row[..map.Left].Fill(value);
                row[(map.Left + map.Width)..].Fill(value);
            }
        }
    }
}
