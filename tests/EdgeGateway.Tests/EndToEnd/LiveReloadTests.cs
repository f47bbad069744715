using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>Configuration files change while the service runs.</summary>
public sealed class LiveReloadTests
{
    [Fact]
    public async Task A_changed_file_touches_its_own_camera_only_and_a_bad_one_touches_none()
    {
        var clip = Installation.UrlOf(await StreetClip.PathAsync());
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, listen: $"127.0.0.1:{Mosquitto.FreePort()}").Camera("mot", clip).Camera("hai", clip);
        using var pages = new Pages(site);
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("mot", "streaming", gateway);
        await ioc.UntilAsync("hai", "streaming", gateway);
        var first = Children(gateway);
        Assert.Equal(2, first.Count);

        // A change: only that camera's decoder is another one.
        site.Camera("mot", clip, "name: Cổng số một");
        await ioc.UntilAsync("mot was off and streams again", () => ioc.StatesOf("mot") is [.., "streaming"] states && states.Contains("off") && Children(gateway).Count == 2, gateway);
        var second = Children(gateway);
        Assert.Single(first.Intersect(second));
        var hai = first.Intersect(second).Single();
        Assert.DoesNotContain("off", ioc.StatesOf("hai"));
        Assert.Equal(0, await pages.MetricAsync("edgegateway_camera_reconnects_total", "camera=\"hai\""));

        // A mistake: refused with its place, and the old one goes on.
        site.Write("cameras/mot.yaml", Installation.CameraYaml("mot", clip).Replace("analyseFps: 5", "analyseFps: nhiều", StringComparison.Ordinal));
        await ioc.UntilAsync("the mistake is told", () => ioc.Alerts("config", "raised").Count == 1, gateway);
        var refused = ioc.Alerts("config", "raised")[0].Data.GetProperty("text");
        Assert.Contains("cameras/mot.yaml:3:13: ", refused.GetProperty("en").GetString(), StringComparison.Ordinal);
        Assert.Contains("cấu hình cũ vẫn chạy", refused.GetProperty("vi").GetString(), StringComparison.Ordinal);
        Assert.Equal(second.Order(), Children(gateway).Order());

        site.Camera("mot", clip, "name: Cổng số một");
        await ioc.UntilAsync("the alert is cleared", () => ioc.Alerts("config", "cleared").Count == 1, gateway);
        Assert.Equal(second.Order(), Children(gateway).Order());

        // A third camera, and the first one gone.
        site.Camera("ba", clip);
        await ioc.UntilAsync("ba", "streaming", gateway);
        site.Remove("cameras/mot.yaml");
        await ioc.UntilAsync("mot is off", () => ioc.StatesOf("mot")[^1] == "off" && Children(gateway).Count == 2, gateway);
        Assert.Contains(hai, Children(gateway));
        Assert.DoesNotContain("off", ioc.StatesOf("hai"));

        // gateway.yaml is taken up at the next start, and says so.
        var yaml = await File.ReadAllTextAsync(Path.Combine(site.Folder, "gateway.yaml"));
        site.Write("gateway.yaml", yaml + "\nlimits: { drain: 5s }\n");
        await ioc.UntilAsync("a restart is asked for", () => ioc.Alerts("config", "raised").Any(alert => alert.Word("key") == "config-restart"), gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync(TimeSpan.FromSeconds(10)));
        await ioc.AllKeepTheContractAsync();
    }

    [Fact]
    public async Task A_file_with_a_mistake_at_the_start_costs_that_camera_only()
    {
        var clip = Installation.UrlOf(await StreetClip.PathAsync());
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("tot", clip).Camera("hong", clip, "model: strete");
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("tot", "streaming", gateway);
        await ioc.UntilAsync("the mistake is told", () => ioc.Alerts("config", "raised").Count == 1, gateway);
        Assert.Contains("'street'", ioc.Alerts("config", "raised")[0].Text, StringComparison.Ordinal);
        site.Camera("hong", clip);
        await ioc.UntilAsync("hong", "streaming", gateway);
        await ioc.UntilAsync("the alert is cleared", () => ioc.Alerts("config", "cleared").Count == 1, gateway);
    }

    private static IReadOnlyList<int> Children(GatewayProcess gateway) =>
        [.. Processes.Below(gateway.Id).Where(child => child.CommandLine.Contains("ffmpeg", StringComparison.Ordinal) && Processes.Runs(child.Id)).Select(child => child.Id)];
}
