using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Outbox;

/// <summary>
/// What goes first when there is no room, in memory or on disk: state, crossings, passages, counts, owners, alerts, access
/// decisions. Violations are never given up. It is not the order of sending turned round: a passage is sent before a
/// count, but given up before it, because a sum can be read without its parts.
/// </summary>
public static class Sacrifice
{
    private static readonly EventPriority[] FirstToLast =
    [
        EventPriority.State, EventPriority.Crossing, EventPriority.Passage, EventPriority.Count,
        EventPriority.Owner, EventPriority.Alert, EventPriority.Access,
    ];

    /// <summary>The kinds that may be given up, the first to go first.</summary>
    public static ReadOnlySpan<EventPriority> Order => FirstToLast;

    /// <summary>Place in the order; violations stand after all others.</summary>
    public static int RankOf(EventPriority priority)
    {
        var rank = Array.IndexOf(FirstToLast, priority);
        return rank < 0 ? FirstToLast.Length : rank;
    }
}
