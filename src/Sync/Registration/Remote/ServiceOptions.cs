namespace EdgeGateway.Sync.Registration.Remote;

/// <summary>A provincial platform (LGSP) that stands before the services: OAuth2 client credentials, one token for both.</summary>
public sealed record PlatformOptions
{
    /// <summary>The token endpoint.</summary>
    public required Uri TokenUrl { get; init; }

    public required string ClientId { get; init; }

    /// <summary>Asked for at every token; never logged.</summary>
    public required Func<string?> ClientSecret { get; init; }

    public string? Scope { get; init; }
}

/// <summary>How to reach one service.</summary>
public sealed record ServiceOptions
{
    /// <summary>https://…, or http:// to this machine only.</summary>
    public required Uri Url { get; init; }

    /// <summary>The account at the service, where no platform stands before it.</summary>
    public string? Username { get; init; }

    /// <summary>Asked for when needed, so that a rotated secret is taken up; never logged.</summary>
    public Func<string?> Password { get; init; } = () => null;

    /// <summary>The platform's key for this service, sent as the header <c>ApiKey</c>.</summary>
    public Func<string?> ApiKey { get; init; } = () => null;

    /// <summary>Who we are on the exchange, sent as <c>X-Road-Client</c>.</summary>
    public string? RoadClient { get; init; }

    /// <summary>Codes of the service and of this integration, as the contract with its owner names them.</summary>
    public string ServiceCode { get; init; } = "";

    public string IntegrationCode { get; init; } = "";

    /// <summary>REST: the path behind the URL, with {plate}, {colour}, {vehicle} and {date} filled in.</summary>
    public string Path { get; init; } = "tracuu/ttxe/{plate}/{colour}/{vehicle}";

    /// <summary>SOAP: the namespace of the operation.</summary>
    public string Namespace { get; init; } = "http://dancuquocgia.bca";

    /// <summary>SOAP: the name of the operation.</summary>
    public string Operation { get; init; } = "TraCuuThongTinPhuongTien";

    /// <summary>PEM file with the authorities to trust instead of the system's. There is no way to trust everybody.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file with our certificate, for services that ask for one.</summary>
    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    public PlatformOptions? Platform { get; init; }

    /// <summary>Longest wait for a whole reply.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A longer reply is refused.</summary>
    public int MostReplyBytes { get; init; } = 1 << 20;

    /// <summary>Questions a day (by the clock of Vietnam); null for no limit of ours.</summary>
    public int? DailyQuota { get; init; }

    /// <summary>The breaker opens when at least this share of the last half minute's questions failed (and at least <see cref="BreakerAtLeast"/> were asked).</summary>
    public double BreakerShare { get; init; } = 0.7;

    public int BreakerAtLeast { get; init; } = 10;

    /// <summary>How long an open breaker spares the service.</summary>
    public TimeSpan BreakerPause { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Why a service gave no answer.</summary>
internal enum ServiceFaultKind
{
    /// <summary>No connection, cut off, or too late.</summary>
    Unreachable,

    /// <summary>The other side's certificate, or ours.</summary>
    Certificate,

    /// <summary>Account, token or key refused.</summary>
    Refused,

    /// <summary>Too many questions.</summary>
    Quota,

    /// <summary>An error page, a fault, or something that is no answer.</summary>
    NoAnswer,
}

/// <summary>A service gave no answer; the message holds nothing of its reply.</summary>
internal sealed class ServiceFaultException(ServiceFaultKind kind, string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public ServiceFaultKind Kind { get; } = kind;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
