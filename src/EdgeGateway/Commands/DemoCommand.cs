using System.CommandLine;
using System.Globalization;
using System.Text;
using EdgeGateway.Configuration;
using EdgeGateway.Demo;
using EdgeGateway.Sync.Mqtt;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Commands;

/// <summary><c>demo</c>: the main job with nothing to configure.</summary>
internal sealed class DemoCommand : ICommandModule
{
    private const string GatewayYaml = """
        id: demo
        site: { id: demo-site, name: Trình diễn }
        mqtt: { url: "mqtt://127.0.0.1:1883" }
        storage: { folder: "{storage}" }
        http: { listen: "off" }
        """;

    // The rendered road: two directions, a line across it, plates that nobody owns.
    private const string TrafficYaml = """
        id: traffic
        name: Đường (clip dựng)
        source: { url: "{url}", loop: true }
        place: { text: "Clip dựng, biển số không có thật" }
        analyseFps: 10
        lines: { road: { points: [[0.02, 0.62], [0.98, 0.62]], units: fraction } }
        counting: [ { id: vehicles, line: road, classes: [car, motorcycle], interval: 10s } ]
        plates: { enabled: true, passages: text, pictures: true }
        publish: [crossing]
        """;

    // Debian's vtest.avi: people on a square.
    private const string PlazaYaml = """
        id: plaza
        name: Quảng trường (clip thật)
        source: { url: "{url}" }
        analyseFps: 8
        lines: { gate: { points: [[0.05, 0.5], [0.95, 0.5]], units: fraction } }
        counting: [ { id: visitors, line: gate, classes: [person], interval: 10s } ]
        publish: [crossing]
        """;

    public Command Build()
    {
        var seconds = new Option<double>("--seconds") { Description = "How long it runs.", DefaultValueFactory = _ => 30 };
        var rtsp = new Option<string?>("--rtsp") { Description = "An RTSP server with the paths /plaza and /traffic, as scripts/demo.sh starts one; packaged clips when not given.", HelpName = "URL" };
        var output = new Option<DirectoryInfo>("--out") { Description = "Folder of the annotated pictures.", DefaultValueFactory = _ => new DirectoryInfo("demo-output"), HelpName = "DIR" };
        var command = new GatewayCommand(
            "demo",
            "The main job with nothing to configure: an embedded MQTT broker, packaged clips, printed events, an annotated picture.",
            "edgegateway demo --seconds 30") { seconds, rtsp, output };
        command.SetAction((parsed, stop) => RunAsync(
            parsed.GetValue(seconds), parsed.GetValue(rtsp), parsed.GetRequiredValue(output).FullName, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop));
        return command;
    }

    private static async Task<int> RunAsync(double seconds, string? rtsp, string folder, TextWriter output, TextWriter error, CancellationToken stop)
    {
        if (!(seconds is > 0 and <= 86400)) throw new UsageException("--seconds must be above 0 and at most 86400.");
        if (rtsp is not null && (!Uri.TryCreate(rtsp, UriKind.Absolute, out var server) || server.Scheme is not ("rtsp" or "rtsps") || server.Host.Length == 0)) throw new UsageException("--rtsp takes the address of an RTSP server, rtsp://127.0.0.1:8554.");
        folder = OutputFile.RequireFolder(folder, "--out");
        var began = DateTime.UtcNow;
        using var config = new TemporaryConfig(GatewayYaml, Cameras(rtsp));
        var loaded = config.Load();
        using var logs = CommandLogs.Create();
        await using var broker = await EmbeddedBroker.StartAsync(logs.Logger);
        var client = new BrokerOptions { Address = broker.Address, ClientId = "demo" };
        await using var listener = new MqttSubscription(client, ["edge/#"]);
        await listener.Subscribed.WaitAsync(TimeSpan.FromSeconds(10), stop);
        await error.WriteLineAsync($"Embedded broker at {broker.Address}; cameras: {string.Join(", ", loaded.Cameras.Select(camera => camera.Name))}; {seconds.ToString(CultureInfo.InvariantCulture)} s");

        var picture = new DemoPicture(loaded.Cameras, folder);
        var printed = new Dictionary<string, int>(StringComparer.Ordinal);
        // Not tied to Ctrl+C: what the gateway still delivers while it stops is printed too.
        using var until = new CancellationTokenSource();
        var printing = PrintAsync(listener, output, printed, until.Token);
        List<string> silent;
        await using (var gateway = new Gateway(loaded.Gateway!, logs.Factory, TimeProvider.System, client with { ClientId = "edgegateway-demo" }, picture.Look))
        {
            gateway.Start(loaded.Files);
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(seconds), stop);
            }
            catch (OperationCanceledException)
            {
                // Ctrl+C ends the demo early; what is under way is still delivered.
            }

            silent = [.. gateway.Cameras.Where(camera => camera.Meter.Watched == 0).Select(camera => $"{camera.Camera.Name} gave no picture: {(camera.State.Reason is { Length: > 0 } reason ? reason : "none came in this time.")}")];
            await gateway.StopAsync(TimeSpan.FromSeconds(8));
        }

        await Task.Delay(300, CancellationToken.None); // the broker's last deliveries
        await until.CancelAsync();
        await printing;
        await error.WriteLineAsync("Events: " + string.Join(", ", printed.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Value} {entry.Key}")));
        foreach (var path in picture.Saved) await error.WriteLineAsync($"Annotated picture: {path}");
        var pictures = Path.Combine(config.Storage, "pictures");
        if (Directory.Exists(pictures)) KeepPlates(pictures, folder, began, error);
        foreach (var fault in silent) await error.WriteLineAsync(SecretMask.Process.Apply(fault));
        return printed.ContainsKey("count") && (silent.Count == 0 || stop.IsCancellationRequested) ? ExitCode.Done : ExitCode.Failed;
    }

    private static Dictionary<string, string> Cameras(string? rtsp)
    {
        var clip = Path.Combine(AppContext.BaseDirectory, "models", "clips", "traffic.mp4");
        if (rtsp is null)
        {
            if (!File.Exists(clip)) throw new UsageException($"The packaged clip {clip} is missing; install the program again, or serve clips with --rtsp.");
            return new(StringComparer.Ordinal) { ["traffic"] = TrafficYaml.Replace("{url}", new Uri(clip).AbsoluteUri, StringComparison.Ordinal) };
        }

        var server = rtsp.TrimEnd('/');
        return new(StringComparer.Ordinal)
        {
            ["plaza"] = PlazaYaml.Replace("{url}", server + "/plaza", StringComparison.Ordinal),
            ["traffic"] = TrafficYaml.Replace("{url}", server + "/traffic", StringComparison.Ordinal).Replace(", loop: true", "", StringComparison.Ordinal),
        };
    }

    private static async Task PrintAsync(MqttSubscription listener, TextWriter output, Dictionary<string, int> printed, CancellationToken stop)
    {
        try
        {
            await foreach (var message in listener.ReadAllAsync(stop))
            {
                JsonLines.WriteRaw(output, message.Payload);
                var kind = message.Topic.Split('/')[^1];
                printed[kind] = printed.GetValueOrDefault(kind) + 1;
            }
        }
        catch (OperationCanceledException)
        {
            // the demo is over
        }
    }

    private static void KeepPlates(string pictures, string folder, DateTime began, TextWriter error)
    {
        Directory.CreateDirectory(folder);
        // The folder shows this run: plates of an earlier one would pass for its own.
        foreach (var old in Directory.EnumerateFiles(folder, "*_plate.jpg").Where(old => File.GetLastWriteTimeUtc(old) < began)) File.Delete(old);
        var names = new StringBuilder();
        foreach (var file in Directory.EnumerateFiles(pictures).Order(StringComparer.Ordinal).Take(8))
        {
            var path = Path.Combine(folder, Path.GetFileName(file));
            File.Copy(file, path, overwrite: true);
            names.Append(names.Length == 0 ? "" : ", ").Append(Path.GetFileName(path));
        }

        error.WriteLine($"Pictures of plates as they were read: {names}");
    }
}
