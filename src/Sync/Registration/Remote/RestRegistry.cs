using System.Net;
using System.Text.Json;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Registration.Remote;

/// <summary>
/// A REST/JSON registry as seen in provincial portals: a login for a token, one GET a plate. The officer, unit, purpose, case and
/// request travel in headers (percent-encoded where they are not ASCII), because the address stands in access logs.
/// </summary>
public sealed class RestRegistry : IRegistrySource, IDisposable
{
    private const int MostDepth = 16;

    private readonly ServiceOptions _options;
    private readonly OwnerSeal? _seal;
    private readonly ServiceClient _client;

    /// <exception cref="ArgumentException">The address is not https, or a certificate's file cannot be read.</exception>
    public RestRegistry(ServiceOptions options, OwnerSeal? seal, IQuotaBook quota, TimeProvider time)
    {
        (_options, _seal) = (options, seal);
        _client = new ServiceClient(Name, options, quota, time, client => options switch
        {
            { Platform: { } platform } => new PlatformTokens(platform, client, time),
            { Username: not null } => new LoginTokens(options, client, time),
            _ => null,
        });
    }

    public string Name => "rest";

    public bool IsRemote => true;

    public TimeSpan? Rest => _client.Rest;

    public bool AsksForTheTime => _options.Path.Contains("{date}", StringComparison.Ordinal);

    public async Task<SourceAnswer> LookUpAsync(RegistryQuery query, CancellationToken stop)
    {
        try
        {
            return SourceAnswer.Of(await _client.AskAsync(() => Request(query), reply => Read(reply, query), stop));
        }
        catch (ServiceFaultException fault)
        {
            return SourceAnswer.Away(fault.Message, fault.RetryAfter);
        }
    }

    public void Dispose() => _client.Dispose();

    private HttpRequestMessage Request(RegistryQuery query)
    {
        var path = _options.Path
            .Replace("{plate}", query.Plate, StringComparison.Ordinal)
            .Replace("{colour}", EventWords.Of(query.Colour), StringComparison.Ordinal)
            .Replace("{vehicle}", EventWords.Of(query.Vehicle), StringComparison.Ordinal)
            .Replace("{date}", query.At.ToOffset(TimeSpan.FromHours(7)).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var request = new HttpRequestMessage(HttpMethod.Get, ServiceUrl.Of(_options.Url, path));
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        foreach (var (name, value) in AuditNames.Of(query, _options)) request.Headers.TryAddWithoutValidation(name, Uri.EscapeDataString(value));
        return request;
    }

    internal List<RegistryRow> Read(ServiceReply reply, RegistryQuery query)
    {
        if (reply.Status is not (HttpStatusCode.OK or HttpStatusCode.NotFound or HttpStatusCode.NoContent)) throw RemoteVehicle.NotUnderstood($"status {(int)reply.Status}");
        if (reply.Status == HttpStatusCode.NoContent) return [];
        if (reply.MediaType.Contains("html", StringComparison.OrdinalIgnoreCase)) throw RemoteVehicle.NotUnderstood("an HTML page where JSON was expected");
        try
        {
            using var json = JsonDocument.Parse(reply.Body, new JsonDocumentOptions { MaxDepth = MostDepth });
            var list = ListIn(json.RootElement) ?? throw RemoteVehicle.NotUnderstood("JSON without a list of vehicles");
            // "Not found" as a status is believed only when the service itself says it, not a proxy before it.
            List<RegistryRow> rows = [];
            foreach (var item in list) rows.AddRange(RemoteVehicle.Of(FieldsOf(item), query, _seal));

            return rows;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second: a string with half a surrogate pair, which only reading it shows.
            throw RemoteVehicle.NotUnderstood("no whole JSON");
        }
        finally
        {
            Array.Clear(reply.Body);
        }
    }

    // [ … ], { "data": [ … ] }, { "data": { … } } or { "data": null }.
    private static List<JsonElement>? ListIn(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array) return [.. root.EnumerateArray()];
        if (root.ValueKind != JsonValueKind.Object) return null;
        // An error's code beside an empty list, however deep, says nothing of the vehicle.
        foreach (var property in root.EnumerateObject().Where(one => one.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))) RemoteVehicle.RequireSuccess(property.Name, property.Value.ToString());
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name is not ("data" or "items" or "ketQua" or "danhSach" or "result")) continue;
            return property.Value.ValueKind switch
            {
                JsonValueKind.Array => [.. property.Value.EnumerateArray()],
                JsonValueKind.Null => [],
                JsonValueKind.Object => ListIn(property.Value) ?? [property.Value],
                _ => null,
            };
        }

        return null;
    }

    private static Dictionary<string, string> FieldsOf(JsonElement vehicle)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (vehicle.ValueKind != JsonValueKind.Object) throw RemoteVehicle.NotUnderstood("a vehicle that is no object");
        foreach (var property in vehicle.EnumerateObject())
        {
            if (property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) RemoteVehicle.RequirePlain(property.Name);
            // The owner's fields stand in an object of their own, in a list of such, or beside the vehicle's.
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var inner in property.Value.EnumerateObject()) Add(inner);
                    break;
                case JsonValueKind.Array:
                    foreach (var inner in property.Value.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Object).SelectMany(one => one.EnumerateObject())) Add(inner);
                    break;
                default:
                    Add(property);
                    break;
            }
        }

        return fields;

        void Add(JsonProperty property)
        {
            if (property.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number) RemoteVehicle.Add(fields, property.Name, property.Value.ToString());
        }
    }
}

/// <summary>The names under which a question says who asks: those of the population database's service.</summary>
internal static class AuditNames
{
    public static IEnumerable<(string Name, string Value)> Of(RegistryQuery query, ServiceOptions options) =>
    [
        ("MaYeuCau", query.RequestId), ("MaDVC", options.ServiceCode), ("MaTichHop", options.IntegrationCode),
        ("MaCanBo", query.Audit.Officer), ("MaDonVi", query.Audit.Unit), ("MucDich", query.Audit.Purpose), ("MaHoSo", query.Audit.CaseId),
    ];
}
