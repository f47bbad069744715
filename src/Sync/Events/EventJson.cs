using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeGateway.Sync.Events;

/// <summary>How event data becomes JSON: camelCase, keys in the order of the records, Vietnamese as UTF-8, nothing indented.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(UtcMilliseconds)])]
[JsonSerializable(typeof(CrossingData))]
[JsonSerializable(typeof(CountData))]
[JsonSerializable(typeof(OccupancyData))]
[JsonSerializable(typeof(PassageData))]
[JsonSerializable(typeof(AlertData))]
[JsonSerializable(typeof(ViolationData))]
[JsonSerializable(typeof(OwnerData))]
[JsonSerializable(typeof(AccessData))]
[JsonSerializable(typeof(ReportData))]
[JsonSerializable(typeof(StatusData))]
[JsonSerializable(typeof(CameraStateData))]
internal sealed partial class EventJson : JsonSerializerContext;

/// <summary>Readable Vietnamese: JSON goes into MQTT and files, not into HTML, so only what JSON itself demands is escaped.</summary>
internal static class EventJsonText
{
    public static JsonWriterOptions Writing { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static EventJson Context { get; } = new(new JsonSerializerOptions(EventJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = null,
    });
}
