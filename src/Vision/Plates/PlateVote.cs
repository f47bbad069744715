namespace EdgeGateway.Vision.Plates;

/// <summary>
/// The reads of one vehicle's plate, summed. Log probabilities are added character by character, weighted by the quality of each
/// look; reads of another length, or that differ in many characters (another plate under the same track), are summed apart, and the
/// heaviest sum wins. Frames of one track resemble each other, so <c>n</c> looks count as <c>n / (1 + 0.5 (n − 1))</c>: a character
/// that looks the same way doubtful in ten frames stays doubtful. The grammar comes last. Memory is made once and used again.
/// </summary>
public sealed class PlateVote
{
    private const int Agreeing = 2;
    private const float Resemblance = 0.5f;

    // No single look may rule a character out for good.
    private const float LeastProbability = 0.002f;
    private const int MostDifferences = 3;

    // A text with more open places, or whose other characters are less sure than this together, is not worth an event.
    private const int MostOpen = 2;
    private const float LeastSure = 0.5f;

    // A look below this mean probability shows no plate, or none that can be read: a grille, a sign, a smear.
    internal const float LeastReadable = 0.35f;
    private const int Size = PlateSymbols.MaxPlaces * PlateSymbols.Count;

    private readonly Sum[] _sums = [new(), new(), new(), new()];
    private readonly float[] _combined = new float[Size];
    private readonly bool[] _held = new bool[PlateSymbols.MaxPlaces];
    private readonly PlateInterpreter _interpreter = new();

    /// <summary>Looks so far that showed something readable, those that fit no format too.</summary>
    public int Reads { get; private set; }

    /// <summary>Looks whose text fitted no format.</summary>
    public int Misfits { get; private set; }

    /// <summary>Forgets everything: the object serves the next vehicle.</summary>
    public void Clear()
    {
        Reads = 0;
        Misfits = 0;
        foreach (var sum in _sums) sum.Clear();
    }

    /// <summary>Adds one look.</summary>
    /// <param name="read">What was read.</param>
    /// <param name="vehicle">What carries the plate.</param>
    /// <param name="weight">Quality of this look, above 0 to 1; see <see cref="WeightOf"/>.</param>
    /// <returns>Mean probability of its characters as this look alone gives them, 0 for one that shows nothing readable and is left out: how good a picture of the plate it is.</returns>
    public float Add(PlateRead read, ObjectClass vehicle, float weight)
    {
        ArgumentNullException.ThrowIfNull(read);
        _interpreter.Interpret(read.Probabilities, read.ContextFor(vehicle));
        var mean = 0f;
        foreach (var confidence in _interpreter.CharConfidences) mean += confidence;
        mean /= Math.Max(1, _interpreter.Length);
        if (mean < LeastReadable) return 0;
        Reads++;
        if (_interpreter.Format is null) Misfits++;
        GroupFor(_interpreter).Add(read, _interpreter, weight);
        return mean;
    }

    /// <summary>How much a look counts: full weight from 24 px per line of text and a crisp picture on, less below.</summary>
    public static float WeightOf(PlateRead read, float detectionScore)
    {
        ArgumentNullException.ThrowIfNull(read);
        var lineHeight = read.HeightPx / (1 + read.TwoLines);
        return Math.Clamp(lineHeight / 24, 0.2f, 1) * Math.Clamp(read.Sharpness / 0.1f, 0.3f, 1) * Math.Clamp(detectionScore, 0.3f, 1);
    }

    /// <summary>What all looks together say, or null while no two of them agree on a text of which at most two characters are open. Allocates: ask when it is to be published.</summary>
    public PlateReading? Result(ObjectClass vehicle)
    {
        var best = Interpret(vehicle);
        if (best is null || !IsReadable(best)) return null;
        return PlateReading.From(_interpreter, best.Context(vehicle), _held.AsSpan(0, _interpreter.Length));
    }

    /// <summary>True when more looks would hardly change the text: enough of them agree and no character is doubtful. Allocates nothing.</summary>
    public bool IsSettled(ObjectClass vehicle, int minReads, float minConfidence)
    {
        var best = Interpret(vehicle);
        if (best is null || best.Reads < minReads || _interpreter.Format is null || _interpreter.Doubtful > 0) return false;
        if (_held.AsSpan(0, _interpreter.Length).Contains(true)) return false;
        var confidence = 1f;
        foreach (var c in _interpreter.CharConfidences) confidence *= c;
        return confidence >= minConfidence;
    }

    /// <summary>The symbols that all looks together favour, doubtful ones too; empty without a look. Valid until the next call.</summary>
    internal ReadOnlySpan<byte> BestGuess(ObjectClass vehicle) => Interpret(vehicle) is null ? [] : _interpreter.Text;

    /// <summary>The symbols of the look that was added last, as it alone gives them. Valid until the next call.</summary>
    internal ReadOnlySpan<byte> LastLook => _interpreter.Text;

    private Sum? Interpret(ObjectClass vehicle)
    {
        Sum? best = null;
        foreach (var sum in _sums)
        {
            if (sum.Reads > 0 && (best is null || sum.Weight > best.Weight)) best = sum;
        }

        if (best is null) return null;
        best.Combine(_combined, Resemblance);
        _interpreter.Interpret(_combined, best.Context(vehicle));
        for (var place = 0; place < _interpreter.Length; place++) _held[place] = best.Agreeing(place, _interpreter.Text[place]) < Agreeing;
        return best;
    }

    private bool IsReadable(Sum best)
    {
        if (best.Reads < Agreeing || _interpreter.Length == 0) return false;
        var open = 0;
        var sure = 1f;
        for (var place = 0; place < _interpreter.Length; place++)
        {
            var confidence = _interpreter.CharConfidences[place];
            if (_held[place] || confidence < _interpreter.SureAt) open++;
            else sure *= confidence;
        }

        return open <= MostOpen && open < _interpreter.Length && sure >= LeastSure;
    }

    private Sum GroupFor(PlateInterpreter look)
    {
        Sum? lightest = null;
        foreach (var sum in _sums)
        {
            if (sum.Reads == 0)
            {
                sum.Length = look.Length;
                return sum;
            }

            if (sum.Length == look.Length && sum.DifferencesTo(look.Text) <= MostDifferences) return sum;
            if (lightest is null || sum.Weight < lightest.Weight) lightest = sum;
        }

        lightest!.Clear();
        lightest.Length = look.Length;
        return lightest;
    }

    private sealed class Sum
    {
        private readonly float[] _logs = new float[Size];
        private readonly short[] _counts = new short[Size];
        private readonly float[] _colours = new float[5];
        private float _twoLines;
        private float _aspect;
        private float _aspectWeight;

        public int Length { get; set; }

        public int Reads { get; private set; }

        public float Weight { get; private set; }

        public void Clear()
        {
            Array.Clear(_logs);
            Array.Clear(_counts);
            Array.Clear(_colours);
            (Reads, Weight, _twoLines, _aspect, _aspectWeight, Length) = (0, 0, 0, 0, 0, 0);
        }

        public void Add(PlateRead read, PlateInterpreter look, float weight)
        {
            Reads++;
            Weight += weight;
            var probabilities = read.Probabilities;
            for (var i = 0; i < Size; i++) _logs[i] += weight * MathF.Log(MathF.Max(probabilities[i], LeastProbability));
            for (var place = 0; place < look.Length; place++)
            {
                var meant = look.Text[place];
                _counts[place * PlateSymbols.Count + meant]++;
                if (place < look.Raw.Length && look.Raw[place] != meant) _counts[place * PlateSymbols.Count + look.Raw[place]]++;
            }

            for (var i = 0; i < _colours.Length; i++) _colours[i] += weight * read.Colours[i];
            _twoLines += weight * read.TwoLines;
            if (read.Aspect <= 0) return;
            _aspect += weight * read.Aspect;
            _aspectWeight += weight;
        }

        public int Agreeing(int place, int symbol) => _counts[place * PlateSymbols.Count + symbol];

        public int DifferencesTo(ReadOnlySpan<byte> text)
        {
            var different = 0;
            for (var place = 0; place < text.Length; place++)
            {
                if (_counts[place * PlateSymbols.Count + text[place]] == 0) different++;
            }

            return different;
        }

        public PlateContext Context(ObjectClass vehicle)
        {
            Span<float> colours = stackalloc float[5];
            for (var i = 0; i < colours.Length; i++) colours[i] = _colours[i] / Weight;
            return new PlateContext(_twoLines / Weight, PlateRead.BestOf(colours), vehicle, _aspectWeight > 0 ? _aspect / _aspectWeight : 0);
        }

        public void Combine(Span<float> into, float resemblance)
        {
            var scale = Reads / (1 + resemblance * (Reads - 1)) / Weight;
            for (var place = 0; place < PlateSymbols.MaxPlaces; place++)
            {
                var logs = _logs.AsSpan(place * PlateSymbols.Count, PlateSymbols.Count);
                var row = into.Slice(place * PlateSymbols.Count, PlateSymbols.Count);
                var largest = float.NegativeInfinity;
                foreach (var log in logs) largest = MathF.Max(largest, log);
                var sum = 0f;
                for (var s = 0; s < row.Length; s++) sum += row[s] = MathF.Exp((logs[s] - largest) * scale);
                for (var s = 0; s < row.Length; s++) row[s] /= sum;
            }
        }
    }
}
