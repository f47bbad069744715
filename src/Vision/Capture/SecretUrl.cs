using System.Globalization;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// Where a stream comes from, as written in the configuration: it may hold a user and a password. It prints without them;
/// <see cref="Reveal"/> is for the one place that hands the address to ffmpeg.
/// </summary>
public sealed class SecretUrl : IEquatable<SecretUrl>
{
    private const string Mask = "***";
    private readonly string _url;
    private readonly int _userInfoStart;
    private readonly int _userInfoEnd;

    private SecretUrl(string url, string scheme, int userInfoStart, int userInfoEnd)
    {
        _url = url;
        Scheme = scheme;
        _userInfoStart = userInfoStart;
        _userInfoEnd = userInfoEnd;
    }

    /// <summary>The scheme in lower case; <c>file</c> for a plain path.</summary>
    public string Scheme { get; }

    /// <summary>True for rtsp and rtsps.</summary>
    public bool IsRtsp => Scheme is "rtsp" or "rtsps";

    /// <summary>Path of the file, or null when this is no file.</summary>
    public string? FilePath => Scheme != "file" ? null
        : _url.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? new Uri(_url).LocalPath : _url;

    /// <summary>Host and port (554 for rtsp, 322 for rtsps where none is given); null for a file.</summary>
    public (string Host, int Port)? EndPoint
    {
        get
        {
            if (!IsRtsp) return null;
            var rest = _url[(_userInfoEnd > 0 ? _userInfoEnd + 1 : Scheme.Length + 3)..];
            var end = rest.AsSpan().IndexOfAny("/?#");
            var authority = end < 0 ? rest : rest[..end];
            var colon = authority.LastIndexOf(':');
            if (colon > authority.LastIndexOf(']') && int.TryParse(authority.AsSpan(colon + 1), out var port)) return (authority[..colon].Trim('[', ']'), port);
            return (authority.Trim('[', ']'), Scheme == "rtsps" ? 322 : 554);
        }
    }

    /// <summary>Reads an address: rtsp://, rtsps://, file:/// or a plain path.</summary>
    /// <exception cref="FormatException">It is none of these, or holds control characters. The message never shows the address.</exception>
    public static SecretUrl Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) throw new FormatException("The address of the stream is empty.");
        foreach (var c in text)
        {
            if (char.IsControl(c)) throw new FormatException("The address of the stream holds a line break or another control character.");
        }

        var colon = text.IndexOf("://", StringComparison.Ordinal);
        if (colon < 0) return new SecretUrl(text, "file", 0, 0);
        var scheme = text[..colon].ToLowerInvariant();
        if (scheme == "file")
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var file) || !file.IsFile) throw new FormatException("A file's address is written file:///path.");
            return new SecretUrl(text, scheme, 0, 0);
        }

        if (scheme is not ("rtsp" or "rtsps")) throw new FormatException($"The scheme '{scheme}' is not known; allowed are rtsp, rtsps and file.");
        var authority = colon + 3;
        var at = EndOfUser(text);
        var hostStart = at < 0 ? authority : at + 1;
        if (hostStart >= text.Length || text[hostStart] == '/') throw new FormatException("The address of the stream names no host.");
        return new SecretUrl(text, scheme, at < 0 ? 0 : authority, Math.Max(at, 0));
    }

    /// <summary>The place of the '@' that ends user and password in an address, or -1. People write passwords with '@' and '/' in them, so it is told by what stands on both sides.</summary>
    public static int EndOfUser(string url)
    {
        var authority = url.IndexOf("://", StringComparison.Ordinal) + 3;
        if (authority < 3) return -1;
        var slash = url.IndexOf('/', authority);
        var end = slash < 0 ? url.Length : slash;
        var at = url.AsSpan(authority, end - authority).LastIndexOf('@') is var found and >= 0 ? authority + found : -1;
        if (slash < 0 || url.IndexOf('@', slash) is not (var late and > 0)) return at;
        var next = url.IndexOf('/', late) is var after and > 0 ? after : url.Length;
        late = url.LastIndexOf('@', next - 1, next - late);
        var before = url.AsSpan((at < 0 ? authority : at + 1)..slash);
        var isLate = IsHost(url.AsSpan(late + 1, next - late - 1), needsDot: true) && !IsHost(before, needsDot: true);
        return isLate || (at < 0 && before.Contains(':') && !IsHost(before, needsDot: false)) ? late : at;
    }

    // With needsDot only what can hardly be anything else: 10.0.0.1, cam.local:8554, [::1].
    private static bool IsHost(ReadOnlySpan<char> text, bool needsDot)
    {
        if (text.IsEmpty || text[0] == '[') return !text.IsEmpty;
        if (text.LastIndexOf(':') is var colon and >= 0)
        {
            if (colon + 1 == text.Length || text[(colon + 1)..].ContainsAnyExceptInRange('0', '9')) return false;
            text = text[..colon];
        }

        return !text.Contains(':') && (!needsDot || text.Contains('.') || text is "localhost");
    }

    /// <summary>The whole address with its secrets, special characters of user and password percent-encoded.</summary>
    public string Reveal()
    {
        if (_userInfoEnd == 0) return _url;
        var (user, password) = Credentials;
        var userInfo = password is null ? Uri.EscapeDataString(user) : $"{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}";
        return string.Concat(_url.AsSpan(0, _userInfoStart), userInfo, _url.AsSpan(_userInfoEnd));
    }

    /// <summary>The whole address as plain rtsp through a relay on this machine.</summary>
    internal string RevealThrough(int port)
    {
        var revealed = Reveal();
        var authority = revealed.IndexOf("://", StringComparison.Ordinal) + 3;
        var path = revealed.AsSpan(authority).IndexOfAny("/?#");
        var at = _userInfoEnd == 0 ? -1 : revealed.AsSpan(authority, path < 0 ? revealed.Length - authority : path).LastIndexOf('@');
        var tail = path < 0 ? "" : revealed[(authority + path)..];
        return string.Create(CultureInfo.InvariantCulture, $"rtsp://{revealed.AsSpan(authority, at + 1)}127.0.0.1:{port}{tail}");
    }

    /// <summary>The address with stars in the place of user and password, and of every value of the query.</summary>
    public override string ToString()
    {
        var start = _userInfoEnd == 0 ? _url : string.Concat(_url.AsSpan(0, _userInfoStart), Mask, _url.AsSpan(_userInfoEnd));
        // Some cameras take user and password as ?user=…&password=….
        var query = IsRtsp ? start.IndexOf('?') : -1;
        return query < 0 ? start : start[..(query + 1)] + Mask;
    }

    /// <summary>Every spelling of the secrets that a message could hold, longest first.</summary>
    internal IReadOnlyList<string> Secrets
    {
        get
        {
            var found = new HashSet<string>(StringComparer.Ordinal);
            if (_userInfoEnd > 0)
            {
                var (user, password) = Credentials;
                found.Add(_url[_userInfoStart.._userInfoEnd]);
                found.Add($"{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password ?? "")}");
                // A password of a few letters alone would blot out half of every message; inside an address it is masked above all the same.
                if (password is { Length: > 3 })
                {
                    found.Add(password);
                    found.Add(Uri.EscapeDataString(password));
                    found.Add(_url[_userInfoStart.._userInfoEnd][(_url[_userInfoStart.._userInfoEnd].IndexOf(':') + 1)..]);
                }
            }

            var query = IsRtsp ? _url.IndexOf('?') : -1;
            if (query >= 0 && query + 1 < _url.Length) found.Add(_url[(query + 1)..]);
            return [.. found.Where(s => s.Length > 0).OrderByDescending(s => s.Length)];
        }
    }

    /// <inheritdoc/>
    public bool Equals(SecretUrl? other) => other is not null && string.Equals(_url, other._url, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SecretUrl);

    /// <inheritdoc/>
    public override int GetHashCode() => _url.GetHashCode(StringComparison.Ordinal);

    private (string User, string? Password) Credentials
    {
        get
        {
            var info = _url[_userInfoStart.._userInfoEnd];
            var colon = info.IndexOf(':');
            return colon < 0
                ? (Uri.UnescapeDataString(info), null)
                : (Uri.UnescapeDataString(info[..colon]), Uri.UnescapeDataString(info[(colon + 1)..]));
        }
    }
}
