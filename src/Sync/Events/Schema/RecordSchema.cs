using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace EdgeGateway.Sync.Events.Schema;

/// <summary>JSON Schema of the members of records, for events and commands alike.</summary>
internal static class RecordSchema
{
    private const string TimePattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$";

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>The schema of a record's member.</summary>
    /// <param name="property">The member.</param>
    /// <param name="objectOf">Writes the schema of a record within.</param>
    public static JsonObject MemberOf(PropertyInfo property, Func<Type, JsonObject> objectOf)
    {
        var inner = Nullable.GetUnderlyingType(property.PropertyType);
        var schema = ValueOf(inner ?? property.PropertyType, objectOf);
        // What is left out when null is never written as null.
        var mayBeNull = property.GetCustomAttribute<JsonIgnoreAttribute>() is null
            && (inner is not null || Nullability.Create(property).ReadState == NullabilityState.Nullable);
        if (!mayBeNull) return schema;
        schema["type"] = new JsonArray(schema["type"]!.GetValue<string>(), "null");
        if (schema["enum"] is JsonArray words) words.Add(null);
        return schema;
    }

    /// <summary>The schema of a value.</summary>
    public static JsonObject ValueOf(Type type, Func<Type, JsonObject> objectOf)
    {
        if (type == typeof(string)) return new JsonObject { ["type"] = "string" };
        if (type == typeof(bool)) return new JsonObject { ["type"] = "boolean" };
        if (type == typeof(int) || type == typeof(long)) return new JsonObject { ["type"] = "integer" };
        if (type == typeof(double)) return new JsonObject { ["type"] = "number" };
        if (type == typeof(TimeSpan)) return new JsonObject { ["type"] = "number", ["description"] = "Seconds." };
        if (type == typeof(DateTimeOffset)) return Time();
        if (type == typeof(DateOnly)) return new JsonObject { ["type"] = "string", ["format"] = "date" };
        if (type.IsEnum) return new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.SerializeToNode(value, type))]) };
        if (type.IsAssignableTo(typeof(IEnumerable))) return new JsonObject { ["type"] = "array", ["items"] = ValueOf(type.GetGenericArguments()[0], objectOf) };
        return objectOf(type);
    }

    public static JsonObject Time() => new() { ["type"] = "string", ["format"] = "date-time", ["pattern"] = TimePattern };

}
