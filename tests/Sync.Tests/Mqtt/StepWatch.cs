using System.Text;
using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>
/// Reads on the line, packet by packet, which events a gateway has published and which PUBACKs have reached it, and calls out at each
/// such step, in the very moment: the packet is held until the call returns. (MQTT 5.)
/// </summary>
internal sealed class StepWatch : IConnectionTap
{
    private const int Publish = 3;
    private const int PubAck = 4;

    private readonly Lock _lock = new();
    private readonly PacketCutter _up = new();
    private readonly PacketCutter _down = new();
    private readonly Dictionary<int, string> _byPacketId = [];
    private readonly List<string> _passing = [];
    private bool _frozen;

    /// <summary>Ids of events that left the gateway.</summary>
    public HashSet<string> Published { get; } = new(StringComparer.Ordinal);

    /// <summary>Ids of events whose PUBACK the gateway's socket has.</summary>
    public HashSet<string> Acknowledged { get; } = new(StringComparer.Ordinal);

    /// <summary>Events were published and the broker has none of them yet.</summary>
    public Action<IReadOnlyList<string>> OnPublished { get; set; } = _ => { };

    /// <summary>PUBACKs came from the broker and the gateway has none of them yet.</summary>
    public Action<IReadOnlyList<string>> OnPubAckHeld { get; set; } = _ => { };

    /// <summary>PUBACKs have reached the gateway's socket.</summary>
    public Action<IReadOnlyList<string>> OnPubAckPassed { get; set; } = _ => { };

    /// <summary>The gateway is dead: what the line still carries is no step of its own.</summary>
    public void Freeze() { lock (_lock) _frozen = true; }

    public void Before(bool toServer, ReadOnlySpan<byte> bytes)
    {
        var ids = new List<string>();
        lock (_lock)
        {
            if (_frozen) return;
            if (toServer) _up.Cut(bytes, (kind, body) => { if (EventOf(kind, body) is { } id) ids.Add(id); });
            else _down.Cut(bytes, (kind, body) => { if (AnsweredBy(kind, body) is { } id) ids.Add(id); });
            if (toServer) Published.UnionWith(ids);
            else _passing.AddRange(ids);
        }

        if (ids.Count > 0) (toServer ? OnPublished : OnPubAckHeld)(ids);
    }

    public void After(bool toServer, ReadOnlySpan<byte> bytes)
    {
        if (toServer) return;
        string[] passed;
        lock (_lock)
        {
            if (_frozen) return;
            passed = [.. _passing];
            _passing.Clear();
            Acknowledged.UnionWith(passed);
        }

        if (passed.Length > 0) OnPubAckPassed(passed);
    }

    private string? EventOf(int header, ReadOnlySpan<byte> body)
    {
        if (header >> 4 != Publish) return null;
        var topicLength = (body[0] << 8) | body[1];
        var topic = Encoding.UTF8.GetString(body.Slice(2, topicLength));
        if (!topic.Contains("/events/", StringComparison.Ordinal)) return null;
        var at = body[(2 + topicLength)..];
        var text = Encoding.UTF8.GetString(at);
        var id = text.Substring(text.IndexOf("\"id\":\"", StringComparison.Ordinal) + 6, 26);
        _byPacketId[(at[0] << 8) | at[1]] = id;
        return id;
    }

    private string? AnsweredBy(int header, ReadOnlySpan<byte> body) =>
        header >> 4 == PubAck && _byPacketId.Remove((body[0] << 8) | body[1], out var id) ? id : null;

    /// <summary>Cuts a stream of bytes into MQTT packets.</summary>
    private sealed class PacketCutter
    {
        private readonly List<byte> _rest = [];

        public delegate void Packet(int header, ReadOnlySpan<byte> body);

        public void Cut(ReadOnlySpan<byte> bytes, Packet onPacket)
        {
            _rest.AddRange(bytes);
            var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rest);
            var start = 0;
            while (TryMeasure(all[start..], out var head, out var length) && all.Length - start >= head + length)
            {
                onPacket(all[start], all.Slice(start + head, length));
                start += head + length;
            }

            _rest.RemoveRange(0, start);
        }

        private static bool TryMeasure(ReadOnlySpan<byte> bytes, out int head, out int length)
        {
            (head, length) = (1, 0);
            for (var shift = 0; head < bytes.Length; shift += 7)
            {
                var part = bytes[head++];
                length |= (part & 0x7F) << shift;
                if ((part & 0x80) == 0) return true;
            }

            return false;
        }
    }
}
