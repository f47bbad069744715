using System.Text.Json.Serialization;

namespace EdgeGateway.Sync.Events;

/// <summary>What every event's data carries: the camera it comes from and, when configured, the place. The factory fills both in.</summary>
public abstract record EventData
{
    /// <summary>Identifier of the camera; absent for events of a whole site.</summary>
    [JsonPropertyOrder(-2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Camera { get; init; }

    /// <summary>Where the camera stands; absent when not configured.</summary>
    [JsonPropertyOrder(-1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Place? Place { get; init; }
}

/// <summary>A place in words and WGS 84 degrees.</summary>
public sealed record Place(string Text, double? Lat, double? Lon);

/// <summary>The same sentence in Vietnamese and English.</summary>
public sealed record TwoLanguages(string Vi, string En);

/// <summary>One track crossed one line.</summary>
/// <param name="Track">Number of the track within its camera's run.</param>
/// <param name="At">Moment of the crossing, interpolated between frames.</param>
/// <param name="EntryLine">The line over which the track came into the picture's area of interest; null when it crossed none before.</param>
/// <param name="Dwell">Time between entry and this crossing; null without an entry.</param>
public sealed record CrossingData(
    long Track,
    [property: JsonPropertyName("class")] ObjectKind Kind,
    string Line,
    CrossingDirection Direction,
    DateTimeOffset At,
    string? EntryLine,
    [property: JsonConverter(typeof(Seconds))] TimeSpan? Dwell) : EventData
{
    /// <summary>
    /// <c>at</c> of the crossing the other way that this one takes back: the track turned round right behind the line. Neither of the two is
    /// in a count. Null, and not written, as a rule.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? TakesBack { get; init; }
}

/// <summary>How many crossed a counter's line within an interval. A higher revision replaces the whole interval.</summary>
/// <param name="Coverage">Share of the interval's seconds that were watched, 0 to 1.</param>
/// <param name="Revision">1 for the first publication of the interval.</param>
public sealed record CountData(
    string Counter,
    string Line,
    [property: JsonPropertyName("class")] ObjectKind Kind,
    int In,
    int Out,
    DateTimeOffset From,
    DateTimeOffset To,
    [property: JsonConverter(typeof(ThreeDecimals))] double Coverage,
    CountMethod Method,
    int Revision) : EventData
{
    /// <summary>Crossings inwards as tracked, before the correction; only beside method <c>calibrated</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? RawIn { get; init; }

    /// <summary>Crossings outwards as tracked, before the correction; only beside method <c>calibrated</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? RawOut { get; init; }
}

/// <summary>How many are in a zone or site now.</summary>
/// <param name="Zone">The zone; null where the number is the difference of a counter's in and out.</param>
/// <param name="Capacity">The stated limit; null when none is configured.</param>
public sealed record OccupancyData(
    string Counter,
    string? Zone,
    int Present,
    int? Capacity,
    OccupancyLevel Level,
    DateTimeOffset At) : EventData
{
    /// <summary>How the number came about: <c>calibrated</c> as soon as it holds an interval that a count by hand has corrected.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CountMethod? Method { get; init; }

    /// <summary>For a site or a counter's sum: the share of its gates that are watched at this moment, 0 to 1. Below 1 people come and go unseen, and the number may be far from what is there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(ThreeDecimals))]
    public double? Coverage { get; init; }

    /// <summary>For a zone: stays that ended since the full hour.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Visits { get; init; }

    /// <summary>For a zone: the mean time of those stays; absent while they are fewer than five, because a mean of few tells of one person.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(Seconds))]
    public TimeSpan? MeanDwell { get; init; }

    /// <summary>For a site: how far the number was corrected since the last reset, by hand or because it would have gone below zero.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Drift { get; init; }

    /// <summary>For a site: the highest number since the last reset.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Peak { get; init; }

    /// <summary>For a site: when <see cref="Peak"/> was reached.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? PeakAt { get; init; }
}

/// <summary>A plate as read. Either the texts or their hash are there, as the camera's <c>passages</c> setting says.</summary>
/// <param name="Text">Characters without separators; a doubtful one is '?'.</param>
/// <param name="Display">With the separators of its kind.</param>
/// <param name="Hash">Keyed hash of <paramref name="Text"/>, in place of the texts.</param>
/// <param name="Lines">1 or 2.</param>
/// <param name="CharConfidences">One per character of the text, 0 to 1.</param>
public sealed record PlateData(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Display,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Hash,
    [property: JsonConverter(typeof(ThreeDecimals))] double Confidence,
    PlateKind Kind,
    PlateColour Colour,
    int Lines,
    [property: JsonConverter(typeof(ThreeDecimalsList))] IReadOnlyList<double> CharConfidences,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<PlateAlternative>? Alternatives);

/// <summary>Another reading of the same plate.</summary>
public sealed record PlateAlternative(string Text, [property: JsonConverter(typeof(ThreeDecimals))] double Confidence);

/// <summary>A picture kept as evidence: where it lies and the SHA-256 of its bytes in lower-case hex.</summary>
public sealed record PictureData(string Uri, string Sha256);

/// <summary>One vehicle went by. The plate is null when none was read.</summary>
/// <param name="Line">The counted line it crossed, null when none.</param>
/// <param name="From">When it was first seen.</param>
/// <param name="To">When it was last seen.</param>
public sealed record PassageData(
    long Track,
    [property: JsonPropertyName("class")] ObjectKind Kind,
    PlateData? Plate,
    string? Line,
    CrossingDirection? Direction,
    DateTimeOffset From,
    DateTimeOffset To,
    IReadOnlyList<PictureData> Pictures) : EventData;

/// <summary>Something that somebody should know, with a life: raised, updated and cleared under one key.</summary>
public sealed record AlertData(
    string Key,
    AlertKind Kind,
    AlertState State,
    AlertSeverity Severity,
    TwoLanguages Text,
    DateTimeOffset Since) : EventData
{
    /// <summary>The vehicle of kind <c>watch_list</c>; absent otherwise, and when the alert is cleared after a restart.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ListedVehicle? Vehicle { get; init; }
}

/// <summary>A vehicle on a watch list.</summary>
/// <param name="Plate">Normalised text.</param>
/// <param name="Colour">As read; unknown where it was not.</param>
/// <param name="Track">The track of its camera.</param>
/// <param name="Lists">The words of the lists on which it stands.</param>
public sealed record ListedVehicle(string Plate, PlateColour Colour, long Track, IReadOnlyList<string> Lists);
