namespace EdgeGateway.Sync.Outbox;

/// <summary>Which events are kept after their PUBACK until the operations centre acknowledges them, and for how long.</summary>
public sealed record ReceiptOptions
{
    /// <summary>Words of the event types that wait for <c>acknowledge</c>; empty: none does, a PUBACK is the end.</summary>
    public IReadOnlyList<string> Awaited { get; init; } = ["violation", "access", "owner", "report"];

    /// <summary>An event that was not acknowledged for so long is sent again under its id; the pause doubles with each time, up to a day.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Delivered events older than this, counted from their last PUBACK, are let go without an acknowledgement.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(60);

    /// <summary>Quota of delivered events; beyond it they go in the order of <see cref="Sacrifice"/>, violations last, the oldest first.</summary>
    public long MaxRows { get; init; } = 200_000;

    /// <summary>Quota in bytes of topics and payloads.</summary>
    public long MaxBytes { get; init; } = 512L << 20;

    /// <summary>
    /// Whether the clock follows something. Only then is a resend that lies further ahead than any pause taken for one that a clock far ahead has set: to a clock that
    /// is far behind all of them seem so.
    /// </summary>
    public Func<bool> ClockFollows { get; init; } = () => true;

    /// <summary>
    /// The time with which a delivery is stamped, by which it grows old; null: the clock's. Never earlier than the last known time: what a clock far behind has stamped
    /// would be too old as soon as that is put right.
    /// </summary>
    public Func<DateTimeOffset>? StampTime { get; init; }

    /// <summary>How often resends and ages are looked at.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(10);
}
