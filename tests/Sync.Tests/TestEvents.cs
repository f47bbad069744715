using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;

namespace EdgeGateway.Sync.Tests;

/// <summary>Events and options as tests need them.</summary>
internal static class TestEvents
{
    public const string Gateway = "bien-cua-lo-01";

    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly EventOrigin Camera = EventOrigin.Camera("cong-binh-minh", new Place("Cổng Bình Minh", 18.8206, 105.7189));
    public static readonly EventOrigin Site = EventOrigin.Site("bai-bien-cua-lo");

    public static GatewayEvents Live() => new(Gateway, new LiveEventIds());

    public static GatewayEvent Crossing(GatewayEvents events, long track, DateTimeOffset? at = null) => events.Create(Camera, at ?? Start,
        new CrossingData(track, ObjectKind.Person, "gate", CrossingDirection.In, at ?? Start, null, null));

    public static GatewayEvent Count(GatewayEvents events, int value) => events.Create(Camera, Start,
        new CountData("visitors", "gate", ObjectKind.Person, value, 0, Start, Start.AddMinutes(15), 1, CountMethod.Tracks, 1));

    public static GatewayEvent Passage(GatewayEvents events, long track) => events.Create(Camera, Start,
        new PassageData(track, ObjectKind.Car, null, "gate", CrossingDirection.In, Start, Start.AddSeconds(4), []));

    public static GatewayEvent Violation(GatewayEvents events, long track) => events.Create(Camera, Start, new ViolationData(
        "red_light", "den-do", RuleMode.Live, "RED_LIGHT", new LegalReference("168/2024/NĐ-CP", "6", "9", "b", new DateOnly(2025, 1, 1)), 0.91,
        new TwoLanguages("Vượt đèn đỏ.", "Ran a red light."), new ViolationVehicle(ObjectKind.Car, track), null,
        new OwnerSummary(OwnerStatus.Pending), new EvidenceReference(null, null, EvidenceUse.Review), Start, Start.AddSeconds(3)));

    public static string Folder() => Directory.CreateTempSubdirectory("edgegateway-outbox-").FullName;

    public static OutboxOptions Outbox(string folder) => new()
    {
        Path = Path.Combine(folder, "outbox.db"),
        RetryFirst = TimeSpan.FromMilliseconds(20),
        RetryMax = TimeSpan.FromMilliseconds(200),
        Busy = TimeSpan.FromMilliseconds(200),
        MaxAge = TimeSpan.FromDays(3650), // the events here carry times of long ago
    };

    public static BrokerOptions Broker(int port, MqttVersion version = MqttVersion.V5) => new()
    {
        Address = new BrokerAddress("127.0.0.1", port, Tls: false),
        ClientId = Gateway,
        Version = version,
        ReconnectFirst = TimeSpan.FromMilliseconds(50),
        ReconnectMax = TimeSpan.FromMilliseconds(400),
        RefusedMax = TimeSpan.FromMilliseconds(400),
    };
}
