using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace EdgeGateway.Configuration.Logging;

/// <summary>
/// Sends log lines to systemd's journal in its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL), one datagram an entry, so that
/// <c>journalctl CAMERA=… EVENT_ID=…</c> finds them without reading text. Never waits: what the journal does not take at once goes to standard error.
/// </summary>
/// <param name="path">The journal's socket.</param>
internal sealed class JournalSocket(string path = JournalSocket.Standard) : IDisposable
{
    public const string Standard = "/run/systemd/journal/socket";

    private const int LongestName = 64;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    private readonly UnixDomainSocketEndPoint _journal = new(path);

    /// <summary>The socket where this process logs to the journal; null elsewhere.</summary>
    public static JournalSocket? OfService(string? journalStream, string path = Standard) => journalStream is { Length: > 0 } && File.Exists(path) ? new JournalSocket(path) : null;

    /// <summary>The catalogue id of a kind of line: 32 hex digits that never change, made of its category and number.</summary>
    public static string MessageId(string category, int number) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"edgegateway:{category}:{number}"))).AsSpan(0, 16));

    /// <summary>The journal's name of a value in a line: <c>camera</c> is CAMERA, <c>event</c> EVENT_ID, <c>inARow</c> IN_A_ROW; null for what cannot be one.</summary>
    public static string? FieldOf(string name)
    {
        if (name is "{OriginalFormat}" or "") return null;
        if (name.Equals("event", StringComparison.OrdinalIgnoreCase)) return "EVENT_ID";
        var field = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(name[i])) continue;
            // A word begins at a capital beside a small letter.
            if (i > 0 && char.IsAsciiLetterUpper(name[i]) && (char.IsAsciiLetterLower(name[i - 1]) || (i + 1 < name.Length && char.IsAsciiLetterLower(name[i + 1])))) field.Append('_');
            field.Append(char.ToUpperInvariant(name[i]));
        }

        var text = field.ToString().TrimStart('_');
        // The journal's own words stay its own.
        return text.Length is 0 or > LongestName || char.IsAsciiDigit(text[0]) || text is "MESSAGE" or "PRIORITY" or "MESSAGE_ID" or "LOGGER" or "SYSLOG_IDENTIFIER" ? null : text;
    }

    /// <summary>Sends an entry; false when the journal does not take it now, or it is too long for a datagram.</summary>
    public bool TrySend(IEnumerable<(string Field, string Value)> fields)
    {
        using var entry = new MemoryStream(512);
        foreach (var (field, value) in fields) Append(entry, field, value);
        try
        {
            _socket.SendTo(entry.GetBuffer().AsSpan(0, (int)entry.Length), SocketFlags.None, _journal);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static void Append(MemoryStream entry, string field, string value)
    {
        entry.Write(Encoding.ASCII.GetBytes(field));
        var bytes = Encoding.UTF8.GetBytes(value);
        if (!value.Contains('\n', StringComparison.Ordinal))
        {
            entry.WriteByte((byte)'=');
        }
        else
        {
            // A value of several lines: its length stands before it.
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)bytes.Length);
            entry.WriteByte((byte)'\n');
            entry.Write(length);
        }

        entry.Write(bytes);
        entry.WriteByte((byte)'\n');
    }
}
