using System.Text.Json;
using EdgeGateway.Testing;
using MQTTnet;
using MQTTnet.Protocol;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>Whoever publishes to the gateway's broker: the operations centre that commands, another gateway that counts.</summary>
internal sealed class CommandDesk : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private int _sent;

    public static async Task<CommandDesk> OpenAsync(Mosquitto broker)
    {
        var desk = new CommandDesk();
        await desk._client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker.Port).WithClientId($"desk-{Guid.NewGuid():N}").Build());
        return desk;
    }

    /// <summary>Sends a command and waits for its answer.</summary>
    public async Task<JsonElement> AskAsync(Ioc ioc, GatewayProcess gateway, string command, string data)
    {
        var id = $"c-{++_sent}";
        var topic = $"edge/{Installation.Id}/replies/{id}";
        await PublishAsync($"edge/{Installation.Id}/commands/{command}", System.Text.Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","replyTo":"{{topic}}","data":{{data}}}"""));
        await ioc.UntilAsync($"an answer to {command}", () => ioc.Messages.Any(heard => heard.Topic == topic), gateway);
        return ioc.Messages.First(heard => heard.Topic == topic).Event;
    }

    public Task PublishAsync(string topic, byte[] payload) =>
        _client.PublishAsync(new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build());

    public async ValueTask DisposeAsync()
    {
        await _client.DisconnectAsync();
        _client.Dispose();
    }
}
