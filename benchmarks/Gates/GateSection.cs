using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.Cameras;
using EdgeGateway.Demo;
using EdgeGateway.Entry;
using EdgeGateway.Vision.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Benchmarks.Gates;

/// <summary>How soon a gate decides: frame time from the frame in which the plate first is 60 px wide, and the processing of the frame of the decision.</summary>
internal static class GateSection
{
    private static readonly double[] FramesPerSecond = [5, 8, 12];

    public static string Measure() => $"""
        The rendered clip of a road ({Vehicles().Count} vehicles, both directions, every plate on the allow list) through the whole pipeline, as a gate's camera at several rates. Delay: from the frame in which the
        plate is first 60 px wide to the decision, in frame time, and the processing of the frame of the decision on top (asked: at most 700 ms).

        {Table.Of(["frames/s", "decided", "let in", "asked", "passed undecided", "delay, median ms", "longest ms"], FramesPerSecond.Select(Row))}
        A film has no barrier: who crosses before a decision, and the second track of a vehicle whose first one broke, stand under "passed undecided". A vehicle is asked about when fewer than three looks agree by then, or the plate is open in a character; a plate that settles later is decided on anew.
        """;

    private static IReadOnlyList<string> Row(double fps)
    {
        using var config = new TemporaryConfig(
            "id: bench\nsite: { id: bench, name: Bench }\nmqtt: { url: \"mqtt://127.0.0.1:1883\" }\nstorage: { folder: \"{storage}\" }\n",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["cong"] = Camera(fps) });
        var loaded = config.Load();
        var lists = Path.Combine(config.Folder, "lists.csv");
        File.WriteAllLines(lists, Vehicles().Select(plate => $"{plate},,allow,,,").Prepend("plate,colour,list,valid_from,valid_to,note"));
        var delays = new List<double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, heard) =>
        {
            if (instrument.Name == "edgegateway.gate.decision.delay") heard.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => { lock (delays) delays.Add(1000 * value); });
        listener.Start();
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        using var models = new SharedModels(Checkout.Models, OnnxOptions.Default, 1);
        var office = new EntryOffice(loaded.Gateway!, config.Folder, TimeProvider.System, NullLogger.Instance, isReplay: true);
        Replay.Run(new ReplaySite("bench", TimeZoneInfo.Utc), loaded.Cameras[0], models, null, Path.Combine(Checkout.Models, "clips", "traffic.mp4"), Replay.DefaultStart, item =>
        {
            if (item.Type != "access") return;
            using var json = JsonDocument.Parse(item.Json);
            var data = json.RootElement.GetProperty("data");
            first.TryAdd($"{data.GetProperty("gate").GetString()}/{data.GetProperty("track").GetInt64()}", data.GetProperty("decision").GetString()!);
        }, NullLogger.Instance, entry: office);
        office.DisposeAsync().AsTask().GetAwaiter().GetResult();
        delays.Sort();
        int Of(string decision) => first.Values.Count(one => one == decision);
        return [Number(fps), $"{delays.Count}", $"{Of("allow")}", $"{Of("ask")}", $"{Of("deny")}", delays.Count == 0 ? "–" : Number(delays[delays.Count / 2]), delays.Count == 0 ? "–" : Number(delays[^1])];
    }

    private static string Camera(double fps) => $$"""
        id: cong
        source: { url: "file:///dev/null" }
        analyseFps: {{Number(fps)}}
        plates: { enabled: true, passages: none }
        lines: { vach: { points: [[0, 430], [1280, 430]], units: px, frame: [1280, 720] } }
        rules:
          - { id: vao, rule: plate_gate, gate: vao, line: vach, direction: in, lists: [lists.csv] }
          - { id: ra, rule: plate_gate, gate: ra, line: vach, direction: out, lists: [lists.csv] }
        """;

    private static List<string> Vehicles()
    {
        using var truth = JsonDocument.Parse(File.ReadAllText(Path.Combine(Checkout.Models, "clips", "traffic.json")));
        return [.. truth.RootElement.GetProperty("vehicles").EnumerateArray().Select(vehicle => vehicle.GetProperty("plate").GetString()!)];
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
