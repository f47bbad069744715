using SkiaSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>
/// The typeface of labels: the first installed one that can write Vietnamese. Debian's fonts-dejavu-core is enough; where
/// no such font is installed, drawings have their shapes but no text, and <see cref="IsAvailable"/> says so.
/// </summary>
public static class LabelFont
{
    private const string Needed = "ABCxyz019ĂẰĐƠỮặễộừỹ·→";

    private static readonly string[] Preferred =
    [
        "/usr/share/fonts/truetype/noto/NotoSans-SemiBold.ttf",
        "/usr/share/fonts/truetype/noto/NotoSans-Medium.ttf",
        "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/freefont/FreeSans.ttf",
    ];

    private static readonly string[] Folders = ["/usr/share/fonts", "/usr/local/share/fonts"];

    private static readonly Lazy<SKTypeface?> Found = new(Find);

    /// <summary>True when labels can be written.</summary>
    public static bool IsAvailable => Found.Value is not null;

    internal static SKTypeface? Typeface => Found.Value;

    private static SKTypeface? Find()
    {
        foreach (var path in Preferred.Concat(Folders.Where(Directory.Exists).SelectMany(FilesIn)))
        {
            if (!File.Exists(path)) continue;
            var face = SKTypeface.FromFile(path);
            if (face is null) continue;
            using var font = new SKFont(face);
            if (font.ContainsGlyphs(Needed.AsSpan(0, Needed.Length - 1))) return face;
            face.Dispose();
        }

        return null;
    }

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder, "*.ttf", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
            .Where(f => !f.Contains("Mono", StringComparison.Ordinal) && !f.Contains("Italic", StringComparison.Ordinal) && !f.Contains("Oblique", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
}
