namespace EdgeGateway.Configuration;

/// <summary>Evidence of suspected violations.</summary>
public sealed record EvidenceConfig
{
    [Words("push", "on_request"), About("push: packages go to the operations centre with their events; on_request: they wait on the box until fetched.")]
    public string Mode { get; init; } = "push";

    [Between(64, 10_000_000), About("What all packages together may take, MB. Beyond it trial packages go first, then those of closed cases, then those that the operations centre has.")]
    public int QuotaMb { get; init; } = 20_000;

    [BetweenTimes("100ms", "60s"), About("Largest distance of the clock from its source; beyond it evidence carries 'use: none'.")]
    public TimeSpan ClockLimit { get; init; } = TimeSpan.FromSeconds(1);

    [About("How long evidence is kept, by kind.")]
    public RetentionConfig Retention { get; init; } = new();
}

/// <summary>How long evidence is kept. A hold keeps it longer.</summary>
public sealed record RetentionConfig
{
    [BetweenTimes("1d", "366d"), About("Of violations, at most: the time of use ends one year after the act (Decree 61/2026, Article 14.3).")]
    public TimeSpan Violations { get; init; } = TimeSpan.FromDays(365);

    [BetweenTimes("0s", "366d"), About("Of violations, after the case is paid or cancelled.")]
    public TimeSpan AfterClosed { get; init; } = TimeSpan.FromDays(30);

    [BetweenTimes("1d", "366d"), About("Of rules on trial.")]
    public TimeSpan Trials { get; init; } = TimeSpan.FromDays(30);
}

/// <summary>What people are told about the recording (Law 91/2025/QH15, Article 32.2).</summary>
public sealed record PrivacyConfig
{
    [About("Who is responsible: the body that runs the cameras.")]
    public required string Controller { get; init; }

    [About("Why is recorded, Vietnamese.")]
    public string PurposeVi { get; init; } = "Bảo đảm trật tự, an toàn giao thông và thống kê lượng người, xe qua lại.";

    [About("Why is recorded, English.")]
    public string PurposeEn { get; init; } = "Traffic safety and public order, and counting of people and vehicles.";

    [About("Where one may ask or object: telephone or e-mail.")]
    public required string Contact { get; init; }
}
