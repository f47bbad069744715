using System.Globalization;
using System.Net;
using System.Text.Json;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>The real gateway writes its figures to real servers, and every query of the dashboards runs there.</summary>
public sealed class SeriesTests
{
    [Fact]
    public async Task Every_query_of_the_visitors_dashboard_runs_on_what_the_gateway_wrote_to_InfluxDB()
    {
        if (!SeriesServer.HasInflux) Assert.Skip("influxdb is not installed: scripts/dependencies.sh test");
        await using var server = await SeriesServer.InfluxAsync();
        await using var broker = await Mosquitto.StartAsync();
        using var site = new Installation(broker.Port, more: $"timeSeries: {{ url: \"{server.Url}\", api: v1, every: 1s }}").Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        await using (var gateway = GatewayProcess.Run(site))
        {
            await Wait.Until($"the pipeline's figures are there; {gateway.Said}", async () => (await server.InfluxQueryAsync("SELECT * FROM edgegateway_pipeline")).Contains("cong", StringComparison.Ordinal), Ioc.Patience);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        // Started once more: what was told at the stop lay on the disk.
        await using var again = GatewayProcess.Run(site);
        await Wait.Until("the last interval is there", async () => (await server.InfluxQueryAsync("SELECT * FROM edgegateway_count")).Contains("visitors", StringComparison.Ordinal), Ioc.Patience);
        foreach (var query in Queries("visitors.json", "query"))
        {
            var runnable = query.Replace("$timeFilter", "time > now() - 2d AND time < now() + 1d", StringComparison.Ordinal).Replace("$__interval", "1m", StringComparison.Ordinal).Replace("$site", ".*", StringComparison.Ordinal);
            var reply = await server.InfluxQueryAsync(runnable);
            Assert.False(reply.Contains("\"error\"", StringComparison.Ordinal), $"{runnable}: {reply}");
        }
    }

    [Fact]
    public async Task Every_query_of_the_health_dashboard_finds_its_figures_on_the_metrics_page()
    {
        if (!SeriesServer.HasVictoria) Assert.Skip("victoria-metrics is not installed: scripts/dependencies.sh test");
        await using var server = await SeriesServer.VictoriaAsync();
        await using var broker = await Mosquitto.StartAsync();
        using var site = new Installation(broker.Port, listen: $"127.0.0.1:{Mosquitto.FreePort()}").Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        using var pages = new Pages(site);
        await using var gateway = GatewayProcess.Run(site);
        await Wait.Until("frames are analysed", async () => await pages.MetricAsync("edgegateway_camera_frames_total", "stage=\"analysed\"") > 5, Ioc.Patience);
        var analysed = await pages.MetricAsync("edgegateway_camera_frames_total", "stage=\"analysed\"");
        var earlier = await pages.ReadAsync("/metrics");
        await Wait.Until("more frames are analysed", async () => await pages.MetricAsync("edgegateway_camera_frames_total", "stage=\"analysed\"") > analysed + 10, Ioc.Patience);
        var page = await pages.ReadAsync("/metrics");
        var now = DateTimeOffset.UtcNow;
        await server.ImportMetricsAsync(earlier, now.AddSeconds(-60), "extra_label=instance=hop-1");
        await server.ImportMetricsAsync(page, now, "extra_label=instance=hop-1");
        foreach (var query in Queries("health.json", "expr"))
        {
            var runnable = query.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal);
            // A site without a counter of people present has no such figure, and a first minute no crossing.
            var mayBeEmpty = query.Contains("occupancy", StringComparison.Ordinal) || query.Contains("crossings", StringComparison.Ordinal);
            await Wait.Until($"{runnable} finds something on\n{page}", async () =>
            {
                using var reply = JsonDocument.Parse(await server.PromQueryAsync(runnable, now.AddSeconds(2)));
                Assert.Equal("success", reply.RootElement.GetProperty("status").GetString());
                return mayBeEmpty || reply.RootElement.GetProperty("data").GetProperty("result").GetArrayLength() > 0;
            }, Ioc.Patience);
        }
    }

    [Fact]
    public async Task Figures_go_to_an_OpenTelemetry_collector_only_where_one_is_configured()
    {
        var port = Mosquitto.FreePort();
        using var collector = new HttpListener();
        collector.Prefixes.Add($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/");
        collector.Start();
        using var site = new Installation(more: $"telemetry: {{ url: \"http://127.0.0.1:{port}\", token: \"${{OTLP_THU}}\", every: 1s }}");
        site.Environment["OTLP_THU"] = "the-nhan-vien-thu";
        await using var gateway = GatewayProcess.Run(site);
        var context = await collector.GetContextAsync().WaitAsync(Ioc.Patience, TestContext.Current.CancellationToken);
        Assert.Equal("/v1/metrics", context.Request.Url!.AbsolutePath);
        Assert.Equal("Bearer the-nhan-vien-thu", context.Request.Headers["Authorization"]);
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body, TestContext.Current.CancellationToken);
        Assert.Contains("edgegateway.build_info", System.Text.Encoding.UTF8.GetString(body.ToArray()), StringComparison.Ordinal);
        context.Response.StatusCode = 200;
        context.Response.Close();
        Assert.DoesNotContain("the-nhan-vien-thu", gateway.Said, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Queries(string file, string key)
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "grafana", file)));
        return [.. from panel in dashboard.RootElement.GetProperty("panels").EnumerateArray() from target in panel.GetProperty("targets").EnumerateArray() select target.GetProperty(key).GetString()!];
    }
}
