using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Plates;

/// <summary>What one look at one plate gave. Memory of its own, filled anew by each read.</summary>
public sealed class PlateRead
{
    // No single look may rule a character out for good.
    private const float LeastProbability = 1e-4f;

    private readonly float[] _probabilities = new float[PlateSymbols.MaxPlaces * PlateSymbols.Count];
    private readonly float[] _colours = new float[5];

    /// <summary>Probability of each symbol of <see cref="PlateSymbols"/> at each place, 10 × 38.</summary>
    public ReadOnlySpan<float> Probabilities => _probabilities;

    /// <summary>Probability of each <see cref="PlateColour"/>, in its order.</summary>
    public ReadOnlySpan<float> Colours => _colours;

    /// <summary>Probability of two lines, 0 to 1.</summary>
    public float TwoLines { get; internal set; }

    /// <summary>Sharpness of the picture that was read, see <see cref="PlateRectifier.Write"/>.</summary>
    public float Sharpness { get; internal set; }

    /// <summary>Height of the plate in the frame, pixels.</summary>
    public float HeightPx { get; internal set; }

    /// <summary>Width divided by height, or 0 where the corners were not seen.</summary>
    public float Aspect { get; internal set; }

    /// <summary>The likeliest colour, unknown below one half.</summary>
    public PlateColour Colour => BestOf(_colours);

    internal Span<float> ProbabilitiesToFill => _probabilities;

    internal Span<float> ColoursToFill => _colours;

    /// <summary>The context in which the characters are to be understood.</summary>
    public PlateContext ContextFor(ObjectClass vehicle) => new(TwoLines, Colour, vehicle, Aspect);

    /// <summary>Takes another look at the same plate into account: the geometric mean of the characters, the mean of the rest.</summary>
    internal void CombineWith(PlateRead other)
    {
        for (var place = 0; place < PlateSymbols.MaxPlaces; place++)
        {
            var row = _probabilities.AsSpan(place * PlateSymbols.Count, PlateSymbols.Count);
            var others = other._probabilities.AsSpan(place * PlateSymbols.Count, PlateSymbols.Count);
            var sum = 0f;
            for (var s = 0; s < row.Length; s++) sum += row[s] = MathF.Sqrt(MathF.Max(row[s], LeastProbability) * MathF.Max(others[s], LeastProbability));
            for (var s = 0; s < row.Length; s++) row[s] /= sum;
        }

        for (var c = 0; c < _colours.Length; c++) _colours[c] = (_colours[c] + other._colours[c]) / 2;
        TwoLines = (TwoLines + other.TwoLines) / 2;
        Sharpness = MathF.Max(Sharpness, other.Sharpness);
    }

    internal static PlateColour BestOf(ReadOnlySpan<float> colours)
    {
        var best = 0;
        for (var i = 1; i < colours.Length; i++)
        {
            if (colours[i] > colours[best]) best = i;
        }

        return colours[best] >= 0.5f ? (PlateColour)best : PlateColour.Unknown;
    }
}

/// <summary>
/// Reads a plate: rectify into the tensor, run the network (at the corners and at the box), spread its outputs over <see cref="PlateSymbols"/>. The network
/// (decoder <c>plate_slots</c>) gives <c>chars</c> [1, 10, alphabet + blank], <c>colour</c> [1, 5] (white, yellow, blue, red,
/// unknown) and <c>lines</c> [1, 2], all as probabilities. One thread at a time; allocates nothing a read.
/// </summary>
public sealed class PlateReader : IDisposable
{
    private static readonly PlateColour[] ColourOrder = [PlateColour.White, PlateColour.Yellow, PlateColour.Blue, PlateColour.Red, PlateColour.Unknown];

    // Surroundings that the network learnt to expect on each side, as a share of that side.
    private const float CornerMargin = 0.03f;
    private const float BoxMargin = 0.04f;

    private readonly PlateRead _second = new();
    private readonly ModelLane _lane;
    private readonly Turn _turn;
    private readonly PlateRectifier _rectifier;
    private readonly byte[] _symbolOf;
    private readonly int _characters;
    private readonly int _colour;
    private readonly int _lines;

    /// <param name="model">A model whose decoder is <c>plate_slots</c>; outlives this object.</param>
    /// <param name="turns">Where every inference of the gateway queues.</param>
    /// <param name="cameraId">Whose turns they are.</param>
    /// <exception cref="ModelException">The model is no reader, or its outputs or alphabet differ from what a reader has.</exception>
    public PlateReader(OnnxModel model, FairTurnstile turns, string cameraId)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(turns);
        var manifest = model.Manifest;
        if (manifest.Decoder != "plate_slots") throw new ModelException($"Model '{manifest.Name}' has the decoder '{manifest.Decoder}', but plates are read by a model with 'plate_slots'. Choose one with the task 'plate-read'.");
        if (string.IsNullOrEmpty(manifest.Alphabet)) throw new ModelException($"Model '{manifest.Name}': models.json names no alphabet. Write the characters that follow the blank, in the order of the network's outputs.");
        try
        {
            _symbolOf = PlateSymbols.MapOf(manifest.Alphabet);
        }
        catch (ArgumentException fault)
        {
            throw new ModelException($"Model '{manifest.Name}': {fault.Message} Correct the alphabet in models.json.", fault);
        }

        _characters = IndexOf(model, "chars");
        _colour = IndexOf(model, "colour");
        _lines = IndexOf(model, "lines");
        _rectifier = new PlateRectifier(manifest.Input);
        _lane = model.OpenLane();
        try
        {
            Require(_characters, PlateSymbols.MaxPlaces * _symbolOf.Length, $"1x{PlateSymbols.MaxPlaces}x{_symbolOf.Length}");
            Require(_colour, ColourOrder.Length, "1x5");
            Require(_lines, 2, "1x2");
        }
        catch
        {
            _lane.Dispose();
            throw;
        }

        _turn = turns.Register(cameraId + "/plate-read");
    }

    /// <summary>
    /// Reads one plate. Where its corners were seen the network looks twice, at the rectified plate and at its plain box, and the
    /// geometric mean of both counts: corners straighten an oblique plate, the box does not suffer when a corner is off.
    /// </summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="spot">Where the plate is.</param>
    /// <param name="into">Filled.</param>
    public void Read(Frame frame, in PlateSpot spot, PlateRead into)
    {
        var box = PlateQuad.Of(spot.Box);
        into.HeightPx = spot.Corners.HeightPx;
        into.Aspect = spot.CornersSeen ? spot.Corners.Aspect : 0;
        if (!spot.CornersSeen)
        {
            Look(frame, box, BoxMargin, into);
            return;
        }

        Look(frame, box, BoxMargin, _second);
        Look(frame, spot.Corners, CornerMargin, into);
        into.CombineWith(_second);
    }

    /// <summary>Reads a picture that is one plate, cut close or with a little around it. One look: second ones at other margins, or at corners found in the cut-out, were measured and gained nothing.</summary>
    /// <param name="picture">The picture; held by the caller.</param>
    /// <param name="into">Filled.</param>
    public void ReadWhole(Frame picture, PlateRead into)
    {
        into.HeightPx = picture.Height;
        into.Aspect = 0;
        Look(picture, PlateQuad.Of(new BoxPx(0, 0, picture.Width, picture.Height)), 0, into);
    }

    public void Dispose()
    {
        _turn.Dispose();
        _lane.Dispose();
    }

    private void Look(Frame frame, in PlateQuad quad, float margin, PlateRead into)
    {
        into.Sharpness = _rectifier.Write(frame, quad, margin, _lane.Input);
        _turn.Enter();
        try
        {
            _lane.Run();
        }
        finally
        {
            _turn.Leave();
        }

        var characters = _lane.Output(_characters);
        var probabilities = into.ProbabilitiesToFill;
        probabilities.Clear();
        for (var place = 0; place < PlateSymbols.MaxPlaces; place++)
        {
            for (var i = 0; i < _symbolOf.Length; i++)
            {
                probabilities[place * PlateSymbols.Count + _symbolOf[i]] = characters[place * _symbolOf.Length + i];
            }
        }

        var colours = _lane.Output(_colour);
        for (var i = 0; i < ColourOrder.Length; i++) into.ColoursToFill[(int)ColourOrder[i]] = colours[i];
        into.TwoLines = _lane.Output(_lines)[1];
    }

    private static int IndexOf(OnnxModel model, string output)
    {
        for (var i = 0; i < model.OutputNames.Count; i++)
        {
            if (model.OutputNames[i] == output) return i;
        }

        throw new ModelException($"Model '{model.Manifest.Name}': {model.Manifest.Path} has no output '{output}'; there are {string.Join(", ", model.OutputNames)}. A plate reader gives chars, colour and lines.");
    }

    private void Require(int output, int length, string wanted)
    {
        if (_lane.Output(output).Length == length) return;
        var model = _lane.Model;
        throw new ModelException(
            $"Model '{model.Manifest.Name}': the output '{model.OutputNames[output]}' of {model.Manifest.Path} is {string.Join("x", _lane.Shape(output).ToArray())}, not {wanted}. " +
            "Take the right file, or correct the alphabet in models.json.");
    }
}
