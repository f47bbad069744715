using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Outbox;

/// <summary>Where the outbox lies and how much it may hold.</summary>
public sealed record OutboxOptions
{
    /// <summary>The SQLite file; its folder is made when absent.</summary>
    public required string Path { get; init; }

    /// <summary>How long a commit gathers what arrives. Commits are at most 50 ms apart, the disk's own time included on a sound disk.</summary>
    public TimeSpan GroupWindow { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Quota in events; beyond it <see cref="Sacrifice"/> says what goes.</summary>
    public long MaxRows { get; init; } = 2_000_000;

    /// <summary>Quota in bytes of topics and payloads.</summary>
    public long MaxBytes { get; init; } = 2L << 30;

    /// <summary>Events that could not be delivered for so long are given up, violations excepted; by event time.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(60);

    /// <summary>The time by which ages are judged, see <see cref="AgeClock"/>; null: the clock's.</summary>
    public Func<DateTimeOffset>? AgeTime { get; init; }

    /// <summary>Which events wait for an acknowledgement after their PUBACK.</summary>
    public ReceiptOptions Receipts { get; init; } = new();

    /// <summary>The seal of what events say; a damaged outbox is begun anew whoever opens it.</summary>
    public StoreGuard Guard { get; init; } = StoreGuard.None;

    /// <summary>How long a statement waits for another program's lock.</summary>
    public TimeSpan Busy { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>First pause after a failed commit; it doubles up to <see cref="RetryMax"/>.</summary>
    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(5);
}
