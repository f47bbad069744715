using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EdgeGateway.Testing;

/// <summary>Looks at what one connection of the proxy carries; each direction comes on a task of its own, in order.</summary>
public interface IConnectionTap
{
    /// <summary>The bytes were sent by one side, and the other has none of them yet.</summary>
    void Before(bool toServer, ReadOnlySpan<byte> bytes);

    /// <summary>The other side's socket has them.</summary>
    void After(bool toServer, ReadOnlySpan<byte> bytes);
}

/// <summary>A TCP proxy on loopback whose connections a test can cut at any moment, as bad radio does.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, Socket> _pairs = new();
    private readonly int _target;
    private readonly Task _accepting;

    private readonly Func<IConnectionTap?> _tap;

    private CuttingProxy(int target, Func<IConnectionTap?> tap)
    {
        (_target, _tap) = (target, tap);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Starts a proxy before a port of this machine.</summary>
    /// <param name="target">The port.</param>
    /// <param name="tap">Asked at each connection for who looks at it.</param>
    public static CuttingProxy Start(int target, Func<IConnectionTap?>? tap = null) => new(target, tap ?? (() => null));

    /// <summary>Bytes a second that each direction of each connection lets through; 0: as fast as it goes.</summary>
    public int BytesPerSecond { get; set; }

    /// <summary>New connections are reset at once, as by a server that is away.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Resets every connection that stands now; new ones are let through.</summary>
    public void CutAll()
    {
        foreach (var (client, server) in _pairs)
        {
            Reset(client);
            Reset(server);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        CutAll();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try { client = await _listener.AcceptSocketAsync(); }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException or InvalidOperationException) { return; }
            if (IsClosed) Reset(client);
            else _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            _pairs[client] = server;
            var tap = _tap();
            await Task.WhenAny(CopyAsync(client, server, tap, toServer: true), CopyAsync(server, client, tap, toServer: false));
        }
        catch (SocketException)
        {
            // the broker is away: the client finds a closed connection
        }

        _pairs.TryRemove(client, out _);
        Reset(client);
        Reset(server);
    }

    private async Task CopyAsync(Socket from, Socket to, IConnectionTap? tap, bool toServer)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var length and > 0)
            {
                if (BytesPerSecond is > 0 and var pace) await Task.Delay(TimeSpan.FromSeconds((double)length / pace));
                tap?.Before(toServer, buffer.AsSpan(0, length));
                for (var sent = 0; sent < length;) sent += await to.SendAsync(buffer.AsMemory(sent, length - sent));
                tap?.After(toServer, buffer.AsSpan(0, length));
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // cut
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // already gone
        }
    }
}
