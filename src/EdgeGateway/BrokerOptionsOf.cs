using EdgeGateway.Configuration;
using EdgeGateway.Sync.Mqtt;

namespace EdgeGateway;

/// <summary>How the broker's configuration becomes options of the link.</summary>
internal static class BrokerOptionsOf
{
    public static BrokerOptions Model(MqttModel mqtt) => new()
    {
        Address = new BrokerAddress(mqtt.Host, mqtt.Port, mqtt.UsesTls),
        ClientId = mqtt.ClientId,
        Username = mqtt.Username,
        Password = () => mqtt.Password?.Open(),
        Version = mqtt.IsVersion5 ? MqttVersion.V5 : MqttVersion.V311,
        CaFile = mqtt.CaFile,
        CertificateFile = mqtt.CertificateFile,
        KeyFile = mqtt.KeyFile,
        KeepAlive = mqtt.KeepAlive,
    };
}
