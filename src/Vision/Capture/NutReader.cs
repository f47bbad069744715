using System.Buffers.Binary;

namespace EdgeGateway.Vision.Capture;

/// <summary>Bytes in order. Implementations block until at least one byte is there.</summary>
internal interface IByteSource
{
    /// <summary>Fills a part of the span and says how much; 0 at the end.</summary>
    int Read(Span<byte> target);
}

/// <summary>What the stream's header says.</summary>
internal readonly record struct NutVideo(int Width, int Height, uint FourCc);

/// <summary>One frame's place in time and how many bytes of pixels follow.</summary>
internal readonly record struct NutFrame(TimeSpan Presentation, long Size);

/// <summary>
/// Reads the NUT container as ffmpeg writes it for one stream of raw video: times stand beside the pixels, and the pixels go
/// straight into the caller's memory. Every length is bounded before it is used; a file that breaks a bound ends in
/// <see cref="InvalidDataException"/>. Format: the NUT specification (ffmpeg.org/~michael/nut.txt), version 3.
/// </summary>
internal sealed class NutReader(IByteSource source)
{
    private const ulong MainStart = 0x4E4D7A561F5F04AD;
    private const ulong StreamStart = 0x4E5311405BF2F9DB;
    private const ulong SyncPointStart = 0x4E4BE4ADEECA4569;
    private const ulong IndexStart = 0x4E58DD672F23E64E;
    private const ulong InfoStart = 0x4E49AB68B596BA78;
    private const int MaxPacketBytes = 1 << 20;
    private const int MaxTimeBases = 16;
    private const int MaxReserved = 64;

    // Small on purpose: whatever is read ahead of a frame's header is copied once more into the frame.
    private readonly byte[] _ahead = new byte[64];
    private readonly FrameCode[] _codes = new FrameCode[256];
    private readonly int[] _elisionLengths = new int[128];
    private int _aheadAt;
    private int _aheadEnd;
    private bool _ended;
    private (long Numerator, long Denominator)[] _timeBases = [];
    private int _timeBase;
    private int _lsbShift;
    private long _lastPts;
    private long _pending;
    private bool _haveMain;
    private bool _haveStream;

    /// <summary>Reads up to the first frame. Null when the source ends before any header.</summary>
    /// <exception cref="InvalidDataException">What came is no NUT stream of one video track.</exception>
    public NutVideo? ReadHeader()
    {
        ReadOnlySpan<byte> magic = "nut/multimedia container\0"u8;
        foreach (var expected in magic)
        {
            var got = TryReadByte();
            if (got < 0) return null;
            if (got != expected) throw new InvalidDataException("The decoder's output is no NUT stream.");
        }

        while (!_haveStream)
        {
            var code = TryReadByte();
            if (code < 0) return null;
            if (code != 'N') throw new InvalidDataException("A frame came before the stream's header.");
            if (!TryReadPacket()) return null;
        }

        return Video;
    }

    /// <summary>What the last stream header said.</summary>
    public NutVideo Video { get; private set; }

    /// <summary>Reads the next frame's header; its pixels must be read or skipped before the next call. False at the end.</summary>
    /// <exception cref="InvalidDataException">The stream breaks the format.</exception>
    public bool TryReadFrame(out NutFrame frame)
    {
        frame = default;
        if (_pending > 0) throw new InvalidOperationException("The last frame's pixels were not read.");
        while (true)
        {
            var first = TryReadByte();
            if (first < 0) return false;
            if (first == 'N')
            {
                if (!TryReadPacket()) return false;
                continue;
            }

            return TryReadFrameHeader(first, out frame);
        }
    }

    /// <summary>Fills the span with the frame's pixels; false when the stream ends inside them.</summary>
    public bool TryReadPixels(Span<byte> target)
    {
        if (target.Length > _pending) throw new ArgumentException("More is asked for than the frame holds.", nameof(target));
        _pending -= target.Length;
        return TryFill(target);
    }

    /// <summary>Leaves out what is left of the frame's pixels; false when the stream ends inside them.</summary>
    public bool TrySkipPixels(Span<byte> scratch)
    {
        while (_pending > 0)
        {
            if (!TryReadPixels(scratch[..(int)Math.Min(scratch.Length, _pending)])) return false;
        }

        return true;
    }

    private bool TryReadFrameHeader(int first, out NutFrame frame)
    {
        frame = default;
        ref readonly var code = ref _codes[first];
        var flags = code.Flags;
        if ((flags & FrameFlags.Invalid) != FrameFlags.None) throw new InvalidDataException("A frame has a code that the header forbids.");
        if ((flags & FrameFlags.Coded) != FrameFlags.None) flags ^= (FrameFlags)(uint)ReadUnsigned();
        var stream = (flags & FrameFlags.StreamId) != FrameFlags.None ? ReadUnsigned() : code.Stream;
        if (stream != 0) throw new InvalidDataException("A frame belongs to a stream that is not there.");
        if ((flags & FrameFlags.CodedPts) != FrameFlags.None) _lastPts = FullPts(ReadUnsigned());
        else _lastPts = unchecked(_lastPts + code.PtsDelta);
        long size = code.SizeLsb;
        if ((flags & FrameFlags.SizeMsb) != FrameFlags.None)
        {
            var msb = ReadUnsigned();
            if (msb > int.MaxValue) throw new InvalidDataException("A frame is longer than any picture.");
            size += (long)msb * code.SizeMultiplier;
        }

        if ((flags & FrameFlags.MatchTime) != FrameFlags.None) ReadUnsigned();
        var elision = (flags & FrameFlags.HeaderIndex) != FrameFlags.None ? (long)Math.Min(ReadUnsigned(), 1000) : code.HeaderIndex;
        var reserved = (flags & FrameFlags.Reserved) != FrameFlags.None ? ReadUnsigned() : (ulong)code.ReservedCount;
        if (reserved > MaxReserved) throw new InvalidDataException("A frame's header is too long.");
        for (var i = 0UL; i < reserved; i++) ReadUnsigned();
        if ((flags & FrameFlags.Checksum) != FrameFlags.None) SkipBytes(4);
        if ((flags & FrameFlags.SideData) != FrameFlags.None) throw new InvalidDataException("Frames with side data are not read.");
        if (elision >= _elisionLengths.Length || _elisionLengths[elision] != 0) throw new InvalidDataException("Raw video has no elided headers.");
        if (size > int.MaxValue) throw new InvalidDataException("A frame is longer than any picture.");
        if (_ended) return false;
        _pending = size;
        frame = new NutFrame(Time(_lastPts), size);
        return true;
    }

    private bool TryReadPacket()
    {
        var start = (ulong)'N';
        for (var i = 0; i < 7; i++) start = (start << 8) | ReadByteOrZero();
        var length = ReadUnsigned();
        if (_ended) return false;
        if (length is < 4 or > MaxPacketBytes) throw new InvalidDataException("A packet of the stream's header is impossibly long or short.");
        if (length > 4096) SkipBytes(4);
        if (start == SyncPointStart)
        {
            Span<byte> sync = stackalloc byte[64];
            if (length > (ulong)sync.Length) throw new InvalidDataException("A sync point is too long.");
            if (!TryFill(sync[..(int)length])) return false;
            if (_haveMain) ReadSyncPoint(sync[..(int)(length - 4)]);
            return true;
        }

        var packet = new byte[length];
        if (!TryFill(packet)) return false;
        var body = packet.AsSpan(0, packet.Length - 4);
        switch (start)
        {
            case MainStart: ReadMain(body); break;
            case StreamStart when _haveMain: ReadStream(body); break;
            case InfoStart or IndexStart or StreamStart: break;
            default: throw new InvalidDataException("The stream holds a packet of an unknown kind.");
        }

        return true;
    }

    private void ReadMain(ReadOnlySpan<byte> body)
    {
        var at = 0;
        var version = Unsigned(body, ref at);
        if (version != 3) throw new InvalidDataException($"NUT version {version} is not read, only 3.");
        if (Unsigned(body, ref at) != 1) throw new InvalidDataException("Not exactly one stream.");
        Unsigned(body, ref at);
        var count = Unsigned(body, ref at);
        if (count is 0 or > MaxTimeBases) throw new InvalidDataException("The number of time bases is impossible.");
        var bases = new (long, long)[count];
        for (var i = 0; i < bases.Length; i++)
        {
            var (numerator, denominator) = (Unsigned(body, ref at), Unsigned(body, ref at));
            if (numerator is 0 or > int.MaxValue || denominator is 0 or > int.MaxValue) throw new InvalidDataException("A time base is impossible.");
            bases[i] = ((long)numerator, (long)denominator);
        }

        ReadCodes(body, ref at);
        Array.Clear(_elisionLengths);
        var elisions = at < body.Length ? Unsigned(body, ref at) : 0;
        if (elisions >= (ulong)_elisionLengths.Length) throw new InvalidDataException("Too many elision headers.");
        for (var i = 1; i <= (int)elisions; i++)
        {
            var length = Unsigned(body, ref at);
            if (length > 256 || (ulong)(body.Length - at) < length) throw new InvalidDataException("An elision header is too long.");
            _elisionLengths[i] = (int)length;
            at += (int)length;
        }

        _timeBases = bases;
        _haveMain = true;
    }

    private void ReadCodes(ReadOnlySpan<byte> body, ref int at)
    {
        long pts = 0, stream = 0, head = 0, multiplier = 1;
        for (var i = 0; i < 256;)
        {
            var flags = (FrameFlags)(uint)Unsigned(body, ref at);
            var fields = Unsigned(body, ref at);
            if (fields > 32) throw new InvalidDataException("The table of frame codes is damaged.");
            if (fields > 0) pts = Signed(body, ref at);
            if (fields > 1) multiplier = Bounded(body, ref at);
            if (fields > 2) stream = Bounded(body, ref at);
            var size = fields > 3 ? Bounded(body, ref at) : 0;
            var reserved = fields > 4 ? Bounded(body, ref at) : 0;
            var count = fields > 5 ? Bounded(body, ref at) : multiplier - size;
            if (fields > 6) Signed(body, ref at);
            if (fields > 7) head = Bounded(body, ref at);
            for (var extra = 8UL; extra < fields; extra++) Unsigned(body, ref at);
            if (count <= 0 || count > 256 - i) throw new InvalidDataException("The table of frame codes is damaged.");
            for (var j = 0L; j < count && i < 256; i++)
            {
                // 'N' begins every packet, so it is never a frame's code.
                _codes[i] = i == 'N'
                    ? new FrameCode(FrameFlags.Invalid, 0, 1, 0, 0, 0, 0)
                    : new FrameCode(flags, stream, multiplier, size + j, pts, reserved, head);
                if (i != 'N') j++;
            }
        }
    }

    private void ReadStream(ReadOnlySpan<byte> body)
    {
        var at = 0;
        if (Unsigned(body, ref at) != 0) throw new InvalidDataException("Not exactly one stream.");
        if (Unsigned(body, ref at) != 0) throw new InvalidDataException("The stream is no video.");
        var fourCcLength = Unsigned(body, ref at);
        if (fourCcLength != 4 || body.Length - at < 4) throw new InvalidDataException("The stream's format has no four-character code.");
        var fourCc = BinaryPrimitives.ReadUInt32BigEndian(body[at..]);
        at += 4;
        var timeBase = Unsigned(body, ref at);
        if (timeBase >= (ulong)_timeBases.Length) throw new InvalidDataException("The stream's time base is not there.");
        var shift = Unsigned(body, ref at);
        if (shift > 40) throw new InvalidDataException("The stream's times cannot be read.");
        for (var i = 0; i < 3; i++) Unsigned(body, ref at);
        var extra = Unsigned(body, ref at);
        if (extra > (ulong)(body.Length - at)) throw new InvalidDataException("The stream's header is damaged.");
        at += (int)extra;
        var (width, height) = (Unsigned(body, ref at), Unsigned(body, ref at));
        if (width is 0 or > 1 << 20 || height is 0 or > 1 << 20) throw new InvalidDataException("The stream's picture size is impossible.");
        _timeBase = (int)timeBase;
        _lsbShift = (int)shift;
        Video = new NutVideo((int)width, (int)height, fourCc);
        _haveStream = true;
    }

    private void ReadSyncPoint(ReadOnlySpan<byte> body)
    {
        var at = 0;
        var value = Unsigned(body, ref at);
        var from = _timeBases[(int)(value % (ulong)_timeBases.Length)];
        var to = _timeBases[_timeBase];
        var pts = (Int128)(value / (ulong)_timeBases.Length) * from.Numerator * to.Denominator / from.Denominator / to.Numerator;
        _lastPts = pts > long.MaxValue ? long.MaxValue : (long)pts;
    }

    private long FullPts(ulong coded)
    {
        var limit = 1UL << _lsbShift;
        if (coded >= limit) return unchecked((long)(coded - limit));
        var mask = (long)limit - 1;
        var low = unchecked(_lastPts - mask / 2);
        return unchecked((((long)coded - low) & mask) + low);
    }

    private TimeSpan Time(long pts)
    {
        var (numerator, denominator) = _timeBases[_timeBase];
        var ticks = (Int128)pts * numerator * TimeSpan.TicksPerSecond / denominator;
        // A century either way is further than any stream runs.
        if (Int128.Abs(ticks) > TimeSpan.TicksPerDay * 36525L) throw new InvalidDataException("A frame's time is impossible.");
        return new TimeSpan((long)ticks);
    }

    private ulong ReadUnsigned()
    {
        var value = 0UL;
        for (var i = 0; i < 10; i++)
        {
            var b = ReadByteOrZero();
            value = (value << 7) | (b & 0x7Fu);
            if (b < 0x80) return value;
        }

        throw new InvalidDataException("A number in the stream does not end.");
    }

    private static ulong Unsigned(ReadOnlySpan<byte> body, ref int at)
    {
        var value = 0UL;
        for (var i = 0; i < 10; i++)
        {
            if (at >= body.Length) throw new InvalidDataException("The stream's header is cut off.");
            var b = body[at++];
            value = (value << 7) | (b & 0x7Fu);
            if (b < 0x80) return value;
        }

        throw new InvalidDataException("A number in the stream does not end.");
    }

    private static long Bounded(ReadOnlySpan<byte> body, ref int at)
    {
        var value = Unsigned(body, ref at);
        return value <= int.MaxValue ? (long)value : throw new InvalidDataException("The table of frame codes is damaged.");
    }

    private static long Signed(ReadOnlySpan<byte> body, ref int at)
    {
        var value = Unsigned(body, ref at);
        if (value >= int.MaxValue) throw new InvalidDataException("The table of frame codes is damaged.");
        var next = (long)value + 1;
        return (next & 1) != 0 ? -(next >> 1) : next >> 1;
    }

    private void SkipBytes(int count)
    {
        for (var i = 0; i < count; i++) ReadByteOrZero();
    }

    // The end inside a header reads as zeros and is noticed by the caller through _ended.
    private byte ReadByteOrZero()
    {
        var read = TryReadByte();
        return read < 0 ? (byte)0 : (byte)read;
    }

    private int TryReadByte()
    {
        if (_aheadAt == _aheadEnd)
        {
            if (_ended) return -1;
            _aheadAt = 0;
            _aheadEnd = source.Read(_ahead);
            if (_aheadEnd <= 0)
            {
                _aheadEnd = 0;
                _ended = true;
                return -1;
            }
        }

        return _ahead[_aheadAt++];
    }

    private bool TryFill(Span<byte> target)
    {
        var ready = Math.Min(_aheadEnd - _aheadAt, target.Length);
        _ahead.AsSpan(_aheadAt, ready).CopyTo(target);
        _aheadAt += ready;
        target = target[ready..];
        while (target.Length > 0 && !_ended)
        {
            var read = source.Read(target);
            if (read <= 0) _ended = true;
            else target = target[read..];
        }

        return target.Length == 0;
    }

    [Flags]
    private enum FrameFlags : uint
    {
        None = 0,
        CodedPts = 8,
        StreamId = 16,
        SizeMsb = 32,
        Checksum = 64,
        Reserved = 128,
        SideData = 256,
        HeaderIndex = 1024,
        MatchTime = 2048,
        Coded = 4096,
        Invalid = 8192,
    }

    private readonly record struct FrameCode(FrameFlags Flags, long StreamNumber, long SizeMultiplier, long SizeLsb, long PtsDelta, long ReservedCount, long HeaderIndex)
    {
        public ulong Stream => (ulong)StreamNumber;
    }
}
