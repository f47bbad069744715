using System.Globalization;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>Health and metrics.</summary>
public sealed class HttpTests
{
    // What dashboards expect; names of the first list come from users of other systems.
    private static readonly string[] Expected =
    [
        "edgegateway_camera_frames_total", "edgegateway_frames_dropped_total", "edgegateway_inference_duration_seconds_bucket", "edgegateway_outbox_pending",
        "edgegateway_outbox_oldest_seconds", "edgegateway_camera_state", "edgegateway_build_info",
        "edgegateway_camera_fps", "edgegateway_process_fps", "edgegateway_detection_fps", "edgegateway_skipped_fps",
    ];

    [Fact]
    public async Task Health_and_metrics_answer_on_loopback_under_the_expected_names()
    {
        using var site = new Installation(listen: $"127.0.0.1:{Mosquitto.FreePort()}").Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        using var pages = new Pages(site);
        await using var gateway = GatewayProcess.Run(site);
        await Wait.Until("frames are analysed", async () => await pages.MetricAsync("edgegateway_camera_frames_total", "stage=\"analysed\"") > 5, Ioc.Patience);
        Assert.Equal("ok", await pages.ReadAsync("/health/live"));
        Assert.Equal("ok", await pages.ReadAsync("/health/ready"));
        Assert.Equal(["0100007F"], Listening(gateway.Id).Select(address => address.Split(':')[0]).Distinct(StringComparer.Ordinal));

        await Wait.Until("rates are measured", async () => await pages.MetricAsync("edgegateway_camera_fps") > 0, Ioc.Patience);
        var lines = (await pages.ReadAsync("/metrics")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').ToList();
        var names = lines.Select(line => line.Split('{', ' ')[0]).Distinct(StringComparer.Ordinal).ToList();
        Assert.All(names.Where(name => name is not ("target_info" or "otel_scope_info")), name => Assert.StartsWith("edgegateway_", name, StringComparison.Ordinal));
        Assert.Empty(Expected.Except(names, StringComparer.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("track=", StringComparison.Ordinal) || line.Contains("plate=", StringComparison.Ordinal));
        Assert.Equal(1, await pages.MetricAsync("edgegateway_camera_state", "state=\"streaming\""));
    }

    [Fact]
    public async Task Off_opens_no_port()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, listen: "off").Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("cong", "streaming", gateway);
        Assert.Empty(Listening(gateway.Id));
    }

    [Fact]
    public async Task A_gateway_asks_for_no_address_but_those_that_its_configuration_names()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        var library = PreloadedFault.TryCompile("names.c", site.Folder, out var reason);
        Assert.SkipWhen(library is null, reason);
        var names = Path.Combine(site.Folder, "names.txt");
        site.Environment["LD_PRELOAD"] = library;
        site.Environment["EDGEGATEWAY_TEST_NAMES"] = names;
        await File.WriteAllTextAsync(names, "", TestContext.Current.CancellationToken);
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("a crossing", () => ioc.Events("crossing").Count > 0, gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        Assert.All(await File.ReadAllLinesAsync(names, TestContext.Current.CancellationToken), name => Assert.True(System.Net.IPAddress.TryParse(name, out _) || name == "localhost" || name == Environment.MachineName, name));
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        using var site = new Installation(listen: $"127.0.0.1:{port}");
        var ended = await GatewayProcess.RunAsync("run", "--config", site.Folder);
        Assert.Equal(1, ended.Code);
        Assert.Contains($"127.0.0.1:{port}", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    /// <summary>Addresses (hexadecimal address:port) on which a process listens.</summary>
    private static List<string> Listening(int process)
    {
        var own = Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(path => new FileInfo(path).LinkTarget ?? "").ToHashSet(StringComparer.Ordinal);
        var found = new List<string>();
        foreach (var table in new[] { "tcp", "tcp6" })
        {
            foreach (var line in File.ReadLines($"/proc/{process}/net/{table}").Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields[3] == "0A" && own.Contains($"socket:[{fields[9]}]")) found.Add(fields[1]);
            }
        }

        return found;
    }
}
