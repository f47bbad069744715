using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Commands;

/// <summary>One line of the audit log. What was asked stands there by its hash only: requests may hold personal data.</summary>
/// <param name="Step">accepted, refused, ok, failed, or dropped.</param>
/// <param name="Payload">SHA-256 of the payload, lower-case hex; null where there is none.</param>
/// <param name="Count">How many commands the line speaks of; above one only for dropped ones.</param>
public sealed record AuditEntry(DateTimeOffset At, string Command, string? Id, string Step, CommandCode? Code, string? Officer, bool Signed, string? Payload, long Count = 1);

/// <summary>
/// Every command, accepted or not, one JSON line each, on the disk before anything is done. Lines are numbered and each
/// holds the hash of the one before, so that a changed, missing or moved line shows. A file that reaches
/// its bound is set beside under the next number; the oldest goes when there are too many. Thread-safe.
/// </summary>
public sealed class CommandAudit : IDisposable
{
    private const string Genesis = "0000000000000000000000000000000000000000000000000000000000000000";

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly long _maxBytes;
    private readonly int _files;
    private FileStream? _file;
    private long _number;
    private string _last = Genesis;

    /// <param name="path">The current file, e.g. <c>commands.audit.jsonl</c>; older ones get a number before the ending.</param>
    /// <param name="maxBytes">Size at which a file is set beside.</param>
    /// <param name="files">How many older ones are kept.</param>
    public CommandAudit(string path, long maxBytes = 4 << 20, int files = 16) => (_path, _maxBytes, _files) = (path, maxBytes, files);

    /// <summary>Writes a line through to the disk.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder does not allow it.</exception>
    public void Append(AuditEntry entry)
    {
        lock (_lock)
        {
            try
            {
                Open();
                var body = Body(entry);
                var hash = HashOf(body);
                var line = Encoding.UTF8.GetBytes($"{body},\"hash\":\"{hash}\"}}\n");
                _file!.Write(line);
                _file.Flush(flushToDisk: true);
                (_last, _number) = (hash, _number + 1);
            }
            catch
            {
                // The next try looks at the file anew and cuts off what was written of this line.
                _file?.Dispose();
                _file = null;
                throw;
            }
        }
    }

    /// <summary>The files of a log, oldest first.</summary>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder)) return [];
        var older = Directory.GetFiles(folder, $"{Path.GetFileNameWithoutExtension(path)}.*{Path.GetExtension(path)}").Where(file => file.Length > path.Length).Order(StringComparer.Ordinal);
        return [.. older, .. File.Exists(path) ? new[] { path } : []];
    }

    /// <summary>Checks the chain over all files; null when it is whole, else file, line and what is wrong.</summary>
    public static string? FirstBreak(string path)
    {
        string? last = null;
        long number = -1;
        foreach (var file in FilesOf(path))
        {
            var place = 0;
            foreach (var line in File.ReadLines(file))
            {
                place++;
                if (Parts(line) is not { } parts) return $"{file}:{place}: no line of this log";
                if (HashOf(parts.Body) != parts.Hash) return $"{file}:{place}: the line was altered";
                if (last is not null && (parts.Previous != last || parts.Number != number + 1)) return $"{file}:{place}: lines are missing or moved before this one";
                (last, number) = (parts.Hash, parts.Number);
            }
        }

        return null;
    }

    public void Dispose()
    {
        lock (_lock) _file?.Dispose();
    }

    private void Open()
    {
        if (_file is { } open && open.Length >= _maxBytes) SetBeside(open);
        if (_file is not null) return;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        var end = 0L;
        foreach (var file in FilesOf(_path).TakeLast(2))
        {
            end = 0;
            foreach (var line in File.ReadLines(file))
            {
                // A torn last line never led to anything: what is done is done after its line is whole.
                if (Parts(line) is not { } parts) break;
                (_last, _number) = (parts.Hash, parts.Number + 1);
                end += Encoding.UTF8.GetByteCount(line) + 1;
            }
        }

        // Without a buffer: a stream that holds a refused line throws when it is closed.
        _file = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        _file.SetLength(Math.Min(end, _file.Length));
        _file.Seek(0, SeekOrigin.End);
    }

    private void SetBeside(FileStream open)
    {
        open.Dispose();
        _file = null;
        var older = Path.ChangeExtension(_path, string.Create(CultureInfo.InvariantCulture, $"{_number:000000000000}{Path.GetExtension(_path)}"));
        File.Move(_path, older);
        foreach (var file in FilesOf(_path).SkipLast(_files)) File.Delete(file);
    }

    private string Body(AuditEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, EventJsonText.Writing))
        {
            json.WriteStartObject();
            json.WriteNumber("n"u8, _number);
            json.WriteString("at"u8, UtcMilliseconds.Text(entry.At));
            json.WriteString("command"u8, entry.Command);
            json.WriteString("id"u8, entry.Id);
            json.WriteString("step"u8, entry.Step);
            json.WriteString("code"u8, entry.Code is { } code ? EventWords.Of(code) : null);
            json.WriteString("officer"u8, entry.Officer);
            json.WriteBoolean("signed"u8, entry.Signed);
            json.WriteString("payload"u8, entry.Payload);
            json.WriteNumber("count"u8, entry.Count);
            json.WriteString("prev"u8, _last);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan[..^1]);
    }

    private static (string Body, string Hash, string Previous, long Number)? Parts(string line)
    {
        const string Mark = ",\"hash\":\"";
        var at = line.LastIndexOf(Mark, StringComparison.Ordinal);
        if (at < 0 || line.Length != at + Mark.Length + 66 || !line.EndsWith("\"}", StringComparison.Ordinal)) return null;
        try
        {
            using var json = JsonDocument.Parse(line);
            return (line[..at], line.Substring(at + Mark.Length, 64), json.RootElement.GetProperty("prev").GetString()!, json.RootElement.GetProperty("n").GetInt64());
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string HashOf(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
}
