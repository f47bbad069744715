using System.Text;

namespace EdgeGateway.Sync.Entry;

/// <summary>
/// Cuts a scanner's bytes into texts at CR, LF, ETX or a tab, whichever it is set to end with. A text longer than any card is cut and told as too long, not kept; a byte that is no
/// UTF-8 becomes a mark that no card holds. The buffer is wiped after each text. Not thread-safe.
/// </summary>
/// <param name="take">Takes one text; empty ones are left out.</param>
public sealed class ScannerLines(Action<string> take)
{
    // Longer by one than what a card may have, in bytes of the widest letters: the reader of cards says "too long" of it.
    private const int MostBytes = 4 * (Identity.CardQr.LongestText + 1);
    private readonly byte[] _line = new byte[MostBytes];
    private int _length;

    /// <summary>Takes what was read.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
        {
            if (one is (byte)'\r' or (byte)'\n' or (byte)'\t' or 3) End();
            else if (_length < MostBytes) _line[_length++] = one;
        }
    }

    /// <summary>The source has ended: what stands there is a text too.</summary>
    public void End()
    {
        if (_length == 0) return;
        var text = Encoding.UTF8.GetString(_line, 0, _length);
        Array.Clear(_line, 0, _length);
        _length = 0;
        take(text);
    }

    /// <summary>The scanner was unplugged in the middle: half a text is none.</summary>
    public void Drop()
    {
        Array.Clear(_line, 0, _length);
        _length = 0;
    }
}
