using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeGateway.Sync.Mqtt;

namespace EdgeGateway.Benchmarks.Delivery;

/// <summary>A real mosquitto on a free port of loopback, for as long as it is held.</summary>
internal sealed class BrokerProcess : IDisposable
{
    private readonly Process _process;

    /// <exception cref="InvalidOperationException">It does not listen within five seconds.</exception>
    public BrokerProcess()
    {
        var port = FreePort();
        Address = new BrokerAddress("127.0.0.1", port, Tls: false);
        _process = Process.Start(new ProcessStartInfo("/usr/sbin/mosquitto", ["-p", port.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true, UseShellExecute = false })!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        if (!SpinWait.SpinUntil(() => Listens(port), TimeSpan.FromSeconds(5))) throw new InvalidOperationException("mosquitto does not listen; is it installed?");
    }

    public BrokerAddress Address { get; }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static bool Listens(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
