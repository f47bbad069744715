using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Commands;

/// <summary>What every command's payload is: an id, the command's own data, where to answer, and a signature where keys are configured.</summary>
/// <param name="Id">The sender's; it comes back in the reply and is never used twice.</param>
/// <param name="Data">The command's request.</param>
/// <param name="ReplyTo">Topic of the answer for MQTT 3.1.1; in MQTT 5 the response topic of the message goes before it.</param>
public sealed record CommandEnvelope(
    [property: RegularExpression("^[A-Za-z0-9._-]{1,64}$")] string Id,
    [property: JsonConverter(typeof(DataAsItStands))] JsonElement Data,
    [property: RegularExpression("^[A-Za-z0-9/._-]{1,200}$")] string? ReplyTo = null,
    CommandSignature? Signature = null);

/// <summary>Who says so, for how long, once only.</summary>
/// <param name="IssuedAt">UTC.</param>
/// <param name="ExpiresAt">UTC; at most ten minutes later.</param>
/// <param name="Nonce">Random; a nonce is taken once.</param>
/// <param name="Value">ECDSA P-256 over SHA-256 of the signed text, DER, base64.</param>
public sealed record CommandSignature(
    [property: RegularExpression(CommandSignature.TimePattern)] string IssuedAt,
    [property: RegularExpression(CommandSignature.TimePattern)] string ExpiresAt,
    [property: RegularExpression("^[A-Za-z0-9_-]{16,64}$")] string Nonce,
    [property: RegularExpression("^[A-Za-z0-9+/]{8,108}={0,2}$")] string Value)
{
    internal const string TimePattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,3})?Z$";
}

/// <summary>
/// Takes a command's data as they stand, doubled keys included: the signature is over them, and the command's own record
/// judges them afterwards, when it is known where to answer.
/// </summary>
internal sealed class DataAsItStands : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonElement.ParseValue(ref reader);

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) => value.WriteTo(writer);
}

/// <summary>How command data become JSON and back: strict, so that what is not understood is not done.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(UtcMilliseconds)])]
[JsonSerializable(typeof(CommandEnvelope))]
[JsonSerializable(typeof(SnapshotRequest))]
[JsonSerializable(typeof(SnapshotReply))]
[JsonSerializable(typeof(AcknowledgeRequest))]
[JsonSerializable(typeof(AcknowledgeReply))]
[JsonSerializable(typeof(OpenGateRequest))]
[JsonSerializable(typeof(OpenGateReply))]
[JsonSerializable(typeof(ReloadRequest))]
[JsonSerializable(typeof(ReloadReply))]
[JsonSerializable(typeof(CaseUpdateRequest))]
[JsonSerializable(typeof(CaseUpdateReply))]
[JsonSerializable(typeof(SetOccupancyRequest))]
[JsonSerializable(typeof(SetOccupancyReply))]
[JsonSerializable(typeof(ConfirmCameraRequest))]
[JsonSerializable(typeof(ConfirmCameraReply))]
[JsonSerializable(typeof(HoldRequest))]
[JsonSerializable(typeof(HoldReply))]
[JsonSerializable(typeof(FetchEvidenceRequest))]
[JsonSerializable(typeof(FetchEvidenceReply))]
[JsonSerializable(typeof(TwoLanguages))]
internal sealed partial class CommandJson : JsonSerializerContext;

/// <summary>The strict reader: unknown and doubled keys, missing members, nulls and depth beyond the records' own are mistakes.</summary>
internal static class CommandJsonText
{
    public static CommandJson Strict { get; } = new(new JsonSerializerOptions(CommandJson.Default.Options)
    {
        Encoder = EventJsonText.Writing.Encoder,
        TypeInfoResolver = null,
        MaxDepth = 8,
        AllowDuplicateProperties = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    });
}
