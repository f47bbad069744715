using System.Text.Json;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>The commands that run for a while: <c>watch</c>, <c>bench</c>, <c>demo</c>.</summary>
public sealed class LiveCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-live-").FullName;

    [Fact]
    public async Task Watch_prints_what_a_gateway_says_as_json_lines()
    {
        await using var broker = await Mosquitto.StartAsync();
        using var site = new Installation(broker.Port).Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        await using var watch = GatewayProcess.Start(["watch", "--mqtt", "-", "--topic", "edge/+/cameras/+/state"], input: broker.Url + "\n");
        await Wait.Until("watching", () => watch.Error.Any(line => line.Contains("Connected", StringComparison.Ordinal)), Ioc.Patience);
        await using var gateway = GatewayProcess.Run(site);
        await Wait.Until("the camera streams", () => watch.Output.Any(line => line.Contains("\"streaming\"", StringComparison.Ordinal)), Ioc.Patience);
        using var json = JsonDocument.Parse(watch.Output.First());
        Assert.Equal(["topic", "retained", "message"], json.RootElement.EnumerateObject().Select(property => property.Name));
        watch.Terminate();
        Assert.Equal(0, await watch.EndAsync());
    }

    [Fact]
    public async Task Watch_shows_several_gateways_of_one_broker_in_one_terminal()
    {
        await using var broker = await Mosquitto.StartAsync();
        var clip = Installation.UrlOf(await StreetClip.PathAsync());
        using var first = new Installation(broker.Port).Camera("cong", clip);
        using var second = new Installation(broker.Port).Camera("bai", clip);
        second.Write("gateway.yaml", (await File.ReadAllTextAsync(Path.Combine(second.Folder, "gateway.yaml"), TestContext.Current.CancellationToken)).Replace($"id: {Installation.Id}", "id: thu-hai", StringComparison.Ordinal));
        await using var watch = GatewayProcess.Start(["watch", "--mqtt", "-"], input: broker.Url + "\n");
        await Wait.Until("watching", () => watch.Error.Any(line => line.Contains("Connected", StringComparison.Ordinal)), Ioc.Patience);
        await using var one = GatewayProcess.Run(first);
        await using var two = GatewayProcess.Run(second);
        bool Shows(string topic, string word) => watch.Output.Any(line => line.Contains($"\"{topic}", StringComparison.Ordinal) && line.Contains(word, StringComparison.Ordinal));
        foreach (var (gateway, camera) in ((string, string)[])[(Installation.Id, "cong"), ("thu-hai", "bai")])
        {
            await Wait.Until($"{gateway} is online and its camera streams", () => Shows($"edge/{gateway}/status", "online") && Shows($"edge/{gateway}/cameras/{camera}/state", "\"streaming\"")
                && Shows($"edge/{gateway}/cameras/{camera}/events/crossing", "gate"), Ioc.Patience);
        }

        // Of one that dies the broker speaks; the other goes on.
        await two.KillAsync();
        await Wait.Until("the last will of the second", () => Shows("edge/thu-hai/status", "offline"), Ioc.Patience);
        Assert.False(Shows($"edge/{Installation.Id}/status", "offline"));
        watch.Terminate();
        Assert.Equal(0, await watch.EndAsync());
    }

    [Fact]
    public async Task Bench_measures_the_whole_pipeline_in_one_json_object()
    {
        var ended = await GatewayProcess.RunAsync("bench", "--seconds", "3", "--cameras", "2", "--model", "street-s", "--models", Path.Combine(AppContext.BaseDirectory, "models"), "--input", await StreetClip.PathAsync());
        Assert.True(ended.Code == 0, ended.Error);
        var line = Assert.Single(ended.Lines);
        Assert.Empty(new[]
        {
            "decoded", "analysed", "gated", "dropped", "fps", "cpuMsPerFrame", "allocatedBytesPerFrame", "collections", "rssMb", "crossingToMqttMs", "perCamera",
        }.Except(line.EnumerateObject().Select(property => property.Name), StringComparer.Ordinal));
        Assert.True(line.GetProperty("analysed").GetInt64() > 0);
        Assert.Equal(2, line.GetProperty("perCamera").GetArrayLength());
    }

    [Fact]
    public async Task Bench_names_the_models_there_are()
    {
        var ended = await GatewayProcess.RunAsync("bench", "--seconds", "1", "--model", "strete", "--input", await StreetClip.PathAsync());
        Assert.Equal(2, ended.Code);
        Assert.Contains("street, street-s", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_prints_events_and_saves_an_annotated_picture()
    {
        var pictures = Path.Combine(_folder, "demo");
        await using var demo = GatewayProcess.Start(["demo", "--seconds", "300", "--out", pictures]);
        await Wait.Until($"a picture is saved and the camera streams: {demo.Said}", () => demo.HasExited || (Directory.Exists(pictures) && Directory.EnumerateFiles(pictures, "*.png").Any() && demo.Output.Any(line => line.Contains("\"streaming\"", StringComparison.Ordinal))), Ioc.Patience);
        demo.Terminate();
        Assert.True(await demo.EndAsync() == 0, demo.Said);
        var types = demo.Output.Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("type").GetString()).ToList();
        Assert.Contains("vn.edgegateway.count.v1", types);
        Assert.Contains("vn.edgegateway.state.v1", types);
        Assert.Contains(demo.Error, line => line.StartsWith("Annotated picture: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_demo_whose_cameras_gave_no_picture_names_them_and_has_failed()
    {
        var ended = await GatewayProcess.RunAsync("demo", "--seconds", "2", "--rtsp", "rtsp://127.0.0.1:1", "--out", Path.Combine(_folder, "demo"));
        Assert.Equal(1, ended.Code);
        Assert.Contains("Quảng trường (clip thật) gave no picture: ", ended.Error, StringComparison.Ordinal);
        Assert.Contains("Đường (clip dựng) gave no picture: ", ended.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
