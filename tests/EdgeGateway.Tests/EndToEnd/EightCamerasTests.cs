using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>Five bad cameras come beside three good ones; the good ones' pictures are counted without them and with them.</summary>
[Collection(nameof(Alone))]
public sealed class EightCamerasTests
{
    private const double Fps = 2;
    private static readonly string[] Good = ["tot-1", "tot-2", "tot-3"];
    private static readonly string[] Bad = ["chap-chon", "dong-bang", "doi-co", "rac-mang", "rac-tep"];

    [Fact]
    public async Task Flapping_frozen_resized_and_garbage_cameras_leave_the_analysed_share_of_the_others_untouched()
    {
        var frames = FaultForm.Size(24, 1200);
        var clip = await Clips.MovingAsync();
        await using var good = await RtspServer.StartAsync([.. Good.Select(id => $"{id}={clip}")]);
        await using var flapping = await RtspServer.StartAsync("cam=" + clip);
        await using var others = await RtspServer.StartAsync(
            "frozen=" + await Clips.RenderAsync("still.mp4", ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10,trim=end_frame=1,loop=200:1", .. Clips.Encoder("libx264", 10)]),
            $"size={await StreamAsync(await Clips.MovingAsync(seconds: 2))},{await StreamAsync(await Clips.MovingAsync(width: 352, height: 288, seconds: 2))}");
        using var stop = new CancellationTokenSource();
        using var nonsense = new TcpListener(IPAddress.Loopback, 0);
        nonsense.Start();
        var talking = TalkNonsenseAsync(nonsense, stop.Token);
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, listen: $"127.0.0.1:{Mosquitto.FreePort()}");
        foreach (var id in Good) Add(site, id, good.Url(id));
        using var pages = new Pages(site);
        await using var gateway = GatewayProcess.Run(site);
        foreach (var id in Good) await ioc.UntilAsync(id, "streaming", gateway);
        await pages.UntilAsync(Good, frames: 4); // the first seconds are no measure
        var alone = await MeasureAsync(pages, frames);

        var garbage = Path.Combine(site.Folder, "rac.mp4");
        await File.WriteAllBytesAsync(garbage, [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * i * 7 >> 3))], TestContext.Current.CancellationToken);
        Add(site, Bad[0], flapping.Url("cam"));
        Add(site, Bad[1], others.Url("frozen"));
        Add(site, Bad[2], others.Url("size"));
        Add(site, Bad[3], $"rtsp://127.0.0.1:{((IPEndPoint)nonsense.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}/cam");
        Add(site, Bad[4], Installation.UrlOf(garbage));
        await ioc.UntilAsync("all bad ones were tried", () => Bad.All(id => ioc.StateOf(id) is not null), gateway);
        var flaps = FlapAsync(flapping, stop.Token);
        var together = await MeasureAsync(pages, frames);
        await ioc.UntilAsync("each bad one is told", () => Bad.All(id => ioc.StatesOf(id).Any(state => state is not ("streaming" or "off"))), gateway);
        await ioc.UntilAsync("the still picture is told", () => ioc.StatesOf(Bad[1]).Contains("frozen"), gateway);
        await stop.CancelAsync();
        await flaps;
        await talking;

        var share = together / alone;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Three good cameras at {Fps} frames a second: {alone:0.000} analysed a second and camera alone, {together:0.000} beside five bad ones, share {share:0.000}; states of the bad ones: {string.Join(", ", Bad.Select(id => $"{id} {string.Join('/', ioc.StatesOf(id).Distinct())}"))}."));
        Assert.All(Good, id => Assert.Equal(["streaming"], ioc.StatesOf(id).Where(state => state != "reconnecting").Distinct()));
        foreach (var id in Good) Assert.Equal(0, await pages.MetricAsync("edgegateway_camera_reconnects_total", $"camera=\"{id}\""));
        Assert.True(share >= 0.95, $"The share is {share:0.000}.");
    }

    private static void Add(Installation site, string id, string url) => site.Write($"cameras/{id}.yaml", Installation.CameraYaml(id, url).Replace("analyseFps: 5", $"analyseFps: {Fps}", StringComparison.Ordinal));

    private static Task<string> StreamAsync(string clip) => Clips.RenderAsync(Path.GetFileNameWithoutExtension(clip) + ".ts", ["-i", clip, "-c", "copy", "-f", "mpegts"]);

    /// <summary>Frames analysed in a second, on average over the good cameras: the time until each has so many more.</summary>
    private static async Task<double> MeasureAsync(Pages pages, int frames)
    {
        var began = TimeProvider.System.GetTimestamp();
        var counted = await pages.UntilAsync(Good, frames);
        return counted / Good.Length / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task FlapAsync(RtspServer server, CancellationToken stop)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(700));
        try
        {
            while (await pace.WaitForNextTickAsync(stop)) await server.CloseConnectionsAsync();
        }
        catch (OperationCanceledException)
        {
            // the test is over
        }
    }

    private static async Task TalkNonsenseAsync(TcpListener listener, CancellationToken stop)
    {
        var random = new Random(5);
        var bytes = new byte[8192];
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop);
                random.NextBytes(bytes);
                try { await client.GetStream().WriteAsync(bytes, stop); }
                catch (IOException) { /* it had heard enough */ }
            }
        }
        catch (OperationCanceledException)
        {
            // the test is over
        }
    }
}
