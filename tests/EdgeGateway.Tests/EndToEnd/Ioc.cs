using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>One message as the operations centre sees it.</summary>
internal sealed record Heard(string Topic, bool Retained, JsonElement Event, byte[] Bytes)
{
    /// <summary>When it came.</summary>
    public DateTimeOffset At { get; } = DateTimeOffset.UtcNow;

    public JsonElement Data => Event.GetProperty("data");

    public string Text => Encoding.UTF8.GetString(Bytes);

    public string Word(string name) => Data.GetProperty(name).GetString() ?? "";
}

/// <summary>The operations centre: a subscriber whose session outlives broken links and that keeps all it hears.</summary>
internal sealed class Ioc : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const string Root = $"edge/{Installation.Id}";

    private readonly MqttSubscription _subscription;
    private readonly Task _reading;

    private Ioc(MqttSubscription subscription)
    {
        _subscription = subscription;
        _reading = ReadAsync();
    }

    /// <summary>Everything in order of arrival.</summary>
    public ConcurrentQueue<Heard> Messages { get; } = new();

    /// <summary>Parts of evidence: bytes of any kind.</summary>
    public ConcurrentQueue<ReceivedMessage> Evidence { get; } = new();

    /// <summary>Topics whose retained message was taken away, in order.</summary>
    public ConcurrentQueue<string> TakenAway { get; } = new();

    public static async Task<Ioc> ListenAsync(Mosquitto broker, (string User, string Password)? login = null)
    {
        var ioc = new Ioc(new MqttSubscription(
            new BrokerOptions
            {
                Address = BrokerAddress.Parse(broker.Url, false), ClientId = $"ioc-{Guid.NewGuid():N}",
                Username = login?.User, Password = () => login?.Password,
            },
            ["edge/#"], keepSession: true));
        await ioc._subscription.Subscribed.WaitAsync(Patience);
        return ioc;
    }

    /// <summary>The newest message of the gateway's status.</summary>
    public Heard? Status => Last($"{Root}/status");

    /// <summary>The newest message of a camera's state.</summary>
    public Heard? StateOf(string camera) => Last($"{Root}/cameras/{camera}/state");

    /// <summary>What sign boards were told of a site, in order.</summary>
    public IReadOnlyList<Heard> Present(string site) => [.. Messages.Where(heard => heard.Topic == $"{Root}/sites/{site}/occupancy")];

    /// <summary>Every state that a camera was in, in order.</summary>
    public IReadOnlyList<string> StatesOf(string camera) => [.. Messages.Where(heard => heard.Topic == $"{Root}/cameras/{camera}/state").Select(heard => heard.Word("state"))];

    /// <summary>Events of one type, each id once.</summary>
    public IReadOnlyList<Heard> Events(string type) =>
        [.. Messages.Where(heard => heard.Topic.EndsWith($"/events/{type}", StringComparison.Ordinal)).DistinctBy(heard => heard.Event.GetProperty("id").GetString())];

    /// <summary>The crossings that stand, as counts hold them: who turned round right behind the line is told as a crossing that takes back an earlier one, and neither is in a count.</summary>
    public IReadOnlyList<Heard> Crossings()
    {
        var all = Events("crossing");
        var undone = all.Where(TakesBack).Select(heard => (heard.Topic, heard.Word("line"), heard.Word("takesBack"))).ToHashSet();
        return [.. all.Where(heard => !TakesBack(heard) && !undone.Contains((heard.Topic, heard.Word("line"), heard.Word("at"))))];

        static bool TakesBack(Heard heard) => heard.Data.TryGetProperty("takesBack", out _);
    }

    /// <summary>Alerts whose kind and state are these.</summary>
    public IReadOnlyList<Heard> Alerts(string kind, string state) => [.. Events("alert").Where(heard => heard.Word("kind") == kind && heard.Word("state") == state)];

    /// <summary>Waits until a camera says this state.</summary>
    public Task UntilAsync(string camera, string state, GatewayProcess process) => UntilAsync(
        $"camera {camera} is {state}", () => StateOf(camera) is { } heard && heard.Word("state") == state, process);

    /// <summary>Waits until the gateway has said goodbye: all that it told before has come then, whichever way and in whichever order it went.</summary>
    public Task UntilOfflineAsync() => Wait.Until("the gateway says offline", () => Status?.Word("state") == "offline", Patience);

    /// <summary>Waits for a condition on what was heard; what the gateway said stands in the message of the failure.</summary>
    public async Task UntilAsync(string reason, Func<bool> condition, GatewayProcess process, TimeSpan? atMost = null)
    {
        try
        {
            await Wait.Until(reason, () => condition() || process.HasExited, atMost ?? Patience);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} Heard: {Summary()}. The gateway said:\n{process.Said}", late);
        }

        Assert.True(condition(), $"{reason}: the gateway ended first. It said:\n{process.Said}");
    }

    /// <summary>Commands the gateway as a person at the centre does, with <c>mosquitto_rr</c>, until it answers; a try that nobody heard is made again under another id.</summary>
    public static async Task<JsonElement> AskAsync(Mosquitto broker, string command, string data, GatewayProcess gateway)
    {
        var answer = "";
        await Wait.Until($"{command} is answered; the gateway said {gateway.Said}", async () =>
        {
            var start = new ProcessStartInfo("mosquitto_rr",
            [
                "-V", "5", "-h", "127.0.0.1", "-p", broker.Port.ToString(CultureInfo.InvariantCulture), "-q", "1", "-W", "10",
                "-t", $"{Root}/commands/{command}", "-e", $"ioc/replies/{Guid.NewGuid():N}", "-m", $"{{\"id\":\"{command}-{Guid.NewGuid():N}\",\"data\":{data}}}",
            ]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
            using var process = Process.Start(start)!;
            answer = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return answer.Length > 0;
        }, Patience);
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.Clone();
    }

    /// <summary>Everything heard is an event of the contract: the topic's type, and its schema.</summary>
    public async Task AllKeepTheContractAsync()
    {
        foreach (var heard in Messages) await EventContract.CheckAsync(heard.Topic.Split('/')[^1], heard.Text);
    }

    public async ValueTask DisposeAsync()
    {
        await _subscription.DisposeAsync();
        await _reading;
    }

    private Heard? Last(string topic) => Messages.LastOrDefault(heard => heard.Topic == topic);

    private string Summary() => string.Join(", ", Messages.GroupBy(heard => heard.Topic).Select(group => $"{group.Count()} {group.Key} (last {group.Last().Data})"));

    private async Task ReadAsync()
    {
        await foreach (var message in _subscription.ReadAllAsync())
        {
            if (message.Payload.Length == 0)
            {
                TakenAway.Enqueue(message.Topic);
                continue;
            }

            if (message.Topic.StartsWith($"{Root}/evidence/", StringComparison.Ordinal))
            {
                Evidence.Enqueue(message);
                continue;
            }

            using var json = JsonDocument.Parse(message.Payload);
            Messages.Enqueue(new Heard(message.Topic, message.Retained, json.RootElement.Clone(), message.Payload));
        }
    }
}
