using System.Text.RegularExpressions;

namespace EdgeGateway.Sync.Identity;

/// <summary>Takes citizens' numbers out of text that people read: <c>040199012345</c> becomes <c>040*******45</c>.</summary>
public static partial class IdentityMask
{
    /// <summary>Every run of exactly 12 digits in <paramref name="text"/>, masked.</summary>
    public static string Apply(string text) => TwelveOrMore().Replace(text, match => match.Length == CitizenNumber.Length ? Of(match.Value) : match.Value);

    internal static string Of(string digits) => string.Concat(digits.AsSpan(0, 3), "*******", digits.AsSpan(10));

    [GeneratedRegex("[0-9]{12,}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex TwelveOrMore();
}
