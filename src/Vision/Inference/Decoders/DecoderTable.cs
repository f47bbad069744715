using System.Collections.Frozen;

namespace EdgeGateway.Vision.Inference.Decoders;

/// <summary>All decoders by the word that <c>models.json</c> uses. A new one is one file and one line here.</summary>
public static class DecoderTable
{
    private static readonly FrozenDictionary<string, Func<ModelLane, IDecoder>> ByName = Gather(
        ("yolox", lane => new YoloxDecoder(lane)),
        ("yolov5", lane => new YoloV5Decoder(lane)),
        ("yolov8", lane => new YoloV8Decoder(lane)),
        ("yolov8_corners", lane => new YoloV8CornersDecoder(lane)),
        ("end_to_end", lane => new EndToEndDecoder(lane)));

    // Read elsewhere: its output is text, not boxes.
    private const string PlateSlots = "plate_slots";

    /// <summary>The words that <c>decoder</c> may hold.</summary>
    public static IEnumerable<string> Names => ByName.Keys.Append(PlateSlots).Order(StringComparer.Ordinal);

    public static bool IsKnown(string name) => name == PlateSlots || ByName.ContainsKey(name);

    /// <exception cref="ModelException">The model's decoder gives no boxes, or its outputs do not have the shape that the decoder reads.</exception>
    internal static IDecoder For(ModelLane lane)
    {
        var manifest = lane.Model.Manifest;
        return ByName.TryGetValue(manifest.Decoder, out var make)
            ? make(lane)
            : throw new ModelException($"Model '{manifest.Name}': decoder '{manifest.Decoder}' gives no boxes, so the model cannot detect objects. Choose a model with the task 'detect'.");
    }

    internal static FrozenDictionary<string, Func<ModelLane, IDecoder>> Gather(params (string Name, Func<ModelLane, IDecoder> Make)[] decoders)
    {
        var table = new Dictionary<string, Func<ModelLane, IDecoder>>(StringComparer.Ordinal);
        foreach (var (name, make) in decoders)
        {
            if (!table.TryAdd(name, make)) throw new InvalidOperationException($"Two decoders are called '{name}'.");
        }

        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }

    internal static ModelException Misfit(ModelLane lane, string wanted)
    {
        var manifest = lane.Model.Manifest;
        return new ModelException(
            $"Model '{manifest.Name}': {manifest.Path} gives {string.Join("x", lane.Shape(0).ToArray())}, but the decoder '{manifest.Decoder}' with the {manifest.Classes.Count} classes of models.json reads {wanted}. " +
            "Correct classes or decoder in models.json, or take the right file.");
    }
}
