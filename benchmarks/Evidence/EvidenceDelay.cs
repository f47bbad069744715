using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using EdgeGateway.Benchmarks.Pipeline;
using EdgeGateway.Commands;
using EdgeGateway.Demo;
using EdgeGateway.Sync.Mqtt;

namespace EdgeGateway.Benchmarks.Evidence;

/// <summary>How old an act is when it is safe: the whole gateway on a real junction's clip, paced like a camera, with its ring, journal, cuts, drawings, blurring, signature and chain.</summary>
internal static class EvidenceDelay
{
    private const int Cameras = 2;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(25);

    // Fewer for a try: EDGEGATEWAY_ACTS=20.
    private static int Acts => int.TryParse(Environment.GetEnvironmentVariable("EDGEGATEWAY_ACTS"), CultureInfo.InvariantCulture, out var acts) ? acts : 200;

    public static string Measure() => MeasureAsync().GetAwaiter().GetResult();

    private static async Task<string> MeasureAsync()
    {
        var clip = Clip();
        if (clip is null) return "(the real clip is not beside this checkout)";
        using var config = new TemporaryConfig(
            $"id: bench\nsite: {{ id: bench, name: Bench }}\nmqtt: {{ url: \"mqtt://127.0.0.1:1883\" }}\nstorage: {{ folder: \"{{storage}}\" }}\nhttp: {{ listen: \"off\" }}\nmodels: {{ folder: \"{Checkout.Models}\", detector: street }}\n",
            Enumerable.Range(1, Cameras).ToDictionary(i => $"camera-{i}", i => Camera(i, clip), StringComparer.Ordinal));
        var loaded = config.Load();
        var (journal, evidence) = (new List<double>(), new List<double>());
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, heard) =>
        {
            if (instrument.Name is "edgegateway.act.journal.delay" or "edgegateway.evidence.delay") heard.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            lock (evidence) (instrument.Name == "edgegateway.evidence.delay" ? evidence : journal).Add(value);
        });
        listener.Start();

        using var logs = CommandLogs.Create();
        await using var broker = await EmbeddedBroker.StartAsync(logs.Logger);
        await using var gateway = new Gateway(loaded.Gateway!, logs.Factory, TimeProvider.System, new BrokerOptions { Address = broker.Address, ClientId = "bench-evidence" });
        var watch = Stopwatch.StartNew();
        gateway.Start(loaded.Files);
        while (Count() < Acts && watch.Elapsed < Longest) await Task.Delay(500);
        var took = watch.Elapsed;
        await gateway.StopAsync(TimeSpan.FromSeconds(5));
        lock (evidence)
        {
            return $"""
                The whole gateway on {Cameras} cameras that see a real junction (640 × 480, the clip again and again, paced), `red_light`, plates read; from the moment in which the rule raises an act. The plate is waited for, and the clip ends 2 s after the act.

                {Table.Of(["until", "acts", "p50 s", "p95 s", "p99 s", "longest s"], [Row("the act is in the journal (a power cut costs it no more)", journal), Row("its signed package is on the disk", evidence)])}
                {string.Create(CultureInfo.InvariantCulture, $"{took.TotalMinutes:0.0} minutes; load average of the machine {File.ReadAllText("/proc/loadavg").Split(' ')[0]} on {Environment.ProcessorCount} processors.")}
                """;
        }

        int Count()
        {
            lock (evidence) return evidence.Count;
        }
    }

    private static IReadOnlyList<string> Row(string until, List<double> seconds)
    {
        seconds.Sort();
        return [until, $"{seconds.Count}", .. new[] { 0.5, 0.95, 0.99, 1 }.Select(share => Bench.BenchResult.Percentile(seconds, share) is { } value ? Table.Number(value) : "–")];
    }

    /// <summary>The stretch of the junction's clip in which three motorcycles cross at red.</summary>
    private static string? Clip()
    {
        if (Checkout.Data is not { } data || Path.Combine(data, "videos", "hanoi_junction_light.mp4") is not { } whole || !File.Exists(whole)) return null;
        var path = Path.Combine(Checkout.Cache, "junction-red.mp4");
        if (!File.Exists(path)) OtherProgram.CpuSeconds("ffmpeg", "-nostdin", "-v", "error", "-y", "-ss", "16", "-t", "11", "-i", whole, "-an", "-c:v", "libx264", "-g", "12", "-crf", "18", path);
        return path;
    }

    private static string Camera(int number, string clip) => $$"""
        id: camera-{{number}}
        source: { url: "{{new Uri(clip).AbsoluteUri}}", loop: true }
        analyseFps: 8
        lines: { vach-dung: { points: [[20, 335], [575, 335]], units: px, frame: [640, 480] } }
        signals: { den-1: { source: picture, region: { points: [[540, 145], [570, 240]], units: px, frame: [640, 480] } } }
        plates: { enabled: true }
        rules: [ { id: den-do, rule: red_light, mode: live, line: vach-dung, direction: out, signal: den-1, classes: [motorcycle, car, bus, truck] } ]
        """;
}
