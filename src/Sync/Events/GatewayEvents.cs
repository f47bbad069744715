using System.Buffers;
using System.Text.Json;

namespace EdgeGateway.Sync.Events;

/// <summary>An event as it goes out: its bytes are written once and never change, whatever becomes of the line.</summary>
/// <param name="Id">The same on every resend; receivers drop repeats by it.</param>
/// <param name="Type">The word of its type, e.g. "count".</param>
/// <param name="Topic">Where it is published.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Json">A CloudEvent in structured JSON, UTF-8.</param>
public sealed record GatewayEvent(Ulid Id, string Type, string Topic, EventPriority Priority, DateTimeOffset Time, byte[] Json);

/// <summary>Where an event comes from: a camera, with its place when configured, or a whole site.</summary>
public sealed record EventOrigin
{
    private EventOrigin(string id, bool isSite, Place? place) => (Id, IsSite, Place) = (Topics.Checked(id), isSite, place);

    public string Id { get; }

    public bool IsSite { get; }

    public Place? Place { get; }

    public static EventOrigin Camera(string cameraId, Place? place = null) => new(cameraId, isSite: false, place);

    public static EventOrigin Site(string siteId, Place? place = null) => new(siteId, isSite: true, place);
}

/// <summary>Makes the CloudEvents of one gateway: stamps id, source, topic, camera and place, and writes the bytes.</summary>
public sealed class GatewayEvents
{
    private readonly IEventIds _ids;

    /// <param name="gatewayId">[a-z0-9-].</param>
    /// <param name="ids"><see cref="LiveEventIds"/>, or <see cref="ReplayEventIds"/> for a recorded file.</param>
    public GatewayEvents(string gatewayId, IEventIds ids)
    {
        GatewayId = Topics.Checked(gatewayId);
        Topics = new Topics(gatewayId);
        _ids = ids;
    }

    /// <summary>Whether the clock follows nothing just now: events then say so beside their time. Never in a replay, whose time is what its user stated.</summary>
    public Func<bool> ClockIsUnsynchronised { get; init; } = () => false;

    public string GatewayId { get; }

    public Topics Topics { get; }

    /// <summary>An event of a camera or site.</summary>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="time">When it happened.</param>
    /// <param name="data">What happened.</param>
    /// <param name="id">Its id when that was taken before by <see cref="NextId"/>, for evidence that must name it; a new one when null.</param>
    /// <exception cref="ArgumentException">A number in the data is not finite.</exception>
    public GatewayEvent Create<TData>(EventOrigin origin, DateTimeOffset time, TData data, Ulid? id = null) where TData : EventData
    {
        var type = EventCatalogue.Of(data.GetType());
        var topic = origin.IsSite ? Topics.SiteEvents(origin.Id, type.Word) : Topics.CameraEvents(origin.Id, type.Word);
        return Write(origin, Source(origin), type, topic, time, data, id);
    }

    /// <summary>Takes the id of an event that is made later.</summary>
    public Ulid NextId(EventOrigin origin, DateTimeOffset time) => _ids.Next(UtcMilliseconds.Round(time), GatewayId, origin.Id);

    /// <summary>The retained state of a camera.</summary>
    public GatewayEvent CameraState(EventOrigin camera, DateTimeOffset time, CameraStateData data) =>
        Write(camera, Source(camera), EventCatalogue.Of(typeof(CameraStateData)), Topics.CameraState(camera.Id), time, data);

    /// <summary>The retained occupancy of a site, for sign boards.</summary>
    public GatewayEvent SiteOccupancy(EventOrigin site, DateTimeOffset time, OccupancyData data) =>
        Write(site, Source(site), EventCatalogue.Of(typeof(OccupancyData)), Topics.SiteOccupancy(site.Id), time, data);

    /// <summary>The gateway's retained status.</summary>
    public GatewayEvent Status(DateTimeOffset time, StatusData data) =>
        Write(origin: null, "/gateways/" + GatewayId, EventCatalogue.Of(typeof(StatusData)), Topics.Status, time, data);

    private string Source(EventOrigin origin) => $"/gateways/{GatewayId}/{(origin.IsSite ? "sites" : "cameras")}/{origin.Id}";

    private GatewayEvent Write(EventOrigin? origin, string source, EventType type, string topic, DateTimeOffset time, EventData data, Ulid? known = null)
    {
        time = UtcMilliseconds.Round(time);
        var id = known ?? _ids.Next(time, GatewayId, origin?.Id ?? "");
        var stamped = origin is null ? data : data with { Camera = origin.IsSite ? null : origin.Id, Place = origin.Place };
        return new GatewayEvent(id, type.Word, topic, type.Priority, time, CloudEventWriter.Write(id, source, type, time, ClockIsUnsynchronised(), stamped));
    }
}

/// <summary>Writes the CloudEvents 1.0 envelope with its keys in a fixed order.</summary>
internal static class CloudEventWriter
{
    /// <summary>The word of the attribute <c>clock</c>.</summary>
    public const string Unsynchronised = "unsynchronised";

    public const string ContentType = "application/cloudevents+json";

    public static byte[] Write(Ulid id, string source, EventType type, DateTimeOffset time, bool isUnsynchronised, EventData data)
    {
        var buffer = new ArrayBufferWriter<byte>(768);
        using (var json = new Utf8JsonWriter(buffer, EventJsonText.Writing))
        {
            json.WriteStartObject();
            json.WriteString("specversion"u8, "1.0"u8);
            json.WriteString("id"u8, id.ToString());
            json.WriteString("source"u8, source);
            json.WriteString("type"u8, type.CloudType);
            json.WriteString("time"u8, UtcMilliseconds.Text(time));
            // An extension attribute (CloudEvents 1.0, 3.2): absent as a rule.
            if (isUnsynchronised) json.WriteString("clock"u8, Unsynchronised);
            json.WriteString("datacontenttype"u8, "application/json"u8);
            json.WritePropertyName("data"u8);
            JsonSerializer.Serialize(json, data, EventJsonText.Context.GetTypeInfo(type.Data)!);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
