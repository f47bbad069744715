using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeGateway.Sync.Events;

/// <summary>UTC, ISO 8601, always three digits of milliseconds and a Z: 2026-01-01T00:00:00.000Z.</summary>
public sealed class UtcMilliseconds : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The text of a time as events write it; fractions of a millisecond are cut off.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[24];
        value.UtcDateTime.TryFormat(text, out var length, Format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}

/// <summary>A number with always three decimals (confidences, coverage), so that bytes repeat; NaN and infinities are faults of the caller.</summary>
public sealed class ThreeDecimals : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => FixedPoint.Write(writer, value);
}

/// <summary>A list of numbers with three decimals each.</summary>
public sealed class ThreeDecimalsList : JsonConverter<IReadOnlyList<double>>
{
    public override IReadOnlyList<double> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var values = new List<double>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) values.Add(reader.GetDouble());
        return values;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<double> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var number in value) FixedPoint.Write(writer, number);
        writer.WriteEndArray();
    }
}

/// <summary>A time span as seconds with at most three decimals: 12.5.</summary>
public sealed class Seconds : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TimeSpan.FromSeconds(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(Math.Round((decimal)value.TotalSeconds, 3) / 1.000m);
}

internal static class FixedPoint
{
    /// <exception cref="ArgumentException">The number is not finite; JSON cannot say that.</exception>
    public static void Write(Utf8JsonWriter writer, double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentException($"An event cannot carry {value.ToString(CultureInfo.InvariantCulture)} as a number.", nameof(value));
        Span<byte> text = stackalloc byte[32];
        // Minus zero would print as -0.000: one value, one spelling.
        var rounded = Math.Round(value, 3, MidpointRounding.AwayFromZero) + 0.0;
        if (!rounded.TryFormat(text, out var length, "F3", CultureInfo.InvariantCulture)) throw new ArgumentException("The number is too long for an event.", nameof(value));
        writer.WriteRawValue(text[..length], skipInputValidation: true);
    }
}
