using System.Text.RegularExpressions;

namespace EdgeGateway.Configuration;

/// <summary>
/// Knows every secret that was read and covers it, plain and percent-encoded, in any text that leaves the process.
/// User information in URLs is covered even when nobody registered it, and what a URL's query calls a password, a token or a key.
/// </summary>
public sealed partial class SecretMask
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Stars = "***";

    /// <summary>A shorter secret would cover half of every log line; it is covered inside URLs only.</summary>
    internal const int ShortestMasked = 4;

    private readonly Lock _gate = new();

    // Longest first, so that a secret that contains another one is covered whole. Replaced as a whole, never changed.
    private volatile string[] _values = [];

    /// <summary>The mask of this process. One for all: a secret of one part stays one in the log line of another.</summary>
    public static SecretMask Process { get; } = new();

    /// <summary>Remembers a secret for as long as the process lives.</summary>
    public void Register(string value)
    {
        if (value.Length < ShortestMasked) return;
        string[] forms = [value, Uri.EscapeDataString(value), System.Net.WebUtility.UrlEncode(value), System.Text.Json.JsonEncodedText.Encode(value).ToString()];
        lock (_gate)
        {
            _values = [.. _values.Concat(forms).Distinct(StringComparer.Ordinal).OrderByDescending(v => v.Length)];
        }
    }

    /// <summary>The text with every known secret covered.</summary>
    public string Apply(string text)
    {
        foreach (var value in _values)
        {
            // Percent-encoding is written in capital or small letters, so its hexadecimal digits compare without case.
            var comparison = value.Contains('%', StringComparison.Ordinal) ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            if (text.Contains(value, comparison)) text = text.Replace(value, Stars, comparison);
        }

        return text.Contains("://", StringComparison.Ordinal) ? SecretOfQuery().Replace(UserInformation().Replace(text, "${before}:***@"), "${before}" + Stars) : text;
    }

    [GeneratedRegex(@"(?<before>[?&;][^=&;#\s'""]*(pass|pwd|token|key|secret|auth|user|login)[^=&;#\s'""]*=)[^&;#\s'""]+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecretOfQuery();

    [GeneratedRegex(@"(?<before>://[^\s/:@'""]*):[^\s/'""]*@", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInformation();
}
