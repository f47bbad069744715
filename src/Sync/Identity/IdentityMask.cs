using System.Text.RegularExpressions;

namespace EdgeGateway.Sync.Identity;

/// <summary>Takes citizens' numbers out of text that people read: <c>040199012345</c> becomes <c>040*******45</c>.</summary>
public static partial class IdentityMask
{
    /// <summary>Every run of exactly 12 digits in <paramref name="text"/>, masked.</summary>
    public static string Apply(string text) => TwelveOrMore().Replace(text, match => match.Length == CitizenNumber.Length ? Of(match.Value) : match.Value);

    /// <summary>
    /// What a person typed freely, with every run of nine or more digits masked, however they are set apart by blanks, dots, dashes or underscores. Stricter than
    /// <see cref="Apply"/>, for text that leaves the box: a telephone number is masked too.
    /// </summary>
    public static string InWords(string text) => NineOrMoreSetApart().Replace(text, match => Of(string.Concat(match.Value.Where(char.IsDigit))));

    /// <summary>
    /// True for a text that holds a citizen's number anywhere in a run of digits, however they are set apart by blanks, dots, dashes or underscores, in any script. Twelve digits of a
    /// random token are none as a rule (no province, no year: one window in forty passes for one), a run of thirty holds one by chance in four of ten cases.
    /// </summary>
    public static bool HoldsNumber(string text) => NineOrMoreSetApart().Matches(text).Any(run => AreNumbers(DigitsOf(run.Value)));

    /// <summary>True for twelve digits, however they are set apart, and nothing else.</summary>
    public static bool IsNumberAlone(string text) => text.Count(char.IsDigit) == CitizenNumber.Length && text.All(c => char.IsDigit(c) || char.IsWhiteSpace(c) || c is '.' or '-' or '_');

    private static string DigitsOf(string text) => string.Concat(text.Where(char.IsDigit).Select(c => (char)('0' + (int)char.GetNumericValue(c))));

    private static bool AreNumbers(string run)
    {
        for (var at = 0; at + CitizenNumber.Length <= run.Length; at++)
        {
            if (CitizenNumber.TryParse(run.AsSpan(at, CitizenNumber.Length), out var number) && number is { PlaceName: not null, BirthYear: < 2100 }) return true;
        }

        return false;
    }

    internal static string Of(string digits) => string.Concat(digits.AsSpan(0, 3), "*******", digits.AsSpan(digits.Length - 2));

    [GeneratedRegex("[0-9]{12,}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex TwelveOrMore();

    [GeneratedRegex(@"\p{Nd}(?:[\s._\p{Pd}]*\p{Nd}){8,}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex NineOrMoreSetApart();
}
