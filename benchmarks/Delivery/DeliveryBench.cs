using System.Diagnostics;
using System.Globalization;
using System.Net;
using EdgeGateway.Benchmarks.Outbox;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeGateway.Benchmarks.Delivery;

/// <summary>Draining a backlog to a real mosquitto, against bare MQTTnet publishing the same payloads in the same run.</summary>
internal static class DeliveryBench
{
    private const int Window = 64;

    public static async Task RunAsync(string folder, Action<string> report, int events = 30_000)
    {
        Directory.CreateDirectory(folder);
        using var broker = new BrokerProcess();
        var port = broker.Address.Port;
        var path = Path.Combine(folder, $"delivery-bench-{Environment.ProcessId}.db");
        try
        {
            var made = DeliveryPayloads.Make(events);
            // Bare, drained, bare again: the mean of both bare runs is the yardstick, since other work on the machine drifts.
            var first = await BareAsync(port, made);
            var drained = await DrainAsync(path, port, made, report);
            var second = await BareAsync(port, made);
            var bare = (first + second) / 2;
            report($"bare MQTTnet, {Window} in flight: {first:0} and {second:0} events/s");
            report($"outbox drained: {drained:0} events/s; ratio to bare {drained / bare:0.00}");
        }
        finally
        {
            foreach (var file in Directory.GetFiles(folder, Path.GetFileName(path) + "*")) File.Delete(file);
        }
    }

    private static async Task<double> DrainAsync(string path, int port, GatewayEvent[] made, Action<string> report)
    {
        // The backlog is written while no broker is there.
        var queue = new DeliveryQueue();
        await using (var store = new OutboxStore(new OutboxOptions { Path = path }, queue, TimeProvider.System, NullLogger.Instance))
        {
            store.Start();
            foreach (var chunk in made.Chunk(4096))
            {
                foreach (var item in chunk) queue.Offer(item);
                await store.FlushAsync();
            }
        }

        GC.Collect();
        var before = Process.GetCurrentProcess().WorkingSet64;
        await using var delivery = new Sync.Delivery(new DeliveryOptions
        {
            Outbox = new OutboxOptions { Path = path },
            Broker = new BrokerOptions { Address = new BrokerAddress("127.0.0.1", port, Tls: false), ClientId = "bench-01", InFlight = Window },
            SiteId = "bench",
        }, new GatewayEvents("bench-01", new LiveEventIds()), TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        while (delivery.Health.Delivered == 0) await Task.Delay(1);
        var already = delivery.Health.Delivered;
        var watch = Stopwatch.StartNew();
        while (delivery.Health.Delivered < made.Length) await Task.Delay(1);
        var rate = (made.Length - already) / watch.Elapsed.TotalSeconds;
        while (delivery.Health.Pending > 0) await Task.Delay(1);
        report($"drain with all deletions committed: {made.Length / watch.Elapsed.TotalSeconds:0} events/s; working set {(Process.GetCurrentProcess().WorkingSet64 - before) / 1048576.0:+0.0;-0.0} MB");
        return rate;
    }

    private static async Task<double> BareAsync(int port, GatewayEvent[] made)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithClientId("bare").WithProtocolVersion(MqttProtocolVersion.V500).Build());
        using var window = new SemaphoreSlim(Window);
        var running = new List<Task>(made.Length);
        var watch = Stopwatch.StartNew();
        foreach (var item in made)
        {
            await window.WaitAsync();
            running.Add(PublishAsync(item));
        }

        await Task.WhenAll(running);
        return made.Length / watch.Elapsed.TotalSeconds;

        async Task PublishAsync(GatewayEvent item)
        {
            await client.PublishAsync(new MqttApplicationMessage { Topic = item.Topic, PayloadSegment = item.Json, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce });
            window.Release();
        }
    }
}
