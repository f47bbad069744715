using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EdgeGateway.Vision.Evaluation;

/// <summary>One labelled plate of the real set.</summary>
/// <param name="Path">The picture.</param>
/// <param name="Family">The camera family: the letters its file name begins with.</param>
/// <param name="Text">What is printed, or null where nobody can read it.</param>
/// <param name="Lines">1 or 2; 0 where nobody said.</param>
/// <param name="Colour">As labelled, or <c>?</c>.</param>
/// <param name="Box">Left, top, width, height in the picture; null for a crop, which is the plate.</param>
/// <param name="HeldOut">True for texts that the training never saw: one in eight, by hash, as the training scripts choose them.</param>
public sealed record LabelledPlate(string Path, string Family, string? Text, int Lines, string Colour, BoxPx? Box, bool HeldOut);

/// <summary>One labelled picture of a street with plates.</summary>
/// <param name="Path">The picture.</param>
/// <param name="Family">The camera family.</param>
/// <param name="Plates">Its plates; not every one in families that are not complete.</param>
/// <param name="HeldOut">True where the plate finder never saw it.</param>
public sealed record LabelledScene(string Path, string Family, IReadOnlyList<LabelledPlate> Plates, bool HeldOut);

/// <summary>Reads the plate pictures beside the checkout.</summary>
/// <remarks>The twin of <c>models/training/plates/plate_data.py</c> and <c>detect_data.py</c>.</remarks>
public static class PlateSet
{
    private const int HeldOutShare = 8;

    // Families that do not label every plate, so that a detection elsewhere may be right.
    private static readonly string[] Incomplete = ["pmania", "quandoi", "phob", "phoc"];

    /// <summary>True where every plate is labelled, so that a detection elsewhere is false.</summary>
    public static bool IsComplete(string family) => !Incomplete.Contains(family, StringComparer.Ordinal);

    /// <summary>Cut-out plates.</summary>
    /// <exception cref="DirectoryNotFoundException">They are not there; says where they are expected.</exception>
    /// <exception cref="InvalidDataException">A line of the labels is no JSON of that shape.</exception>
    public static IEnumerable<LabelledPlate> Crops(string data)
    {
        var folder = FolderOf(data, "crops");
        foreach (var row in Rows(Path.Combine(folder, "crops.jsonl"))) yield return Plate(folder, row, row, null);
    }

    /// <summary>Whole pictures with their plates; a picture without any has an empty list.</summary>
    /// <exception cref="DirectoryNotFoundException">They are not there; says where they are expected.</exception>
    /// <exception cref="InvalidDataException">A line of the labels is no JSON of that shape.</exception>
    public static IEnumerable<LabelledScene> Scenes(string data)
    {
        var folder = FolderOf(data, "scenes");
        foreach (var row in Rows(Path.Combine(folder, "scenes.jsonl")))
        {
            var plates = row.GetProperty("plates").EnumerateArray().Select(p => Plate(folder, row, p, BoxOf(p.GetProperty("box")))).ToList();
            yield return new LabelledScene(PathOf(folder, row), FamilyOf(row), plates, IsSceneHeldOut(row, plates));
        }
    }

    private static string FolderOf(string data, string part)
    {
        var folder = Path.Combine(data, "plates", part);
        return File.Exists(Path.Combine(folder, part + ".jsonl"))
            ? folder
            : throw new DirectoryNotFoundException($"There are no plate pictures at {folder}: expected is {Path.Combine(folder, part + ".jsonl")} with the pictures beside it. Name the folder that holds detection/ and plates/ with --data DIR.");
    }

    private static IEnumerable<JsonElement> Rows(string file)
    {
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (line.Length == 0) continue;
            JsonElement row;
            try
            {
                using var json = JsonDocument.Parse(line);
                row = json.RootElement.Clone();
            }
            catch (JsonException fault)
            {
                throw new InvalidDataException($"{file}:{number}: {fault.Message}", fault);
            }

            yield return row;
        }
    }

    // By its texts, or without any by the name of the picture.
    private static bool IsSceneHeldOut(JsonElement row, List<LabelledPlate> plates) =>
        plates.Exists(p => p.Text is not null) ? plates.Exists(p => p.HeldOut) : IsHeldOut(row.GetProperty("image").GetString()!);

    private static BoxPx BoxOf(JsonElement box) => new(box[0].GetSingle(), box[1].GetSingle(), box[2].GetSingle(), box[3].GetSingle());

    private static string PathOf(string folder, JsonElement row) => Path.Combine(folder, Path.GetFileName(row.GetProperty("image").GetString()!));

    private static string FamilyOf(JsonElement row) => new([.. Path.GetFileName(row.GetProperty("image").GetString()!).TakeWhile(char.IsAsciiLetter)]);

    private static LabelledPlate Plate(string folder, JsonElement picture, JsonElement plate, BoxPx? box)
    {
        var text = Word(plate, "text");
        var lines = plate.TryGetProperty("lines", out var l) && l.ValueKind == JsonValueKind.Number ? l.GetInt32() : 0;
        return new LabelledPlate(PathOf(folder, picture), FamilyOf(picture), text, lines, Word(plate, "colour") ?? ColourOf(FamilyOf(picture)), box, text is not null && IsHeldOut(text));
    }

    // Nobody stated it there, but one kind of vehicle stands before those cameras.
    private static string ColourOf(string family) => family switch
    {
        "quandoi" => "red",
        "xemay" or "xemaybigplate" or "carlongplate" => "white",
        _ => "?",
    };

    private static string? Word(JsonElement row, string name) => row.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;

#pragma warning disable CA5351 // Not for secrecy: the same split as the training scripts.
    private static bool IsHeldOut(string text) => MD5.HashData(Encoding.UTF8.GetBytes(text))[0] % HeldOutShare == 0;
#pragma warning restore CA5351
}
