using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>
/// A long absence of the broker: 50,000 events (a million in the long form) wait in a process of its own whose memory is measured from
/// outside, then go to a real mosquitto. The yardstick is bare MQTTnet with the same bytes in the same run: slices of draining and of bare publishing take turns, the
/// other side standing still, so that a machine that grows slower slows both; the median of the ratios counts. The figures depend on the machine: a proof (tests/Faults/run.sh) holds them against the bounds, else they are printed only.
/// </summary>
public sealed class BacklogTests : IDisposable
{
    private const string FolderVariable = "EDGEGATEWAY_TEST_BACKLOG_FOLDER";
    private const string PortVariable = "EDGEGATEWAY_TEST_BACKLOG_PORT";
    private const string CountVariable = "EDGEGATEWAY_TEST_BACKLOG_COUNT";
    private const int Window = 64;
    private const int AtOnce = 4096;
    private static readonly int Pairs = FaultForm.Size(3, 7);
    private const long MoreAtMostKb = 50 * 1024;
    private const double OfBareAtLeast = 0.7;

    /// <summary>Short enough that a side that stands still keeps its connection, long enough that waking up is nothing.</summary>
    private static readonly int Slice = FaultForm.Size(12_000, 40_000);

    private readonly string _folder = TestEvents.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_long_absence_of_the_broker_costs_no_memory_and_no_event()
    {
        var count = FaultForm.Size(50_000, 1_000_000);
        var patience = TimeSpan.FromSeconds(60 + (count / 1000));
        await using var yardstick = await Mosquitto.StartAsync();
        await using var broker = Mosquitto.Prepare();
        using var bare = await BareAsync(yardstick.Port);
        await PublishAsync(bare, 0); // what a process compiles it has compiled

        var filled = Stopwatch.StartNew();
        using var child = ChildOfTest.Start(nameof(Child_that_gathers_a_backlog_and_sends_it), (FolderVariable, _folder), (PortVariable, broker.Port.ToString(CultureInfo.InvariantCulture)),
            (CountVariable, count.ToString(CultureInfo.InvariantCulture)));
        await Until(child, "begun", patience);
        var memory = new Resident(child.Id);
        await Until(child, "filled", patience, memory);
        var (filling, atFilled) = (filled.Elapsed, memory.Most);
        await broker.StartAsync();
        var (drained, published) = (new double[Pairs], new double[Pairs]);
        for (var pair = 0; pair < Pairs; pair++)
        {
            Tell(_folder, $"go-{pair}", "");
            await Until(child, $"slice-{pair}", patience, memory);
            Signal(child, "STOP");
            drained[pair] = double.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, $"slice-{pair}"), TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
            published[pair] = await PublishAsync(bare, pair);
            Signal(child, "CONT");
        }

        await Until(child, "sent", patience, memory);
        var sent = (await File.ReadAllTextAsync(Path.Combine(_folder, "sent"), TestContext.Current.CancellationToken)).Split(' ');
        Assert.Equal((count, 0, 0), (Number(sent[0]), Number(sent[1]), Number(sent[2])));
        var ratios = drained.Zip(published, (own, other) => own / other).Order().ToArray();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count} events gathered in {filling.TotalSeconds:0} s, memory {memory.First / 1024.0:0} MB at the first 20,000, {(atFilled - memory.First) / 1024.0:+0;-0;0} MB more at most while gathering, {(memory.Most - memory.First) / 1024.0:+0;-0;0} MB at most until drained; "
            + $"delivered {sent[0]}, pending {sent[1]}, given up {sent[2]}; the rest behind the slices drained at {sent[3]} events/s. Slices of {Slice} by turns, drained {Rates(drained)} events/s, bare MQTTnet {Rates(published)} events/s: ratio {ratios[Pairs / 2]:0.00} (median of {Pairs} pairs, {ratios[0]:0.00} to {ratios[^1]:0.00})."));

        FaultForm.MustHold(memory.Most - memory.First < MoreAtMostKb, $"{(memory.Most - memory.First) / 1024} MB more than at the first 20,000 (asked: less than {MoreAtMostKb / 1024}).");
        // Tens of thousands are drained before the runtime has compiled the draining for good: the ratio is that of the million.
        if (FaultForm.IsLong) FaultForm.MustHold(ratios[Pairs / 2] >= OfBareAtLeast, string.Create(CultureInfo.InvariantCulture, $"drained at {ratios[Pairs / 2]:0.00} of bare MQTTnet (asked: {OfBareAtLeast})."));

        static string Rates(double[] rates) => string.Join(", ", rates.Select(rate => rate.ToString("0", CultureInfo.InvariantCulture)));
    }

    [Fact(Explicit = true)]
    public async Task Child_that_gathers_a_backlog_and_sends_it()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("Only for the test beside it.");
        var port = Number(Environment.GetEnvironmentVariable(PortVariable)!);
        var count = Number(Environment.GetEnvironmentVariable(CountVariable)!);
        await using var delivery = new Delivery(new DeliveryOptions
        {
            Outbox = new OutboxOptions { Path = Path.Combine(folder, "outbox.db"), MaxAge = TimeSpan.FromDays(3650) }, // the events carry times of long ago
            Broker = TestEvents.Broker(port) with { InFlight = Window },
            SiteId = "bai-bien",
        }, TestEvents.Live(), TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        var offered = 0;
        foreach (var chunk in Payloads(count).Chunk(AtOnce))
        {
            foreach (var item in chunk) delivery.Offer(item);
            await delivery.FlushAsync(TestContext.Current.CancellationToken);
            var before = offered;
            offered += chunk.Length;
            if (before < 20_000 && offered >= 20_000) Tell(folder, "begun", "");
        }

        Tell(folder, "filled", "");
        Task Reached(long delivered) => Until(() => delivery.Health.Delivered >= Math.Min(delivered, count));
        for (var pair = 0; pair < Pairs; pair++)
        {
            await Until(() => File.Exists(Path.Combine(folder, $"go-{pair}")));
            Tell(folder, $"slice-{pair}", Text(await RateAsync(delivery.Health.Delivered + (2 * Window), Slice)));
        }

        var (behind, watch) = (delivery.Health.Delivered, Stopwatch.StartNew());
        await Reached(count);
        var rate = (count - behind) / watch.Elapsed.TotalSeconds;
        while (delivery.Health.Pending > 0) await Task.Delay(1, TestContext.Current.CancellationToken);
        // The delivery's own alerts go out too: they are few.
        var own = Math.Max(0, delivery.Health.Delivered - count);
        Tell(folder, "sent", string.Create(CultureInfo.InvariantCulture, $"{delivery.Health.Delivered - own} {delivery.Health.Pending} {delivery.Health.Shed} {rate:0}"));
        await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);

        // Its clock begins when so many were delivered: what the broker answered while this process stood still is no rate.
        async Task<double> RateAsync(long from, long events)
        {
            await Reached(from);
            var (first, slice) = (delivery.Health.Delivered, Stopwatch.StartNew());
            await Reached(first + events);
            return (delivery.Health.Delivered - first) / slice.Elapsed.TotalSeconds;
        }

        static string Text(double rate) => rate.ToString("0.0", CultureInfo.InvariantCulture);

        static async Task Until(Func<bool> condition)
        {
            while (!condition()) await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The same bytes in every process.</summary>
    private static IEnumerable<GatewayEvent> Payloads(int count)
    {
        var events = new GatewayEvents(TestEvents.Gateway, new ReplayEventIds());
        return Enumerable.Range(0, count).Select(i => TestEvents.Crossing(events, i, TestEvents.Start.AddMilliseconds(i)));
    }

    private static async Task<IMqttClient> BareAsync(int port)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithClientId("bare").WithProtocolVersion(MqttProtocolVersion.V500).Build(), TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>Publishes a slice; events a second.</summary>
    private static async Task<double> PublishAsync(IMqttClient client, int slice)
    {
        var cancel = TestContext.Current.CancellationToken;
        var made = Payloads((slice + 1) * Slice).Skip(slice * Slice).ToArray(); // making them is not the bare client's work
        using var window = new SemaphoreSlim(Window);
        var watch = Stopwatch.StartNew();
        foreach (var item in made)
        {
            await window.WaitAsync(cancel);
            _ = SendAsync(item);
        }

        for (var i = 0; i < Window; i++) await window.WaitAsync(cancel);
        return Slice / watch.Elapsed.TotalSeconds;

        async Task SendAsync(GatewayEvent item)
        {
            await client.PublishAsync(new MqttApplicationMessage { Topic = item.Topic, PayloadSegment = item.Json, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }, cancel);
            window.Release();
        }
    }

    private static void Signal(Process process, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static void Tell(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path + "~", text);
        File.Move(path + "~", path);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Waits for the child's word and looks at its memory meanwhile.</summary>
    private Task Until(Process child, string word, TimeSpan patience, Resident? memory = null) => Wait.Until($"the child says '{word}'", () =>
    {
        Assert.False(child.HasExited, "The child ended by itself.");
        memory?.Look();
        return File.Exists(Path.Combine(_folder, word));
    }, patience);

    private sealed class Resident(int process)
    {
        public long First { get; } = ChildOfTest.ResidentKilobytes(process);

        public long Most { get; private set; } = ChildOfTest.ResidentKilobytes(process);

        public void Look() => Most = Math.Max(Most, ChildOfTest.ResidentKilobytes(process));
    }
}
