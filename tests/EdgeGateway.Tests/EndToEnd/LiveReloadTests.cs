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
        Assert.Single(ioc.StatesOf("mot"), "off");
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
        await ioc.UntilAsync("mot's retained state is taken away", () => ioc.TakenAway.Any(topic => topic.EndsWith("/cameras/mot/state", StringComparison.Ordinal)), gateway);
        Assert.Equal(2, ioc.StatesOf("mot").Count(state => state == "off"));
        Assert.Contains(hai, Children(gateway));
        Assert.DoesNotContain("off", ioc.StatesOf("hai"));

        // gateway.yaml is taken up at the next start, and says so.
        var yaml = await File.ReadAllTextAsync(Path.Combine(site.Folder, "gateway.yaml"));
        site.Write("gateway.yaml", yaml + "\nlimits: { drain: 5s }\n");
        await ioc.UntilAsync("a restart is asked for", () => ioc.Alerts("config", "raised").Any(alert => alert.Word("key") == "config-restart"), gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        await ioc.AllKeepTheContractAsync();
    }

    [Fact]
    public async Task Counters_go_on_over_a_change_of_their_cameras_file()
    {
        var clip = Installation.UrlOf(await StreetClip.PathAsync());
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("cong", clip);
        await using var gateway = GatewayProcess.Run(site);
        for (var change = 1; change <= 3; change++)
        {
            var before = ioc.Events("crossing").Count;
            await ioc.UntilAsync("a crossing", () => ioc.Events("crossing").Count > before, gateway);
            site.Camera("cong", clip, $"name: Lần {change}");
            await ioc.UntilAsync("the interval so far", () => ioc.Events("count").Count == change, gateway);
        }

        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        await ioc.UntilOfflineAsync(); // the last crossings may come after the count
        await Wait.Until("the last publication", () => ioc.Events("count").Count == 4, Ioc.Patience);
        var counts = ioc.Events("count").Select(heard => heard.Data).ToList();
        Assert.Equal([1, 2, 3, 4], counts.Select(count => count.GetProperty("revision").GetInt32()));
        Assert.Equal(ioc.Crossings().Count, counts[^1].GetProperty("in").GetInt32() + counts[^1].GetProperty("out").GetInt32());
    }

    [Fact]
    public async Task What_a_killed_gateway_left_raised_or_streaming_is_put_right_after_the_restart()
    {
        var clip = Installation.UrlOf(await StreetClip.PathAsync());
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("tot", clip).Camera("bo", clip).Camera("xa", "rtsp://127.0.0.1:1/main").Camera("hong", clip, "analyseFps: 0");
        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("bo", "streaming", gateway);
            await ioc.UntilAsync("alerts", () => ioc.Alerts("camera", "raised").Count == 1 && ioc.Alerts("config", "raised").Count == 1, gateway);
            await ioc.UntilAsync("the alerts are kept", () => ioc.Events("crossing").Count > 0, gateway);
            await gateway.KillAsync();
        }

        site.Remove("cameras/bo.yaml");
        site.Camera("hong", clip);
        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("bo", "off", gateway);
            await ioc.UntilAsync("bo's retained state is taken away", () => ioc.TakenAway.Any(topic => topic.EndsWith("/cameras/bo/state", StringComparison.Ordinal)), gateway);
            await ioc.UntilAsync("the mended file's alert is cleared", () => ioc.Alerts("config", "cleared").Count == 1, gateway);
            await ioc.UntilAsync("xa is down as before", () => ioc.StatesOf("xa").Count >= 2, gateway);
            site.Camera("xa", clip);
            await ioc.UntilAsync("its alert is cleared", () => ioc.Alerts("camera", "cleared").Count == 1, gateway);
            Assert.Single(ioc.Alerts("camera", "raised"));
            Assert.Equal(ioc.Alerts("camera", "raised")[0].Word("since"), ioc.Alerts("camera", "cleared")[0].Word("since"));
        }

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
