namespace EdgeGateway.Sync.TimeSeries;

/// <summary>Which write path the server has.</summary>
public enum InfluxApi
{
    /// <summary><c>/write?db=…</c>, InfluxDB 1.</summary>
    V1,

    /// <summary><c>/api/v2/write?org=…&amp;bucket=…</c>, InfluxDB 2 and 3, VictoriaMetrics.</summary>
    V2,
}

/// <summary>A time-series database and how points wait for it.</summary>
public sealed record TimeSeriesOptions
{
    /// <summary>http:// or https://, with the path before <c>/write</c> if the server stands behind a proxy.</summary>
    public required Uri Url { get; init; }

    public InfluxApi Api { get; init; } = InfluxApi.V2;

    /// <summary>Bucket, or database with <see cref="InfluxApi.V1"/>.</summary>
    public string Bucket { get; init; } = "edgegateway";

    public string? Organisation { get; init; }

    /// <summary>Sent as <c>Authorization: Token …</c>; asked for at each request, never logged.</summary>
    public Func<string?> Token { get; init; } = () => null;

    /// <summary>User of servers that know no token (InfluxDB 1).</summary>
    public string? Username { get; init; }

    public Func<string?> Password { get; init; } = () => null;

    /// <summary>PEM file with the authorities to trust instead of the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>The SQLite file in which points wait.</summary>
    public required string BufferPath { get; init; }

    /// <summary>Bytes of lines that may wait on the disk; beyond it the oldest of the least rank go.</summary>
    public long BufferBytes { get; init; } = 64L << 20;

    /// <summary>Points that may wait in memory for the disk.</summary>
    public int QueuePoints { get; init; } = 20_000;

    /// <summary>Points of one request.</summary>
    public int BatchPoints { get; init; } = 5000;

    /// <summary>How often points go to the disk and to the server.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>First pause after a failure; it doubles, with jitter, up to <see cref="RetryMax"/>.</summary>
    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan RetryMax { get; init; } = TimeSpan.FromMinutes(2);
}
