using System.Text;

namespace EdgeGateway.Sync.Registration.Csv;

/// <summary>A table that cannot be read at all; the message says what to do.</summary>
public sealed class CsvRefusedException(string message) : Exception(message);

/// <summary>Opens a table as UTF-8, whatever its encoding is.</summary>
internal static class CsvText
{
    /// <summary>The encodings that may be named.</summary>
    public static IReadOnlyList<string> Encodings { get; } = ["utf-8", "utf-16", "windows-1258", "windows-1252"];

    private const int SampleBytes = 256 * 1024;

    static CsvText() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>A stream of UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding; null finds UTF-8 and UTF-16 out.</param>
    /// <exception cref="CsvRefusedException">The bytes are no UTF-8 and no encoding was named, or the name is unknown.</exception>
    public static Stream Open(string path, string? encoding) => Open(path, encoding, out _);

    /// <summary>The same, with the file itself: its position says how much of it was read, which the position in the text does not where bytes are turned into others.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding; null finds UTF-8 and UTF-16 out.</param>
    /// <param name="file">Belongs to the stream; nothing but its position is for the caller.</param>
    /// <exception cref="CsvRefusedException">The bytes are no UTF-8 and no encoding was named, or the name is unknown.</exception>
    public static Stream Open(string path, string? encoding, out FileStream file)
    {
        if (encoding is not null && !Encodings.Contains(encoding, StringComparer.OrdinalIgnoreCase))
            throw new CsvRefusedException($"'{encoding}' is no encoding that is read here; there are {string.Join(", ", Encodings)}.");
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        try
        {
            var sample = new byte[(int)Math.Min(file.Length, SampleBytes)];
            file.ReadExactly(sample);
            var (found, mark) = Mark(sample);
            // A mark is the file's own word, and stands above what somebody believes of it.
            if (mark == Encoding.UTF8.Preamble.Length) encoding = null;
            var chosen = found ?? encoding switch
            {
                null or "utf-8" or "UTF-8" => null,
                "utf-16" or "UTF-16" => Encoding.Unicode,
                _ => Encoding.GetEncoding(encoding),
            };
            if (chosen is null && encoding is null) RequireUtf8(path, sample, isWhole: sample.Length == file.Length);
            file.Position = mark;
            return chosen is null ? file : Encoding.CreateTranscodingStream(file, chosen, Encoding.UTF8);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static (Encoding? Found, int Mark) Mark(ReadOnlySpan<byte> sample) => sample switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (null, 3),
        [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
        [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),
        // UTF-16 without a mark: a header in Latin letters has a zero byte beside each.
        [not 0, 0, not 0, 0, ..] => (Encoding.Unicode, 0),
        [0, not 0, 0, not 0, ..] => (Encoding.BigEndianUnicode, 0),
        _ => (null, 0),
    };

    private static void RequireUtf8(string path, ReadOnlySpan<byte> sample, bool isWhole)
    {
        // A character cut by the sample's end is no fault: up to three bytes may lie beyond it.
        for (var cut = 0; cut <= (isWhole ? 0 : 3); cut++)
        {
            if (System.Text.Unicode.Utf8.IsValid(sample[..^cut])) return;
        }

        var line = 1;
        while (sample.Length > 0)
        {
            var end = sample.IndexOf((byte)'\n');
            var one = end < 0 ? sample : sample[..end];
            if (!System.Text.Unicode.Utf8.IsValid(one)) break;
            sample = end < 0 ? [] : sample[(end + 1)..];
            line++;
        }

        throw new CsvRefusedException($"{Path.GetFileName(path)}:{line}: this is not UTF-8, more likely Windows-1258 from an older program. Save the table as \"CSV UTF-8\", or name its encoding: --encoding windows-1258.");
    }
}
