using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeGateway.Vision;

namespace EdgeGateway.Commands;

/// <summary>Results on standard output: one JSON object a line, Vietnamese letters as they are.</summary>
internal static class JsonLines
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one object; the callback writes its properties.</summary>
    public static void Write(TextWriter output, Action<Utf8JsonWriter> properties)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        WriteRaw(output, buffer.WrittenSpan);
    }

    /// <summary>Writes an object that is already JSON in UTF-8, such as an event.</summary>
    public static void WriteRaw(TextWriter output, ReadOnlySpan<byte> json)
    {
        lock (output)
        {
            output.WriteLine(Encoding.UTF8.GetString(json));
            output.Flush();
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
