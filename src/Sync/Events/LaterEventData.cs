using System.Text.Json.Serialization;

namespace EdgeGateway.Sync.Events;

/// <summary>The paragraph of law that an act is suspected to break, as in force at the act's time.</summary>
/// <param name="Document">Number of the decree.</param>
/// <param name="Verified">False while nobody has compared the entry with the official print.</param>
/// <param name="AmendedBy">Number of the decree that amended the text in force; null when none did.</param>
/// <param name="Text">The act in short, no quotation.</param>
/// <param name="Fine">The range of the fine; null when none is entered.</param>
/// <param name="LicencePoints">Points taken from the driver's licence.</param>
public sealed record LegalReference(
    string Document, string Article, string Clause, string Point, DateOnly ValidFrom,
    bool Verified = false, string? AmendedBy = null, TwoLanguages? Text = null, FineRange? Fine = null, int LicencePoints = 0);

/// <summary>A fine from and to, VND, for a person.</summary>
public sealed record FineRange(long From, long To);

/// <summary>A vehicle within a violation.</summary>
public sealed record ViolationVehicle([property: JsonPropertyName("class")] ObjectKind Kind, long Track);

/// <summary>What is known of the owner when the violation is published.</summary>
public sealed record OwnerSummary(OwnerStatus Status);

/// <summary>Where the evidence lies, the SHA-256 of its manifest's content, and what it may be used for.</summary>
public sealed record EvidenceReference(string? Uri, string? Sha256, EvidenceUse Use)
{
    /// <summary>SHA-256 of the package's file as it travels, to check a download by; absent where there is none, or it could not be read again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PackageSha256 { get; init; }

    /// <summary>Why it may be used for nothing, for the operator; absent otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TwoLanguages>? Why { get; init; }

    /// <summary>When a signed address in <see cref="Uri"/> opens no more; <c>fetch_evidence</c> gives a new one. Absent where the uri names parts over MQTT.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? Until { get; init; }
}

/// <summary>A suspected violation; an officer establishes it.</summary>
/// <param name="Code">The closed code of the act, e.g. RED_LIGHT.</param>
public sealed record ViolationData(
    string Rule,
    string RuleId,
    RuleMode Mode,
    string Code,
    LegalReference? Legal,
    [property: JsonConverter(typeof(ThreeDecimals))] double Confidence,
    TwoLanguages Reason,
    ViolationVehicle Vehicle,
    PlateData? Plate,
    OwnerSummary Owner,
    EvidenceReference Evidence,
    DateTimeOffset From,
    DateTimeOffset To) : EventData;

/// <summary>The outcome of a registration look-up for a violation.</summary>
/// <param name="Violation">Event id of the violation.</param>
/// <param name="Sealed">The owner's data, readable by the operations centre only; null unless found.</param>
public sealed record OwnerData(
    string Violation,
    OwnerStatus Status,
    string? Sealed,
    string? Source,
    DateTimeOffset? CheckedAt) : EventData
{
    /// <summary>Why the look-up ended so: a word for programs (docs/registration.md lists them).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }
}

/// <summary>A decision at a gate.</summary>
/// <param name="Reason">A word for programs, e.g. <c>on_deny_list</c> (docs/entry-control.md lists them).</param>
/// <param name="DecidedBy"><c>gateway</c>, <c>verifier</c>, or the number of the officer who opened.</param>
/// <param name="Identity">Keyed hash of an identity; never the identity.</param>
public sealed record AccessData(
    string Gate,
    AccessDecision Decision,
    string Reason,
    string DecidedBy,
    PlateData? Plate,
    string? Identity) : EventData
{
    /// <summary>The vehicle's track on its camera; absent for cards and operators.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Track { get; init; }

    /// <summary>Vehicles before the gate, this one included; absent where they are not seen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Waiting { get; init; }

    /// <summary>How long it has been at the gate: until this decision, or until it passed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(Seconds))]
    public TimeSpan? Dwell { get; init; }

    /// <summary>For the operator; the bytes come as parts of evidence under the event's id.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PictureData>? Pictures { get; init; }

    /// <summary>The age group of a checked identity, e.g. 25-39.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AgeGroup { get; init; }

    /// <summary>Three digits of the place of birth registration of a checked identity; only where configured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Province { get; init; }

    /// <summary>The event that asked, where an operator answered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Asked { get; init; }

    /// <summary>The operator's words, as typed: show them as text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }
}

/// <summary>A report was made.</summary>
public sealed record ReportData(
    string Kind,
    DateTimeOffset From,
    DateTimeOffset To,
    string Site,
    string Uri,
    string Sha256) : EventData;

/// <summary>Retained: what the gateway says of itself. As last will it says offline.</summary>
/// <param name="TimeSource">What the clock follows, e.g. "ntp"; "unknown" when not found out.</param>
/// <param name="TimeOffset">Distance of the clock from its source in seconds; null when unknown.</param>
/// <param name="OldestUnacknowledged">Time of the oldest event that the broker does not have or, for the types that await it, that the operations centre has not acknowledged; null when there is none.</param>
/// <param name="Pending">Events that wait for delivery.</param>
/// <param name="Problems">What is wrong now, as keys of alerts.</param>
public sealed record StatusData(
    GatewayPresence State,
    string Version,
    DateTimeOffset Started,
    string TimeSource,
    [property: JsonConverter(typeof(Seconds))] TimeSpan? TimeOffset,
    DateTimeOffset? OldestUnacknowledged,
    long Pending,
    IReadOnlyList<string> Problems) : EventData;

/// <summary>Retained: what a camera does.</summary>
/// <param name="Tamper">How, when tampered.</param>
/// <param name="Fps">Frames analysed a second.</param>
/// <param name="Dropped">Frames dropped since the start.</param>
/// <param name="Reason">In words for people; null while streaming.</param>
public sealed record CameraStateData(
    CameraCondition State,
    TamperKind? Tamper,
    [property: JsonConverter(typeof(ThreeDecimals))] double Fps,
    long Dropped,
    DateTimeOffset Since,
    TwoLanguages? Reason) : EventData
{
    /// <summary>What the installer calls the camera; absent of one that is switched off in its file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }
}
