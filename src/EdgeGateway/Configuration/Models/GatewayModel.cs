using System.Net;
using EdgeGateway.Configuration.Validators;

namespace EdgeGateway.Configuration;

/// <summary>The checked configuration of the gateway itself; never changes while the program runs.</summary>
/// <param name="Config">The sections as the file gives them, with defaults filled in.</param>
public sealed record GatewayModel(GatewayConfig Config)
{
    public string Id => Config.Id;

    public SiteConfig Site => Config.Site;

    public MqttModel Mqtt { get; } = new(Config);

    /// <summary>Local time of counts, hours and reports.</summary>
    public TimeZoneInfo TimeZone { get; } = TimeZoneInfo.FindSystemTimeZoneById(Config.Site.TimeZone);

    public StorageConfig Storage => Config.Storage;

    /// <summary>Where health and metrics listen; null when they are off.</summary>
    public IPEndPoint? HttpListen { get; } = GatewayValidator.TryListen(Config.Http.Listen, out var listen) ? listen : null;

    public ModelsConfig Models => Config.Models;

    public LimitsConfig Limits => Config.Limits;

    public TimeSeriesConfig? TimeSeries => Config.TimeSeries;

    public TelemetryConfig? Telemetry => Config.Telemetry;

    public RegistrationConfig? Registration => Config.Registration;

    public ValueMap<GateConfig> Gates => Config.Gates;

    public IdentityConfig Identity => Config.Identity ?? new IdentityConfig();

    public EvidenceConfig Evidence => Config.Evidence;

    public PrivacyConfig? Privacy => Config.Privacy;

    public LogConfig Log => Config.Log;

    public TablesConfig Tables => Config.Tables;
}

/// <summary>The broker, ready to connect to.</summary>
public sealed record MqttModel
{
    internal MqttModel(GatewayConfig config)
    {
        var mqtt = config.Mqtt;
        var url = new Uri(mqtt.Url.Open());
        Host = url.Host;
        UsesTls = mqtt.Url.Scheme == "mqtts";
        Port = url.Port > 0 ? url.Port : UsesTls ? 8883 : 1883;
        ClientId = mqtt.ClientId ?? $"edgegateway-{config.Id}";
        Username = mqtt.Username;
        Password = mqtt.Password;
        IsVersion5 = mqtt.Version == "5";
        CaFile = mqtt.CaFile;
        CertificateFile = mqtt.CertificateFile;
        KeyFile = mqtt.KeyFile;
        KeepAlive = mqtt.KeepAlive;
        CommandKeys = mqtt.CommandKeys;
        ReplyTopics = mqtt.ReplyTopics;
        Acknowledge = mqtt.Acknowledge;
        ResendAfter = mqtt.ResendAfter;
        Upload = mqtt.Upload;
    }

    public string Host { get; }

    public int Port { get; }

    public bool UsesTls { get; }

    public string ClientId { get; }

    public string? Username { get; }

    public Secret? Password { get; }

    /// <summary>MQTT 5; else 3.1.1.</summary>
    public bool IsVersion5 { get; }

    public string? CaFile { get; }

    public string? CertificateFile { get; }

    public string? KeyFile { get; }

    public TimeSpan KeepAlive { get; }

    /// <summary>Files of public keys that may command.</summary>
    public IReadOnlyList<string> CommandKeys { get; }

    public IReadOnlyList<string>? ReplyTopics { get; }

    /// <summary>Event types that await their acknowledgement.</summary>
    public IReadOnlyList<string> Acknowledge { get; }

    public TimeSpan ResendAfter { get; }

    public IReadOnlyList<UploadConfig> Upload { get; }
}
