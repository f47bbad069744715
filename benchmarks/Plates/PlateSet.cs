using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EdgeGateway.Benchmarks.Plates;

/// <summary>One labelled plate of the real set.</summary>
/// <param name="Path">The picture.</param>
/// <param name="Family">The camera family: the letters its file name begins with.</param>
/// <param name="Text">What is printed, or null where nobody can read it.</param>
/// <param name="Lines">1 or 2; 0 where nobody said.</param>
/// <param name="Colour">As labelled, or <c>?</c>.</param>
/// <param name="Box">Left, top, width, height in the picture; null for a crop, which is the plate.</param>
/// <param name="HeldOut">True for texts that the training never saw: one in eight, by hash, as the training scripts choose them.</param>
internal sealed record LabelledPlate(string Path, string Family, string? Text, int Lines, string Colour, float[]? Box, bool HeldOut);

/// <summary>Reads the plate pictures beside the checkout.</summary>
internal static class PlateSet
{
    // Families in which every plate is labelled, so that a detection elsewhere is false.
    private static readonly string[] Complete = ["xemay", "carlongplate", "xemaybigplate", "sgbike", "aqua", "aeontp"];

    public static bool IsComplete(string family) => Complete.Contains(family);

    public static IEnumerable<LabelledPlate> Crops(string data)
    {
        var folder = Path.Combine(data, "plates", "crops");
        foreach (var row in Rows(Path.Combine(folder, "crops.jsonl"))) yield return Plate(folder, row, row, null);
    }

    /// <summary>The plates of each picture; a picture without any has an empty list.</summary>
    public static IEnumerable<(string Path, string Family, IReadOnlyList<LabelledPlate> Plates)> Scenes(string data)
    {
        var folder = Path.Combine(data, "plates", "scenes");
        foreach (var row in Rows(Path.Combine(folder, "scenes.jsonl")))
        {
            var plates = row.GetProperty("plates").EnumerateArray()
                .Select(p => Plate(folder, row, p, [.. p.GetProperty("box").EnumerateArray().Select(v => v.GetSingle())])).ToList();
            yield return (PathOf(folder, row), FamilyOf(row), plates);
        }
    }

    private static IEnumerable<JsonElement> Rows(string file) =>
        File.ReadLines(file).Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement);

    private static string PathOf(string folder, JsonElement row) => Path.Combine(folder, Path.GetFileName(row.GetProperty("image").GetString()!));

    private static string FamilyOf(JsonElement row) => new([.. Path.GetFileName(row.GetProperty("image").GetString()!).TakeWhile(char.IsAsciiLetter)]);

    private static LabelledPlate Plate(string folder, JsonElement picture, JsonElement plate, float[]? box)
    {
        var text = Word(plate, "text");
        var lines = plate.TryGetProperty("lines", out var l) && l.ValueKind == JsonValueKind.Number ? l.GetInt32() : 0;
        return new LabelledPlate(PathOf(folder, picture), FamilyOf(picture), text, lines, Word(plate, "colour") ?? "?", box, text is not null && IsHeldOut(text));
    }

    private static string? Word(JsonElement row, string name) => row.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;

#pragma warning disable CA5351 // Not for secrecy: the same split as the training scripts.
    private static bool IsHeldOut(string text) => MD5.HashData(Encoding.UTF8.GetBytes(text))[0] % 8 == 0;
#pragma warning restore CA5351
}
