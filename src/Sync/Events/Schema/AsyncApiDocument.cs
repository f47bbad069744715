using System.Globalization;
using System.Text;
using EdgeGateway.Sync.Commands;

namespace EdgeGateway.Sync.Events.Schema;

/// <summary>Writes <c>docs/asyncapi.yaml</c> (AsyncAPI 3.0): which topics there are, which are retained, what is on them.</summary>
public static class AsyncApiDocument
{
    private static readonly HashSet<string> SiteOnly = new(["report"], StringComparer.Ordinal);

    private static readonly string[] AllParameters = ["gatewayId", "cameraId", "siteId"];

    public static string Text()
    {
        var channels = Channels().ToArray();
        var yaml = new StringBuilder();
        yaml.Append("""
            # Generated from the event records; a test compares. Do not edit.
            asyncapi: 3.0.0
            info:
              title: EdgeGateway events
              version: 1.0.0
              description: >-
                CloudEvents 1.0 in structured JSON (application/cloudevents+json) over MQTT 5 or 3.1.1, QoS 1. The id of an
                event never changes on a resend: drop repeats by it. Durations are in seconds, times in UTC.
              license: { name: Apache-2.0 }
            defaultContentType: application/cloudevents+json

            """);
        yaml.Append("channels:\n");
        foreach (var channel in channels)
        {
            Line(yaml, 1, $"{channel.Name}:");
            Line(yaml, 2, $"address: 'edge/{{gatewayId}}/{channel.Address}'");
            Line(yaml, 2, $"description: '{(channel.Retained ? "Retained. " : "")}{channel.Type.Summary.Replace("'", "''", StringComparison.Ordinal)}'");
            Line(yaml, 2, "parameters:");
            foreach (var parameter in Parameters(channel.Address)) Line(yaml, 3, $"{parameter}: {{ description: '[a-z0-9-]' }}");
            Line(yaml, 2, "messages:");
            Line(yaml, 3, $"{channel.Type.Word}: {{ $ref: '#/components/messages/{channel.Type.Word}' }}");
        }

        foreach (var command in CommandCatalogue.All)
        {
            Line(yaml, 1, $"command_{command.Name}:");
            Line(yaml, 2, $"address: 'edge/{{gatewayId}}/commands/{command.Name}'");
            Line(yaml, 2, $"description: '{command.Summary}'");
            Line(yaml, 2, "parameters:");
            Line(yaml, 3, "gatewayId: { description: '[a-z0-9-]' }");
            Line(yaml, 2, "messages:");
            Line(yaml, 3, $"{command.Name}_request: {{ $ref: '#/components/messages/{command.Name}_request' }}");
        }

        Line(yaml, 1, "command_replies:");
        Line(yaml, 2, "address: null");
        Line(yaml, 2, "description: 'The response topic of the request (MQTT 5), or its replyTo.'");
        Line(yaml, 2, "messages:");
        foreach (var command in CommandCatalogue.All) Line(yaml, 3, $"{command.Name}_reply: {{ $ref: '#/components/messages/{command.Name}_reply' }}");

        Line(yaml, 1, "evidence:");
        Line(yaml, 2, "address: 'edge/{gatewayId}/evidence/{eventId}/{part}'");
        Line(yaml, 2, "description: 'Part index: JSON with names, sizes and SHA-256; every other part: the bytes of a file or of a piece of it.'");
        Line(yaml, 2, "parameters:");
        Line(yaml, 3, "gatewayId: { description: '[a-z0-9-]' }");
        Line(yaml, 3, "eventId: { description: 'id of the event' }");
        Line(yaml, 3, "part: { description: 'index, a name of a file, or name.00000' }");
        Line(yaml, 2, "messages:");
        Line(yaml, 3, "evidence_part: { $ref: '#/components/messages/evidence_part' }");

        yaml.Append("operations:\n");
        foreach (var channel in channels)
        {
            Line(yaml, 1, $"send_{channel.Name}:");
            Line(yaml, 2, "action: send");
            Line(yaml, 2, $"channel: {{ $ref: '#/channels/{channel.Name}' }}");
            Line(yaml, 2, $"bindings: {{ mqtt: {{ qos: 1, retain: {(channel.Retained ? "true" : "false")} }} }}");
        }

        foreach (var command in CommandCatalogue.All)
        {
            Line(yaml, 1, $"receive_{command.Name}:");
            Line(yaml, 2, "action: receive");
            Line(yaml, 2, $"channel: {{ $ref: '#/channels/command_{command.Name}' }}");
            Line(yaml, 2, "reply:");
            Line(yaml, 3, "address: { location: '$message.header#/responseTopic' }");
            Line(yaml, 3, "channel: { $ref: '#/channels/command_replies' }");
            Line(yaml, 3, $"messages: [{{ $ref: '#/channels/command_replies/messages/{command.Name}_reply' }}]");
        }

        Line(yaml, 1, "send_evidence:");
        Line(yaml, 2, "action: send");
        Line(yaml, 2, "channel: { $ref: '#/channels/evidence' }");
        Line(yaml, 2, "bindings: { mqtt: { qos: 1, retain: false } }");

        yaml.Append("components:\n  messages:\n");
        foreach (var type in EventCatalogue.All)
        {
            Line(yaml, 2, $"{type.Word}:");
            Line(yaml, 3, $"name: {type.CloudType}");
            Line(yaml, 3, "contentType: application/cloudevents+json");
            Line(yaml, 3, $"payload: {{ $ref: 'schema/{type.Word}.json' }}");
        }

        foreach (var name in CommandCatalogue.All.SelectMany(command => new[] { $"{command.Name}.request", $"{command.Name}.reply" }))
        {
            Line(yaml, 2, $"{name.Replace('.', '_')}:");
            Line(yaml, 3, "contentType: application/json");
            Line(yaml, 3, $"payload: {{ $ref: 'schema/commands/{name}.json' }}");
        }

        Line(yaml, 2, "evidence_part:");
        Line(yaml, 3, "contentType: application/octet-stream");
        Line(yaml, 3, "summary: 'JPEG, clip, package, or a piece of one; MQTT 5 names its own content type and adds sha256 and offset as user properties.'");

        return yaml.ToString();
    }

    private static IEnumerable<Channel> Channels()
    {
        foreach (var type in EventCatalogue.All)
        {
            switch (type.Word)
            {
                case "status":
                    yield return new("status", "status", type, Retained: true);
                    break;
                case "state":
                    yield return new("camera_state", "cameras/{cameraId}/state", type, Retained: true);
                    break;
                default:
                    if (!SiteOnly.Contains(type.Word)) yield return new($"camera_{type.Word}", $"cameras/{{cameraId}}/events/{type.Word}", type, Retained: false);
                    yield return new($"site_{type.Word}", $"sites/{{siteId}}/events/{type.Word}", type, Retained: false);
                    if (type.Word == "occupancy") yield return new("sign_board", "sites/{siteId}/occupancy", type, Retained: true);
                    break;
            }
        }
    }

    private static IEnumerable<string> Parameters(string address) =>
        AllParameters.Where(name => name == "gatewayId" || address.Contains($"{{{name}}}", StringComparison.Ordinal));

    private static void Line(StringBuilder yaml, int depth, string text) => yaml.Append(CultureInfo.InvariantCulture, $"{new string(' ', depth * 2)}{text}\n");

    private sealed record Channel(string Name, string Address, EventType Type, bool Retained);
}
