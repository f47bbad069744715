using SkiaSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>One colour a meaning, the same in every picture of the gateway; told apart by people with red-green blindness too.</summary>
internal static class DrawingColours
{
    public static readonly SKColor Line = new(0x00, 0xE5, 0xFF);
    public static readonly SKColor Zone = new(0xFF, 0xC1, 0x07);
    public static readonly SKColor Mask = new(0x10, 0x10, 0x10);
    public static readonly SKColor Light = new(0xFF, 0x52, 0x52);
    public static readonly SKColor Plate = new(0xFF, 0xFF, 0xFF);
    public static readonly SKColor Grid = new(0xFF, 0xFF, 0xFF, 0x50);

    // Okabe and Ito's palette, a little brighter.
    public static SKColor Of(ObjectClass value) => value switch
    {
        ObjectClass.Person => new SKColor(0x2B, 0xD9, 0x8C),
        ObjectClass.Bicycle => new SKColor(0xF5, 0xA6, 0xD0),
        ObjectClass.Car => new SKColor(0x5C, 0xBB, 0xFF),
        ObjectClass.Motorcycle => new SKColor(0xFF, 0xD6, 0x3D),
        ObjectClass.Bus => new SKColor(0xC0, 0x8B, 0xFF),
        ObjectClass.Truck => new SKColor(0xFF, 0x8A, 0x3D),
        _ => new SKColor(0xC8, 0xCD, 0xD2),
    };

    /// <summary>Black or white, whichever reads better on a colour (relative luminance, Rec. 709).</summary>
    public static SKColor TextOn(SKColor colour) =>
        0.2126 * colour.Red + 0.7152 * colour.Green + 0.0722 * colour.Blue > 120 ? new SKColor(0x12, 0x16, 0x1A) : SKColors.White;
}
