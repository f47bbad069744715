using System.Diagnostics;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Sync.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Benchmarks.Outbox;

/// <summary>What the outbox takes: events a second from offer to returned commit, and how long one event waits for its commit.</summary>
internal static class OutboxBench
{
    /// <summary>Runs on a file in a folder of the disk to measure; <paramref name="report"/> gets one line for each figure.</summary>
    public static async Task RunAsync(string folder, Action<string> report, int events = 50_000)
    {
        using var seal = StorageSeal.FromText(Convert.ToBase64String(new byte[32]));
        await RunAsync(folder, report, events, StoreGuard.None, "");
        await RunAsync(folder, report, events, StoreGuard.ForCommand(seal), ", sealed with a storage key");
    }

    private static async Task RunAsync(string folder, Action<string> report, int events, StoreGuard guard, string how)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"outbox-bench-{Environment.ProcessId}.db");
        try
        {
            var queue = new DeliveryQueue();
            await using var store = new OutboxStore(new OutboxOptions { Path = path, Guard = guard }, queue, TimeProvider.System, NullLogger.Instance);
            store.Start();
            var made = DeliveryPayloads.Make(events);
            await queue.AppendAsync(DeliveryPayloads.Make(1)[0]);

            var watch = Stopwatch.StartNew();
            foreach (var chunk in made.Chunk(4096))
            {
                foreach (var item in chunk) queue.Offer(item);
                await store.FlushAsync();
            }

            report($"outbox append to commit: {events / watch.Elapsed.TotalSeconds:0} events/s ({made[0].Json.Length} bytes each, synchronous=FULL{how})");

            var waits = new List<double>();
            foreach (var item in DeliveryPayloads.Make(300))
            {
                var one = Stopwatch.StartNew();
                await queue.AppendAsync(item);
                waits.Add(one.Elapsed.TotalMilliseconds);
            }

            waits.Sort();
            report($"outbox wait for a commit, one event at a time: p50 {waits[150]:0.0} ms, p95 {waits[285]:0.0} ms, most {waits[^1]:0.0} ms (group window 20 ms{how})");
        }
        finally
        {
            foreach (var file in Directory.GetFiles(folder, Path.GetFileName(path) + "*")) File.Delete(file);
        }
    }
}

/// <summary>Events as cameras make them.</summary>
internal static class DeliveryPayloads
{
    public static GatewayEvent[] Make(int count)
    {
        var events = new GatewayEvents("bench-01", new LiveEventIds());
        var camera = EventOrigin.Camera("camera-1", new Place("Cổng Bình Minh", 18.8206, 105.7189));
        var now = DateTimeOffset.UtcNow;
        return [.. Enumerable.Range(0, count).Select(i => events.Create(camera, now, new CrossingData(i, ObjectKind.Person, "gate", CrossingDirection.In, now, null, null)))];
    }
}
