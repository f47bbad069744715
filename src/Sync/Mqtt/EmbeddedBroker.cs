using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MQTTnet.Server;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>A broker inside the process, on loopback only: for the demonstration and for tests, never for a town.</summary>
public sealed class EmbeddedBroker : IAsyncDisposable
{
    private readonly MqttServer _server;

    private EmbeddedBroker(MqttServer server, int port) => (_server, Port) = (server, port);

    public int Port { get; }

    /// <summary>Where clients connect.</summary>
    public BrokerAddress Address => new("127.0.0.1", Port, Tls: false);

    /// <summary>Starts listening on 127.0.0.1.</summary>
    /// <param name="logger">Is told the port.</param>
    /// <param name="port">0 for a free one.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public static async Task<EmbeddedBroker> StartAsync(ILogger logger, int port = 0)
    {
        if (port == 0) port = FreePort();
        var options = new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
            .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .WithDefaultEndpointPort(port)
            .WithPersistentSessions()
            .WithMaxPendingMessagesPerClient(100_000)
            .Build();
        var server = new MqttServerFactory().CreateMqttServer(options);
        await server.StartAsync();
        logger.EmbeddedBrokerStarted("127.0.0.1", port);
        return new EmbeddedBroker(server, port);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new MqttServerStopOptions());
        _server.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
