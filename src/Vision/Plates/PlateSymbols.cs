using System.Globalization;
using System.Text;

namespace EdgeGateway.Vision.Plates;

/// <summary>
/// The characters of plates as small numbers: 0 blank, 1–10 the digits, 11–36 A–Z, 37 Đ. Wider than any one reader's alphabet,
/// so that every reader and every typed text maps into it and the letters that no plate uses (I, J, O, W) can be told as such.
/// </summary>
public static class PlateSymbols
{
    /// <summary>How many symbols there are, blank included.</summary>
    public const int Count = 38;

    /// <summary>How many characters the longest plate has.</summary>
    public const int MaxPlaces = 10;

    /// <summary>The symbol behind the last character of a text.</summary>
    public const int Blank = 0;

    /// <summary>Stands in a text for a character that the picture does not settle.</summary>
    public const char Doubtful = '?';

    internal const int D = 14;
    internal const int DStroke = 37;

    private const string Characters = "\00123456789ABCDEFGHIJKLMNOPQRSTUVWXYZĐ";

    /// <summary>The character of a symbol 1..37.</summary>
    public static char CharacterOf(int symbol) => Characters[symbol];

    /// <summary>The symbol of a character in any of its forms (đ, Ð and Đ are one), or -1 when no plate can hold it.</summary>
    public static int SymbolOf(char character) => character switch
    {
        >= '0' and <= '9' => character - '0' + 1,
        >= 'A' and <= 'Z' => character - 'A' + 11,
        >= 'a' and <= 'z' => character - 'a' + 11,
        'Đ' or 'đ' or 'Ð' or 'ð' => DStroke,
        _ => -1,
    };

    /// <summary>True for the symbols of 0–9.</summary>
    public static bool IsDigit(int symbol) => symbol is >= 1 and <= 10;

    /// <summary>Upper case without separators, every form of Đ as U+0110: <c>29a-123.45</c> becomes <c>29A12345</c>.</summary>
    /// <param name="text">Any text; characters that stand on no plate fall away, a doubtful mark stays.</param>
    public static string Normalise(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            // A letter that carries a mark (written apart, as some keyboards do) is another letter and stands on no plate.
            if (i + 1 < text.Length && char.GetUnicodeCategory(text[i + 1]) == UnicodeCategory.NonSpacingMark) continue;
            var symbol = SymbolOf(text[i]);
            if (symbol > 0) result.Append(CharacterOf(symbol));
            else if (text[i] == Doubtful) result.Append(Doubtful);
        }

        return result.ToString();
    }

    /// <summary>The form that comparisons use: normalised, with D for Đ, because cameras and keyboards give either.</summary>
    public static string Fold(string text) => Normalise(text).Replace('Đ', 'D');

    /// <summary>Where each symbol of a reader's alphabet (its index 0 is blank, then the characters in order) stands here.</summary>
    /// <exception cref="ArgumentException">The alphabet holds a character that no plate can hold, or holds one twice.</exception>
    public static byte[] MapOf(string alphabet)
    {
        ArgumentNullException.ThrowIfNull(alphabet);
        var map = new byte[alphabet.Length + 1];
        for (var i = 0; i < alphabet.Length; i++)
        {
            var symbol = SymbolOf(alphabet[i]);
            if (symbol < 0) throw new ArgumentException($"The plate alphabet holds '{alphabet[i]}', which stands on no plate.", nameof(alphabet));
            if (map.AsSpan(0, i + 1).Contains((byte)symbol)) throw new ArgumentException($"The plate alphabet holds '{alphabet[i]}' twice.", nameof(alphabet));
            map[i + 1] = (byte)symbol;
        }

        return map;
    }
}
