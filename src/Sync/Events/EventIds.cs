using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EdgeGateway.Sync.Events;

/// <summary>Gives each event its ULID.</summary>
public interface IEventIds
{
    /// <param name="time">Goes into the time part, in milliseconds since 1970.</param>
    /// <param name="gatewayId">The gateway.</param>
    /// <param name="origin">Camera or site.</param>
    Ulid Next(DateTimeOffset time, string gatewayId, string origin);
}

/// <summary>
/// Ids of a running gateway: 80 random bits, and within one millisecond the last id plus one, so that ids of a run rise
/// while the clock does not step back. Nothing may order by them: the outbox orders by row.
/// </summary>
public sealed class LiveEventIds : IEventIds
{
    private readonly Lock _lock = new();
    private long _lastMilliseconds = -1;
    private UInt128 _lastRandom;

    public Ulid Next(DateTimeOffset time, string gatewayId, string origin)
    {
        var milliseconds = time.ToUnixTimeMilliseconds();
        lock (_lock)
        {
            if (milliseconds == _lastMilliseconds) _lastRandom += 1;
            else _lastRandom = Draw();
            _lastMilliseconds = milliseconds;
            Span<byte> random = stackalloc byte[16];
            BinaryPrimitives.WriteUInt128BigEndian(random, _lastRandom);
            return Ulid.NewUlid(time, random[6..]);
        }
    }

    private static UInt128 Draw()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes[6..]);
        bytes[6] &= 0x7F; // room above, so that counting up within a millisecond never runs over 80 bits
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}

/// <summary>
/// Ids of a replay: the random part is the first 80 bits of SHA-256 over gateway, camera and the event's number at that
/// camera, so that the same file gives the same bytes.
/// </summary>
public sealed class ReplayEventIds : IEventIds
{
    private readonly Dictionary<string, long> _sequences = [];

    public Ulid Next(DateTimeOffset time, string gatewayId, string origin)
    {
        long sequence;
        lock (_sequences)
        {
            sequence = _sequences.GetValueOrDefault(origin) + 1;
            _sequences[origin] = sequence;
        }

        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{gatewayId}\n{origin}\n{sequence}"), hash);
        return Ulid.NewUlid(time, hash[..10]);
    }
}
