namespace EdgeGateway.Vision.Preprocess;

/// <summary>A rectangle of whole pixels.</summary>
public readonly record struct PixelRegion(int X, int Y, int Width, int Height)
{
    /// <summary>The whole pixels that a box touches, cut to the picture; at least one pixel.</summary>
    public static PixelRegion Around(in BoxPx box, int pictureWidth, int pictureHeight)
    {
        var left = (int)Math.Clamp(MathF.Floor(box.X), 0, pictureWidth - 1);
        var top = (int)Math.Clamp(MathF.Floor(box.Y), 0, pictureHeight - 1);
        var right = (int)Math.Clamp(MathF.Ceiling(box.Right), left + 1, pictureWidth);
        var bottom = (int)Math.Clamp(MathF.Ceiling(box.Bottom), top + 1, pictureHeight);
        return new PixelRegion(left, top, right - left, bottom - top);
    }
}

/// <summary>Where a letterboxed picture stands in the network's input.</summary>
public enum Placement
{
    /// <summary>At the top left; the border is right of it or below it.</summary>
    TopLeft,

    /// <summary>In the middle; the border is on both sides.</summary>
    Centre,

    /// <summary>No border: both sides are stretched to fill the input.</summary>
    Stretch,
}

/// <summary>
/// The way between a region of a frame and a network's input: the region is scaled by one factor until it fits (both sides
/// rounded to whole pixels) and placed; <see cref="Placement.Stretch"/> scales the sides apart. Pixel centres lie at half
/// numbers, as in OpenCV's resize.
/// </summary>
public readonly record struct LetterboxMap
{
    public LetterboxMap(PixelRegion region, int inputWidth, int inputHeight, Placement placement)
    {
        Region = region;
        if (placement == Placement.Stretch)
        {
            (Width, Height) = (inputWidth, inputHeight);
        }
        else
        {
            var scale = Math.Min((double)inputWidth / region.Width, (double)inputHeight / region.Height);
            Width = Math.Clamp((int)Math.Round(region.Width * scale), 1, inputWidth);
            Height = Math.Clamp((int)Math.Round(region.Height * scale), 1, inputHeight);
        }

        if (placement == Placement.Centre)
        {
            Left = (inputWidth - Width) / 2;
            Top = (inputHeight - Height) / 2;
        }

        FrameXPerInputX = (float)region.Width / Width;
        FrameYPerInputY = (float)region.Height / Height;
    }

    /// <summary>The part of the frame that is seen.</summary>
    public PixelRegion Region { get; }

    /// <summary>First column of the picture in the input.</summary>
    public int Left { get; }

    /// <summary>First row of the picture in the input.</summary>
    public int Top { get; }

    /// <summary>Width of the picture in the input, pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the picture in the input, pixels.</summary>
    public int Height { get; }

    /// <summary>Frame pixels for each input pixel across.</summary>
    public float FrameXPerInputX { get; }

    /// <summary>Frame pixels for each input pixel down.</summary>
    public float FrameYPerInputY { get; }

    /// <summary>A place in the input as a place in the frame; not cut to the frame.</summary>
    public PointPx ToFrame(float inputX, float inputY) =>
        new((inputX - Left) * FrameXPerInputX + Region.X, (inputY - Top) * FrameYPerInputY + Region.Y);
}
