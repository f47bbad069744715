using System.CommandLine;
using System.Text;
using System.Text.Json;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using Spectre.Console;

namespace EdgeGateway.Commands;

/// <summary><c>watch</c>: live events and camera states of one or many gateways.</summary>
internal sealed class WatchCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var mqtt = new Option<string?>("--mqtt") { Description = "Broker URL with user and password, or '-' to read it from standard input; the configured broker when not given.", HelpName = "URL" };
        var topic = new Option<string>("--topic") { Description = "Topic filter.", DefaultValueFactory = _ => "edge/#", HelpName = "FILTER" };
        var insecure = new Option<bool>("--allow-insecure") { Description = "Allow mqtt:// to another machine." };
        var command = new GatewayCommand(
            "watch",
            "Live events and camera states of one or many gateways, one JSON object a line; short coloured lines on a terminal.",
            "edgegateway watch --topic 'edge/+/status'\necho \"mqtts://ioc:$PASSWORD@ioc.example.vn:8883\" | edgegateway watch --mqtt -") { config, mqtt, topic, insecure };
        command.SetAction(async (parsed, stop) => await RunAsync(
            await BrokerOfAsync(parsed.GetValue(mqtt), parsed.GetValue(insecure), parsed.GetRequiredValue(config).FullName, stop),
            parsed.GetValue(topic)!, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop));
        return command;
    }

    private static async Task<int> RunAsync(BrokerOptions broker, string filter, TextWriter output, TextWriter error, CancellationToken stop)
    {
        if (!IsFilter(filter)) throw new UsageException($"--topic '{filter}' is no topic filter: '#' stands alone as the last level, '+' alone in a level: edge/#, edge/+/status.");
        var pretty = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        var told = "";
        await using var listener = new MqttSubscription(broker, [filter], view =>
        {
            // It is tried again every second or so; the same words are told once.
            var words = view.State == LinkState.Connected ? $"Connected to {broker.Address}, watching {filter}" : $"{EventWords.Of(view.State).Replace('_', ' ')}: {view.Detail} It is tried again until Ctrl+C.";
            if (Interlocked.Exchange(ref told, words) != words) error.WriteLine(SecretMask.Process.Apply(words));
        });
        try
        {
            await foreach (var message in listener.ReadAllAsync(stop))
            {
                if (pretty) AnsiConsole.MarkupLine(Line(message));
                else JsonLines.Write(output, json =>
                {
                    json.WriteString("topic", message.Topic);
                    json.WriteBoolean("retained", message.Retained);
                    json.WritePropertyName("message");
                    if (IsJson(message.Payload)) json.WriteRawValue(message.Payload);
                    else json.WriteStringValue($"{message.Payload.Length} bytes");
                });
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C is how one stops watching
        }

        return ExitCode.Done;
    }

    private static async Task<BrokerOptions> BrokerOfAsync(string? url, bool allowInsecure, string configFolder, CancellationToken stop)
    {
        if (url is null) return BrokerOptionsOf.Model(LoadedConfig.Require(configFolder).Gateway.Mqtt) with { ClientId = "edgegateway-watch" };
        if (url == "-") url = await InputFile.ConsoleLineAsync(stop);
        try
        {
            if (!Uri.TryCreate(url.Trim(), UriKind.Absolute, out var parsed)) throw new FormatException("A broker's address looks like mqtts://host:8883.");
            var user = parsed.UserInfo.Split(':', 2);
            var password = user.Length == 2 ? Uri.UnescapeDataString(user[1]) : null;
            if (password is not null) SecretMask.Process.Register(password);
            return new BrokerOptions
            {
                Address = BrokerAddress.Parse(url.Trim(), allowInsecure),
                ClientId = "edgegateway-watch",
                Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
                Password = () => password,
            };
        }
        catch (FormatException fault)
        {
            throw new UsageException(fault.Message);
        }
    }

    private static bool IsFilter(string filter)
    {
        var levels = filter.Split('/');
        return filter.Length > 0 && !filter.Contains('\0') && levels.Select((level, at) => (level, at)).All(one => one.level switch
        {
            "#" => one.at == levels.Length - 1,
            "+" => true,
            _ => !one.level.AsSpan().ContainsAny('#', '+'),
        });
    }

    private static bool IsJson(byte[] payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Line(ReceivedMessage message)
    {
        var kind = message.Topic.Split('/')[^1];
        var colour = kind switch { "violation" => "red", "alert" => "yellow", "state" or "status" => "grey", "count" => "green", "passage" => "aqua", _ => "white" };
        var text = Encoding.UTF8.GetString(message.Payload);
        try
        {
            using var document = JsonDocument.Parse(message.Payload);
            if (document.RootElement.TryGetProperty("data", out var data)) text = data.GetRawText();
        }
        catch (JsonException)
        {
            text = $"{message.Payload.Length} bytes";
        }

        return $"[{colour}]{Markup.Escape(message.Topic)}[/] {Markup.Escape(text)}";
    }
}
