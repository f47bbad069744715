using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Evidence;

/// <summary>One line of a chained log.</summary>
/// <param name="Sequence">1, 2, 3 …: a missing number is a gap.</param>
/// <param name="Kind">What happened, one word: package, delete, hold, release, view, export …</param>
/// <param name="Subject">What it happened to, an event's id as a rule.</param>
/// <param name="Digest">SHA-256 of the content it is about, lower-case hex; for a package that of its manifest.</param>
/// <param name="By">Who did it; null for the gateway itself.</param>
/// <param name="Note">Why, in words.</param>
/// <param name="Previous">Hash of the line before; 64 zeros for the first.</param>
/// <param name="Hash">SHA-256 of this line's text up to the key "hash".</param>
/// <param name="Key">Id of the key that signed <paramref name="Hash"/>; null in logs without signatures.</param>
/// <param name="Signature">ECDSA P-256 over the bytes of <paramref name="Hash"/>, DER in Base64.</param>
public sealed record ChainEntry(
    long Sequence, DateTimeOffset Time, string Kind, string Subject, string? Digest, string? By, string? Note,
    string Previous, string Hash, string? Key, string? Signature)
{
    /// <summary>What stands before the first line.</summary>
    public static string Origin { get; } = new('0', 64);

    /// <summary>The line without its end.</summary>
    public string ToLine()
    {
        var line = new StringBuilder(Body());
        line.Append(",\"hash\":\"").Append(Hash).Append('"');
        if (Key is not null) line.Append(",\"key\":\"").Append(Key).Append("\",\"signature\":\"").Append(Signature).Append('"');
        return line.Append('}').ToString();
    }

    /// <summary>The hash that this line's content asks for.</summary>
    public string ComputeHash() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Body())));

    /// <summary>Reads a line; null when it is no line that <see cref="ToLine"/> writes, to the byte.</summary>
    public static ChainEntry? Parse(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 2 });
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return null;
            string? Text(string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
            var entry = new ChainEntry(
                root.GetProperty("sequence").GetInt64(), root.GetProperty("time").GetDateTimeOffset(), Text("kind")!, Text("subject")!, Text("digest"), Text("by"), Text("note"),
                Text("previous")!, Text("hash")!, Text("key"), Text("signature"));
            return entry.ToLine() == line ? entry : null;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private string Body()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, EventJsonText.Writing))
        {
            json.WriteStartObject();
            json.WriteNumber("sequence"u8, Sequence);
            json.WriteString("time"u8, UtcMilliseconds.Text(Time));
            json.WriteString("kind"u8, Kind);
            json.WriteString("subject"u8, Subject);
            if (Digest is not null) json.WriteString("digest"u8, Digest);
            if (By is not null) json.WriteString("by"u8, By);
            if (Note is not null) json.WriteString("note"u8, Note);
            json.WriteString("previous"u8, Previous);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan[..^1]); // without the closing brace
    }
}

/// <summary>
/// An append-only text file in which each line holds the hash of the line before: a line that is changed, taken out or moved
/// shows. Each append is on the disk when it returns. A torn last line, all that a power cut can leave, is taken off at the
/// next opening. One process writes; others may read.
/// </summary>
public sealed class ChainedLog : IDisposable
{
    /// <summary>A note is a sentence; a line beyond this is no line of ours.</summary>
    internal const int LongestLine = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly FileStream _writer;
    private readonly FileStream _file;
    private readonly GatewaySigningKey? _key;

    // Behind the last whole line.
    private long _end;

    private ChainedLog(string path, FileStream writer, FileStream file, GatewaySigningKey? key)
    {
        Path = path;
        _writer = writer;
        _file = file;
        _key = key;
    }

    public string Path { get; }

    /// <summary>The number of the last line; 0 when there is none.</summary>
    public long Sequence { get; private set; }

    /// <summary>The hash of the last line; <see cref="ChainEntry.Origin"/> when there is none.</summary>
    public string Tail { get; private set; } = ChainEntry.Origin;

    /// <summary>Opens the log, creating it when absent, and checks every line.</summary>
    /// <param name="key">Signs each line's hash; null for a log without signatures.</param>
    /// <exception cref="EvidenceException">It cannot be opened, or a line does not fit: the message names it.</exception>
    public static ChainedLog Open(string path, GatewaySigningKey? key = null)
    {
        FileStream file;
        FileStream? writer = null;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            // On Unix only FileShare.None takes a lock, and readers must not be shut out of the log itself: a file beside it says who writes.
            writer = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            // Without a buffer: what a refused write left in one would be written before the next line.
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read, BufferSize = 0 };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
            file = new FileStream(path, options);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            writer?.Dispose();
            throw EvidenceException.Of(fault, $"The log {path} cannot be opened");
        }

        var log = new ChainedLog(path, writer, file, key);
        try
        {
            log.ReadToEnd();
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Adds a line; it is on the disk when this returns.</summary>
    /// <exception cref="EvidenceException">The disk does not take it; the log is as it was before.</exception>
    public ChainEntry Append(DateTimeOffset time, string kind, string subject, string? digest = null, string? by = null, string? note = null)
    {
        lock (_lock)
        {
            var draft = new ChainEntry(Sequence + 1, UtcMilliseconds.Round(time), kind, subject, digest, by, Short(note), Tail, "", null, null);
            var hashed = draft with { Hash = draft.ComputeHash() };
            var entry = _key is null ? hashed : hashed with { Key = _key.Id, Signature = Convert.ToBase64String(_key.SignHash(Convert.FromHexString(hashed.Hash))) };
            var line = Encoding.UTF8.GetBytes(entry.ToLine() + "\n");
            try
            {
                if (_file.Length != _end) _file.SetLength(_end); // a refused line that could not be taken back then
                _file.Position = _end;
                _file.Write(line);
                _file.Flush(flushToDisk: true);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                TakeBack(_end);
                throw EvidenceException.Of(fault, $"A line could not be added to {Path}");
            }

            _end += line.Length;
            (Sequence, Tail) = (entry.Sequence, entry.Hash);
            return entry;
        }
    }

    /// <summary>All lines, read from the file one by one.</summary>
    public IEnumerable<ChainEntry> Entries() => Read(Path).Select(line => line.Entry!);

    /// <summary>The lines of a log that another process may be writing, numbered from 1; an entry is null where the line is no line of a log.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IEnumerable<(long Line, ChainEntry? Entry)> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        foreach (var (line, text, _, isWhole) in Lines(file))
        {
            if (isWhole) yield return (line, text is null ? null : ChainEntry.Parse(text));
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _writer.Dispose();
    }

    private void ReadToEnd()
    {
        long whole = 0;
        foreach (var (line, text, end, isWhole) in Lines(_file))
        {
            if (!isWhole) break;
            var entry = text is null ? null : ChainEntry.Parse(text);
            if (entry is null || entry.Sequence != Sequence + 1 || entry.Previous != Tail || entry.ComputeHash() != entry.Hash)
            {
                throw new EvidenceException(EvidenceFault.Log, $"{Path}, line {line}: this line was changed or one before it is missing. Nothing is added to a log that does not fit: keep the file, move it aside and restore the last good copy.");
            }

            (Sequence, Tail, whole) = (entry.Sequence, entry.Hash, end);
        }

        _end = whole;
        if (_file.Length == whole) return;
        _file.SetLength(whole);
        _file.Flush(flushToDisk: true);
    }

    private void TakeBack(long length)
    {
        try
        {
            _file.SetLength(length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The torn line has no end and is taken off at the next opening.
        }
    }

    // Lines with the position behind each; text is null for a line longer than ours; the last has no end when it is torn.
    private static IEnumerable<(long Line, string? Text, long End, bool IsWhole)> Lines(Stream file)
    {
        file.Position = 0;
        var buffer = new byte[64 * 1024];
        using var line = new MemoryStream(1024);
        var (number, position, isTooLong) = (0L, 0L, false);
        for (int read; (read = file.Read(buffer)) > 0;)
        {
            var start = 0;
            for (int at; (at = Array.IndexOf(buffer, (byte)'\n', start, read - start)) >= 0; start = at + 1)
            {
                isTooLong |= line.Length + at - start > LongestLine;
                if (!isTooLong) line.Write(buffer, start, at - start);
                yield return (++number, isTooLong ? null : Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length), position + at + 1, true);
                line.SetLength(0);
                isTooLong = false;
            }

            isTooLong |= line.Length + read - start > LongestLine;
            if (!isTooLong) line.Write(buffer, start, read - start);
            position += read;
        }

        if (line.Length > 0 || isTooLong) yield return (number + 1, null, position, false);
    }

    private static string? Short(string? note) => note is { Length: > 1000 } ? note[..1000] : note;
}
