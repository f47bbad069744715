using System.Text;

namespace EdgeGateway.Sync.Registration.Csv;

/// <summary>
/// Reads a table record by record from UTF-8 bytes (RFC 4180: quotes, doubled quotes, line breaks inside quotes; ',', ';' or a tab).
/// Memory is bounded: a record longer than <see cref="LongestRecordBytes"/> is reported and left out, and a quote that is never
/// closed costs its own line, not the rest of the file. A record's fields are valid until the next call.
/// </summary>
internal sealed class CsvRecords(Stream stream) : IDisposable
{
    public const int LongestRecordBytes = 64 * 1024;

    private const int MostFields = 64;

    private readonly byte[] _buffer = new byte[8 * LongestRecordBytes];
    private readonly (int Start, int Length, bool IsQuoted)[] _fields = new (int, int, bool)[MostFields];
    private byte[] _unquoted = new byte[256];
    private int _start;
    private int _end;
    private bool _ended;
    private long _nextLine = 1;

    public byte Delimiter { get; set; } = (byte)',';

    /// <summary>A record ends with its line: a quote that is not closed on it is text, so that a stray one in a list kept by hand swallows no other row.</summary>
    public bool IsOfOneLine { get; init; }

    /// <summary>Line at which the record begins, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Bytes of UTF-8 up to the end of this record: where a later run goes on.</summary>
    public long Position { get; private set; }

    /// <summary>The line that follows this record.</summary>
    public long NextLine => _nextLine;

    public int Count { get; private set; }

    /// <summary>What is wrong with the record as a record; null for a sound one.</summary>
    public string? Fault { get; private set; }

    /// <summary>Passes over what an earlier run took, after the header was read.</summary>
    /// <param name="position">Bytes of UTF-8 that are done.</param>
    /// <param name="line">The line that comes next.</param>
    public void SkipTo(long position, long line)
    {
        var left = position - Position;
        var buffered = Math.Min(left, _end - _start);
        _start += (int)buffered;
        left -= buffered;
        while (left > 0)
        {
            (_start, _end) = (0, 0);
            var read = stream.Read(_buffer, 0, (int)Math.Min(left, _buffer.Length));
            if (read == 0) break;
            left -= read;
        }

        (Position, _nextLine) = (position, line);
    }

    /// <summary>
    /// Takes the delimiter from the first line, before it is read: Excel with Vietnamese settings writes ';', "Unicode text" has tabs, and names may
    /// stand in quotes. A line without any leaves it as it is.
    /// </summary>
    public void FindDelimiter()
    {
        if (!Fill()) return;
        var (isQuoted, isEmpty) = (false, true);
        foreach (var one in _buffer.AsSpan(_start, _end - _start))
        {
            if (one == '\n' && !isEmpty && !isQuoted) return;
            isEmpty &= one is (byte)'\r' or (byte)'\n';
            if (one == '"') isQuoted = !isQuoted;
            if (isQuoted || one is not ((byte)',' or (byte)';' or (byte)'\t')) continue;
            Delimiter = one;
            return;
        }
    }

    /// <summary>Takes the next record; empty lines are passed over. False at the end.</summary>
    public bool Read()
    {
        while (true)
        {
            if (!Fill()) return false;
            (Line, Count, Fault) = (_nextLine, 0, null);
            var (length, lines) = Scan();
            if (length < 0) (length, lines) = Recover();
            else if (!System.Text.Unicode.Utf8.IsValid(_buffer.AsSpan(_start, length))) Fault = "bytes that are no UTF-8";
            _start += length;
            Position += length;
            _nextLine += lines;
            if (Fault is not null || Count > 1 || (Count == 1 && _fields[0].Length > 0)) return true;
        }
    }

    /// <summary>A field, trimmed of spaces; empty when the record has fewer fields.</summary>
    public ReadOnlySpan<byte> Field(int index)
    {
        if (index < 0 || index >= Count) return default;
        var (start, length, isQuoted) = _fields[index];
        var text = _buffer.AsSpan(start, length);
        return isQuoted ? Unquoted(text).Trim((byte)' ') : text.Trim((byte)' ');
    }

    /// <summary>A field as text.</summary>
    public string Text(int index) => Encoding.UTF8.GetString(Field(index));

    public void Dispose() => stream.Dispose();

    // Makes sure that a whole record lies in the buffer, or as much of one as is allowed.
    private bool Fill()
    {
        if (_end - _start > LongestRecordBytes || _ended) return _end > _start;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (_end < _buffer.Length && !_ended)
        {
            var read = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0) _ended = true;
            _end += read;
        }

        return _end > _start;
    }

    // Finds the fields of the record at _start. Length -1: it does not end within the bound.
    private (int Length, int Lines) Scan()
    {
        var limit = Math.Min(_end, _start + LongestRecordBytes);
        var at = _start;
        var lines = 0;
        while (true)
        {
            var field = at;
            var isQuoted = at < limit && _buffer[at] == '"' && (!IsOfOneLine || IsClosedOnItsLine(_buffer.AsSpan(at + 1, limit - at - 1)));
            int close;
            if (isQuoted)
            {
                at++;
                while (true)
                {
                    var quote = _buffer.AsSpan(at, limit - at).IndexOf((byte)'"');
                    if (quote < 0) return (-1, 0);
                    lines += _buffer.AsSpan(at, quote).Count((byte)'\n');
                    at += quote + 1;
                    if (at >= limit || _buffer[at] != '"') break;
                    at++;
                }

                close = at - 1;
                var rest = _buffer.AsSpan(at, limit - at).IndexOfAny(Delimiter, (byte)'\n');
                if (rest > 0 && _buffer.AsSpan(at, rest).Trim((byte)'\r').Length > 0) Fault = "text stands behind a closing quote";
                at += rest < 0 ? limit - at : rest;
                field++;
            }
            else
            {
                var next = _buffer.AsSpan(at, limit - at).IndexOfAny(Delimiter, (byte)'\n');
                at += next < 0 ? limit - at : next;
                close = at > field && (at == limit || _buffer[at] == '\n') && _buffer[at - 1] == '\r' ? at - 1 : at;
            }

            if (Count == MostFields) Fault = $"more than {MostFields} fields";
            else _fields[Count++] = (field, close - field, isQuoted);
            if (at >= limit) return limit == _end && _ended ? (at - _start, lines + 1) : (-1, 0);
            if (_buffer[at] == '\n') return (at + 1 - _start, lines + 1);
            at++;
        }
    }

    private static bool IsClosedOnItsLine(ReadOnlySpan<byte> rest)
    {
        while (rest.IndexOfAny((byte)'"', (byte)'\n') is var at and >= 0 && rest[at] == '"')
        {
            if (at + 1 >= rest.Length || rest[at + 1] != '"') return true;
            rest = rest[(at + 2)..];
        }

        return false;
    }

    // The record does not end: its first line is given up, and what follows is read as records of their own.
    private (int Length, int Lines) Recover()
    {
        Count = 0;
        var first = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        if (first >= 0)
        {
            Fault = first < LongestRecordBytes ? "a quote that is never closed" : $"longer than {LongestRecordBytes / 1024} KiB";
            return (first + 1, 1);
        }

        Fault = _ended && _end - _start <= LongestRecordBytes ? "a quote that is never closed" : $"longer than {LongestRecordBytes / 1024} KiB";
        long passed = _end - _start;
        (_start, _end) = (0, 0);
        while (!_ended)
        {
            var read = stream.Read(_buffer, 0, _buffer.Length);
            if (read == 0)
            {
                _ended = true;
                break;
            }

            var next = _buffer.AsSpan(0, read).IndexOf((byte)'\n');
            if (next < 0)
            {
                passed += read;
                continue;
            }

            Position += passed;
            _end = read;
            return (next + 1, 1);
        }

        Position += passed;
        return (0, 1);
    }

    private ReadOnlySpan<byte> Unquoted(ReadOnlySpan<byte> text)
    {
        if (!text.Contains((byte)'"')) return text;
        if (_unquoted.Length < text.Length) _unquoted = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            _unquoted[length++] = text[i];
            if (text[i] == '"') i++;
        }

        return _unquoted.AsSpan(0, length);
    }
}
