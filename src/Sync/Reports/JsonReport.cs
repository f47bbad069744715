using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace EdgeGateway.Sync.Reports;

/// <summary>The report as JSON, with a schema made from the records that write it.</summary>
public static class JsonReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly VisitorReportJson Readable = new(new JsonSerializerOptions(VisitorReportJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = null });

    public static void Write(Stream output, VisitorReport report) => JsonSerializer.Serialize(output, report, Readable.VisitorReport);

    /// <summary>Times are written by a converter of their own, of which the exporter knows nothing.</summary>
    private static JsonNode WithTimes(JsonSchemaExporterContext context, JsonNode node)
    {
        if ((Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type) != typeof(DateTimeOffset)) return node;
        var isNullable = Nullable.GetUnderlyingType(context.TypeInfo.Type) is not null;
        return new JsonObject { ["type"] = isNullable ? new JsonArray("string", "null") : "string", ["format"] = "date-time" };
    }

    /// <summary>The text of <c>docs/schema/visitor-report.json</c>.</summary>
    public static string SchemaText()
    {
        var made = Readable.VisitorReport.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = WithTimes }).AsObject();
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = "visitor-report.json",
            ["title"] = VisitorReport.SchemaName,
            ["description"] = "What edgegateway report visitors --format json writes. Numbers are crossings, not unique visitors.",
        };
        foreach (var (name, value) in made.ToList())
        {
            made.Remove(name);
            schema[name] = value;
        }

        return schema.ToJsonString(Indented) + "\n";
    }
}
