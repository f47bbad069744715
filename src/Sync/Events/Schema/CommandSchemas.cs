using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EdgeGateway.Sync.Commands;

namespace EdgeGateway.Sync.Events.Schema;

/// <summary>
/// Writes the JSON Schema of each command's payload and answer from the records that read and write them, with the very
/// bounds that the gateway checks. Unlike events, requests are closed: an unknown key is a mistake.
/// </summary>
public static class CommandSchemas
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of <c>docs/schema/commands/&lt;name&gt;.request.json</c>.</summary>
    public static string RequestOf(CommandType type)
    {
        var schema = Head($"{type.Name}.request.json", $"{type.Name} (request)", type.Summary);
        var envelope = ObjectOf(typeof(CommandEnvelope), closed: true);
        envelope["properties"]!["data"] = ObjectOf(type.Request, closed: true);
        return Close(schema, envelope);
    }

    /// <summary>The text of <c>docs/schema/commands/&lt;name&gt;.reply.json</c>.</summary>
    public static string ReplyOf(CommandType type)
    {
        var data = ObjectOf(type.Reply, closed: false);
        data["type"] = new JsonArray("object", "null");
        var reason = ObjectOf(typeof(TwoLanguages), closed: false);
        reason["type"] = new JsonArray("object", "null");
        var code = RecordSchema.ValueOf(typeof(CommandCode), Nested);
        code["type"] = new JsonArray("string", "null");
        code["enum"]!.AsArray().Add(null);
        return Close(Head($"{type.Name}.reply.json", $"{type.Name} (reply)", type.Summary), new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray("id", "command", "gateway", "at", "status", "code", "reason", "data"),
            ["properties"] = new JsonObject
            {
                ["id"] = new JsonObject { ["type"] = new JsonArray("string", "null"), ["description"] = "The request's; null when none could be read." },
                ["command"] = new JsonObject { ["type"] = "string" },
                ["gateway"] = new JsonObject { ["type"] = "string" },
                ["at"] = RecordSchema.Time(),
                ["status"] = RecordSchema.ValueOf(typeof(CommandStatus), Nested),
                ["code"] = code,
                ["reason"] = reason,
                ["data"] = data,
            },
        });
    }

    private static JsonObject Head(string id, string title, string summary) => new()
    {
        ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
        ["$id"] = id,
        ["title"] = title,
        ["description"] = summary,
    };

    private static string Close(JsonObject head, JsonObject body)
    {
        foreach (var (key, value) in body.ToArray())
        {
            body.Remove(key);
            head[key] = value;
        }

        return head.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Nested(Type type) => ObjectOf(type, closed: true);

    private static JsonObject ObjectOf(Type type, bool closed)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var written in CommandJsonText.Strict.GetTypeInfo(type)!.Properties)
        {
            var property = type.GetProperties().Single(one => JsonNamingPolicy.CamelCase.ConvertName(one.Name) == written.Name);
            properties[written.Name] = MemberOf(property);
            if ((!closed && written.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: true) != true) || written.AssociatedParameter is { HasDefaultValue: false }) required.Add(written.Name);
        }

        var schema = new JsonObject { ["type"] = "object", ["required"] = required, ["properties"] = properties };
        if (closed) schema["additionalProperties"] = false;
        return schema;
    }

    private static JsonObject MemberOf(PropertyInfo property)
    {
        if (property.PropertyType == typeof(JsonElement)) return [];
        var schema = RecordSchema.MemberOf(property, Nested);
        foreach (var bound in property.GetCustomAttributes<ValidationAttribute>())
        {
            var target = bound is RegularExpressionAttribute && schema["items"] is JsonObject items ? items : schema;
            switch (bound)
            {
                case RegularExpressionAttribute text:
                    target["pattern"] = text.Pattern;
                    break;
                case StringLengthAttribute length:
                    (target["minLength"], target["maxLength"]) = (length.MinimumLength, length.MaximumLength);
                    break;
                case LengthAttribute length:
                    (target["minItems"], target["maxItems"]) = (length.MinimumLength, length.MaximumLength);
                    break;
                case RangeAttribute range:
                    (target["minimum"], target["maximum"]) = ((int)range.Minimum, (int)range.Maximum);
                    break;
            }
        }

        return schema;
    }
}
