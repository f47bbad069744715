using System.Diagnostics;

namespace EdgeGateway.Testing;

/// <summary>
/// A real S3-compatible store: Debian's OpenStack Swift with its <c>s3api</c>, one replica, on loopback, in a folder of its own. Needs
/// swift-proxy, swift-account, swift-container, swift-object and memcached.
/// </summary>
public sealed class SwiftStore : IAsyncDisposable
{
    public const string AccessKey = "test:tester";
    public const string SecretKey = "testing";
    public const string Bucket = "evidence";

    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-swift-").FullName;
    private readonly List<Process> _servers = [];

    private SwiftStore()
    {
    }

    /// <summary>Port of its HTTP.</summary>
    public int Port { get; private set; }

    public static async Task<SwiftStore> StartAsync()
    {
        if (!File.Exists("/usr/bin/swift-proxy-server")) throw new FileNotFoundException("swift-proxy is missing: scripts/dependencies.sh test installs it.");
        var store = new SwiftStore { Port = Mosquitto.FreePort() };
        try
        {
            await store.OpenAsync();
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            if (!server.HasExited) server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task OpenAsync()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "disk", "d1"));
        var memcached = Mosquitto.FreePort();
        Start("memcached", "-l", "127.0.0.1", "-p", $"{memcached}", "-u", "root");
        foreach (var kind in (string[])["account", "container", "object"])
        {
            var port = Mosquitto.FreePort();
            foreach (var arguments in (string[][])[["create", "4", "1", "0"], ["add", $"r1z1-127.0.0.1:{port}/d1", "1"], ["rebalance"]]) await RunAsync("swift-ring-builder", [Path.Combine(_folder, kind + ".builder"), .. arguments]);
            Serve(kind, $$"""
                [DEFAULT]
                bind_ip = 127.0.0.1
                bind_port = {{port}}
                workers = 0
                user = {{Environment.UserName}}
                swift_dir = {{_folder}}
                devices = {{_folder}}/disk
                mount_check = false
                disable_fallocate = true
                log_level = ERROR
                [pipeline:main]
                pipeline = {{kind}}-server
                [app:{{kind}}-server]
                use = egg:swift#{{kind}}
                """);
        }

        Serve("proxy", $$"""
            [DEFAULT]
            bind_ip = 127.0.0.1
            bind_port = {{Port}}
            workers = 0
            user = {{Environment.UserName}}
            swift_dir = {{_folder}}
            log_level = ERROR
            [pipeline:main]
            pipeline = catch_errors cache listing_formats bulk s3api tempauth slo dlo proxy-server
            [app:proxy-server]
            use = egg:swift#proxy
            account_autocreate = true
            [filter:catch_errors]
            use = egg:swift#catch_errors
            [filter:cache]
            use = egg:swift#memcache
            memcache_servers = 127.0.0.1:{{memcached}}
            [filter:listing_formats]
            use = egg:swift#listing_formats
            [filter:bulk]
            use = egg:swift#bulk
            [filter:s3api]
            use = egg:swift#s3api
            [filter:tempauth]
            use = egg:swift#tempauth
            user_test_tester = testing .admin
            [filter:slo]
            use = egg:swift#slo
            [filter:dlo]
            use = egg:swift#dlo
            """);
        // Swift's own protocol makes the bucket: a token, then a container.
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        await Wait.Until("swift makes a bucket", async () =>
        {
            try
            {
                using var login = new HttpRequestMessage(HttpMethod.Get, "/auth/v1.0") { Headers = { { "X-Auth-User", AccessKey }, { "X-Auth-Key", SecretKey } } };
                using var answer = await http.SendAsync(login);
                if (!answer.IsSuccessStatusCode) return false;
                using var make = new HttpRequestMessage(HttpMethod.Put, $"/v1/AUTH_test/{Bucket}") { Headers = { { "X-Auth-Token", answer.Headers.GetValues("X-Auth-Token").First() } } };
                using var made = await http.SendAsync(make);
                return made.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, TimeSpan.FromSeconds(120));
    }

    private void Serve(string kind, string configuration)
    {
        var path = Path.Combine(_folder, kind + ".conf");
        File.WriteAllText(path, configuration);
        Start($"swift-{kind}-server", path);
    }

    private void Start(string program, params string[] arguments) => _servers.Add(Process.Start(Of(program, arguments))!);

    private static async Task RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(Of(program, arguments))!;
        await process.WaitForExitAsync();
        // 1 is a warning here: one device is fewer than the ring would like.
        if (process.ExitCode > 1) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    private static ProcessStartInfo Of(string program, string[] arguments)
    {
        // sh sends what they say nowhere: their logs go to a syslog that is not there.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var argument in (string[])["-c", "exec \"$0\" \"$@\" >/dev/null 2>&1", program, .. arguments]) start.ArgumentList.Add(argument);
        return start;
    }
}
