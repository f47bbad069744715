using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.Sync.Mqtt;

namespace EdgeGateway.Benchmarks.Fleet;

/// <summary>
/// The operations centre: a process of its own with a persistent session that drops repeats by event id. Each event carries a number of its own as
/// track; the book of numbers kept here shows what took effect, whatever the ids say.
/// </summary>
internal sealed class FleetCentre : IAsyncDisposable
{
    // One filter without '#': in nats-server each filter of QoS 1 is a consumer, and '#' is two.
    private const string Filter = "edge/+/+/+/events/+";

    private readonly Process _process;
    private readonly Task _reading;
    private readonly byte[] _effects;
    private readonly long[] _offered;
    private readonly float[] _latencyMs;
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    /// <param name="broker">Broker and user; MQTT 3.1.1.</param>
    /// <param name="capacity">Most events that are offered in the run.</param>
    /// <param name="onLink">Is told what becomes of its connection.</param>
    public FleetCentre(BrokerOptions broker, int capacity, Action<string> onLink)
    {
        (_effects, _offered, _latencyMs) = (new byte[capacity], new long[capacity], new float[capacity]);
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(FleetCentre).Assembly.Location);
        foreach (var argument in new[] { "fleet-centre", broker.Address.Host, broker.Address.Port.ToString(CultureInfo.InvariantCulture), broker.CaFile!, broker.Username! }) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.StandardInput.WriteLine(broker.Password());
        _process.StandardInput.Flush();
        _reading = Task.Factory.StartNew(() => Read(onLink), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public Task Subscribed => _subscribed.Task;

    /// <summary>Events that took effect so far.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Messages whose id was known.</summary>
    public int Repeats { get; private set; }

    /// <summary>Messages of the bare publishers.</summary>
    public int Bare { get; private set; }

    /// <summary>Writes down when an event was offered; before it is.</summary>
    public void Offered(int number, long timestamp) => Volatile.Write(ref _offered[number], timestamp);

    /// <summary>How often an event took effect: 1 is right.</summary>
    public int Effects(int number) => _effects[number];

    public float LatencyMs(int number) => _latencyMs[number];

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close(); // the centre ends with its input
        await _reading;
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>The centre's own process. Writes a line for each thing that happens: s subscribed, b bare, r repeat, e NUMBER TIMESTAMP, l WORDS.</summary>
    public static async Task<int> RunAsync(string host, int port, string caFile, string user)
    {
        var password = await Console.In.ReadLineAsync();
        await using var output = new StreamWriter(Console.OpenStandardOutput(), bufferSize: 1 << 16);
        var broker = new BrokerOptions { Address = new BrokerAddress(host, port, Tls: true), ClientId = user, Username = user, Password = () => password, CaFile = caFile, Version = MqttVersion.V311 };
        using var timer = new Timer(_ => { lock (output) output.Flush(); }, null, 20, 20);
        using var stop = new CancellationTokenSource();
        var reading = ReadAsync();
        while (await Console.In.ReadLineAsync() is not null)
        {
            // until the other end closes it
        }

        await stop.CancelAsync();
        await reading;
        return 0;

        void Write(string line) { lock (output) output.WriteLine(line); }

        async Task ReadAsync()
        {
            var ids = new HashSet<string>(StringComparer.Ordinal);
            while (!stop.IsCancellationRequested)
            {
                var subscription = new MqttSubscription(broker, [Filter], link => Write($"l {link.State} {link.Detail.ReplaceLineEndings(" ")}"), keepSession: true);
                await using var leave = stop.Token.Register(() => _ = subscription.DisposeAsync().AsTask());
                _ = subscription.Subscribed.ContinueWith(_ => Write("s"), TaskScheduler.Default);
                var patience = new CentrePatience();
                var ending = Task.CompletedTask;
                await foreach (var message in subscription.ReadAllAsync())
                {
                    if (message.Topic.EndsWith("/bare", StringComparison.Ordinal))
                    {
                        Write("b");
                        continue;
                    }

                    if (!message.Topic.EndsWith("/crossing", StringComparison.Ordinal)) continue; // the gateways' own alerts
                    using var json = JsonDocument.Parse(message.Payload);
                    if (!ids.Add(json.RootElement.GetProperty("id").GetString()!)) Write("r");
                    else Write(string.Create(CultureInfo.InvariantCulture, $"e {json.RootElement.GetProperty("data").GetProperty("track").GetInt64()} {Stopwatch.GetTimestamp()}"));
                    if (!ending.IsCompleted || !patience.Ends(DateTimeOffset.UtcNow, json.RootElement.GetProperty("time").GetDateTimeOffset())) continue;
                    Write("l Connected and far behind: it connects anew");
                    ending = subscription.DisposeAsync().AsTask(); // what is here already is read on
                }

                await ending;
            }
        }
    }

    /// <summary>What deploy/fleet advises a centre: when what comes is over 30 s old and no younger than ten seconds ago, connect anew.</summary>
    private sealed class CentrePatience
    {
        private static readonly TimeSpan Old = TimeSpan.FromSeconds(30);
        private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);
        private DateTimeOffset _asked = DateTimeOffset.UtcNow;
        private TimeSpan _age = TimeSpan.MaxValue;

        public bool Ends(DateTimeOffset now, DateTimeOffset made)
        {
            if (now - _asked < Step) return false;
            var before = _age;
            (_asked, _age) = (now, now - made);
            return _age > Old && _age >= before;
        }
    }

    private void Read(Action<string> onLink)
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            switch (line[0])
            {
                case 's': _subscribed.TrySetResult(); break;
                case 'b': Bare++; break;
                case 'r': Repeats++; break;
                case 'l': onLink(line[2..]); break;
                case 'e':
                    var space = line.IndexOf(' ', 2);
                    var number = int.Parse(line.AsSpan(2, space - 2), CultureInfo.InvariantCulture);
                    var at = long.Parse(line.AsSpan(space + 1), CultureInfo.InvariantCulture); // the machine's clock that never steps, the same in all processes
                    if (_effects[number] < byte.MaxValue) _effects[number]++;
                    _latencyMs[number] = (float)Stopwatch.GetElapsedTime(Volatile.Read(ref _offered[number]), at).TotalMilliseconds;
                    Interlocked.Increment(ref _taken);
                    break;
            }
        }
    }
}
