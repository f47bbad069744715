using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeGateway.Cameras;
using EdgeGateway.Commands;
using EdgeGateway.Demo;
using EdgeGateway.Health;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;

namespace EdgeGateway.Bench;

/// <summary>The figures of one camera.</summary>
internal sealed record BenchCameraResult(string Id, long Decoded, long Analysed, long Gated, long Dropped, long ThreadBytes);

/// <summary>The figures of a run.</summary>
/// <param name="Seconds">Length of the measured part.</param>
/// <param name="Cameras">Each camera.</param>
/// <param name="StageCpu">CPU time of all cameras' threads by stage.</param>
/// <param name="OwnCpu">CPU time of the process.</param>
/// <param name="ChildrenCpu">CPU time of its ffmpeg children.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by the whole process.</param>
/// <param name="Collections">Garbage collections by generation.</param>
/// <param name="OwnRssBytes">Resident memory at the end.</param>
/// <param name="ChildrenRssBytes">Resident memory of the children at the end.</param>
/// <param name="DecidedToMqttMs">From the frame that decided a crossing to its receipt by an MQTT client, milliseconds, sorted.</param>
/// <param name="CrossingToMqttMs">From the crossing itself (interpolated between frames) to its receipt, milliseconds, sorted.</param>
internal sealed record BenchResult(
    double Seconds, IReadOnlyList<BenchCameraResult> Cameras, IReadOnlyDictionary<Stage, TimeSpan> StageCpu, TimeSpan OwnCpu, TimeSpan ChildrenCpu,
    long AllocatedBytes, IReadOnlyList<int> Collections, long OwnRssBytes, long ChildrenRssBytes,
    IReadOnlyList<double> DecidedToMqttMs, IReadOnlyList<double> CrossingToMqttMs)
{
    public long Analysed => Cameras.Sum(camera => camera.Analysed);

    public long Watched => Cameras.Sum(camera => camera.Analysed + camera.Gated);

    /// <summary>The value below which a share of the sorted values lies; null for none.</summary>
    public static double? Percentile(IReadOnlyList<double> sorted, double share) =>
        sorted.Count == 0 ? null : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
}

/// <summary>Runs the whole gateway on files that are paced like cameras, with an embedded broker and a client that listens.</summary>
internal static class BenchRun
{
    /// <summary>Measures.</summary>
    /// <param name="options">What.</param>
    /// <param name="stop">Gives up.</param>
    /// <param name="progress">Told the frames looked at so far, each second; null where nobody watches, which costs nothing.</param>
    /// <exception cref="CameraBrokenException">A camera gave no frame.</exception>
    public static async Task<BenchResult> RunAsync(BenchOptions options, CancellationToken stop, Action<long>? progress = null)
    {
        using var config = new TemporaryConfig(GatewayYaml(options), CameraYamls(options));
        var loaded = config.Load();
        using var logs = CommandLogs.Create();
        await using var embedded = options.Broker is null ? await EmbeddedBroker.StartAsync(logs.Logger) : null;
        var client = new BrokerOptions { Address = options.Broker ?? embedded!.Address, ClientId = "bench" };
        // Where nothing is published nobody listens: the listener's own housekeeping would be counted as the gateway's.
        await using var listener = options.Cameras.Any(camera => camera.Events) ? new MqttSubscription(client, ["edge/+/cameras/+/events/crossing"]) : null;
        if (listener is not null) await listener.Subscribed.WaitAsync(TimeSpan.FromSeconds(10), stop);

        var bytes = new ConcurrentDictionary<string, long[]>(StringComparer.Ordinal);
        foreach (var camera in loaded.Cameras) bytes[camera.Id] = new long[1];
        var offered = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var latencies = new Latencies(offered);
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var receiving = listener is null ? Task.CompletedTask : latencies.ReceiveAsync(listener, listening.Token);

        await using var gateway = new Gateway(
            loaded.Gateway!, logs.Factory, TimeProvider.System, client with { ClientId = "edgegateway-bench" },
            // On the camera's thread: what this thread has allocated so far, written where it costs nothing.
            inspect: (id, _, _) => Volatile.Write(ref bytes[id][0], GC.GetAllocatedBytesForCurrentThread()),
            offered: item => offered[item.Id.ToString()] = Environment.TickCount64);
        gateway.Start(loaded.Files);
        await Task.Delay(options.WarmUp, stop);
        latencies.Begin();
        // What the start left in the nursery would be collected in the midst of the measurement, whoever allocates next.
        GC.Collect();
        // Looking reads a file of /proc for each process of the machine, some kilobytes each: that is this instrument's own and stands
        // outside of what it measures.
        var before = Look(gateway, bytes) with { Allocated = GC.GetTotalAllocatedBytes(precise: true) };
        await WatchAsync(gateway, options.Length, progress, stop);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var after = Look(gateway, bytes) with { Allocated = allocated };
        await Task.Delay(1000, stop); // the last receipts
        await listening.CancelAsync();
        await receiving;
        var result = Difference(before, after, latencies);
        var silent = gateway.Cameras.FirstOrDefault(camera => camera.Meter.Watched == 0);
        var reason = silent?.State.Reason;
        await gateway.StopAsync(TimeSpan.FromSeconds(5));
        if (silent is not null) throw new CameraBrokenException($"Camera {silent.Camera.Id} gave no frame. {reason}");
        return result;
    }

    private static async Task WatchAsync(Gateway gateway, TimeSpan length, Action<long>? progress, CancellationToken stop)
    {
        if (progress is null)
        {
            await Task.Delay(length, stop);
            return;
        }

        for (var left = length; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(1))
        {
            await Task.Delay(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), stop);
            progress(gateway.Cameras.Sum(camera => camera.Meter.Watched));
        }
    }

    private static string GatewayYaml(BenchOptions options) => $$"""
        id: bench
        site: { id: bench, name: Bench }
        mqtt: { url: "mqtt://127.0.0.1:1883" }
        storage: { folder: "{storage}" }
        http: { listen: "off" }
        limits: { inferenceThreads: {{options.InferenceThreads}} }
        models: { {{(options.ModelsFolder is { } folder ? $"folder: \"{folder}\"" : "")}}{{(options is { ModelsFolder: not null, Detector: not null } ? ", " : "")}}{{(options.Detector is { } name ? $"detector: {name}" : "")}} }
        """;

    private static Dictionary<string, string> CameraYamls(BenchOptions options)
    {
        var yamls = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < options.Cameras.Count; i++)
        {
            var camera = options.Cameras[i];
            var id = string.Create(CultureInfo.InvariantCulture, $"camera-{i + 1}");
            var text = new StringBuilder();
            text.AppendLine(CultureInfo.InvariantCulture, $"id: {id}");
            text.AppendLine(CultureInfo.InvariantCulture, $"source: {{ url: \"{new Uri(Path.GetFullPath(camera.File)).AbsoluteUri}\", loop: true }}");
            text.AppendLine(CultureInfo.InvariantCulture, $"analyseFps: {camera.AnalyseFps}");
            text.AppendLine(CultureInfo.InvariantCulture, $"motionGate: {(camera.MotionGate ? "true" : "false")}");
            if (camera.Plates) text.AppendLine("plates: { enabled: true, passages: text }");
            if (camera.Events)
            {
                text.AppendLine("lines: { middle: { points: [[0.02, 0.5], [0.98, 0.5]], units: fraction } }");
                text.AppendLine("counting: [ { id: all, line: middle, classes: [person, bicycle, car, motorcycle, bus, truck], interval: 1m } ]");
                text.AppendLine("publish: [crossing]");
            }

            yamls[id] = text.ToString();
        }

        return yamls;
    }

    private static Reading Look(Gateway gateway, ConcurrentDictionary<string, long[]> bytes) => new(
        Environment.TickCount64,
        [
            .. gateway.Cameras.OrderBy(camera => camera.Camera.Id.Length).ThenBy(camera => camera.Camera.Id, StringComparer.Ordinal).Select(camera => new BenchCameraResult(
                camera.Camera.Id, camera.Counters.Received, camera.Meter.Analysed, camera.Meter.Gated, camera.Counters.Dropped, Volatile.Read(ref bytes[camera.Camera.Id][0]) + camera.Counters.ReaderAllocatedBytes)),
        ],
        Enum.GetValues<Stage>().ToDictionary(stage => stage, stage => TimeSpan.FromTicks(gateway.Cameras.Sum(camera => camera.Stages?.Clock.Of(stage).Ticks ?? 0))),
        ProcessFigures.Now(), 0, [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)]);

    private static BenchResult Difference(Reading before, Reading after, Latencies latencies) => new(
        (after.AtMs - before.AtMs) / 1000.0,
        [
            .. after.Cameras.Zip(before.Cameras, (now, then) => new BenchCameraResult(
                now.Id, now.Decoded - then.Decoded, now.Analysed - then.Analysed, now.Gated - then.Gated, now.Dropped - then.Dropped, now.ThreadBytes - then.ThreadBytes)),
        ],
        after.Stages.ToDictionary(entry => entry.Key, entry => entry.Value - before.Stages[entry.Key]),
        after.Process.OwnCpu - before.Process.OwnCpu, after.Process.ChildrenCpu - before.Process.ChildrenCpu, after.Allocated - before.Allocated,
        [.. after.Collections.Zip(before.Collections, (now, then) => now - then)], after.Process.OwnRssBytes, after.Process.ChildrenRssBytes,
        latencies.FromDecision(), latencies.FromCrossing());

    private sealed record Reading(
        long AtMs, IReadOnlyList<BenchCameraResult> Cameras, IReadOnlyDictionary<Stage, TimeSpan> Stages, ProcessFigures Process, long Allocated, IReadOnlyList<int> Collections);

    /// <summary>When crossings arrive at a client, against when they were offered and when they happened.</summary>
    private sealed class Latencies(ConcurrentDictionary<string, long> offered)
    {
        private readonly List<double> _fromDecision = [];
        private readonly List<double> _fromCrossing = [];
        private volatile bool _on;

        public void Begin() => _on = true;

        public IReadOnlyList<double> FromDecision() => [.. _fromDecision.Order()];

        public IReadOnlyList<double> FromCrossing() => [.. _fromCrossing.Order()];

        public async Task ReceiveAsync(MqttSubscription listener, CancellationToken stop)
        {
            try
            {
                await foreach (var message in listener.ReadAllAsync(stop))
                {
                    if (!_on) continue;
                    var (nowMs, now) = (Environment.TickCount64, DateTimeOffset.UtcNow);
                    using var json = JsonDocument.Parse(message.Payload);
                    if (offered.TryRemove(json.RootElement.GetProperty("id").GetString()!, out var at)) _fromDecision.Add(nowMs - at);
                    _fromCrossing.Add((now - json.RootElement.GetProperty("data").GetProperty("at").GetDateTimeOffset()).TotalMilliseconds);
                }
            }
            catch (OperationCanceledException)
            {
                // measured enough
            }
        }
    }
}
