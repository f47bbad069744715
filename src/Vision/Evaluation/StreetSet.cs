using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EdgeGateway.Vision.Evaluation;

/// <summary>An ignore region: what is there counts neither for nor against a class.</summary>
public readonly record struct IgnoreRegion(ObjectClass Class, BoxPx Box);

/// <summary>One labelled street picture.</summary>
/// <param name="Path">The file.</param>
/// <param name="Name">Its name in the label file.</param>
/// <param name="Source">The set it comes from: the letters before the first underscore.</param>
/// <param name="Width">Width that the labels were made for, pixels.</param>
/// <param name="Height">Height likewise.</param>
/// <param name="Boxes">Labelled objects, pixels of the stored picture.</param>
/// <param name="Ignore">Ignore regions.</param>
/// <param name="Human">Classes that people looked for; the others are not judged in this picture.</param>
/// <param name="HeldOut">Never learnt from: one picture in twelve, by its name.</param>
/// <param name="Fault">Why its labels cannot be believed, or null.</param>
public sealed record StreetPicture(
    string Path, string Name, string Source, int Width, int Height, IReadOnlyList<(ObjectClass Class, BoxPx Box)> Boxes,
    IReadOnlyList<IgnoreRegion> Ignore, IReadOnlySet<ObjectClass> Human, bool HeldOut, string? Fault);

/// <summary>
/// The street pictures with the masks that the README beside them asks for; the twin of <c>models/training/street/dataset.py</c>: which
/// classes of a picture are trusted, what is ignored, how boxes that hold the rider are treated, which pictures are held out.
/// </summary>
public static class StreetSet
{
    /// <summary>Pictures of these sources never trained what ships and are not judged as held out: their licence asks first.</summary>
    public const string LeftOutSource = "idd";

    // A box of machine and rider: its lower part overlaps the machine and the whole alike.
    private const float RiderBoxKeeps = 0.75f;

    private const int HeldOutShare = 12;

    private static readonly ObjectClass[] Vehicles = [ObjectClass.Car, ObjectClass.Motorcycle, ObjectClass.Bus, ObjectClass.Truck];
    private static readonly ObjectClass[] TwoWheelers = [ObjectClass.Bicycle, ObjectClass.Motorcycle];
    private static readonly int Classes = ObjectClasses.All.Count;

    /// <summary>True for pictures kept from training by their name.</summary>
    public static bool IsHeldOut(string name) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) % HeldOutShare == 0;

    /// <summary>Reads the labels of a part; pictures are opened later.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="part"><c>train</c> or <c>val</c>.</param>
    /// <exception cref="DirectoryNotFoundException">The labels or the folder of the pictures is missing; says where they are expected.</exception>
    /// <exception cref="InvalidDataException">The labels are no such file.</exception>
    public static IReadOnlyList<StreetPicture> Load(string data, string part)
    {
        var folder = Path.Combine(data, "detection", part);
        var labels = Path.Combine(data, "detection", part + ".json");
        if (!File.Exists(labels) || !Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There are no street pictures at {folder}: expected are the labels {labels} and the folder {folder} beside them. Name the folder that holds detection/ and plates/ with --data DIR.");
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(labels));
            var annotations = json.RootElement.GetProperty("annotations").EnumerateArray().ToLookup(one => one.GetProperty("image_id").GetInt64());
            return [.. json.RootElement.GetProperty("images").EnumerateArray().Select(image => PictureOf(folder, image, annotations[image.GetProperty("id").GetInt64()]))];
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{labels} is no COCO label file as the README beside it describes: {fault.Message}", fault);
        }
    }

    private static StreetPicture PictureOf(string folder, JsonElement image, IEnumerable<JsonElement> annotations)
    {
        var name = image.GetProperty("file_name").GetString()!;
        var (width, height) = (image.GetProperty("width").GetInt32(), image.GetProperty("height").GetInt32());
        var human = image.TryGetProperty("human_categories", out var listed)
            ? listed.EnumerateArray().Select(one => (ObjectClass)(one.GetInt32() - 1)).ToHashSet()
            : Enumerable.Range(0, Classes).Select(one => (ObjectClass)one).ToHashSet();
        List<(ObjectClass, BoxPx)> boxes = [];
        List<IgnoreRegion> ignore = [];
        string? fault = null;
        foreach (var annotation in annotations)
        {
            fault ??= FaultOf(annotation, width, height);
            if (fault is null) Take(annotation, boxes, ignore);
        }

        var file = Path.GetFileName(name);
        return new StreetPicture(Path.Combine(folder, file), name, file.Split('_')[0], width, height, boxes, ignore, human, IsHeldOut(name), fault);
    }

    private static string? FaultOf(JsonElement annotation, int width, int height)
    {
        var category = annotation.GetProperty("category_id").GetInt32();
        if (category < 1 || category > Classes) return $"label {annotation.GetProperty("id")} has the unknown category {category}";
        var box = BoxOf(annotation);
        return box.Width <= 0 || box.Height <= 0 || box.X < -2 || box.Y < -2 || box.Right > width + 2 || box.Bottom > height + 2
            ? $"label {annotation.GetProperty("id")} lies outside the picture: {annotation.GetProperty("bbox")}"
            : null;
    }

    private static void Take(JsonElement annotation, List<(ObjectClass, BoxPx)> boxes, List<IgnoreRegion> ignore)
    {
        var kind = (ObjectClass)(annotation.GetProperty("category_id").GetInt32() - 1);
        var label = annotation.TryGetProperty("label_source", out var said) ? said.GetString() ?? "" : "";
        var box = BoxOf(annotation);
        if (annotation.TryGetProperty("iscrowd", out var crowd) && crowd.GetInt32() != 0)
        {
            ignore.AddRange(MaskedBy(kind, label).Select(masked => new IgnoreRegion(masked, box)));
            return;
        }

        if (label.Contains("with rider", StringComparison.Ordinal))
        {
            ignore.Add(new IgnoreRegion(kind, box));
            box = box with { Y = box.Y + (1 - RiderBoxKeeps) * box.Height, Height = RiderBoxKeeps * box.Height };
        }

        boxes.Add((kind, box));
    }

    private static ObjectClass[] MaskedBy(ObjectClass kind, string label) =>
        label.Contains("vehicle type unknown", StringComparison.Ordinal) || label.Contains("rickshaw", StringComparison.Ordinal) ? Vehicles
        : label.Contains("two-wheeler", StringComparison.Ordinal) ? TwoWheelers
        : [kind];

    private static BoxPx BoxOf(JsonElement annotation)
    {
        var box = annotation.GetProperty("bbox");
        return new BoxPx(box[0].GetSingle(), box[1].GetSingle(), box[2].GetSingle(), box[3].GetSingle());
    }
}
