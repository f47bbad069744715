using System.Globalization;
using System.Text;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Preprocess;
using OpenCvSharp;
using SkiaSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>
/// Draws on a copy of a frame: boxes with labels, lines with their direction, zones, masks, lights, a pixel grid. Sizes of
/// strokes and text follow the size of the picture. No label covers another: where a crowd leaves no room, a box stays without words,
/// so draw what matters most first. Places are pixels of the frame. One thread at a time; dispose it.
/// </summary>
public sealed class Annotator : IDisposable
{
    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;
    private readonly SKFont _font;
    private readonly SKPaint _stroke = new() { IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeCap = SKStrokeCap.Round, StrokeJoin = SKStrokeJoin.Round };
    private readonly SKPaint _fill = new() { IsAntialias = true, Style = SKPaintStyle.Fill };
    private readonly float _unit;
    private readonly List<SKRect> _labels = [];

    /// <summary>Copies the frame; it may be disposed afterwards.</summary>
    public Annotator(Frame frame)
    {
        Width = frame.Width;
        Height = frame.Height;
        _bitmap = new SKBitmap(new SKImageInfo(frame.Width, frame.Height, SKColorType.Bgra8888, SKAlphaType.Opaque));
        using (var bgr = PixelConversion.ToBgr(frame, new PixelRegion(0, 0, frame.Width, frame.Height)))
        using (var to = Mat.FromPixelData(frame.Height, frame.Width, MatType.CV_8UC4, _bitmap.GetPixels(), _bitmap.RowBytes))
        {
            Cv2.CvtColor(bgr, to, ColorConversionCodes.BGR2BGRA);
        }

        _canvas = new SKCanvas(_bitmap);
        _unit = Math.Clamp(Math.Min(frame.Width, frame.Height) / 600f, 0.75f, 4);
        _font = new SKFont(LabelFont.Typeface ?? SKTypeface.Default, MathF.Max(11, 13 * _unit)) { Subpixel = true, Edging = SKFontEdging.Antialias };
    }

    public int Width { get; }

    public int Height { get; }

    private float PadX => 4 * _unit;

    private float PadY => 2.5f * _unit;

    /// <summary>A detection with its class and score.</summary>
    public void Detection(in Detection detection, string? className = null) =>
        Box(detection.Box, DrawingColours.Of(detection.Class), string.Create(CultureInfo.InvariantCulture, $"{className ?? detection.Class.Name()} {detection.Score:0.00}"));

    /// <summary>A box in the colour of a class, with a label of its own; none when the label is empty.</summary>
    public void Box(in BoxPx box, ObjectClass objectClass, string label) => Box(box, DrawingColours.Of(objectClass), label);

    /// <summary>A plate by its four corners, and what was read.</summary>
    public void Plate(ReadOnlySpan<PointPx> corners, string label)
    {
        Outline(corners, DrawingColours.Plate, 1.4f);
        var (x, y) = (float.MaxValue, float.MinValue);
        foreach (var corner in corners) (x, y) = (MathF.Min(x, corner.X), MathF.Max(y, corner.Y));
        Label(label, x, y + 3 * _unit, DrawingColours.Plate, above: false);
    }

    /// <summary>A line with its name, and for counting an arrow that points "in".</summary>
    public void Line(DirectedLine line, bool showIn = true)
    {
        var (p1, p2) = (line.P1, line.P2);
        Segment(p1, p2, DrawingColours.Line, 2.4f);
        Dot(p1, DrawingColours.Line);
        Dot(p2, DrawingColours.Line);
        Label(line.Id, p1.X + 6 * _unit, p1.Y - 6 * _unit, DrawingColours.Line, above: true);
        if (!showIn) return;
        var (dx, dy) = (p2.X - p1.X, p2.Y - p1.Y);
        var length = MathF.Max(1, MathF.Sqrt(dx * dx + dy * dy));
        // In is where s of the contract grows: to the right of p1 → p2 as the picture shows it, y down.
        var reach = Math.Clamp(length * 0.2f, 16 * _unit, 44 * _unit);
        var middle = new PointPx((p1.X + p2.X) / 2, (p1.Y + p2.Y) / 2);
        var tip = new PointPx(middle.X - dy / length * reach, middle.Y + dx / length * reach);
        Arrow(middle, tip, "in");
    }

    /// <summary>An arrow, as a direction of travel or a way over a line.</summary>
    public void Arrow(PointPx from, PointPx to, string label = "")
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var length = MathF.Max(1, MathF.Sqrt(dx * dx + dy * dy));
        var (ux, uy) = (dx / length, dy / length);
        var head = 9 * _unit;
        Segment(from, new PointPx(to.X - ux * head * 0.8f, to.Y - uy * head * 0.8f), DrawingColours.Line, 2.4f);
        using var builder = new SKPathBuilder();
        builder.MoveTo(to.X, to.Y);
        builder.LineTo(to.X - ux * head - uy * head * 0.55f, to.Y - uy * head + ux * head * 0.55f);
        builder.LineTo(to.X - ux * head + uy * head * 0.55f, to.Y - uy * head - ux * head * 0.55f);
        builder.Close();
        using var path = builder.Detach();
        _fill.Color = DrawingColours.Line;
        _canvas.DrawPath(path, _fill);
        if (label.Length > 0) Label(label, to.X + 4 * _unit, to.Y, DrawingColours.Line, above: false);
    }

    /// <summary>A zone, filled faintly, with its name at its first corner.</summary>
    public void Zone(Zone zone) => Area(zone, DrawingColours.Zone, 0x30);

    /// <summary>A part of the picture that is not looked at.</summary>
    /// <param name="mask">The area.</param>
    /// <param name="isPartial">True when only some classes are not looked for there: the picture shines through.</param>
    public void Mask(Zone mask, bool isPartial = false) => Area(mask, DrawingColours.Mask, isPartial ? (byte)0x50 : (byte)0xB0);

    /// <summary>The lamps of a traffic light.</summary>
    public void Light(Zone light) => Area(light, DrawingColours.Light, 0x28);

    /// <summary>Lines every so many pixels with their numbers, so that an installer reads places off the picture.</summary>
    public void Grid(int stepPx = 0)
    {
        if (stepPx <= 0) stepPx = Math.Max(Width, Height) switch { > 2600 => 200, > 900 => 100, _ => 50 };
        _stroke.Color = DrawingColours.Grid;
        _stroke.StrokeWidth = 1;
        for (var x = stepPx; x < Width; x += stepPx) _canvas.DrawLine(x + 0.5f, 0, x + 0.5f, Height, _stroke);
        for (var y = stepPx; y < Height; y += stepPx) _canvas.DrawLine(0, y + 0.5f, Width, y + 0.5f, _stroke);
        for (var x = stepPx; x < Width; x += stepPx) Outlined(x.ToString(CultureInfo.InvariantCulture), x + 3, _font.Size);
        for (var y = stepPx; y < Height; y += stepPx) Outlined(y.ToString(CultureInfo.InvariantCulture), 3, y - 3);
    }

    /// <summary>The way that something took, oldest place first.</summary>
    public void Trail(ReadOnlySpan<PointPx> places, ObjectClass objectClass)
    {
        for (var i = 1; i < places.Length; i++) Segment(places[i - 1], places[i], DrawingColours.Of(objectClass), 1.6f);
    }

    /// <summary>A line of text on a dark plate, its upper left corner given.</summary>
    public void Text(string text, float x, float y) => Label(text, x, y, new SKColor(0x12, 0x16, 0x1A, 0xD8), above: false);

    /// <summary>
    /// The name of what a box holds, in the box's colour and touching it, so that nobody takes it for the name of what stands beside: below the
    /// box, where it hides neither a rider's head nor a plate; else above it; else inside at its top.
    /// </summary>
    public void Name(in BoxPx box, ObjectClass objectClass, string text)
    {
        if (!LabelFont.IsAvailable || text.Length == 0) return;
        var height = SizeOf(Composed(text)).Height;
        var y = box.Bottom + _unit + height <= Height ? box.Bottom + _unit : box.Y - _unit - height >= 0 ? box.Y - _unit - height : box.Y + _unit;
        Label(text, box.X - _unit, y, DrawingColours.Of(objectClass), above: false);
    }

    /// <summary>Copies the picture to the upper left corner of another one.</summary>
    internal void DrawOn(SKCanvas canvas) => canvas.DrawBitmap(_bitmap, 0, 0, SKSamplingOptions.Default);

    /// <summary>The picture as PNG.</summary>
    public byte[] Png() => Encode(SKEncodedImageFormat.Png, 100);

    /// <summary>The picture as JPEG.</summary>
    /// <param name="quality">1 to 100.</param>
    public byte[] Jpeg(int quality = 88) => Encode(SKEncodedImageFormat.Jpeg, quality);

    public void Dispose()
    {
        _fill.Dispose();
        _stroke.Dispose();
        _font.Dispose();
        _canvas.Dispose();
        _bitmap.Dispose();
    }

    private byte[] Encode(SKEncodedImageFormat format, int quality)
    {
        using var data = _bitmap.Encode(format, quality) ?? throw new ImageException($"A picture of {Width}x{Height} could not be written as {format}.");
        return data.ToArray();
    }

    private void Box(in BoxPx box, SKColor colour, string label)
    {
        var rect = new SKRect(box.X, box.Y, box.Right, box.Bottom);
        var radius = MathF.Min(3 * _unit, MathF.Min(box.Width, box.Height) / 4);
        // A dark line beneath keeps the outline visible on any background.
        _stroke.Color = new SKColor(0, 0, 0, 0x70);
        _stroke.StrokeWidth = 3.2f * _unit;
        _canvas.DrawRoundRect(rect, radius, radius, _stroke);
        _stroke.Color = colour;
        _stroke.StrokeWidth = 1.7f * _unit;
        _canvas.DrawRoundRect(rect, radius, radius, _stroke);
        if (label.Length > 0) LabelBeside(box, label, colour);
    }

    private void Area(Zone zone, SKColor colour, byte alpha)
    {
        using var builder = new SKPathBuilder();
        for (var i = 0; i < zone.Points.Count; i++)
        {
            if (i == 0) builder.MoveTo(zone.Points[i].X, zone.Points[i].Y);
            else builder.LineTo(zone.Points[i].X, zone.Points[i].Y);
        }

        builder.Close();
        using var path = builder.Detach();
        _fill.Color = colour.WithAlpha(alpha);
        _canvas.DrawPath(path, _fill);
        Outline([.. zone.Points], colour, 1.8f);
        if (zone.Points.Count > 0) Label(zone.Id, zone.Points[0].X + 4 * _unit, zone.Points[0].Y + 4 * _unit, colour, above: false);
    }

    private void Outline(ReadOnlySpan<PointPx> corners, SKColor colour, float width)
    {
        for (var i = 0; i < corners.Length; i++) Segment(corners[i], corners[(i + 1) % corners.Length], colour, width);
    }

    private void Segment(PointPx from, PointPx to, SKColor colour, float width)
    {
        _stroke.Color = new SKColor(0, 0, 0, 0x60);
        _stroke.StrokeWidth = (width + 1.4f) * _unit;
        _canvas.DrawLine(from.X, from.Y, to.X, to.Y, _stroke);
        _stroke.Color = colour;
        _stroke.StrokeWidth = width * _unit;
        _canvas.DrawLine(from.X, from.Y, to.X, to.Y, _stroke);
    }

    private void Dot(PointPx at, SKColor colour)
    {
        _fill.Color = colour;
        _canvas.DrawCircle(at.X, at.Y, 3.4f * _unit, _fill);
    }

    /// <summary>Text on a plate of colour, kept inside the picture; it is written whatever lies there.</summary>
    private void Label(string text, float x, float y, SKColor colour, bool above)
    {
        if (!LabelFont.IsAvailable || text.Length == 0) return;
        text = Composed(text);
        var (width, height) = SizeOf(text);
        if (above) y = y - height >= 0 ? y - height : y + 2 * _unit;
        x = Math.Clamp(x, 0, Math.Max(0, Width - width));
        y = Math.Clamp(y, 0, Math.Max(0, Height - height));
        Write(text, new SKRect(x, y, x + width, y + height), colour);
    }

    /// <summary>Text at the first side of a box where it covers no other label.</summary>
    private void LabelBeside(in BoxPx box, string text, SKColor colour)
    {
        if (!LabelFont.IsAvailable) return;
        text = Composed(text);
        var (width, height) = SizeOf(text);
        var (left, right, above) = (box.X - _unit, box.Right + _unit, box.Y - _unit - height);
        ReadOnlySpan<(float X, float Y)> places =
            [(left, above), (right - width, above), (left, box.Bottom + _unit), (right, box.Y), (left - width, box.Y), (left, box.Y + 2 * _unit)];
        foreach (var (x, y) in places)
        {
            var inside = Math.Clamp(x, 0, Math.Max(0, Width - width));
            var place = new SKRect(inside, y, inside + width, y + height);
            if (y < 0 || place.Bottom > Height || _labels.Exists(place.IntersectsWith)) continue;
            Write(text, place, colour);
            return;
        }
    }

    // Fonts know composed letters; names may come decomposed.
    private static string Composed(string text) => text.Normalize(NormalizationForm.FormC);

    private (float Width, float Height) SizeOf(string text)
    {
        var metrics = _font.Metrics;
        return (_font.MeasureText(text) + 2 * PadX, metrics.Descent - metrics.Ascent + 2 * PadY);
    }

    private void Write(string text, SKRect place, SKColor colour)
    {
        _labels.Add(place);
        _fill.Color = colour;
        _canvas.DrawRoundRect(place, 3 * _unit, 3 * _unit, _fill);
        _fill.Color = DrawingColours.TextOn(colour);
        _canvas.DrawText(text, place.Left + PadX, place.Top + PadY - _font.Metrics.Ascent, SKTextAlign.Left, _font, _fill);
    }

    private void Outlined(string text, float x, float y)
    {
        if (!LabelFont.IsAvailable) return;
        _stroke.Color = new SKColor(0, 0, 0, 0xB0);
        _stroke.StrokeWidth = 2.5f * _unit;
        _canvas.DrawText(text, x, y, SKTextAlign.Left, _font, _stroke);
        _fill.Color = SKColors.White;
        _canvas.DrawText(text, x, y, SKTextAlign.Left, _font, _fill);
    }
}
