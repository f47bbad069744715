using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>
/// The frames of hours in minutes: a real square, played three times as fast as it was filmed, is looked at thirty times a second by each of four cameras, while the broker
/// restarts again and again. The long form has the frames of two cameras at five a second over eight hours, and 1,000 restarts.
/// </summary>
[Collection(nameof(Alone))]
public sealed class SoakTests
{
    private const int Fps = 30;
    private const int Tenths = 10;
    private const int WarmFrames = 150;
    private const int FramesOfEightHours = 8 * 3600 * 5 * 2;
    private static readonly string[] Cameras = ["cam-1", "cam-2", "cam-3", "cam-4"];

    [Fact]
    public async Task Hours_of_frames_and_restart_after_restart_of_the_broker_leave_memory_handles_and_children_flat()
    {
        var frames = FaultForm.Size(400, FramesOfEightHours, "EDGEGATEWAY_TEST_SOAK_FRAMES");
        var restarts = FaultForm.Size(10, 1000, "EDGEGATEWAY_TEST_SOAK_RESTARTS");
        var clip = await Clips.RenderAsync("square-thrice.mp4", ["-i", await StreetClip.LongAsync(), "-vf", "setpts=PTS/3,scale=320:240", "-r", Fps.ToString(CultureInfo.InvariantCulture), "-an", .. Clips.Encoder("libx264", Fps)]);
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, listen: $"127.0.0.1:{Mosquitto.FreePort().ToString(CultureInfo.InvariantCulture)}");
        foreach (var id in Cameras) site.Write($"cameras/{id}.yaml", Installation.CameraYaml(id, Installation.UrlOf(clip)).Replace("analyseFps: 5", $"analyseFps: {Fps}", StringComparison.Ordinal));
        using var pages = new Pages(site);
        await using var gateway = GatewayProcess.Run(site);
        foreach (var id in Cameras) await ioc.UntilAsync(id, "streaming", gateway);

        // What a process opens once, with its first frames and its first connection anew, is no growth.
        await pages.UntilAsync(Cameras, WarmFrames);
        await ReconnectAsync(broker, pages, gateway, 0);

        var watch = Stopwatch.StartNew();
        var looks = new List<Footprint>();
        var done = 0;
        for (var tenth = 1; tenth <= Tenths; tenth++)
        {
            var analysing = pages.UntilAsync(Cameras, frames / Tenths / Cameras.Length);
            for (; done < restarts * tenth / Tenths; done++) await ReconnectAsync(broker, pages, gateway, done + 1);

            await analysing;
            looks.Add(Footprint.Of(gateway.Id));
            var seen = await FramesAsync(pages);
            Say(string.Create(CultureInfo.InvariantCulture, $"{tenth}/{Tenths}: {seen:0} frames looked at, {done} restarts, {watch.Elapsed.TotalMinutes:0.0} min: {looks[^1]}, the children {ChildrenMb(gateway):0} MB"));
        }

        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        await ioc.UntilOfflineAsync(); // the last crossings may come after the count
        await Wait.Until("the sums of the last interval are there", () => Cameras.All(id => ioc.Events("count").Any(heard => heard.Word("camera") == id)), Ioc.Patience);
        // What a camera counted is what it told one by one: nothing was lost over the restarts, and nothing came under two ids.
        foreach (var id in Cameras)
        {
            var counted = ioc.Events("count").Where(heard => heard.Word("camera") == id).GroupBy(heard => heard.Word("from")).Sum(interval => interval.MaxBy(heard => heard.Data.GetProperty("revision").GetInt32()) is { } last ? last.Data.GetProperty("in").GetInt32() + last.Data.GetProperty("out").GetInt32() : 0);
            var told = ioc.Crossings().Count(heard => heard.Word("camera") == id && heard.Word("class") == "person");
            Assert.Equal(counted, told);
        }

        Say(string.Create(CultureInfo.InvariantCulture, $"{ioc.Crossings().Count} crossings told and not taken back, as many as were counted."));
        foreach (var later in looks.Skip(2)) looks[1].AssertFlat(later);
    }

    private static async Task ReconnectAsync(Mosquitto broker, Pages pages, GatewayProcess gateway, int restart)
    {
        await broker.RestartAsync();
        await Wait.Until($"the gateway is back after restart {restart}; it said {gateway.Said}", async () => await pages.MetricAsync("edgegateway_mqtt_connected") == 1, Ioc.Patience);
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private static async Task<double> FramesAsync(Pages pages)
    {
        var stages = await Task.WhenAll(pages.MetricAsync("edgegateway_camera_frames_total", "stage=\"analysed\""), pages.MetricAsync("edgegateway_camera_frames_total", "stage=\"gated\""));
        return stages.Where(double.IsFinite).Sum();
    }

    private static double ChildrenMb(GatewayProcess gateway) => Processes.Below(gateway.Id).Sum(child => ChildOfTest.ResidentKilobytes(child.Id)) / 1024.0;
}
