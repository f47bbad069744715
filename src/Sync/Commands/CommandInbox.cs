using System.Diagnostics;
using System.Threading.Channels;

namespace EdgeGateway.Sync.Commands;

/// <summary>A command as the broker brought it.</summary>
/// <param name="ResponseTopic">MQTT 5 only.</param>
/// <param name="Correlation">MQTT 5 only; given back unchanged.</param>
public sealed record IncomingCommand(string Topic, ReadOnlyMemory<byte> Payload, bool Retained, string? ResponseTopic, byte[]? Correlation)
{
    /// <summary>It came with the first messages of a session that the broker had kept: it may have lain there while the gateway was away.</summary>
    public bool MayHaveWaited { get; init; }

    /// <summary>When it came, as <see cref="Stopwatch"/> counts.</summary>
    public long Came { get; init; } = Stopwatch.GetTimestamp();
}

/// <summary>
/// The waiting room between the broker's receive loop and the commands' workers. Bound: <see cref="Waiting"/> commands,
/// and a rate with a burst; beyond either a command is dropped and counted, unanswered, for answers would double a flood.
/// Never waits. Thread-safe.
/// </summary>
internal sealed class CommandInbox(double perSecond, int burst, TimeProvider time)
{
    public const int Waiting = 64;

    private readonly Channel<IncomingCommand> _commands = Channel.CreateBounded<IncomingCommand>(Waiting);
    private readonly Channel<IncomingCommand> _ordered = Channel.CreateBounded<IncomingCommand>(Waiting);
    private readonly Lock _lock = new();
    private double _tokens = burst;
    private long _filled = time.GetTimestamp();
    private long _dropped;

    public ChannelReader<IncomingCommand> Reader => _commands.Reader;

    /// <summary>Commands of which a later one must not overtake an earlier one: for a single worker.</summary>
    public ChannelReader<IncomingCommand> Ordered => _ordered.Reader;

    /// <summary>Dropped since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public bool TryEnter(IncomingCommand command)
    {
        if (TakeToken() && (IsOrdered(command.Topic) ? _ordered : _commands).Writer.TryWrite(command)) return true;
        Interlocked.Increment(ref _dropped);
        return false;
    }

    public void Close()
    {
        _commands.Writer.TryComplete();
        _ordered.Writer.TryComplete();
    }

    // A case goes from state to state, a hold is put on and let go of, a site's number is set: the last word counts.
    private static bool IsOrdered(string topic) =>
        topic.EndsWith("/case_update", StringComparison.Ordinal) || topic.EndsWith("/hold", StringComparison.Ordinal) || topic.EndsWith("/set_occupancy", StringComparison.Ordinal);

    private bool TakeToken()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(burst, _tokens + ((double)(now - _filled) / time.TimestampFrequency * perSecond));
            _filled = now;
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
