using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeGateway.Sync.Events;

/// <summary>Writes an enumeration as the snake_case words of the outer contract ("no_subscriber", "not_found") and refuses numbers.</summary>
public sealed class SnakeWords<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>The closed sets of words in events: a word and its enumeration value, both ways.</summary>
public static class EventWords
{
    /// <summary>The word an event writes for a value, e.g. "over" for <see cref="OccupancyLevel.Over"/>.</summary>
    public static string Of<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>All words of a closed set, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(Of)];

    /// <summary>The value of a word.</summary>
    /// <exception cref="ArgumentException">The set holds no such word; the message names the allowed ones.</exception>
    public static T Parse<T>(string word) where T : struct, Enum =>
        Find<T>(word) ?? throw new ArgumentException($"'{word}' is no {typeof(T).Name}; allowed: {string.Join(", ", All<T>())}.", nameof(word));

    /// <summary>The value of a word; null where the set holds none such: of what another version wrote.</summary>
    public static T? Find<T>(string word) where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (Of(value) == word) return value;
        }

        return null;
    }
}

/// <summary>What moved, in the words of events and configuration.</summary>
[JsonConverter(typeof(SnakeWords<ObjectKind>))]
public enum ObjectKind { Person, Bicycle, Car, Motorcycle, Bus, Truck, Other }

/// <summary>The side of a line that was reached; which is which follows from the line's direction (see docs/events).</summary>
[JsonConverter(typeof(SnakeWords<CrossingDirection>))]
public enum CrossingDirection { In, Out }

/// <summary>How a count was made.</summary>
[JsonConverter(typeof(SnakeWords<CountMethod>))]
public enum CountMethod { Tracks, Calibrated, Density }

/// <summary>How full a place is.</summary>
[JsonConverter(typeof(SnakeWords<OccupancyLevel>))]
public enum OccupancyLevel { Normal, Warn, Full, Over }

/// <summary>The kind of a registration plate.</summary>
[JsonConverter(typeof(SnakeWords<PlateKind>))]
public enum PlateKind { Car, Motorbike, Special, Diplomatic, Temporary, Military, Unknown }

/// <summary>The background colour of a registration plate.</summary>
[JsonConverter(typeof(SnakeWords<PlateColour>))]
public enum PlateColour { White, Yellow, Blue, Red, Unknown }

/// <summary>Whether a rule has earned to be forwarded.</summary>
[JsonConverter(typeof(SnakeWords<RuleMode>))]
public enum RuleMode { Live, Trial }

/// <summary>What evidence may be used for.</summary>
[JsonConverter(typeof(SnakeWords<EvidenceUse>))]
public enum EvidenceUse { None, Review }

/// <summary>What a look-up of a vehicle's registration gave.</summary>
[JsonConverter(typeof(SnakeWords<OwnerStatus>))]
public enum OwnerStatus { Found, Ambiguous, Mismatch, NotFound, Pending, NotAttempted }

/// <summary>What a gate does.</summary>
[JsonConverter(typeof(SnakeWords<AccessDecision>))]
public enum AccessDecision { Allow, Deny, Ask }

/// <summary>Where an alert stands in its life; the three share one key.</summary>
[JsonConverter(typeof(SnakeWords<AlertState>))]
public enum AlertState { Raised, Updated, Cleared }

/// <summary>How urgent an alert is.</summary>
[JsonConverter(typeof(SnakeWords<AlertSeverity>))]
public enum AlertSeverity { Info, Warning, Critical }

/// <summary>What an alert is about.</summary>
[JsonConverter(typeof(SnakeWords<AlertKind>))]
public enum AlertKind
{
    Camera, Config, Disk, Clock, Model, Database, Delivery, Shed, WatchList, Capacity, Crowding, Loitering, Security,
}

/// <summary>What a gateway says of itself, or the broker in its name after it vanished.</summary>
[JsonConverter(typeof(SnakeWords<GatewayPresence>))]
public enum GatewayPresence { Online, Offline }

/// <summary>What a camera does.</summary>
[JsonConverter(typeof(SnakeWords<CameraCondition>))]
public enum CameraCondition { Streaming, Reconnecting, Frozen, Tampered, Unauthorised, Unsupported, Off }

/// <summary>How a camera was tampered with.</summary>
[JsonConverter(typeof(SnakeWords<TamperKind>))]
public enum TamperKind { Covered, Moved, Blurred }
