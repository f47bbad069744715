using System.Globalization;
using System.Text;
using SkiaSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>
/// The band of text below a picture of evidence: the act and its moment, what was measured, time, place and device. Words wrap
/// to the width, so it reads the same from 320 pixels to 4K.
/// </summary>
internal sealed class CaptionBand
{
    private static readonly SKColor Ground = new(0x10, 0x14, 0x19);
    private static readonly SKColor Strong = SKColors.White;
    private static readonly SKColor Plain = new(0xD5, 0xDB, 0xE1);
    private static readonly SKColor Faint = new(0x9A, 0xA5, 0xB0);
    private static readonly SKColor Warning = new(0xFF, 0xC1, 0x07);

    private readonly List<(string Text, float Size, SKColor Colour)> _lines = [];
    private readonly float _margin;
    private readonly float _size;
    private readonly EvidenceLamp? _lamp;
    private readonly int _width;

    public CaptionBand(EvidenceCaption caption, EvidenceLamp? lamp, int width)
    {
        (_lamp, _width) = (lamp, width);
        _size = Math.Clamp(width / 62f, 10.5f, 60);
        _margin = _size * 0.9f;
        var offset = (caption.Offset < TimeSpan.Zero ? "-" : "+") + caption.Offset.ToString(@"hh\:mm", CultureInfo.InvariantCulture);
        var clock = caption.ClockIsSynchronised ? "" : " · đồng hồ chưa đồng bộ";
        Add(Joined(caption.Moment, caption.Act), _size * 1.25f, Strong);
        Add(Joined(caption.Plate.Length > 0 ? "Biển số " + caption.Plate : "", LampWords(lamp), caption.Value), _size, Plain);
        Add($"{caption.LocalTime} (UTC{offset}){clock}", _size, caption.ClockIsSynchronised ? Plain : Warning);
        Add(Joined(caption.Place, caption.Device), _size, Faint);
        Add(caption.IsTrial ? "Quy tắc đang thử nghiệm, không dùng làm căn cứ xử lý" : "Nghi vấn do máy phát hiện, chờ người có thẩm quyền xác minh", _size * 0.9f, caption.IsTrial ? Warning : Faint);
        Height = LabelFont.IsAvailable ? ((int)MathF.Ceiling(_lines.Sum(l => l.Size * 1.32f) + 2 * _margin * 0.8f) + 1) & ~1 : 0;
    }

    /// <summary>Height in pixels, even; 0 where no font can write Vietnamese.</summary>
    public int Height { get; }

    public void DrawOn(SKCanvas canvas, int top)
    {
        if (Height == 0) return;
        using var fill = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Fill, Color = Ground };
        canvas.DrawRect(0, top, _width, Height, fill);
        // The lamp's colour runs along the edge, so that it is seen before a word is read.
        fill.Color = LampColour(_lamp);
        canvas.DrawRect(0, top, _width, MathF.Max(2, _size * 0.2f), fill);
        var y = top + _margin * 0.8f;
        foreach (var (text, size, colour) in _lines)
        {
            using var font = Font(size);
            fill.Color = colour;
            canvas.DrawText(text, _margin, y + size, SKTextAlign.Left, font, fill);
            y += size * 1.32f;
        }
    }

    private static SKFont Font(float size) => new(LabelFont.Typeface ?? SKTypeface.Default, size) { Subpixel = true, Edging = SKFontEdging.Antialias };

    private static string Joined(params string[] parts) => string.Join(" · ", parts.Where(p => p.Length > 0));

    private static string LampWords(EvidenceLamp? lamp) => lamp switch
    {
        EvidenceLamp.Red => "Đèn: đỏ",
        EvidenceLamp.Yellow => "Đèn: vàng",
        EvidenceLamp.Green => "Đèn: xanh",
        EvidenceLamp.Unknown => "Đèn: không rõ",
        _ => "",
    };

    private static SKColor LampColour(EvidenceLamp? lamp) => lamp switch
    {
        EvidenceLamp.Red => new SKColor(0xFF, 0x45, 0x45),
        EvidenceLamp.Yellow => new SKColor(0xFF, 0xC1, 0x07),
        EvidenceLamp.Green => new SKColor(0x2B, 0xD9, 0x6C),
        _ => new SKColor(0x3A, 0x44, 0x4E),
    };

    // Words go to the next line where the width ends; a word that is longer than a line is cut with a sign.
    private void Add(string text, float size, SKColor colour)
    {
        if (text.Length == 0) return;
        using var font = Font(size);
        var room = _width - 2 * _margin;
        var line = "";
        foreach (var word in text.Normalize(NormalizationForm.FormC).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : line + " " + word;
            if (font.MeasureText(longer) <= room)
            {
                line = longer;
                continue;
            }

            if (line.Length > 0) _lines.Add((line.TrimEnd('·', ' '), size, colour));
            line = word;
            while (line.Length > 2 && font.MeasureText(line) > room) line = line[..^2] + "…";
        }

        if (line.Length > 0) _lines.Add((line, size, colour));
    }
}
