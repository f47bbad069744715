using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeGateway.Vision.Inference;

/// <summary>The words of <c>task</c> in <c>models.json</c>.</summary>
public static class ModelTasks
{
    /// <summary>Finds objects of classes.</summary>
    public const string Detect = "detect";

    /// <summary>Finds plates with their corners.</summary>
    public const string PlateDetect = "plate-detect";

    /// <summary>Reads one plate.</summary>
    public const string PlateRead = "plate-read";

    public static IReadOnlyList<string> All { get; } = [Detect, PlateDetect, PlateRead];
}

/// <summary>
/// What <c>models.json</c> says of one model: which file, what it takes and what it gives. A third party's network is
/// used by writing such an entry, without code. Treat it as unchangeable once loaded.
/// </summary>
/// <remarks>Properties with a default are settable, not init-only: generated JSON readers set every init-only one, and its default would be lost.</remarks>
public sealed record ModelManifest
{
    /// <summary>The name by which cameras and commands ask for it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for; one of <see cref="ModelTasks"/>.</summary>
    public required string Task { get; init; }

    /// <summary>The ONNX file, relative to the models folder.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of that file in hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The picture that the network takes.</summary>
    public required ModelInput Input { get; init; }

    /// <summary>How its outputs are read; one of <see cref="Decoders.DecoderTable.Names"/>, or <c>plate_slots</c>.</summary>
    public required string Decoder { get; init; }

    /// <summary>Names of the outputs in the order in which the decoder reads them; empty: all, in the file's own order.</summary>
    public IReadOnlyList<string> Outputs { get; set; } = [];

    /// <summary>The classes in the order of the network's scores.</summary>
    public IReadOnlyList<string> Classes { get; set; } = [];

    /// <summary>For readers: the characters that follow the blank, in the order of the network's outputs.</summary>
    public string? Alphabet { get; init; }

    /// <summary>Detections below this score are dropped unless the caller asks for others, 0 to 1.</summary>
    public float ScoreThreshold { get; set; } = 0.3f;

    /// <summary>Of two boxes of one class that overlap by more than this (IoU, 0 to 1) the weaker one is dropped.</summary>
    public float NmsIou { get; set; } = 0.6f;

    public string? Licence { get; init; }

    public string? Source { get; init; }

    public string? Data { get; init; }

    /// <summary>Measured figures, free in form.</summary>
    public JsonElement? Figures { get; init; }

    /// <summary>The ONNX file as an absolute path.</summary>
    [JsonIgnore]
    public string Path { get; set; } = "";
}

/// <summary>
/// The picture that a network takes: an NCHW float32 tensor of one picture, each value
/// <c>(pixel · Scale − Mean) / Std</c> with pixel 0 to 255.
/// </summary>
public sealed record ModelInput
{
    public required string Name { get; init; }

    /// <summary>Width in pixels; the default one where <see cref="Dynamic"/>.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels; the default one where <see cref="Dynamic"/>.</summary>
    public required int Height { get; init; }

    /// <summary>True when other sizes (multiples of 32) are taken too.</summary>
    public bool Dynamic { get; init; }

    /// <summary>Order of the three channels: <c>rgb</c> or <c>bgr</c>.</summary>
    public string Colour { get; set; } = "rgb";

    public float Scale { get; set; } = 1f / 255f;

    /// <summary>One value a channel, in the order of <see cref="Colour"/>.</summary>
    public IReadOnlyList<float> Mean { get; set; } = [0, 0, 0];

    /// <summary>One value a channel, in the order of <see cref="Colour"/>.</summary>
    public IReadOnlyList<float> Std { get; set; } = [1, 1, 1];

    /// <summary>Grey of the border around the picture, 0 to 255, before <see cref="Scale"/>.</summary>
    public float Pad { get; set; } = 114;

    /// <summary>Where the picture stands in the border: <c>top_left</c>, <c>centre</c>, or <c>stretch</c> (no border, sides stretched).</summary>
    public string Placement { get; set; } = "top_left";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ModelsJson : JsonSerializerContext;
