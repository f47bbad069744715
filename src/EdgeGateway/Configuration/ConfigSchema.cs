using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeGateway.Configuration.Binding;
using EdgeGateway.Vision;

namespace EdgeGateway.Configuration;

/// <summary>JSON Schema (draft 7, which editors understand best) of each kind of file, made from the same records that the loader fills.</summary>
internal static class ConfigSchema
{
    private const string IdPattern = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$";

    private const string DurationPattern = "^[0-9]{1,9}([.][0-9]{1,6})?(ms|s|m|h|d)$";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>File name and text of each schema.</summary>
    public static IReadOnlyList<(string Name, string Text)> All => [("gateway.json", Write<GatewayConfig>("gateway.yaml")), ("camera.json", Write<CameraConfig>("cameras/*.yaml")), ("legal.json", Write<Legal.LegalConfig>("legal/*.yaml"))];

    private static string Write<T>(string file)
    {
        var schema = new JsonObject { ["$schema"] = "http://json-schema.org/draft-07/schema#", ["title"] = $"EdgeGateway {file}" };
        foreach (var (key, value) in OfRecord(typeof(T), fixedRule: null)) schema[key] = value?.DeepClone();
        return schema.ToJsonString(Indented) + "\n";
    }

    private static JsonObject OfRecord(Type type, IReadOnlyList<string>? fixedRule)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var key in RecordKeys.Of(type))
        {
            var value = key.Name == "rule" && fixedRule is not null ? new JsonObject { ["enum"] = Strings(fixedRule) } : OfType(key.Type, key);
            if (key.Attribute<AboutAttribute>() is { } about) value["description"] = about.Text;
            properties[key.Name] = value;
            if (key.IsRequired) required.Add(key.Name);
        }

        var schema = new JsonObject { ["type"] = "object" };
        if (Attribute.GetCustomAttribute(type, typeof(AboutAttribute)) is AboutAttribute meaning) schema["description"] = meaning.Text;
        schema["properties"] = properties;
        if (required.Count > 0) schema["required"] = required;
        schema["additionalProperties"] = false;
        return schema;
    }

    private static JsonObject OfType(Type type, RecordKey key)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueList<>)) return new JsonObject { ["type"] = "array", ["items"] = OfType(type.GetGenericArguments()[0], key) };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueMap<>)) return OfMap(type.GetGenericArguments()[0], key);
        if (type == typeof(PairConfig)) return Pair("number", null);
        if (type == typeof(SizeConfig)) return Pair("integer", 1);
        if (type == typeof(RuleConfig)) return OfRules();
        return ScalarBinder.Reads(type) ? OfScalar(type, key) : OfRecord(type, fixedRule: null);
    }

    private static JsonObject OfScalar(Type type, RecordKey key)
    {
        if (type.IsEnum) return new JsonObject { ["type"] = "string", ["enum"] = Strings(RecordKeys.Words(type)) };
        if (type == typeof(bool)) return new JsonObject { ["type"] = "boolean" };
        if (type == typeof(int) || type == typeof(double)) return OfNumber(type, key);
        if (type == typeof(TimeSpan)) return Pattern(DurationPattern);
        if (type == typeof(DateOnly)) return Pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
        if (type == typeof(DayHours)) return Pattern("^[0-9]{2}:[0-9]{2} *- *[0-9]{2}:[0-9]{2}( *, *[0-9]{2}:[0-9]{2} *- *[0-9]{2}:[0-9]{2})*$");
        if (key.Attribute<SchemesAttribute>() is { } schemes) return Pattern($"^(({string.Join('|', schemes.Schemes)})://|[$][{{])");
        if (key.Attribute<WordsAttribute>() is { } words) return new JsonObject { ["enum"] = WordsAndNumbers(words.Words) };
        if (key.Attribute<IdAttribute>() is not null) return Pattern(IdPattern);
        // The loader takes an unquoted number as text (certificate: 118); an editor must not underline it.
        return new JsonObject { ["type"] = new JsonArray("string", "number") };
    }

    private static JsonObject OfNumber(Type type, RecordKey key)
    {
        var schema = new JsonObject { ["type"] = type == typeof(int) ? "integer" : "number" };
        if (key.Attribute<BetweenAttribute>() is not { } limits) return schema;
        schema["minimum"] = limits.Least;
        schema["maximum"] = limits.Most;
        return schema;
    }

    private static JsonObject OfMap(Type item, RecordKey key) => new()
    {
        ["type"] = new JsonArray("object", "null"),
        ["propertyNames"] = Pattern(IdPattern),
        ["additionalProperties"] = OfType(item, key),
    };

    private static JsonObject OfRules()
    {
        var kinds = RuleTable.Kinds.GroupBy(pair => pair.Value, pair => pair.Key);
        return new JsonObject { ["oneOf"] = new JsonArray([.. kinds.Select(kind => OfRecord(kind.Key, [.. kind]))]) };
    }

    private static JsonObject Pair(string type, int? minimum)
    {
        var item = new JsonObject { ["type"] = type };
        if (minimum is { } least) item["minimum"] = least;
        return new JsonObject { ["type"] = "array", ["items"] = item, ["minItems"] = 2, ["maxItems"] = 2 };
    }

    private static JsonObject Pattern(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    // "version: 5" without quotes is a number to an editor.
    private static JsonArray WordsAndNumbers(IReadOnlyList<string> words) =>
        [.. words.Select(word => (JsonNode)word), .. words.Where(word => int.TryParse(word, out _)).Select(word => (JsonNode)int.Parse(word, CultureInfo.InvariantCulture))];

    private static JsonArray Strings(IEnumerable<string> words) => [.. words.Select(word => (JsonNode)word)];
}
