using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>
/// How colours become tensor values: for each of R, G, B the plane they go to and <c>value = pixel · Gain + Bias</c> with
/// pixel 0 to 255, which is <c>(pixel · scale − mean) / std</c> of the manifest.
/// </summary>
internal sealed class TensorFormat
{
    private readonly int[] _plane;
    private readonly float[] _gain = new float[3];
    private readonly float[] _bias = new float[3];

    public TensorFormat(ModelInput input)
    {
        _plane = input.Colour == "bgr" ? [2, 1, 0] : [0, 1, 2];
        for (var colour = 0; colour < 3; colour++)
        {
            // Mean and deviation stand in the order of the planes, not of the colours.
            var plane = _plane[colour];
            _gain[colour] = input.Scale / input.Std[plane];
            _bias[colour] = -input.Mean[plane] / input.Std[plane];
        }

        Placement = PlacementOf(input.Placement);
        Pad = input.Pad;
    }

    public Placement Placement { get; }

    /// <summary>Grey of the border, 0 to 255.</summary>
    public float Pad { get; }

    /// <summary>Plane of the tensor for a colour: 0 red, 1 green, 2 blue.</summary>
    public int Plane(int colour) => _plane[colour];

    public float Gain(int colour) => _gain[colour];

    public float Bias(int colour) => _bias[colour];

    public static Placement PlacementOf(string word) => word switch
    {
        "top_left" => Placement.TopLeft,
        "centre" => Placement.Centre,
        "stretch" => Placement.Stretch,
        _ => throw new ArgumentException($"'{word}' is no placement.", nameof(word)),
    };
}
