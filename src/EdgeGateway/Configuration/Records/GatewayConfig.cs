namespace EdgeGateway.Configuration;

/// <summary>What <c>gateway.yaml</c> says.</summary>
[About("One gateway: its name, its site, its broker. id, site and mqtt are enough, all else has defaults.")]
public sealed record GatewayConfig
{
    [Id, About("The gateway's id in every topic and event: small letters, digits, '-'. Never change it later.")]
    public required string Id { get; init; }

    [About("The place that this gateway watches.")]
    public required SiteConfig Site { get; init; }

    [About("The broker that takes the events.")]
    public required MqttConfig Mqtt { get; init; }

    [About("Where events and evidence are kept until they are delivered.")]
    public StorageConfig Storage { get; init; } = new();

    [About("The health and metrics pages.")]
    public HttpConfig Http { get; init; } = new();

    [About("Which models are used, and how.")]
    public ModelsConfig Models { get; init; } = new();

    [About("How much of the machine the gateway may use.")]
    public LimitsConfig Limits { get; init; } = new();

    [About("A time series database that also gets the counts.")]
    public TimeSeriesConfig? TimeSeries { get; init; }

    [About("OpenTelemetry: the figures of /metrics are also pushed to a collector.")]
    public TelemetryConfig? Telemetry { get; init; }

    [About("Look-ups of vehicle registrations, and watch lists.")]
    public RegistrationConfig? Registration { get; init; }

    [Id, About("Barriers, doors and turnstiles that plate_gate, id_check and open_gate open.")]
    public ValueMap<GateConfig> Gates { get; init; } = ValueMap.Empty<GateConfig>();

    [About("What becomes of identities that id_check reads.")]
    public IdentityConfig? Identity { get; init; }

    [About("How evidence of suspected violations is kept.")]
    public EvidenceConfig Evidence { get; init; } = new();

    [About("What signs and the privacy page tell people.")]
    public PrivacyConfig? Privacy { get; init; }

    [About("Column names of tables that people hand in, where they differ from those of the documents.")]
    public TablesConfig Tables { get; init; } = new();

    [About("What is logged.")]
    public LogConfig Log { get; init; } = new();
}

/// <summary>Other headers of tables, as pairs ours=theirs. The table of registrations has its own, <c>registration.replica.columns</c>.</summary>
public sealed record TablesConfig
{
    [About("Watch lists and lists of gates: [\"plate=bien_so\", \"list=danh_sach\"]; plate, colour, list, valid_from, valid_to, note.")]
    public ValueList<string> Lists { get; init; } = [];

    [About("The file of holidays: date, name_vi, name_en, quick_report.")]
    public ValueList<string> Holidays { get; init; } = [];

    [About("What calibrate --truth reads: t_s, line, direction, class.")]
    public ValueList<string> Truth { get; init; } = [];

    /// <summary>The tables' column names by ours.</summary>
    public static IReadOnlyDictionary<string, string> ByOurs(ValueList<string> pairs) =>
        pairs.Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2).DistinctBy(pair => pair[0], StringComparer.Ordinal).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
}

/// <summary>The MQTT broker and how to reach it.</summary>
public sealed record MqttConfig
{
    [Schemes("mqtts", "mqtt"), About("mqtts://host:8883; mqtt:// only to this machine, or with allowInsecure: true.")]
    public required SourceUrl Url { get; init; }

    [TakesReference, About("User name at the broker.")]
    public string? Username { get; init; }

    [About("Password at the broker: ${credential:mqtt}, ${file:/path} or ${NAME}.")]
    public Secret? Password { get; init; }

    [About("Client id at the broker; edgegateway-<id> when not given.")]
    public string? ClientId { get; init; }

    [Words("5", "3.1.1"), About("MQTT version.")]
    public string Version { get; init; } = "5";

    [About("Allow mqtt:// without TLS to another machine. Names, plates and the password then travel in clear.")]
    public bool AllowInsecure { get; init; }

    [NamesFile, About("PEM file with the authority that signed the broker's certificate, when the system does not know it.")]
    public string? CaFile { get; init; }

    [NamesFile, About("PEM file with the gateway's own certificate, for brokers that ask for one.")]
    public string? CertificateFile { get; init; }

    [NamesFile, About("PEM file with the key of certificateFile.")]
    public string? KeyFile { get; init; }

    [BetweenTimes("5s", "10m"), About("How often the link is checked while nothing is sent.")]
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    [About("PEM files with the public keys (ECDSA P-256) that may command; with any, unsigned commands are refused.")]
    public ValueList<string> CommandKeys { get; init; } = [];

    [About("Topics, by their beginning, to which commands may be answered; edge/<id>/replies/ and ioc/ when not given.")]
    public ValueList<string>? ReplyTopics { get; init; }

    [About("Event types that the box keeps until the operations centre acknowledges them.")]
    public ValueList<string> Acknowledge { get; init; } = ["violation", "access", "owner", "report"];

    [BetweenTimes("1m", "24h"), About("An event that nobody acknowledged for so long is sent again under its id; the pause doubles each time.")]
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromHours(1);

    [About("Caps of the upload of evidence by hour of the day; without one that fits, there is none.")]
    public ValueList<UploadConfig> Upload { get; init; } = [];
}

/// <summary>A cap of the upload of evidence.</summary>
public sealed record UploadConfig
{
    [Between(0, 23), About("First hour of the day, local time.")]
    public required int FromHour { get; init; }

    [Between(0, 24), About("Hour at which it ends; smaller than fromHour: over midnight.")]
    public required int ToHour { get; init; }

    [Between(0, 1_000_000), About("kbit/s; 0: nothing is sent in these hours.")]
    public required int KbitPerSecond { get; init; }
}

/// <summary>Files that the gateway writes.</summary>
public sealed record StorageConfig
{
    [About("Folder for the outbox, counters and evidence. Needs a disk that survives a restart.")]
    public string Folder { get; init; } = "/var/lib/edgegateway";

    [About("Key under which evidence, waiting events and keys are sealed on the disk: ${credential:storage}, 32 bytes in Base64. Without it they lie in clear.")]
    public Secret? Key { get; init; }

    [About("The key before 'key', while `edgegateway storage rekey` begins the new one; take it out afterwards.")]
    public Secret? FormerKey { get; init; }

    [Words("optional", "required"), About("required: a gateway.yaml without a storage key is a mistake, and nothing runs in clear.")]
    public string Encryption { get; init; } = "optional";

    [Between(100, 1_000_000), About("Events kept while the broker is away; beyond this the least important go first.")]
    public int OutboxEvents { get; init; } = 200_000;

    [Between(64, 1_000_000), About("Disk space left free, MB: the gateway stops keeping pictures before the disk is full.")]
    public int KeepFreeMb { get; init; } = 512;

    [BetweenTimes("1h", "3650d"), About("How long pictures of passages are kept; older ones are deleted.")]
    public TimeSpan PicturesKeptFor { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>The HTTP pages for health and metrics.</summary>
public sealed record HttpConfig
{
    [About("Address and port; loopback unless you say otherwise. 'off' opens no port.")]
    public string Listen { get; init; } = "127.0.0.1:9464";
}

/// <summary>Models by the names in models.json.</summary>
public sealed record ModelsConfig
{
    [About("Folder with models.json and the ONNX files; the one beside the program when not given.")]
    public string? Folder { get; init; }

    [About("Name of the street-object model; the catalogue's default when not given.")]
    public string? Detector { get; init; }

    [About("Name of the plate-detection model.")]
    public string? PlateDetector { get; init; }

    [About("Name of the plate-reading model.")]
    public string? PlateReader { get; init; }

    [Words("cpu", "openvino", "cuda", "tensorrt"), About("Execution provider of ONNX Runtime; all but cpu need its own package.")]
    public string Provider { get; init; } = "cpu";
}

/// <summary>How much of the machine the gateway may use.</summary>
public sealed record LimitsConfig
{
    [Between(1, 64), About("Threads inside one inference.")]
    public int InferenceThreads { get; init; } = 1;

    [Between(1, 64), About("Inferences at the same time; the number of cores when not given.")]
    public int? InferencesAtOnce { get; init; }

    [Between(2, 32), About("Frames in memory for each camera.")]
    public int FramesPerCamera { get; init; } = 4;

    [BetweenTimes("1s", "10s"), About("Longest wait at shutdown for what is under way.")]
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>A database that speaks InfluxDB's line protocol over HTTP.</summary>
public sealed record TimeSeriesConfig
{
    [Schemes("http", "https"), About("Address of the server: https://host:8086; http:// only to this machine, or with allowInsecure: true.")]
    public required SourceUrl Url { get; init; }

    [Words("v1", "v2"), About("v2: /api/v2/write of InfluxDB 2 and 3 and VictoriaMetrics; v1: /write of InfluxDB 1.")]
    public string Api { get; init; } = "v2";

    [About("Organisation, where the server asks for one.")]
    public string? Organisation { get; init; }

    [About("Bucket or database.")]
    public string Bucket { get; init; } = "edgegateway";

    [About("Token: ${credential:name}, ${file:/path} or ${NAME}.")]
    public Secret? Token { get; init; }

    [TakesReference, About("User name, for servers without tokens (InfluxDB 1).")]
    public string? Username { get; init; }

    [About("Password of the user: ${credential:name}, ${file:/path} or ${NAME}.")]
    public Secret? Password { get; init; }

    [NamesFile, About("PEM file with the authority that signed the server's certificate, when the system does not know it.")]
    public string? CaFile { get; init; }

    [About("Allow http:// without TLS to another machine. Counts and the token then travel in clear.")]
    public bool AllowInsecure { get; init; }

    [BetweenTimes("1s", "10m"), About("How often points are sent.")]
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(10);

    [Between(1, 10_000), About("Disk space for points while the server is away, MB; beyond it figures of the machine go first, then states, counts last.")]
    public int BufferMb { get; init; } = 64;
}

/// <summary>An OpenTelemetry collector.</summary>
public sealed record TelemetryConfig
{
    [Schemes("http", "https"), About("The collector's OTLP address: https://host:4318 (http/protobuf) or :4317 (grpc); http:// only to this machine, or with allowInsecure: true.")]
    public required SourceUrl Url { get; init; }

    [Words("http/protobuf", "grpc"), About("How OTLP travels.")]
    public string Protocol { get; init; } = "http/protobuf";

    [About("Sent as Authorization: Bearer …: ${credential:name}, ${file:/path} or ${NAME}.")]
    public Secret? Token { get; init; }

    [About("Allow http:// without TLS to another machine. The token then travels in clear.")]
    public bool AllowInsecure { get; init; }

    [BetweenTimes("1s", "10m"), About("How often figures are sent.")]
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>Logging.</summary>
public sealed record LogConfig
{
    [About("Least severe line that is logged.")]
    public LogDetail Level { get; init; } = LogDetail.Information;
}
