using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeGateway.Vision;

namespace EdgeGateway.Commands;

/// <summary>Results on standard output: one JSON object a line, UTF-8, Vietnamese letters as they are.</summary>
internal static class JsonLines
{
    private static readonly Stream Output = Console.OpenStandardOutput();
    private static readonly Lock Gate = new();
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one object; the callback writes its properties.</summary>
    public static void Write(Action<Utf8JsonWriter> properties)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        WriteRaw(buffer.WrittenSpan);
    }

    /// <summary>Writes an object that is already JSON in UTF-8, such as an event.</summary>
    public static void WriteRaw(ReadOnlySpan<byte> json)
    {
        lock (Gate)
        {
            Output.Write(json);
            Output.Write("\n"u8);
            Output.Flush();
        }
    }

    /// <summary>Writes [x, y, width, height] in pixels with one decimal.</summary>
    public static void WriteBox(this Utf8JsonWriter json, string name, in BoxPx box)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(Math.Round((decimal)box.X, 1));
        json.WriteNumberValue(Math.Round((decimal)box.Y, 1));
        json.WriteNumberValue(Math.Round((decimal)box.Width, 1));
        json.WriteNumberValue(Math.Round((decimal)box.Height, 1));
        json.WriteEndArray();
    }
}
