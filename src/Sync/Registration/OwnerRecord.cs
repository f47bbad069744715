using System.Buffers;
using System.Text.Json;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Registration;

/// <summary>An owner as a service names it. Lives only between the service's reply and the seal; it prints as stars.</summary>
internal sealed record ClearOwner
{
    public string? Name { get; init; }

    public string? Id { get; init; }

    public string? Birth { get; init; }

    public string? Address { get; init; }

    public string? Phone { get; init; }

    public override string ToString() => "***";
}

/// <summary>The text that is sealed: one JSON object that says whose vehicle it is, which one, and for which request it was given out.</summary>
internal static class OwnerText
{
    /// <summary>UTF-8 JSON; the caller clears it after sealing.</summary>
    public static byte[] Write(
        RegistryQuery query, PlateColour colour, ObjectKind vehicle, DateTimeOffset? validFrom, DateTimeOffset? validTo, string? brand, string? office, ClearOwner owner)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, EventJsonText.Writing))
        {
            json.WriteStartObject();
            json.WriteString("plate"u8, query.Plate);
            json.WriteString("colour"u8, EventWords.Of(colour));
            json.WriteString("vehicle"u8, EventWords.Of(vehicle));
            Optional(json, "validFrom", validFrom is { } from ? UtcMilliseconds.Text(from) : null);
            Optional(json, "validTo", validTo is { } to ? UtcMilliseconds.Text(to) : null);
            Optional(json, "brand", brand);
            json.WriteStartObject("owner"u8);
            Optional(json, "name", owner.Name);
            Optional(json, "id", owner.Id);
            Optional(json, "birth", owner.Birth);
            Optional(json, "address", owner.Address);
            Optional(json, "phone", owner.Phone);
            json.WriteEndObject();
            Optional(json, "office", office);
            json.WriteString("request"u8, query.RequestId);
            Optional(json, "violation", query.Audit.Violation);
            json.WriteEndObject();
        }

        var bytes = buffer.WrittenSpan.ToArray();
        buffer.Clear(); // also writes zeros over what it held
        return bytes;
    }

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) json.WriteString(name, value);
    }
}
