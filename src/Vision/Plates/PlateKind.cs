namespace EdgeGateway.Vision.Plates;

/// <summary>What a plate's text says it is. A text that fits no format is <see cref="Unknown"/> and is still published.</summary>
public enum PlateKind : byte
{
    Unknown,
    Car,
    Motorbike,
    Special,
    Diplomatic,
    Temporary,
    Military,
}

/// <summary>Background colour of a plate: white private, yellow commercial, blue state, red military.</summary>
public enum PlateColour : byte
{
    Unknown,
    White,
    Yellow,
    Blue,
    Red,
}

/// <summary>The words of plate kinds and colours as events write them.</summary>
public static class PlateWords
{
    private static readonly string[] Kinds = ["unknown", "car", "motorbike", "special", "diplomatic", "temporary", "military"];
    private static readonly string[] Colours = ["unknown", "white", "yellow", "blue", "red"];

    public static string Name(this PlateKind kind) => Kinds[(int)kind];

    public static string Name(this PlateColour colour) => Colours[(int)colour];

    /// <summary>The colour of a word, or <see cref="PlateColour.Unknown"/>.</summary>
    public static PlateColour ParseColour(string? word)
    {
        var index = Array.IndexOf(Colours, word);
        return index < 0 ? PlateColour.Unknown : (PlateColour)index;
    }
}
