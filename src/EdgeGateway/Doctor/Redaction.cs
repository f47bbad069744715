using System.Text.RegularExpressions;
using EdgeGateway.Configuration;

namespace EdgeGateway.Doctor;

/// <summary>
/// Covers in free text (logs, words of faults) what must not leave the box: every known secret, then whatever has the form of a plate, of a
/// citizen's number, of a telephone number or of an e-mail address. It rather covers too much: a bundle is for finding faults, not people.
/// </summary>
internal static partial class Redaction
{
    public static string Of(string text)
    {
        text = SecretMask.Process.Apply(text);
        text = Mail().Replace(text, "[e-mail]");
        text = Plate().Replace(text, "[plate]");
        return LongNumber().Replace(text, "[number]");
    }

    [GeneratedRegex(@"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Mail();

    // Civil plates of one and two lines, with and without marks; military ones (two letters and four or five digits); diplomatic ones.
    [GeneratedRegex(@"(?<![A-Za-z0-9])([0-9]{2}[ -]?[A-ZĐ][A-ZĐ0-9]?[ .-]{0,2}[0-9]{3}[ .]?[0-9]{1,2}|[0-9]{2}[ -]?M[ĐD][0-9]?[ .-]{0,2}[0-9]{3}[ .]?[0-9]{2}|[A-ZĐ]{2}[ .-]?[0-9]{2}[ .-]?[0-9]{2,3}|[0-9]{2}[ -]?[0-9]{3}[ -]?(NG|QT|NN)[ -]?[0-9]{2})(?![A-Za-z0-9])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Plate();

    // Nine to twelve digits: citizen and identity numbers, telephones; with +84 too.
    [GeneratedRegex(@"(?<![A-Za-z0-9.])\+?[0-9]{9,12}(?![A-Za-z0-9])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex LongNumber();
}
