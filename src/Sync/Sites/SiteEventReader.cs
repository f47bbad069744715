using System.Text.Json;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Sites;

/// <summary>An event of a camera, as it was read from its bytes.</summary>
/// <param name="Id">The event's ULID.</param>
public sealed record CameraEvent(string Id, string Gateway, string Camera, EventData Data);

/// <summary>
/// Reads the events of other gateways that the sum of a site needs: <c>count</c>, <c>crossing</c> and <c>occupancy</c>, and the cameras' retained
/// <c>state</c>, which tells their names for people. Everything else, and
/// everything that does not keep to the schema, is null: another machine's message must not end this one.
/// </summary>
public static class SiteEventReader
{
    private const int MostBytes = 64 * 1024;

    /// <summary>The filters to subscribe to, for each gateway of <c>site.aggregate</c>.</summary>
    public static IReadOnlyList<string> Filters(IReadOnlyCollection<string> gateways) =>
        [.. gateways.SelectMany(id => (string[])["count", "crossing", "occupancy"], (id, word) => $"edge/{Topics.Checked(id)}/cameras/+/events/{word}"), .. gateways.Select(id => $"edge/{Topics.Checked(id)}/cameras/+/state")];

    /// <summary>Reads one structured CloudEvent.</summary>
    public static CameraEvent? Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MostBytes) return null;
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.GetProperty("id").GetString() is not { Length: 26 } id) return null;
            if ((root.GetProperty("source").GetString() ?? "").Split('/') is not ["", "gateways", var gateway, "cameras", var camera]) return null;
            var data = root.GetProperty("data");
            EventData? read = root.GetProperty("type").GetString() switch
            {
                "vn.edgegateway.count.v1" => data.Deserialize(EventJsonText.Context.CountData),
                "vn.edgegateway.crossing.v1" => data.Deserialize(EventJsonText.Context.CrossingData),
                "vn.edgegateway.occupancy.v1" => data.Deserialize(EventJsonText.Context.OccupancyData),
                "vn.edgegateway.state.v1" => data.Deserialize(EventJsonText.Context.CameraStateData),
                _ => null,
            };
            return read is null or CountData { Counter: null } ? null : new CameraEvent(id, Topics.Checked(gateway), Topics.Checked(camera), read);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Gives an event of another gateway to the site's sum, and to the archive what it keeps.</summary>
    public static void Take(CameraEvent heard, SiteCounter site, ArchiveWriter? archive, string siteId)
    {
        switch (heard.Data)
        {
            case CountData count when count.Line is not null:
                site.Count(new GateKey(heard.Gateway, heard.Camera, count.Line), count);
                archive?.Add(ArchivedCount.Of(heard.Gateway, siteId, heard.Camera, count));
                break;
            case CrossingData crossing when crossing.Line is not null:
                var (gate, inwards) = (new GateKey(heard.Gateway, heard.Camera, crossing.Line), crossing.Direction == CrossingDirection.In);
                if (crossing.TakesBack is { } taken) site.TakeBack(gate, crossing.Kind, !inwards, taken, heard.Id);
                else site.Cross(gate, crossing.Kind, inwards, crossing.At, heard.Id);
                break;
            case OccupancyData { Zone: { } zone } occupancy:
                site.Zone(heard.Gateway, heard.Camera, zone, occupancy.Present, occupancy.At);
                break;
        }
    }
}
