using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeGateway.Testing;

/// <summary>What a test wants of its broker.</summary>
public sealed record MosquittoOptions
{
    /// <summary>User and password; null lets everybody in.</summary>
    public (string User, string Password)? Login { get; init; }

    /// <summary>Certificate, key and authority as PEM files; null listens without TLS.</summary>
    public (string Certificate, string Key)? Tls { get; init; }

    /// <summary>Further users and passwords beside <see cref="Login"/>.</summary>
    public IReadOnlyList<(string User, string Password)> OtherLogins { get; init; } = [];

    /// <summary>A network namespace in which the broker listens, instead of on loopback.</summary>
    public NetworkNamespace? Network { get; init; }

    /// <summary>Further lines of the configuration, e.g. <c>max_inflight_messages 5</c>.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];

    /// <summary>Lines of an access list; null for no list.</summary>
    public IReadOnlyList<string>? AccessList { get; init; }
}

/// <summary>A real mosquitto on a free port of loopback, with its own folder; sessions and retained messages survive a restart.</summary>
public sealed class Mosquitto : IAsyncDisposable
{
    private const int FirstPort = 20_000;
    private const int Ports = 12_000; // to below 32768, where Linux begins to give them away
    private static int _lastPort = Random.Shared.Next(Ports);

    private readonly string _folder;
    private readonly NetworkNamespace? _network;
    private readonly ServerProcess _server;

    private Mosquitto(string folder, int port, NetworkNamespace? network)
    {
        (_folder, Port, _network) = (folder, port, network);
        _server = new ServerProcess([.. network?.Prefix ?? [], Program ?? throw new FileNotFoundException("mosquitto is not installed: apt-get install mosquitto"), "-c", Path.Combine(folder, "mosquitto.conf")]);
    }

    /// <summary>The program, or null when it is not installed.</summary>
    public static string? Program { get; } = new[] { "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto" }.FirstOrDefault(File.Exists);

    public int Port { get; }

    public string Host => _network?.Inside ?? "127.0.0.1";

    public string Url => $"mqtt://{Host}:{Port}";

    /// <summary>What the broker wrote.</summary>
    public string Log => _server.Log;

    /// <summary>Prepares a broker without starting it, so that a test can begin with an absent one.</summary>
    public static Mosquitto Prepare(MosquittoOptions? options = null)
    {
        options ??= new MosquittoOptions();
        var folder = Directory.CreateTempSubdirectory("mosquitto-").FullName;
        var broker = new Mosquitto(folder, FreePort(), options.Network);
        var lines = new List<string>
        {
            $"listener {broker.Port.ToString(CultureInfo.InvariantCulture)} {broker.Host}",
            "user root",
            "persistence true",
            $"persistence_location {folder}/",
            // By default mosquitto drops silently beyond 1,000 messages for a subscriber, although it sent PUBACK.
            // (0 for "no limit" makes 2.0.11 close the connection of whoever it refuses a message.)
            "max_queued_messages 1000000",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
            "log_type notice",
        };
        if (options.Login is { } login)
        {
            var file = Path.Combine(folder, "passwords");
            ServerProcess.Run("mosquitto_passwd", "-b", "-c", file, login.User, login.Password); // not -U: it ends a password at a colon
            foreach (var (user, password) in options.OtherLogins) ServerProcess.Run("mosquitto_passwd", "-b", file, user, password);
            lines.AddRange(["allow_anonymous false", $"password_file {file}"]);
        }
        else
        {
            lines.Add("allow_anonymous true");
        }

        if (options.Tls is { } tls) lines.AddRange([$"certfile {tls.Certificate}", $"keyfile {tls.Key}"]);
        if (options.AccessList is { } list)
        {
            var file = Path.Combine(folder, "access");
            File.WriteAllLines(file, list);
            lines.Add($"acl_file {file}");
        }

        lines.AddRange(options.Lines);
        File.WriteAllLines(Path.Combine(folder, "mosquitto.conf"), lines);
        return broker;
    }

    /// <summary>Starts a broker; it answers when this returns.</summary>
    public static async Task<Mosquitto> StartAsync(MosquittoOptions? options = null)
    {
        var broker = Prepare(options);
        await broker.StartAsync();
        return broker;
    }

    /// <summary>Starts the prepared or killed broker on its old port.</summary>
    public Task StartAsync() => _server.StartAsync($"mosquitto on port {Port}", async () =>
    {
        using var client = new TcpClient();
        try { await client.ConnectAsync(Host, Port); return true; }
        catch (SocketException) { return false; }
    }, TimeSpan.FromSeconds(60));

    /// <summary>kill -9: no goodbye to the clients, nothing saved.</summary>
    public Task KillAsync() => _server.KillAsync();

    /// <summary>Its connections stay open and nothing is answered any more.</summary>
    public void Hang() => _server.Signal("STOP");

    /// <summary>SIGTERM: mosquitto saves sessions and retained messages.</summary>
    public Task StopAsync() => _server.StopAsync();

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A port that is free now and that nobody else gets: neither another test nor whoever connects, or listens on any port.</summary>
    public static int FreePort()
    {
        // The kernel gives those above to whoever connects: one would be gone before its server comes back, and who calls a dead server again and again may meet itself there.
        for (var tries = 0; tries < Ports; tries++)
        {
            var port = FirstPort + (int)((uint)Interlocked.Increment(ref _lastPort) % Ports);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // somebody else's
            }
        }

        throw new InvalidOperationException($"No port from {FirstPort} on is free.");
    }
}
