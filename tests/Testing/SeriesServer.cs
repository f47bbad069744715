using System.Globalization;
using System.Text;

namespace EdgeGateway.Testing;

/// <summary>A real time-series database on free ports of loopback: InfluxDB 1.6 or VictoriaMetrics as Debian packs them. What it stores survives a restart.</summary>
public sealed class SeriesServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("series-").FullName;
    private readonly bool _isInflux;
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly ServerProcess _server;

    private SeriesServer(bool isInflux, (string User, string Password)? login)
    {
        (_isInflux, Port, Login) = (isInflux, Mosquitto.FreePort(), login);
        _server = new ServerProcess(isInflux
            ? ["/usr/bin/influxd", "-config", Path.Combine(_folder, "influxdb.conf")]
            : ["/usr/bin/victoria-metrics", $"-httpListenAddr=127.0.0.1:{Port}", $"-storageDataPath={_folder}/data", "-search.latencyOffset=0s", "-retentionPeriod=10y", "-loggerLevel=ERROR",
                .. login is { } user ? new[] { $"-httpAuth.username={user.User}", $"-httpAuth.password={user.Password}" } : []]);
        if (!isInflux) return;
        File.WriteAllText(Path.Combine(_folder, "influxdb.conf"), $"""
            reporting-disabled = true
            bind-address = "127.0.0.1:{Mosquitto.FreePort()}"
            [meta]
              dir = "{_folder}/meta"
            [data]
              dir = "{_folder}/data"
              wal-dir = "{_folder}/wal"
              query-log-enabled = false
            [monitor]
              store-enabled = false
            [http]
              bind-address = "127.0.0.1:{Port}"
              auth-enabled = {(login is null ? "false" : "true")}
              log-enabled = false
            """);
    }

    public int Port { get; }

    public (string User, string Password)? Login { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>True where the Debian package influxdb is installed.</summary>
    public static bool HasInflux { get; } = File.Exists("/usr/bin/influxd");

    /// <summary>True where the Debian package victoria-metrics is installed.</summary>
    public static bool HasVictoria { get; } = File.Exists("/usr/bin/victoria-metrics");

    /// <summary>InfluxDB with the database "edgegateway"; with a login, writing needs it.</summary>
    public static async Task<SeriesServer> InfluxAsync((string User, string Password)? login = null)
    {
        var server = new SeriesServer(isInflux: true, login);
        await server.StartAsync();
        if (login is { } user) await server.InfluxQueryAsync($"CREATE USER \"{user.User}\" WITH PASSWORD '{user.Password}' WITH ALL PRIVILEGES");
        await server.InfluxQueryAsync("CREATE DATABASE edgegateway");
        return server;
    }

    public static async Task<SeriesServer> VictoriaAsync((string User, string Password)? login = null)
    {
        var server = new SeriesServer(isInflux: false, login);
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it, or starts it again on its old port.</summary>
    public Task StartAsync() => _server.StartAsync($"the time-series server on {Port}", async () =>
    {
        try { return (await _client.GetAsync(new Uri($"{Url}/{(_isInflux ? "ping" : "health")}"))).IsSuccessStatusCode; }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException) { return false; }
    }, TimeSpan.FromSeconds(60));

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _server.KillAsync();

    /// <summary>The reply of InfluxDB to an InfluxQL query, as JSON.</summary>
    public Task<string> InfluxQueryAsync(string query)
    {
        var login = Login is { } user ? $"&u={Uri.EscapeDataString(user.User)}&p={Uri.EscapeDataString(user.Password)}" : "";
        return AskAsync($"{Url}/query?db=edgegateway&epoch=ms&q={Uri.EscapeDataString(query)}{login}", post: !query.StartsWith("SELECT", StringComparison.OrdinalIgnoreCase) && !query.StartsWith("SHOW", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>All raw samples of the series that a selector names, a JSON object a line.</summary>
    public async Task<string> VictoriaExportAsync(string selector)
    {
        await AskAsync($"{Url}/internal/force_flush", post: false);
        return await AskAsync($"{Url}/api/v1/export?match[]={Uri.EscapeDataString(selector)}", post: false);
    }

    /// <summary>The reply of VictoriaMetrics to a PromQL query over a time, as JSON.</summary>
    public async Task<string> PromQueryAsync(string query, DateTimeOffset at)
    {
        await AskAsync($"{Url}/internal/force_flush", post: false);
        return await AskAsync($"{Url}/api/v1/query?time={at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}&query={Uri.EscapeDataString(query)}", post: false);
    }

    /// <summary>Hands the text of a /metrics page to VictoriaMetrics, as a scrape would.</summary>
    public async Task ImportMetricsAsync(string page, DateTimeOffset at, string labels)
    {
        using var content = new StringContent(page);
        using var reply = await _client.PostAsync(new Uri($"{Url}/api/v1/import/prometheus?timestamp={at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}&{labels}"), content);
        reply.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> AskAsync(string address, bool post)
    {
        using var request = new HttpRequestMessage(post ? HttpMethod.Post : HttpMethod.Get, address);
        if (!_isInflux && Login is { } user) request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user.User}:{user.Password}")));
        using var reply = await _client.SendAsync(request);
        var text = await reply.Content.ReadAsStringAsync();
        return reply.IsSuccessStatusCode ? text : throw new HttpRequestException($"{(int)reply.StatusCode}: {text}");
    }
}
