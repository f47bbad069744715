using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using EdgeGateway.Configuration.Logging;
using EdgeGateway.Configuration;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Tests.Configuration;

/// <summary>What systemd's journal gets: read by a socket that listens as the journal does.</summary>
public sealed partial class JournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-journal-").FullName;
    private readonly Socket _journal = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
    private readonly StringWriter _error = new();

    public JournalTests() => _journal.Bind(new UnixDomainSocketEndPoint(Path));

    private string Path => System.IO.Path.Combine(_folder, "socket");

    [Fact]
    public void An_entry_carries_its_values_as_fields()
    {
        using var console = Console();
        Told(console.CreateLogger("EdgeGateway.Camera"), "cong-binh-minh", "01K42N6QC0ABCDEFGHJKMNPQRS", 3);
        var entry = Receive();
        Assert.Equal("Camera: Camera cong-binh-minh: 01K42N6QC0ABCDEFGHJKMNPQRS failed 3 times", entry["MESSAGE"]);
        Assert.Equal("4", entry["PRIORITY"]);
        Assert.Equal("edgegateway", entry["SYSLOG_IDENTIFIER"]);
        Assert.Equal("Camera", entry["LOGGER"]);
        Assert.Equal("cong-binh-minh", entry["CAMERA"]);
        Assert.Equal("01K42N6QC0ABCDEFGHJKMNPQRS", entry["EVENT_ID"]);
        Assert.Equal("3", entry["IN_A_ROW"]);
        Assert.Matches("^[0-9a-f]{32}$", entry["MESSAGE_ID"]);
        Assert.Equal(JournalSocket.MessageId("Camera", 9001), entry["MESSAGE_ID"]);
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public void Secrets_are_covered_in_fields_too_and_a_text_of_several_lines_stays_one_entry()
    {
        var mask = new SecretMask();
        mask.Register("s3cret-w0rd");
        using var console = Console(mask);
        Failed(console.CreateLogger("Camera"), new InvalidOperationException("first\nsecond s3cret-w0rd"), "rtsp://viewer:s3cret-w0rd@10.0.0.1/main");
        var entry = Receive();
        Assert.DoesNotContain(entry, field => field.Value.Contains("s3cret-w0rd", StringComparison.Ordinal));
        Assert.Contains("first\nsecond", entry["MESSAGE"], StringComparison.Ordinal);
        Assert.Equal("System.InvalidOperationException", entry["EXCEPTION"]);
        Assert.Equal("3", entry["PRIORITY"]);
    }

    [Fact]
    public void What_the_journal_does_not_take_goes_to_standard_error()
    {
        using var console = Console();
        _journal.Dispose();
        Told(console.CreateLogger("Camera"), "a", "b", 1);
        Assert.Equal("<4>Camera: Camera a: b failed 1 times\n", _error.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Elsewhere_there_is_no_journal()
    {
        Assert.Null(JournalSocket.OfService(null, Path));
        Assert.Null(JournalSocket.OfService("8:1", Path + ".absent"));
    }

    public void Dispose()
    {
        _journal.Dispose();
        _error.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private MaskingConsole Console(SecretMask? mask = null) => new(_error, mask ?? new SecretMask(), TimeProvider.System, isJournal: true, JournalSocket.OfService("8:1", Path));

    // As systemd documents the native protocol: KEY=value lines, or KEY, a length of 8 bytes, and the value.
    private Dictionary<string, string> Receive()
    {
        var buffer = new byte[64 * 1024];
        var entry = buffer.AsSpan(0, _journal.Receive(buffer));
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        while (entry.Length > 0)
        {
            var line = entry[..entry.IndexOf((byte)'\n')];
            entry = entry[(line.Length + 1)..];
            if (line.IndexOf((byte)'=') is var at and >= 0)
            {
                fields.Add(Encoding.ASCII.GetString(line[..at]), Encoding.UTF8.GetString(line[(at + 1)..]));
                continue;
            }

            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(entry);
            fields.Add(Encoding.ASCII.GetString(line), Encoding.UTF8.GetString(entry.Slice(8, length)));
            entry = entry[(8 + length + 1)..];
        }

        return fields;
    }

    [LoggerMessage(9001, LogLevel.Warning, "Camera {Camera}: {Event} failed {InARow} times")]
    private static partial void Told(ILogger logger, string camera, string @event, int inARow);

    [LoggerMessage(9002, LogLevel.Error, "Address {Url}")]
    private static partial void Failed(ILogger logger, Exception fault, string url);
}
