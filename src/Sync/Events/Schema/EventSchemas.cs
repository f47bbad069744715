using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace EdgeGateway.Sync.Events.Schema;

/// <summary>
/// Writes the JSON Schema (draft 2020-12) of each message from the very record that writes the message. Names, order and
/// what may be absent come from the serializer's metadata, null-ability from the compiler's. Other members may stand
/// beside the described ones: receivers ignore what they do not know.
/// </summary>
public static class EventSchemas
{
    private const string UlidPattern = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$";
    private const string SourcePattern = "^/gateways/[a-z0-9-]+(/(cameras|sites)/[a-z0-9-]+)?$";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of <c>docs/schema/&lt;word&gt;.json</c>.</summary>
    public static string TextOf(EventType type)
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = $"{type.Word}.json",
            ["title"] = type.CloudType,
            ["description"] = type.Summary,
            ["type"] = "object",
            ["required"] = new JsonArray("specversion", "id", "source", "type", "time", "datacontenttype", "data"),
            ["properties"] = new JsonObject
            {
                ["specversion"] = OneOf("1.0"),
                ["id"] = new JsonObject { ["type"] = "string", ["pattern"] = UlidPattern, ["description"] = "ULID; the same on every resend." },
                ["source"] = new JsonObject { ["type"] = "string", ["pattern"] = SourcePattern },
                ["type"] = OneOf(type.CloudType),
                ["time"] = RecordSchema.Time(),
                ["clock"] = OneOf(CloudEventWriter.Unsynchronised, "Stands here while the box's clock follows no time server; the time is then its own."),
                ["datacontenttype"] = OneOf("application/json"),
                ["data"] = ObjectOf(type.Data),
            },
        };
        return schema.ToJsonString(Indented) + "\n";
    }

    private static JsonObject ObjectOf(Type type)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var (name, property) in MembersOf(type))
        {
            properties[name] = RecordSchema.MemberOf(property, ObjectOf);
            if (property.GetCustomAttribute<JsonIgnoreAttribute>() is null) required.Add(name);
        }

        return new JsonObject { ["type"] = "object", ["required"] = required, ["properties"] = properties };
    }

    private static IEnumerable<(string Name, PropertyInfo Property)> MembersOf(Type type)
    {
        var byName = type.GetProperties().ToDictionary(
            property => property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name), StringComparer.Ordinal);
        return EventJsonText.Context.GetTypeInfo(type)!.Properties.Select(written => (written.Name, byName[written.Name]));
    }

    private static JsonObject OneOf(string value, string? description = null)
    {
        var schema = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray(value) };
        if (description is not null) schema["description"] = description;
        return schema;
    }
}
