using System.Diagnostics;
using System.Globalization;

namespace EdgeGateway.Testing;

/// <summary>A real RTSP server (GstRtspServer through scripts/rtsp-server.py) on a free port of the loopback address.</summary>
public sealed class RtspServer : IAsyncDisposable
{
    private readonly string[] _arguments;
    private Process _process;

    private RtspServer(string[] arguments, Process process, int port)
    {
        _arguments = arguments;
        _process = process;
        Port = port;
    }

    /// <summary>The port it listens on; the same after a restart.</summary>
    public int Port { get; }

    /// <summary>A stream's address.</summary>
    public string Url(string path, string? userInfo = null, string scheme = "rtsp") => $"{scheme}://{(userInfo is null ? "" : userInfo + "@")}127.0.0.1:{Port}/{path}";

    /// <summary>Starts it; comes back when it listens.</summary>
    /// <param name="arguments">Arguments of scripts/rtsp-server.py but port and control: options, then <c>path=file</c>.</param>
    public static async Task<RtspServer> StartAsync(params string[] arguments)
    {
        var (process, port) = await LaunchAsync(arguments, Mosquitto.FreePort()); // one that it gets again after a restart
        return new RtspServer(arguments, process, port);
    }

    /// <summary>Pictures stop, the connection stays open.</summary>
    public Task StallAsync(string path) => OrderAsync("stall " + path);

    /// <summary>Pictures come again.</summary>
    public Task ResumeAsync(string path) => OrderAsync("resume " + path);

    /// <summary>All connections are closed; new ones are welcome.</summary>
    public Task CloseConnectionsAsync() => OrderAsync("close");

    /// <summary>The server vanishes, as by a power cut.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>Comes back on the same port, with other arguments where given.</summary>
    public async Task RestartAsync(params string[] arguments)
    {
        await KillAsync();
        (_process, _) = await LaunchAsync(arguments.Length == 0 ? _arguments : arguments, Port);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static async Task<(Process Process, int Port)> LaunchAsync(string[] arguments, int port)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[Repository.PathOf("scripts", "rtsp-server.py"), "--control", "--port", port.ToString(CultureInfo.InvariantCulture), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
        var errors = new List<string>();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) lock (errors) errors.Add(line.Data);
        };
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var ready = await process.StandardOutput.ReadLineAsync(limit.Token);
        if (ready is null || !ready.StartsWith("ready ", StringComparison.Ordinal))
        {
            lock (errors) throw new InvalidOperationException("The RTSP server did not start: " + string.Join('\n', errors));
        }

        return (process, int.Parse(ready.AsSpan("ready ".Length), CultureInfo.InvariantCulture));
    }

    private async Task OrderAsync(string order)
    {
        await _process.StandardInput.WriteLineAsync(order);
        await _process.StandardInput.FlushAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.StandardOutput.ReadLineAsync(limit.Token);
    }
}
