using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Violations;

/// <summary>
/// All that is needed to publish an act, decided when it was raised: what the camera's file and the law said then holds at the next start too.
/// </summary>
/// <param name="Facts">The manifest's record: id, rule, law, use, clock, plate, confidence.</param>
/// <param name="Act">What the rule suspects, with the places of the vehicle.</param>
/// <param name="Plate">The plate as far as it was read by then; null without one.</param>
/// <param name="PlateJpeg">The plate in the frame of its best look; null, and empty when read again, without one.</param>
/// <param name="PlateTakenAt">When that was.</param>
/// <param name="SeenWidth">Width in pixels of the frames in which the act was seen; 0 where the stills have the same size.</param>
/// <param name="SeenHeight">Their height.</param>
/// <param name="Drawing">Which lines, zones, lights and rules held (<see cref="ActPictures.Drawing"/>): others are not drawn over this act.</param>
internal sealed record JournaledAct(
    EvidenceFacts Facts, ActSuspected Act, PlateReading? Plate, byte[]? PlateJpeg, DateTimeOffset? PlateTakenAt, int SeenWidth, int SeenHeight, string Drawing)
{
    /// <summary>The id of its violation.</summary>
    public string Id => Facts.Event;

    /// <summary>From the frames in which the act was seen to pictures of this size.</summary>
    public (float X, float Y) ScaleTo(int width, int height) => SeenWidth > 0 && SeenHeight > 0 ? ((float)width / SeenWidth, (float)height / SeenHeight) : (1, 1);

    /// <summary>As the journal keeps it.</summary>
    public WaitingAct ToWaiting() => new(
        Id, Facts.Camera.Id, Facts.Mode == Sync.Events.RuleMode.Trial, JsonSerializer.SerializeToUtf8Bytes(this, JournaledActJson.Default.JournaledAct));

    /// <exception cref="JsonException">These are no bytes of an act.</exception>
    public static JournaledAct Of(byte[] record) =>
        JsonSerializer.Deserialize(record, JournaledActJson.Default.JournaledAct) is { Facts: { Event: not null, Camera: not null, Vehicle: not null, Confidence: not null }, Act: { Moments: not null, Reason: not null }, Drawing: not null } act
            ? act with { Act = act.Act with { Path = act.Act.Path ?? [] } } // an earlier version kept no path
            : throw new JsonException("it lacks the facts or the act");
}

[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true, MaxDepth = 16)]
[JsonSerializable(typeof(JournaledAct))]
// Words of the manifest that share a name with words of Vision.
[JsonSerializable(typeof(Sync.Events.PlateKind), TypeInfoPropertyName = "ManifestPlateKind")]
[JsonSerializable(typeof(Sync.Events.PlateColour), TypeInfoPropertyName = "ManifestPlateColour")]
[JsonSerializable(typeof(Sync.Evidence.SignalSpan), TypeInfoPropertyName = "ManifestSpan")]
[JsonSerializable(typeof(IReadOnlyList<Sync.Evidence.SignalSpan>), TypeInfoPropertyName = "ManifestSpans")]
internal sealed partial class JournaledActJson : JsonSerializerContext;
