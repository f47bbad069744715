namespace EdgeGateway.RegistrySimulator;

/// <summary>What a service may do instead of answering.</summary>
public enum Fault
{
    None,

    /// <summary>503.</summary>
    ServerError,

    /// <summary>The reply never comes.</summary>
    Slow,

    /// <summary>The connection breaks in the middle of the reply.</summary>
    Truncated,

    /// <summary>50 MB, in pieces, without saying so beforehand.</summary>
    Huge,

    /// <summary>A portal's error page with status 200.</summary>
    HtmlPage,

    /// <summary>XML with a document type and entities.</summary>
    XmlEntities,

    /// <summary>401, whatever the token.</summary>
    Unauthorised,

    /// <summary>429 with Retry-After.</summary>
    TooMany,

    /// <summary>A SOAP fault inside status 200 (for REST: an error object inside status 200).</summary>
    ServiceFault,
}

/// <summary>What is wrong with the simulator's certificate.</summary>
public enum CertificateKind
{
    Good,
    OtherName,
    Expired,
}

/// <summary>How the simulator behaves.</summary>
public sealed record SimulatorOptions
{
    /// <summary>0 takes a free port.</summary>
    public int Port { get; init; }

    /// <summary>Where ca.pem, client.pem and client.key are written for those who ask it.</summary>
    public required string Folder { get; init; }

    public CertificateKind Certificate { get; init; } = CertificateKind.Good;

    /// <summary>Refuses callers without the client certificate, as the exchange does.</summary>
    public bool AsksClientCertificate { get; init; } = true;

    /// <summary>Share of questions that meet one of <see cref="Faults"/>.</summary>
    public double FaultShare { get; init; }

    public IReadOnlyList<Fault> Faults { get; init; } = [Fault.ServerError];

    public int Seed { get; init; } = 15;

    public TimeSpan TokenLife { get; init; } = TimeSpan.FromMinutes(5);

    // An invented account, the same for both services and the platform.
    public string User { get; init; } = "hop-thu-nghiem";

    public string Secret { get; init; } = "mat-khau-gia-lap";
}

/// <summary>A question as it arrived.</summary>
public sealed record SeenQuestion(string Service, string Plate, string Request, string Officer, string Unit, string Purpose, string Case, string? ApiKey);
