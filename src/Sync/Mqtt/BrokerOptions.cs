using System.Net;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>The protocol spoken with the broker.</summary>
public enum MqttVersion { V5, V311 }

/// <summary>How to reach the broker, and how to behave there.</summary>
public sealed record BrokerOptions
{
    public required BrokerAddress Address { get; init; }

    /// <summary>Also the session's name at the broker, so two gateways must not share it.</summary>
    public required string ClientId { get; init; }

    public string? Username { get; init; }

    /// <summary>Asked for at every connect, so that a rotated secret is taken up; never logged.</summary>
    public Func<string?> Password { get; init; } = () => null;

    public MqttVersion Version { get; init; } = MqttVersion.V5;

    /// <summary>PEM file with the authorities to trust instead of the system's; read at every connect.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file with the gateway's own certificate, for brokers that ask for one; read at every connect.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with its key; null when the certificate's file holds it too.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Publications without answer at a time; the broker's receive maximum may make it less.</summary>
    public int InFlight { get; init; } = 64;

    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait for a connection or an acknowledgement.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan SessionExpiry { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How often the files of certificates are looked at; a change that can be loaded is taken up by a new connection.</summary>
    public TimeSpan LookAtFiles { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>First pause between tries; it doubles, with jitter, up to the cap of the outcome at hand.</summary>
    public TimeSpan ReconnectFirst { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest pause while the broker cannot be reached.</summary>
    public TimeSpan ReconnectMax { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Longest pause while the broker refuses us: never final, and short enough to be live within 10 s once a person has mended it.</summary>
    public TimeSpan RefusedMax { get; init; } = TimeSpan.FromSeconds(9);
}

/// <summary>Host, port and whether TLS is spoken. mqtts:// is the rule; mqtt:// only to this machine, or where it was allowed.</summary>
public sealed record BrokerAddress(string Host, int Port, bool Tls)
{
    /// <summary>Reads <c>mqtts://host[:8883]</c> or <c>mqtt://host[:1883]</c>. A user and password in it are not read: they have settings of their own.</summary>
    /// <exception cref="FormatException">The text is no such address, or mqtt:// leads off this machine without <paramref name="allowInsecure"/>.</exception>
    public static BrokerAddress Parse(string url, bool allowInsecure)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("mqtt" or "mqtts") || uri.Host.Length == 0)
            throw new FormatException("A broker's address looks like mqtts://host:8883 (or mqtt://127.0.0.1:1883).");
        var tls = uri.Scheme == "mqtts";
        if (!tls && !allowInsecure && !IsThisMachine(uri.Host))
            throw new FormatException($"mqtt:// to {uri.Host} would send everything readable over the network. Use mqtts://, or set allowInsecure: true for a network that is protected otherwise.");
        return new BrokerAddress(uri.IdnHost, uri.Port > 0 ? uri.Port : tls ? 8883 : 1883, tls);
    }

    public override string ToString() => $"{(Tls ? "mqtts" : "mqtt")}://{Host}:{Port}";

    private static bool IsThisMachine(string host) =>
        host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
