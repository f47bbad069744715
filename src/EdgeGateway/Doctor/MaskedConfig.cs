using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using EdgeGateway.Configuration;

namespace EdgeGateway.Doctor;

/// <summary>
/// A configuration as the program understood it, written without its comments, its secrets and whatever names a person. It is written from
/// the records, not from the file's text: what was never bound cannot leak.
/// </summary>
internal static class MaskedConfig
{
    /// <summary>Keys that name a person, a vehicle, an account, or a place on the wire that says who.</summary>
    private static readonly HashSet<string> Personal = new(StringComparer.Ordinal)
    {
        "Officer", "Contact", "Controller", "Username", "ClientId", "Unit", "Decision", "Certificate", "Exempt",
    };

    /// <summary>Writes a record as an object, keys as in YAML.</summary>
    public static void Write(Utf8JsonWriter json, object record)
    {
        json.WriteStartObject();
        foreach (var property in record.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            // The compiler's own property of a record is no key.
            if (property.Name == "EqualityContract" || property.GetIndexParameters().Length > 0) continue;
            json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(property.Name));
            var value = property.GetValue(record);
            if (value is not null && Personal.Contains(property.Name)) json.WriteStringValue(SecretMask.Stars);
            else WriteValue(json, value);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case Secret: json.WriteStringValue(SecretMask.Stars); break;
            case SourceUrl url: json.WriteStringValue(SecretMask.Process.Apply(url.ToString())); break;
            case string text: json.WriteStringValue(SecretMask.Process.Apply(text)); break;
            case bool truth: json.WriteBooleanValue(truth); break;
            case Enum word: json.WriteStringValue(word.ToString()); break;
            case IFormattable number when value.GetType().IsPrimitive || value is decimal or TimeSpan or DateOnly or TimeOnly or DateTimeOffset: json.WriteStringValue(number.ToString(null, CultureInfo.InvariantCulture)); break;
            case IDictionary map: WriteMap(json, map); break;
            case IEnumerable items when PairsOf(items) is { } pairs: WritePairs(json, pairs); break;
            case IEnumerable items:
                json.WriteStartArray();
                foreach (var item in items) WriteValue(json, item);
                json.WriteEndArray();
                break;
            default: Write(json, value); break;
        }
    }

    private static void WriteMap(Utf8JsonWriter json, IDictionary map)
    {
        json.WriteStartObject();
        foreach (DictionaryEntry entry in map)
        {
            json.WritePropertyName(entry.Key.ToString()!);
            WriteValue(json, entry.Value);
        }

        json.WriteEndObject();
    }

    /// <summary>Maps of the configuration that are no <see cref="IDictionary"/>: their items have a Key and a Value.</summary>
    private static List<(string Key, object? Value)>? PairsOf(IEnumerable items)
    {
        var pairs = new List<(string, object?)>();
        foreach (var item in items)
        {
            if (item?.GetType() is not { IsGenericType: true } type || type.GetGenericTypeDefinition() != typeof(KeyValuePair<,>)) return null;
            pairs.Add((type.GetProperty("Key")!.GetValue(item)!.ToString()!, type.GetProperty("Value")!.GetValue(item)));
        }

        return pairs.Count > 0 ? pairs : null;
    }

    private static void WritePairs(Utf8JsonWriter json, List<(string Key, object? Value)> pairs)
    {
        json.WriteStartObject();
        foreach (var (key, value) in pairs)
        {
            json.WritePropertyName(key);
            WriteValue(json, value);
        }

        json.WriteEndObject();
    }
}
