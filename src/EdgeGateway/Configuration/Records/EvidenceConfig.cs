namespace EdgeGateway.Configuration;

/// <summary>Evidence of suspected violations.</summary>
public sealed record EvidenceConfig
{
    [Words("push", "on_request", "bucket"), About("push: packages go to the operations centre over MQTT, behind their events; on_request: they wait on the box until fetched; bucket: they go to the S3-compatible store of 'bucket', and events carry a signed address.")]
    public string Mode { get; init; } = "push";

    [About("An S3-compatible store for mode: bucket.")]
    public BucketConfig? Bucket { get; init; }

    [Between(64, 10_000_000), About("What all packages together may take, MB. Beyond it trial packages go first, then those of closed cases, then those that the operations centre has.")]
    public int QuotaMb { get; init; } = 20_000;

    [About("Packages of live rules also hold the clip with other people's heads and plates hidden, five pictures a second. It takes some seconds of one core for each act and delays its event by them.")]
    public bool ExportClip { get; init; } = true;

    [BetweenTimes("100ms", "60s"), About("Largest distance of the clock from its source; beyond it evidence carries 'use: none'.")]
    public TimeSpan ClockLimit { get; init; } = TimeSpan.FromSeconds(1);

    [About("How long evidence is kept, by kind.")]
    public RetentionConfig Retention { get; init; } = new();
}

/// <summary>A bucket of an S3-compatible store.</summary>
public sealed record BucketConfig
{
    [Schemes("http", "https"), About("Address of the store, without the bucket: https://s3.example.vn:9000; http:// only to this machine, or with allowInsecure: true.")]
    public required SourceUrl Url { get; init; }

    [About("Name of the bucket; it exists already.")]
    public required string Name { get; init; }

    [About("Region, where the store asks for one.")]
    public string Region { get; init; } = "us-east-1";

    [About("Access key: ${credential:name}, ${file:/path} or ${NAME}.")]
    public required Secret AccessKey { get; init; }

    [About("Secret key: ${credential:name}, ${file:/path} or ${NAME}.")]
    public required Secret SecretKey { get; init; }

    [NamesFile, About("PEM file with the authority that signed the store's certificate, when the system does not know it.")]
    public string? CaFile { get; init; }

    [About("Allow http:// without TLS to another machine. Evidence then travels in clear.")]
    public bool AllowInsecure { get; init; }

    [BetweenTimes("1m", "7d"), About("How long the signed address in an event opens; fetch_evidence gives a new one.")]
    public TimeSpan AddressLifetime { get; init; } = TimeSpan.FromDays(7);
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
