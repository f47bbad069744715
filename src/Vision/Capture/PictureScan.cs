using System.Diagnostics.CodeAnalysis;

namespace EdgeGateway.Vision.Capture;

/// <summary>Where one coded picture begins in a transport stream.</summary>
/// <param name="Offset">Bytes from the start of the stream or file.</param>
/// <param name="Pts">Presentation time in 1/90000 s, without the format's wrap after 26.5 hours.</param>
/// <param name="IsKey">True when decoding can begin here.</param>
internal readonly record struct PictureStart(long Offset, long Pts, bool IsKey);

/// <summary>
/// Finds the pictures in a transport stream of one video track, as ffmpeg writes it: one picture a PES packet, key frames
/// marked as random access points (ISO/IEC 13818-1, 2.4.3). Packet after packet; allocates nothing.
/// </summary>
internal sealed class PictureScan
{
    /// <summary>Bytes of one packet.</summary>
    public const int PacketBytes = 188;

    /// <summary>Ticks of presentation time a second.</summary>
    public const long Rate = 90_000;

    private const byte Sync = 0x47;
    private const long Wrap = 1L << 33;
    private const byte H264 = 0x1B;
    private const byte H265 = 0x24;
    private const int MapPackets = 2;

    private readonly byte[] _head = new byte[MapPackets * PacketBytes];
    private int _headPackets;
    private int _mapPid = -1;
    private int _videoPid = -1;
    private long? _lastPts;

    /// <summary>The two packets that say what the stream holds: put before any piece of it, they make the piece readable alone. Null before they came.</summary>
    public byte[]? Head => _headPackets == MapPackets ? _head : null;

    /// <summary>True for H.265.</summary>
    public bool IsHevc { get; private set; }

    /// <summary>True once the stream's map has been read and names neither H.264 nor H.265.</summary>
    public bool IsForeign { get; private set; }

    /// <summary>Looks at one packet; true when a picture begins in it.</summary>
    /// <exception cref="InvalidDataException">It is no packet of a transport stream.</exception>
    public bool TryRead(ReadOnlySpan<byte> packet, long offset, out PictureStart start)
    {
        start = default;
        if (packet.Length != PacketBytes || packet[0] != Sync) throw new InvalidDataException("The compressed stream is no transport stream.");
        var pid = ((packet[1] & 0x1F) << 8) | packet[2];
        if ((packet[1] & 0x40) == 0) return false;
        if (!TryPayload(packet, out var payload, out var isKey)) return false;
        if (_headPackets < MapPackets)
        {
            ReadMap(packet, payload, pid);
            return false;
        }

        if (pid != _videoPid || !TryPts(payload, out var raw)) return false;
        start = new PictureStart(offset, Unwrap(raw), isKey);
        return true;
    }

    /// <summary>Moves the presentation and decoding time that a picture's first packet carries.</summary>
    public static void Shift(Span<byte> packet, long by)
    {
        if (!TryPayload(packet, out var payload, out _) || !TryPts(payload, out _)) return;
        var at = packet.Length - payload.Length + 9;
        var withDts = (payload[7] & 0x40) != 0;
        WriteTime(packet.Slice(at, 5), ReadTime(packet.Slice(at, 5)) + by);
        if (withDts) WriteTime(packet.Slice(at + 5, 5), ReadTime(packet.Slice(at + 5, 5)) + by);
    }

    private static bool TryPayload(ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> payload, [NotNullWhen(true)] out bool isKey)
    {
        isKey = false;
        payload = default;
        var at = 4;
        if ((packet[3] & 0x20) != 0)
        {
            isKey = packet[4] > 0 && (packet[5] & 0x40) != 0;
            at += 1 + packet[4];
        }

        if ((packet[3] & 0x10) == 0 || at >= packet.Length) return false;
        payload = packet[at..];
        return true;
    }

    private static bool TryPts(ReadOnlySpan<byte> payload, out long pts)
    {
        pts = 0;
        if (payload.Length < 19 || payload[0] != 0 || payload[1] != 0 || payload[2] != 1 || (payload[7] & 0x80) == 0) return false;
        pts = ReadTime(payload.Slice(9, 5));
        return true;
    }

    private static long ReadTime(ReadOnlySpan<byte> five)
        => ((long)((five[0] >> 1) & 7) << 30) | ((long)five[1] << 22) | ((long)(five[2] >> 1) << 15) | ((long)five[3] << 7) | ((long)five[4] >> 1);

    private static void WriteTime(Span<byte> five, long value)
    {
        value &= Wrap - 1;
        five[0] = (byte)((five[0] & 0xF0) | (int)(value >> 29 & 0x0E) | 1);
        five[1] = (byte)(value >> 22);
        five[2] = (byte)((value >> 14 & 0xFE) | 1);
        five[3] = (byte)(value >> 7);
        five[4] = (byte)((value << 1 & 0xFE) | 1);
    }

    // First the table of programmes (pid 0), which names the pid of the map, then the map, which names the video's.
    private void ReadMap(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> payload, int pid)
    {
        var section = payload.Length > 1 + payload[0] ? payload[(1 + payload[0])..] : [];
        if (section.Length < 17) return;
        if (pid == 0 && section[0] == 0 && _headPackets == 0)
        {
            _mapPid = ((section[10] & 0x1F) << 8) | section[11];
        }
        else if (pid == _mapPid && section[0] == 2 && _headPackets == 1)
        {
            var at = 12 + (((section[10] & 0x0F) << 8) | section[11]);
            if (at + 5 > section.Length) return;
            _videoPid = ((section[at + 1] & 0x1F) << 8) | section[at + 2];
            IsHevc = section[at] == H265;
            IsForeign = section[at] is not (H264 or H265);
        }
        else
        {
            return;
        }

        packet.CopyTo(_head.AsSpan(_headPackets++ * PacketBytes));
    }

    // The wrapped time that lies nearest to the last one; at the start, times just below zero are meant to be so.
    private long Unwrap(long raw)
    {
        var near = _lastPts ?? 0;
        var step = (raw - near) & (Wrap - 1);
        if (step >= Wrap / 2) step -= Wrap;
        _lastPts = near + step;
        return near + step;
    }
}
