using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Sync.Events;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>kill -9 of a process that appends, commits, publishes and deletes; the process is this very test program, asked for one explicit test.</summary>
public sealed class KillTests : IDisposable
{
    private const string FolderVariable = "EDGEGATEWAY_TEST_KILL_FOLDER";
    private const string PortVariable = "EDGEGATEWAY_TEST_KILL_PORT";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task No_committed_event_is_lost_by_kill_9_and_none_counts_twice()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        var promised = Path.Combine(_folder, "committed.txt");
        for (var round = 1; round <= 5; round++)
        {
            var wanted = round * 300;
            using var child = StartChild(broker.Port);
            await Wait.Until($"{wanted} commits are noted", () =>
            {
                Assert.False(child.HasExited, "The child ended by itself.");
                return File.Exists(promised) && Lines(promised).Length >= wanted;
            }, Patience);
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = TestEvents.Broker(broker.Port), SiteId = "bai-bien-cua-lo" },
            TestEvents.Live(), TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        await Wait.Until("what the killed left is delivered", () => delivery.Health is { Connected: true, Pending: 0 } && Lines(promised).All(receiver.Events.ContainsKey), Patience);
        Assert.Empty(receiver.Altered);
        Assert.Empty(Directory.GetFiles(_folder, "*.damaged-*"));
    }

    [Fact(Explicit = true)]
    public async Task Child_that_appends_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("Only for the test beside it.");
        var port = int.Parse(Environment.GetEnvironmentVariable(PortVariable)!, CultureInfo.InvariantCulture);
        var events = TestEvents.Live();
        await using var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(folder), Broker = TestEvents.Broker(port), SiteId = "bai-bien-cua-lo" },
            events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        await using var note = new StreamWriter(new FileStream(Path.Combine(folder, "committed.txt"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1));
        for (var i = 0; ; i++)
        {
            var batch = Enumerable.Range(0, 20).Select(_ => TestEvents.Crossing(events, i, DateTimeOffset.UtcNow)).ToArray();
            await Task.WhenAll(batch.Select(delivery.Queue.AppendAsync));
            await note.WriteAsync(string.Concat(batch.Select(item => item.Id + "\n")));
            await note.FlushAsync();
        }
    }

    private Process StartChild(int port)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "EdgeGateway.Sync.Tests"))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        foreach (var argument in new[] { "-explicit", "only", "-method", $"*.{nameof(Child_that_appends_until_it_is_killed)}" }) start.ArgumentList.Add(argument);
        start.Environment[FolderVariable] = _folder;
        start.Environment[PortVariable] = port.ToString(CultureInfo.InvariantCulture);
        var child = Process.Start(start)!;
        child.BeginOutputReadLine();
        return child;
    }

    /// <summary>The complete lines; the last one may be torn by the kill.</summary>
    private static string[] Lines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var text = reader.ReadToEnd();
        return [.. text.Split('\n').SkipLast(1).Where(line => line.Length == 26)];
    }
}
