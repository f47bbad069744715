namespace EdgeGateway.Configuration;

/// <summary>Where vehicle registrations are looked up.</summary>
[About("Look-ups of vehicle registrations for suspected violations; nothing is looked up without this part.")]
public sealed record RegistrationConfig
{
    [Words("replica", "rest", "soap"), About("The sources in the order in which they are asked: replica, rest, soap.")]
    public ValueList<string> Sources { get; init; } = ["replica"];

    [NamesFile, About("PEM file with the operations centre's public key (P-256). Owner data leave this box sealed to it and in no other form.")]
    public string? IocKeyFile { get; init; }

    [About("How strictly the camera's vehicle and the registered one must agree: exact, or wheels (only motorcycles are told from the others).")]
    public VehicleAgreementWord VehicleAgreement { get; init; }

    [About("How sure a read plate must be before its owner is asked for; below it the violation has candidates for an officer and never an owner.")]
    public ReadCertaintyConfig Certainty { get; init; } = new();

    [About("Unit of the officers, where a camera's approval names none.")]
    public string? Unit { get; init; }

    [About("The local replica made by 'registry import'.")]
    public ReplicaConfig Replica { get; init; } = new();

    [About("A REST/JSON registration service.")]
    public RegistryServiceConfig? Rest { get; init; }

    [About("A SOAP 1.1 registration service.")]
    public RegistryServiceConfig? Soap { get; init; }

    [About("A provincial platform (LGSP) before the services: its token is sent to both in place of their own accounts.")]
    public RegistryPlatformConfig? Platform { get; init; }

    [BetweenTimes("1h", "30d"), About("A look-up that no source answered within this time is given up; the law gives ten days to identify an owner.")]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(10);

    [About("Watch lists, CSV files plate,colour,list,valid_from,valid_to,note; taken up by themselves when they change.")]
    public ValueList<string> WatchLists { get; init; } = [];
}

/// <summary>How strictly vehicle kinds must agree.</summary>
public enum VehicleAgreementWord
{
    Exact,
    Wheels,
}

/// <summary>How sure a read plate must be.</summary>
public sealed record ReadCertaintyConfig
{
    [Between(0.9, 1), About("The least mean certainty of the plate's characters.")]
    public double Mean { get; init; } = EdgeGateway.Sync.Registration.ReadFloor.Default.Mean;

    [Between(0.8, 1), About("The least certainty of every single character.")]
    public double Least { get; init; } = EdgeGateway.Sync.Registration.ReadFloor.Default.Least;
}

/// <summary>The local replica.</summary>
public sealed record ReplicaConfig
{
    [About("The replica's file; registration/replica.db in the storage folder when not given.")]
    public string? File { get; init; }

    [About("Take owners along at an import, sealed to the operations centre (iocKeyFile). Leave it off on boxes in the street.")]
    public bool Owners { get; init; }

    [About("Column names of the table where they differ: [\"plate=bien_so\", \"owner_name=chu_xe\"].")]
    public ValueList<string> Columns { get; init; } = [];
}

/// <summary>One registration service.</summary>
public sealed record RegistryServiceConfig
{
    [Schemes("https", "http"), About("Address of the service; http:// to this machine only.")]
    public required SourceUrl Url { get; init; }

    [TakesReference, About("User at the service, where no platform stands before it.")]
    public string? Username { get; init; }

    [About("Its password or secret: ${credential:name}, ${file:/path} or ${NAME}.")]
    public Secret? Password { get; init; }

    [About("The platform's key for this service, sent as header ApiKey.")]
    public Secret? ApiKey { get; init; }

    [About("Who we are on the exchange, sent as X-Road-Client.")]
    public string? RoadClient { get; init; }

    [About("Code of the service (MaDVC) as its owner gave it.")]
    public string? ServiceCode { get; init; }

    [About("Code of the integration (MaTichHop) as its owner gave it.")]
    public string? IntegrationCode { get; init; }

    [About("rest: path behind the URL, with {plate}, {colour}, {vehicle}, {date}.")]
    public string? Path { get; init; }

    [About("soap: namespace of the operation.")]
    public string? Namespace { get; init; }

    [About("soap: name of the operation.")]
    public string? Operation { get; init; }

    [NamesFile, About("PEM file with the authority that signed the service's certificate, when the system does not know it.")]
    public string? CaFile { get; init; }

    [NamesFile, About("PEM file with the gateway's own certificate, for services that ask for one.")]
    public string? CertificateFile { get; init; }

    [NamesFile, About("PEM file with the key of certificateFile.")]
    public string? KeyFile { get; init; }

    [BetweenTimes("1s", "2m"), About("Longest wait for a whole reply.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    [Between(1, 1_000_000), About("Questions a day that the service allows; no limit of ours when not given.")]
    public int? DailyQuota { get; init; }
}

/// <summary>A provincial platform.</summary>
public sealed record RegistryPlatformConfig
{
    [Schemes("https", "http"), About("Its token endpoint (OAuth2 client credentials); http:// to this machine only.")]
    public required SourceUrl TokenUrl { get; init; }

    [TakesReference, About("Client id at the platform.")]
    public required string ClientId { get; init; }

    [About("Client secret: ${credential:name}, ${file:/path} or ${NAME}.")]
    public required Secret ClientSecret { get; init; }

    [About("Scope to ask for, where the platform wants one.")]
    public string? Scope { get; init; }
}
