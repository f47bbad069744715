using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Registration;

/// <summary>
/// Who looked up which plate, when, why and with what outcome: one JSON line each, appended and never rewritten, each line
/// holding the SHA-256 of the line before it. It outlives the look-ups' data; owner data never stand in it. Several processes may
/// append (the service and a command by hand): each write takes the file's lock.
/// </summary>
public sealed class LookUpLog
{
    // A whole line must fit into the piece of the file that is read to go on with the chain.
    private const int LongestPlate = 40;
    private const int TailBytes = 16 * 1024;

    private static readonly string Origin = new('0', 64);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    private const string PlatePurpose = "look-up";

    private readonly string _path;
    private readonly StorageSeal? _seal;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly List<Entry> _waiting = [];
    private bool _isWriting;

    /// <param name="path">The file; its folder is made when absent.</param>
    /// <param name="time">The clock of the lines.</param>
    /// <param name="seal">Plates stand sealed in the lines where there is a key; `registry log` shows them.</param>
    public LookUpLog(string path, TimeProvider time, StorageSeal? seal = null)
    {
        (_path, _time, _seal) = (path, time, seal);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Notes that a source is about to be asked. On the disk when the task ends.</summary>
    /// <exception cref="IOException">The log cannot be written; the look-up must not be made then.</exception>
    public Task AskedAsync(LookUpRequest request, string source) => AppendAsync(request, "asked", source, null);

    /// <summary>Notes how a look-up ended.</summary>
    /// <exception cref="IOException">The log cannot be written.</exception>
    public Task EndedAsync(LookUpRequest request, LookUpResult result) => AppendAsync(request, "ended", result.Source, result);

    /// <summary>Checks the chain of a log.</summary>
    /// <returns>Null when it is whole; else the first line that is not, in words.</returns>
    public static string? Verify(string path)
    {
        var previous = Origin;
        var number = 0;
        string? torn = null;
        foreach (var line in LinesOf(path))
        {
            number++;
            if (Prefix(line) is not { } text)
            {
                if (torn is not null) return $"line {number} is no line of this log";
                torn = HashOf(line);
                continue;
            }

            using var json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("previous").GetString() != previous) return $"line {number} does not follow the line before it: a line was changed, added or taken out";
            var stated = json.RootElement.TryGetProperty("torn", out var named) ? named.GetString() : null;
            if (stated != torn) return $"line {number - 1} is no line of this log";
            if (json.RootElement.GetProperty("hash").GetString() != HashOf(text)) return $"line {number} was changed";
            previous = json.RootElement.GetProperty("hash").GetString()!;
            torn = null;
        }

        return null;
    }

    /// <summary>The newest look-ups that a source was asked for, newest first; a sealed plate is left out.</summary>
    /// <param name="path">The log; absent means none.</param>
    /// <param name="most">How many.</param>
    public static IReadOnlyList<(DateTimeOffset At, string Plate, string Officer, string Purpose)> NewestAsked(string path, int most)
    {
        if (!File.Exists(path)) return [];
        var newest = new Queue<(DateTimeOffset, string, string, string)>();
        foreach (var line in LinesOf(path))
        {
            if (Prefix(line) is null) continue;
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("step").GetString() != "asked") continue;
            string Word(string name) => json.RootElement.GetProperty(name).GetString() ?? "";
            newest.Enqueue((json.RootElement.GetProperty("time").GetDateTimeOffset(), StorageSeal.IsSealed(Word("plate")) ? "***" : Word("plate"), Word("officer"), Word("purpose")));
            if (newest.Count > most) newest.Dequeue();
        }

        return [.. newest.Reverse()];
    }

    /// <summary>The lines as they are, with sealed plates opened: for whoever has to answer for look-ups.</summary>
    /// <exception cref="StorageSealException">A plate is sealed and the key is absent or another.</exception>
    public static IEnumerable<string> Opened(string path, StorageSeal? seal)
    {
        foreach (var line in LinesOf(path))
        {
            if (Prefix(line) is null)
            {
                yield return line;
                continue;
            }

            using var json = JsonDocument.Parse(line);
            var plate = json.RootElement.GetProperty("plate").GetString()!;
            if (!StorageSeal.IsSealed(plate)) yield return line;
            else if (seal is null) throw StorageSealException.NoKey(path);
            else yield return line.Replace(plate, seal.OpenText(plate, PlatePurpose), StringComparison.Ordinal);
        }
    }

    private Task AppendAsync(LookUpRequest request, string step, string? source, LookUpResult? result)
    {
        var entry = new Entry(request, step, source, result);
        lock (_lock)
        {
            _waiting.Add(entry);
            if (_isWriting) return entry.Written.Task;
            _isWriting = true;
        }

        _ = Task.Run(WriteWaiting);
        return entry.Written.Task;
    }

    // Whatever gathered while the last lines went to the disk goes with one more write: a disk that takes 7 ms for each still serves many.
    private void WriteWaiting()
    {
        while (true)
        {
            List<Entry> entries;
            lock (_lock)
            {
                entries = [.. _waiting];
                _waiting.Clear();
                if (entries.Count == 0)
                {
                    _isWriting = false;
                    return;
                }
            }

            try
            {
                Write(entries);
                foreach (var entry in entries) entry.Written.SetResult();
            }
            catch (Exception fault)
            {
                foreach (var entry in entries) entry.Written.TrySetException(fault as IOException ?? new IOException($"The log of look-ups {_path} cannot be written: {fault.Message}", fault));
            }
        }
    }

    private void Write(List<Entry> entries)
    {
        using var turn = TakeTurn();
        using var file = Open();
        var (previous, torn, needsBreak) = Last(file);
        var lines = new StringBuilder(needsBreak ? "\n" : "");
        foreach (var entry in entries)
        {
            var buffer = new ArrayBufferWriter<byte>(512);
            using (var json = new Utf8JsonWriter(buffer, EventJsonText.Writing)) Write(json, entry, previous, torn);
            var text = Encoding.UTF8.GetString(buffer.WrittenSpan);
            previous = HashOf(text);
            torn = null;
            lines.Append(text, 0, text.Length - 1).Append(",\"hash\":\"").Append(previous).Append("\"}\n");
        }

        file.Seek(0, SeekOrigin.End);
        file.Write(Encoding.UTF8.GetBytes(lines.ToString()));
        file.Flush(flushToDisk: true);
    }

    private void Write(Utf8JsonWriter json, Entry entry, string previous, string? torn)
    {
        var (request, step, source, result) = entry;
        json.WriteStartObject();
        json.WriteString("time"u8, UtcMilliseconds.Text(_time.GetUtcNow()));
        json.WriteString("step"u8, step);
        json.WriteString("request"u8, request.RequestId);
        json.WriteString("officer"u8, request.Audit.Officer);
        json.WriteString("unit"u8, request.Audit.Unit);
        json.WriteString("purpose"u8, request.Audit.Purpose);
        json.WriteString("case"u8, request.Audit.CaseId);
        if (request.Audit.Violation is { } violation) json.WriteString("violation"u8, violation);
        var plate = request.Plate.Text.Length <= LongestPlate ? request.Plate.Text : request.Plate.Text[..LongestPlate];
        json.WriteString("plate"u8, _seal is null ? plate : _seal.SealText(plate, PlatePurpose));
        json.WriteString("colour"u8, EventWords.Of(request.Plate.Colour));
        json.WriteString("vehicle"u8, EventWords.Of(request.Plate.Vehicle));
        json.WriteString("at"u8, UtcMilliseconds.Text(request.At));
        if (source is not null) json.WriteString("source"u8, source);
        if (result is not null)
        {
            json.WriteString("status"u8, EventWords.Of(result.Status));
            json.WriteString("reason"u8, EventWords.Of(result.Reason));
        }

        if (torn is not null) json.WriteString("torn"u8, torn);
        json.WriteString("previous"u8, previous);
        json.WriteEndObject();
    }

    // The service and a command by hand write one after the other. The turn is a file of its own: who reads the log, page by page, holds no writer up.
    private FileStream TakeTurn()
    {
        var options = Owned(new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None });
        var path = _path + ".lock";
        var started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, options);
            }
            catch (IOException) when (File.Exists(path) && _time.GetElapsedTime(started) < LockPatience)
            {
                Thread.Sleep(2); // the other process holds it for less than that
            }
        }
    }

    private FileStream Open() => new(_path, Owned(new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite }));

    private static FileStreamOptions Owned(FileStreamOptions options)
    {
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    // The last line may be half written at this moment; it is then no whole line, as after a power cut.
    private static IEnumerable<string> LinesOf(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), Encoding.UTF8);
        while (file.ReadLine() is { } line) yield return line;
    }

    // The hash of the last whole line. A power cut may leave half a line; it stays, and the next line names its hash.
    private static (string Previous, string? Torn, bool NeedsBreak) Last(FileStream file)
    {
        if (file.Length == 0) return (Origin, null, false);
        var take = (int)Math.Min(file.Length, TailBytes);
        var tail = new byte[take];
        file.Seek(-take, SeekOrigin.End);
        file.ReadExactly(tail);
        var needsBreak = tail[^1] != '\n';
        var lines = Encoding.UTF8.GetString(tail).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string? torn = null;
        for (var i = lines.Length - 1; i >= 0; i--)
        {
            if (Prefix(lines[i]) is { } text) return (HashOf(text), torn, needsBreak);
            torn = HashOf(lines[i]);
        }

        return (Origin, torn, needsBreak);
    }

    // The line as it was before its own hash was added; null when it is no whole line.
    private static string? Prefix(string line)
    {
        const string Mark = ",\"hash\":\"";
        var at = line.Length - Mark.Length - 64 - 2;
        return at > 0 && line[0] == '{' && line.AsSpan(at, Mark.Length).SequenceEqual(Mark) && line.EndsWith("\"}", StringComparison.Ordinal) ? line[..at] + "}" : null;
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed record Entry(LookUpRequest Request, string Step, string? Source, LookUpResult? Result)
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
