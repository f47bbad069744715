using System.IO.Compression;
using System.Text.Json;
using EdgeGateway.Testing;
using SkiaSharp;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>
/// A camera with a small stream for detection (<c>detectUrl</c>) and its main one for plates: the packaged rendered clip at two sizes.
/// </summary>
public sealed class TwoStreamTests
{
    [Fact]
    public async Task Plates_are_read_in_the_main_stream_while_detection_looks_at_the_small_one()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        var (main, small) = await StreamsAsync();
        using var site = new Installation(broker.Port, models: "{ detector: street }").Write("cameras/duong.yaml", $$"""
            id: duong
            source: { url: "{{Installation.UrlOf(main)}}", detectUrl: "{{Installation.UrlOf(small)}}", loop: true }
            analyseFps: 8
            plates: { enabled: true, passages: text, pictures: true }
            """);
        var truth = Truth();
        await using var gateway = GatewayProcess.Run(site);
        List<Heard> Right() => [.. ioc.Events("passage").Where(passage => PlateOf(passage) is { } plate && truth.Contains(plate))];
        await ioc.UntilAsync("a passage with the right plate", () => Right().Count > 0, gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        Assert.DoesNotContain("detectUrl", gateway.Said, StringComparison.Ordinal);

        // In the small stream no plate is large enough to be read: the picture that was kept is a piece of the main one.
        var shown = Right().SelectMany(passage => passage.Data.GetProperty("pictures").EnumerateArray()).Select(picture => picture.GetProperty("uri").GetString()!).ToList();
        Assert.NotEmpty(shown);
        // Of a vehicle that was far away still, it may be smaller.
        Assert.Contains(shown, name =>
        {
            using var picture = SKBitmap.Decode(Path.Combine(site.Storage, "pictures", name));
            return picture.Width > 60;
        });
    }

    [Fact]
    public async Task A_main_stream_that_is_away_is_told_and_counting_goes_on()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        var clip = await StreetClip.PathAsync();
        await using var server = await RtspServer.StartAsync("sub=" + clip);
        using var site = new Installation(broker.Port).Write("cameras/cong.yaml", Installation.CameraYaml("cong", server.Url("absent"), "plates: { enabled: true }")
            .Replace(" }\nanalyseFps", $", detectUrl: \"{server.Url("sub")}\" }}\nanalyseFps", StringComparison.Ordinal));
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("a crossing by the small stream", () => ioc.Events("crossing").Count > 0, gateway);
        await ioc.UntilAsync("the alert names the main stream", () => ioc.Events("alert").Any(alert => alert.Word("key") == "main-cong"), gateway);
        Assert.Equal("streaming", ioc.StateOf("cong")!.Word("state"));
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
    }

    [Fact]
    public async Task A_rule_looks_at_the_small_RTSP_stream_and_its_evidence_comes_from_the_main_one()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        var (main, small) = await StreamsAsync();
        await using var server = await RtspServer.StartAsync("main=" + main, "sub=" + small);
        using var site = new Installation(broker.Port, models: "{ detector: street }").Write("cameras/duong.yaml", $$"""
            id: duong
            source: { url: "{{server.Url("main")}}", detectUrl: "{{server.Url("sub")}}" }
            analyseFps: 8
            zones: { long-duong: { points: [[0, 0], [1, 0], [1, 1], [0, 1]], units: fraction } }
            plates: { enabled: true, passages: text }
            rules: [ { id: cam, rule: forbidden_zone, mode: live, zone: long-duong, classes: [car, motorcycle, bus, truck] } ]
            """);
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("a violation with its package", () => ioc.Events("violation").Any(violation => violation.Data.GetProperty("evidence").GetProperty("uri").ValueKind == JsonValueKind.String), gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());

        const int mainWidthPx = 1280; // overlays carry their caption below the picture
        using var package = ZipFile.OpenRead(Directory.GetFiles(Path.Combine(site.Storage, "evidence"), "*.zip")[0]);
        var stills = package.Entries.Where(entry => entry.Name.EndsWith(".jpg", StringComparison.Ordinal) && !entry.FullName.Contains("plate", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(stills);
        Assert.All(stills, still =>
        {
            using var bytes = still.Open();
            using var copy = new MemoryStream();
            bytes.CopyTo(copy);
            using var picture = SKBitmap.Decode(copy.ToArray());
            Assert.Equal(mainWidthPx, picture.Width);
        });
    }

    /// <summary>The clip as a camera's main stream, and the same pictures at a quarter of its sides, as its small one.</summary>
    private static async Task<(string Main, string Small)> StreamsAsync()
    {
        var clip = Repository.PathOf("models", "clips", "traffic.mp4");
        var main = await Clips.RenderAsync("traffic-main.mp4", ["-i", clip, "-an", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", "-bf", "0", "-g", "15", "-pix_fmt", "yuv420p"]);
        var small = await Clips.RenderAsync("traffic-small.mp4", ["-i", clip, "-an", "-vf", "scale=480:270", .. Clips.Encoder("libx264", 15)]);
        return (main, small);
    }

    private static string? PlateOf(Heard passage) => passage.Data.GetProperty("plate") is { ValueKind: JsonValueKind.Object } plate ? plate.GetProperty("text").GetString() : null;

    private static List<string> Truth()
    {
        using var truth = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("models", "clips", "traffic.json")));
        return [.. truth.RootElement.GetProperty("vehicles").EnumerateArray().Select(vehicle => vehicle.GetProperty("plate").GetString()!)];
    }
}
