using System.Text;
using System.Text.RegularExpressions;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Configuration;

/// <summary>
/// Fills in <c>${NAME}</c> (environment), <c>${file:/path}</c> and <c>${credential:name}</c> (systemd's credentials folder).
/// Each value that is filled in is registered with the mask before anyone sees it.
/// </summary>
/// <param name="mask">Where the values are registered.</param>
/// <param name="environment">Reads an environment variable.</param>
/// <param name="isRequired">False where the secrets need not be in reach (an installer's shell has no credentials folder):
/// a missing one is then a warning and a stand-in takes its place.</param>
/// <param name="folder">The configuration folder: what the environment does not hold is looked for in its <c>secrets.env</c>
/// and <c>credentials/</c>, which a person may read with sudo.</param>
internal sealed partial class SecretSource(SecretMask mask, Func<string, string?> environment, bool isRequired, string folder)
{
    /// <summary>Takes the place of a missing secret in a check that does not need it.</summary>
    internal const string StandIn = "missing";

    /// <summary>The configuration folder.</summary>
    public string Folder => folder;

    private const int LargestSecretBytes = 64 * 1024;

    /// <summary>True when the text asks for a secret.</summary>
    public static bool HasReference(string text) => text.Contains("${", StringComparison.Ordinal);

    /// <summary>Reads a password or token.</summary>
    public Secret? ReadSecret(string text, Place place, MistakeList mistakes)
    {
        if (!HasReference(text))
        {
            mistakes.Warn(place, "this secret stands in clear in the file; write ${credential:name} or ${NAME} instead");
            Register(text, place, mistakes);
            return new Secret(text);
        }

        return Fill(text, place, mistakes, static (_, value) => value) is { } filled ? new Secret(filled.Text) : null;
    }

    /// <summary>Reads a text that is no secret by itself but may take one (a user name).</summary>
    public string? ReadText(string text, Place place, MistakeList mistakes) =>
        HasReference(text) ? Fill(text, place, mistakes, static (_, value) => value)?.Text : text;

    /// <summary>Reads a URL. What is filled in before the '@' is percent-encoded here: people write passwords as the camera knows them.</summary>
    public SourceUrl? ReadUrl(string text, Place place, MistakeList mistakes)
    {
        if (Fill(text, place, mistakes, EncodeForUrl) is not { } filled) return null;
        var whole = filled.Text;
        if (PasswordIn(text) is { Length: > 0 } password && !HasReference(password))
        {
            whole = WithPassword(whole, Uri.EscapeDataString(Uri.UnescapeDataString(password)));
            mistakes.Warn(place, "the password stands in clear in the URL; write ${NAME} or ${credential:name} in its place");
            Register(Uri.UnescapeDataString(password), place, mistakes);
            Register(password, place, mistakes);
        }

        return new SourceUrl(whole, WithPassword(filled.Shown, SecretMask.Stars));
    }

    // What stands between the first ':' behind "://" and the '@'; null where there is no password.
    private static string? PasswordIn(string url)
    {
        var user = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = SecretUrl.EndOfUser(url);
        if (end < user || url.IndexOf(':', user, end - user) is not (var colon and > 0)) return null;
        return url[(colon + 1)..end];
    }

    private static string WithPassword(string url, string password) => PasswordIn(url) is { } present && SecretUrl.EndOfUser(url) is var end
        ? string.Concat(url.AsSpan(0, end - present.Length), password, url.AsSpan(end))
        : url;

    private static string EncodeForUrl((string Before, string After) around, string value)
    {
        var inQuery = around.Before.Contains('?', StringComparison.Ordinal);
        var inUser = around.Before.Contains("://", StringComparison.Ordinal) && !around.Before.Contains('@', StringComparison.Ordinal)
            && around.After.Contains('@', StringComparison.Ordinal);
        return inQuery || inUser ? Uri.EscapeDataString(value) : value;
    }

    private (string Text, string Shown)? Fill(string text, Place place, MistakeList mistakes, Func<(string Before, string After), string, string> encode)
    {
        var filled = new StringBuilder();
        var shown = new StringBuilder();
        var at = 0;
        var isComplete = true;
        foreach (Match match in Reference().Matches(text))
        {
            filled.Append(text, at, match.Index - at);
            shown.Append(text, at, match.Index - at).Append(SecretMask.Stars);
            at = match.Index + match.Length;
            if (Find(match.Groups["name"].Value, place, mistakes) is { } value)
            {
                Register(value, place, mistakes);
                filled.Append(encode((text[..match.Index], text[at..]), value));
            }
            else
            {
                isComplete = false;
            }
        }

        filled.Append(text, at, text.Length - at);
        shown.Append(text, at, text.Length - at);
        if (HasReference(Reference().Replace(text, "")))
        {
            mistakes.Add(place, "'${' without a closing '}'; write ${NAME}, ${file:/path} or ${credential:name}");
            return null;
        }

        return isComplete ? (filled.ToString(), shown.ToString()) : null;
    }

    private string? Find(string name, Place place, MistakeList mistakes)
    {
        if (name.StartsWith("credential:", StringComparison.Ordinal)) return FromCredential(name["credential:".Length..], place, mistakes);
        if (name.StartsWith("file:", StringComparison.Ordinal)) return FromFile(name["file:".Length..], $"the secret file {name["file:".Length..]}", place, mistakes);
        if (!VariableName().IsMatch(name))
        {
            mistakes.Add(place, "'${…}' holds neither an environment variable's name (capital letters, digits, '_') nor file:/path nor credential:name");
            return null;
        }

        if (environment(name) is { Length: > 0 } value) return value;
        if (SecretsFile.Find(folder, name, out var isForbidden) is { Length: > 0 } kept) return kept;
        return Missing($"the environment variable {name} is not set{(isForbidden ? $", and {SecretsFile.Name} may not be read by this user (sudo)" : $"; set it in {SecretsFile.Name}, the service's EnvironmentFile")}", place, mistakes);
    }

    private string? FromCredential(string name, Place place, MistakeList mistakes)
    {
        if (!CredentialName().IsMatch(name))
        {
            mistakes.Add(place, "a credential's name holds letters, digits, '.', '_' and '-' only");
            return null;
        }

        if (environment("CREDENTIALS_DIRECTORY") is not { Length: > 0 } credentials)
        {
            var kept = Path.Combine(folder, "credentials", name);
            if (!File.Exists(kept) && SealedCredential.Read(kept + SealedCredential.Ending, name) is { } opened) return opened;
            return File.Exists(kept) ? FromFile(kept, $"the credential '{name}'", place, mistakes) : Missing($"the credential '{name}' is not in reach: the program was not started by systemd (CREDENTIALS_DIRECTORY is not set)", place, mistakes);
        }

        return FromFile(Path.Combine(credentials, name), $"the credential '{name}' (LoadCredential={name}:… in the unit)", place, mistakes);
    }

    private string? FromFile(string path, string what, Place place, MistakeList mistakes)
    {
        if (!Path.IsPathRooted(path))
        {
            mistakes.Add(place, "the path in ${file:…} must begin with '/'");
            return null;
        }

        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > LargestSecretBytes) return Missing($"{what} is larger than a secret can be (64 kB)", place, mistakes);
            var value = File.ReadAllText(path, Encoding.UTF8).TrimEnd('\r', '\n');
            return value.Length > 0 ? value : Missing($"{what} is empty", place, mistakes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Missing(e is UnauthorizedAccessException ? $"{what} may not be read by this user" : $"{what} is not there", place, mistakes);
        }
    }

    private string? Missing(string message, Place place, MistakeList mistakes)
    {
        if (!isRequired)
        {
            // Who checks a configuration at a desk has no secrets in reach; what the box will do there is said.
            mistakes.Warn(place, $"{message}; until then {(place.File == ConfigFolder.GatewayFile ? "`run` does not start" : "`run` leaves this camera out")}");
            return StandIn;
        }

        mistakes.Add(place, message);
        return null;
    }

    private void Register(string value, Place place, MistakeList mistakes)
    {
        if (value == StandIn) return;
        mask.Register(value);
        if (value.Length < SecretMask.ShortestMasked) mistakes.Warn(place, $"the secret is shorter than {SecretMask.ShortestMasked} characters, too short to be hidden in logs; take a longer one");
    }

    [GeneratedRegex(@"\$\{(?<name>[^{}]*)\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();

    [GeneratedRegex("^[A-Z_a-z][A-Z_a-z0-9]*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariableName();

    [GeneratedRegex("^[A-Za-z0-9._-]+$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CredentialName();
}
