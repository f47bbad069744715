using System.Security.Cryptography;
using System.Text;

namespace EdgeGateway.Configuration;

/// <summary>A password or token. It prints as stars, compares by value, and is read only through <see cref="Open"/>.</summary>
public sealed class Secret(string value) : IEquatable<Secret>
{
    private readonly string _value = value;

    /// <summary>The value itself, for the one call that hands it to a server. Never log it, never keep it.</summary>
    public string Open() => _value;

    public bool Equals(Secret? other) =>
        other is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(_value), Encoding.UTF8.GetBytes(other._value));

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_value);

    public override string ToString() => SecretMask.Stars;
}

/// <summary>A URL that may hold a user name and a password. It prints without them.</summary>
public sealed class SourceUrl : IEquatable<SourceUrl>
{
    private readonly string _url;
    private readonly string _shown;

    /// <param name="url">The whole URL, credentials percent-encoded.</param>
    /// <param name="shown">What may be printed.</param>
    internal SourceUrl(string url, string shown)
    {
        _url = url;
        _shown = shown;
        var end = url.IndexOf("://", StringComparison.Ordinal);
        Scheme = end < 0 ? "" : url[..end].ToLowerInvariant();
        Host = Uri.TryCreate(url, UriKind.Absolute, out var parsed) ? parsed.Host : "";
    }

    /// <summary>The part before <c>://</c>, in lower case.</summary>
    public string Scheme { get; }

    /// <summary>The host name or address; empty for files.</summary>
    public string Host { get; }

    /// <summary>The whole URL with its credentials, for the one call that opens the stream. Never log it.</summary>
    public string Open() => _url;

    public bool Equals(SourceUrl? other) => other is not null && _url == other._url;

    public override bool Equals(object? obj) => Equals(obj as SourceUrl);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_url);

    public override string ToString() => _shown;
}
