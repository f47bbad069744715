using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Evidence;

/// <summary>What a file of a package is. Stills and clips come untouched, with drawings over them, and blurred for export.</summary>
[JsonConverter(typeof(SnakeWords<EvidenceRole>))]
public enum EvidenceRole
{
    StillBefore, StillAt, StillAfter, PlateCrop, Clip,
    OverlayBefore, OverlayAt, OverlayAfter, OverlayClip,
    ExportBefore, ExportAt, ExportAfter, ExportClip,
}

/// <summary>What a package is kept for; each kind has its own retention.</summary>
[JsonConverter(typeof(SnakeWords<EvidenceKind>))]
public enum EvidenceKind
{
    /// <summary>A suspected violation of a live rule.</summary>
    Violation,

    /// <summary>The same of a rule on trial.</summary>
    Trial,
}

/// <summary>The camera as its file and its approval name it.</summary>
/// <param name="Decision">Number of the decision by which it is used (Decree 61/2026, Article 12.2).</param>
/// <param name="Certificate">Number of its certificate of verification.</param>
public sealed record EvidenceCamera(string Id, string Name, string? Decision, string? Certificate, DateOnly? ValidUntil);

/// <summary>The clock at the act.</summary>
/// <param name="Source">What it follows, e.g. "ntp"; "unknown" when not found out.</param>
/// <param name="Offset">Distance from its source in seconds; null when unknown.</param>
public sealed record EvidenceClock(string Source, bool Synchronised, [property: JsonConverter(typeof(Seconds))] TimeSpan? Offset);

/// <summary>The plate as read.</summary>
/// <param name="Raw">As the reader gave it, before any correction.</param>
/// <param name="Normalised">Without separators, after the grammar.</param>
public sealed record EvidencePlate(
    string Raw, string Normalised, string Display, PlateKind Kind, PlateColour Colour,
    [property: JsonConverter(typeof(ThreeDecimals))] double Confidence,
    [property: JsonConverter(typeof(ThreeDecimalsList))] IReadOnlyList<double> CharConfidences);

/// <summary>What a light showed for a time.</summary>
/// <param name="State">red, yellow, green, off, unknown.</param>
public sealed record SignalSpan(string Signal, string State, DateTimeOffset From, DateTimeOffset To);

/// <summary>A measured speed. Stands in a manifest only where the camera has a valid speed meter's certificate.</summary>
public sealed record EvidenceSpeed(
    [property: JsonConverter(typeof(ThreeDecimals))] double Kmh, int LimitKmh, string Certificate);

/// <summary>Another measure of the act: the standing time of a parked car, the number of people on a motorbike.</summary>
public sealed record EvidenceMeasure(string Name, [property: JsonConverter(typeof(ThreeDecimals))] double Value, string Unit);

/// <summary>How sure the gateway is, and of what.</summary>
public sealed record EvidenceConfidence(
    [property: JsonConverter(typeof(ThreeDecimals))] double Total, IReadOnlyList<ConfidencePart> Parts);

/// <param name="Name">track, geometry, signal, plate.</param>
public sealed record ConfidencePart(string Name, [property: JsonConverter(typeof(ThreeDecimals))] double Value);

/// <summary>A model or rule with the hash of what it was: file, or settings.</summary>
public sealed record EvidenceVersion(string Name, string Version, string Sha256);

/// <summary>A file of the package.</summary>
/// <param name="TakenAt">When the picture was taken, or the clip begins.</param>
public sealed record EvidenceFile(string Name, EvidenceRole Role, string MediaType, long Bytes, string Sha256, DateTimeOffset? TakenAt);

/// <summary>The package's place in the chain: it is the next after the line with this hash.</summary>
public sealed record EvidenceLink(long Sequence, string Previous);

/// <summary>What the evidence may be used for and, where for nothing, why.</summary>
public sealed record UseDecision(EvidenceUse Use, IReadOnlyList<TwoLanguages> Reasons);

/// <summary>What is known of a suspected act when its evidence is packed.</summary>
/// <param name="Event">Id of the violation event (ULID).</param>
/// <param name="RecordedAt">When the package is made; a replay gives the frame's time.</param>
/// <param name="Unit">The unit that uses the device (Decree 61/2026, Article 14.2.a).</param>
/// <param name="DeviceUser">The officer who uses the device: a number or a name.</param>
/// <param name="Direction">Direction of travel, where known: <c>in</c> or <c>out</c> over the rule's line, else <c>leftwards</c>, <c>rightwards</c>, <c>upwards</c> or <c>downwards</c> in the picture.</param>
/// <param name="Speed">Left out by the store unless a certificate stands in it.</param>
public sealed record EvidenceFacts(
    string Event, DateTimeOffset RecordedAt, string Rule, string RuleId, RuleMode Mode, string Code, LegalReference? Legal, TwoLanguages Reason,
    UseDecision Use, string? Unit, string? DeviceUser, EvidenceCamera Camera, Place? Place, string? Direction, DateTimeOffset From, DateTimeOffset To,
    EvidenceClock Clock, ViolationVehicle Vehicle, EvidencePlate? Plate, IReadOnlyList<SignalSpan> Signals, EvidenceSpeed? Speed, EvidenceMeasure? Measure,
    EvidenceConfidence Confidence, string Gateway, string Software, IReadOnlyList<EvidenceVersion> Models, IReadOnlyList<EvidenceVersion> Rules);

/// <summary>
/// What a package says of itself, the record of Decree 61/2026/NĐ-CP, Article 14.2: (a) unit and device user, (c) images, (d) measured
/// value, (đ) time and place, (e) act. The evidence's hash is the SHA-256 of this file's bytes.
/// </summary>
/// <param name="Missing">Roles of a whole package that this one lacks.</param>
public sealed record EvidenceManifest(string Schema, EvidenceFacts Act, IReadOnlyList<EvidenceFile> Files, IReadOnlyList<EvidenceRole> Missing, EvidenceLink Chain)
{
    public const string SchemaName = "vn.edgegateway.evidence.v1";

    /// <summary>The manifest's name in the package.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The signature's name: ECDSA P-256 over SHA-256 of the manifest, DER, as <c>openssl dgst -sha256 -verify</c> takes it.</summary>
    public const string SignatureName = "manifest.sig";

    /// <summary>The name of the file with the signing key's id.</summary>
    public const string KeyIdName = "manifest.key";

    /// <summary>A manifest is about 4 kB.</summary>
    internal const int LargestBytes = 1 << 20;

    /// <summary>What a whole package holds.</summary>
    internal static readonly IReadOnlyList<EvidenceRole> WholeRoles = [EvidenceRole.StillBefore, EvidenceRole.StillAt, EvidenceRole.StillAfter, EvidenceRole.PlateCrop, EvidenceRole.Clip];

    /// <summary>The bytes that are hashed and signed: keys in the order of the records, times in UTC with milliseconds.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestJsonText.Context.EvidenceManifest);

    /// <exception cref="JsonException">These are no bytes of a manifest.</exception>
    public static EvidenceManifest FromBytes(ReadOnlySpan<byte> bytes)
    {
        var manifest = JsonSerializer.Deserialize(bytes, ManifestJsonText.Context.EvidenceManifest);
        if (manifest is { Schema: SchemaName, Act: { Event: not null, Camera: not null }, Files: { } files, Chain: not null } && files.All(file => file is { Name: not null, Sha256: not null })) return manifest;
        throw new JsonException($"it is no {SchemaName}, or lacks act, files or chain");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(UtcMilliseconds)], WriteIndented = true, NewLine = "\n", MaxDepth = 16)]
[JsonSerializable(typeof(EvidenceManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;

/// <summary>With Vietnamese letters as they are.</summary>
internal static class ManifestJsonText
{
    public static ManifestJson Context { get; } = new(new JsonSerializerOptions(ManifestJson.Default.Options)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = null,
    });
}
