namespace EdgeGateway.Vision.Plates;

/// <summary>
/// Finds the plate that a set of character probabilities most likely shows. Each format splits into independent groups (province,
/// letter, codes, digits), so the best text of a format is found exactly, group by group; the formats then compete by likelihood
/// and by how common they are in this context. A legal character counts as <c>1 / IllegalShare</c> times as credible as an illegal
/// one; a read whose group shows nothing legal is a misfit and keeps its raw text. Allocates nothing until a reading is asked for.
/// Not safe for several threads at once: one a camera.
/// </summary>
internal sealed class PlateInterpreter(float sureAt = PlateInterpreter.SureForEvents)
{
    /// <summary>Below this probability a character of an event is doubtful.</summary>
    public const float SureForEvents = 0.7f;

    /// <summary>Below this probability a character of a single picture is doubtful: there no further look will come, so likelier than not is enough.</summary>
    public const float SureForPictures = 0.5f;

    // A group whose legal codes hold less than this is not what the picture shows.
    private const float LegalFloor = 0.1f;
    private const float IllegalShare = 0.25f;

    // A character that differs from the one read needs this much of its own; else it counts as lent by a confusion.
    private const float OwnSupport = 0.05f;
    private const int MostLentCharacters = 1;
    private const int MostDoubtful = 3;
    private const float Floor = 1e-5f;
    private const int Places = PlateSymbols.MaxPlaces;
    private const int Symbols = PlateSymbols.Count;

    private readonly float[] _meant = new float[Places * Symbols];
    private readonly float[] _marginals = new float[Places * Symbols];
    private readonly byte[] _best = new byte[PlateFormats.All.Length * Places];
    private readonly float[] _confidence = new float[PlateFormats.All.Length * Places * Symbols];
    private readonly float[] _score = new float[PlateFormats.All.Length];
    private readonly byte[] _raw = new byte[Places];
    private readonly byte[] _symbols = new byte[Places];
    private readonly float[] _charConfidences = new float[Places];

    /// <summary>Below this probability a character is doubtful.</summary>
    public float SureAt => sureAt;

    /// <summary>Characters of the text; 0 when the picture shows none.</summary>
    public int Length { get; private set; }

    /// <summary>The characters most likely meant, doubtful ones too.</summary>
    public ReadOnlySpan<byte> Text => _symbols.AsSpan(0, Length);

    /// <summary>The characters read, without any grammar.</summary>
    public ReadOnlySpan<byte> Raw => _raw.AsSpan(0, RawLength);

    public int RawLength { get; private set; }

    /// <summary>Probability of each character of <see cref="Text"/>.</summary>
    public ReadOnlySpan<float> CharConfidences => _charConfidences.AsSpan(0, Length);

    /// <summary>The format it is written in, or null for a misfit.</summary>
    public PlateFormat? Format { get; private set; }

    /// <summary>How many characters are below <see cref="SureAt"/>.</summary>
    public int Doubtful { get; private set; }

    /// <summary>Probability of symbol <paramref name="symbol"/> at a place of the text, over all formats that may apply.</summary>
    public float Marginal(int place, int symbol) => _marginals[place * Symbols + symbol];

    /// <summary>Reads one set of probabilities.</summary>
    /// <param name="probabilities">10 × 38, place by place, each row summing to 1; the symbols of <see cref="PlateSymbols"/>.</param>
    /// <param name="context">Lines, colour and vehicle.</param>
    public void Interpret(ReadOnlySpan<float> probabilities, in PlateContext context)
    {
        if (probabilities.Length != Places * Symbols) throw new ArgumentException($"{Places} × {Symbols} probabilities are needed.", nameof(probabilities));
        ReadRaw(probabilities);
        LendConfusions(probabilities);
        var bestFormat = -1;
        var formats = PlateFormats.All;
        for (var f = 0; f < formats.Length; f++)
        {
            _score[f] = Fit(probabilities, f, formats[f], context.WeightOf(formats[f]));
            if (!float.IsNegativeInfinity(_score[f]) && (bestFormat < 0 || _score[f] > _score[bestFormat])) bestFormat = f;
        }

        Array.Clear(_marginals);
        if (bestFormat < 0) Misfit(probabilities);
        else Mix(formats, bestFormat);
        Doubtful = 0;
        foreach (var confidence in CharConfidences) Doubtful += confidence < sureAt ? 1 : 0;
        if (Doubtful <= MostDoubtful || Format is null) return;
        // So little is sure that naming a format would be an invention.
        Misfit(probabilities);
        Doubtful = 0;
        foreach (var confidence in CharConfidences) Doubtful += confidence < sureAt ? 1 : 0;
    }

    /// <summary>The next likely kind whose text is the same, when nothing seen tells the two apart.</summary>
    public PlateKind? OtherKind()
    {
        if (Format is null) return null;
        var chosen = PlateFormats.All.IndexOf(Format);
        PlateKind? other = null;
        var best = _score[chosen] - 3;
        for (var f = 0; f < _score.Length; f++)
        {
            if (PlateFormats.All[f].Kind == Format.Kind || PlateFormats.All[f].Length != Length || _score[f] <= best) continue;
            if (!SameText(f)) continue;
            best = _score[f];
            other = PlateFormats.All[f].Kind;
        }

        return other;
    }

    private bool SameText(int format)
    {
        for (var i = 0; i < Length; i++)
        {
            if (Folded(_best[format * Places + i]) != Folded(_symbols[i])) return false;
        }

        return true;
    }

    private static int Folded(int symbol) => symbol == PlateSymbols.DStroke ? PlateSymbols.D : symbol;

    private void ReadRaw(ReadOnlySpan<float> probabilities)
    {
        RawLength = 0;
        while (RawLength < Places)
        {
            var row = probabilities.Slice(RawLength * Symbols, Symbols);
            var best = 0;
            for (var s = 1; s < Symbols; s++)
            {
                if (row[s] > row[best]) best = s;
            }

            if (best == PlateSymbols.Blank) return;
            _raw[RawLength++] = (byte)best;
        }
    }

    private void LendConfusions(ReadOnlySpan<float> probabilities)
    {
        for (var place = 0; place < Places; place++)
        {
            var row = probabilities.Slice(place * Symbols, Symbols);
            for (var s = 1; s < Symbols; s++)
            {
                var sum = row[s];
                foreach (var (read, weight) in PlateConfusions.ReadsOf(s))
                {
                    // The fourth character is a letter on some plates and a digit on others: reading one as the other is no slip that
                    // grammar may mend. D and Đ are the same letter there as anywhere.
                    if (place == 3 && weight < 1) continue;
                    sum += weight * row[read];
                }

                _meant[place * Symbols + s] = sum;
            }
        }
    }

    // The best text of one format, the probability of each character under it, and the log likelihood of the whole.
    private float Fit(ReadOnlySpan<float> probabilities, int index, PlateFormat format, float weight)
    {
        var score = MathF.Log(weight);
        for (var place = format.Length; place < Places; place++)
        {
            var blank = probabilities[place * Symbols];
            if (blank < LegalFloor) return float.NegativeInfinity;
            score += MathF.Log(blank);
        }

        _confidence.AsSpan(index * Places * Symbols, Places * Symbols).Clear();
        foreach (var group in format.Groups)
        {
            var (legal, best) = Weigh(group, index);
            if (legal < LegalFloor) return float.NegativeInfinity;
            var code = group.Code(best);
            for (var i = 0; i < code.Length; i++)
            {
                _best[index * Places + group.Start + i] = code[i];
                score += MathF.Log(MathF.Max(_meant[(group.Start + i) * Symbols + code[i]], Floor));
            }
        }

        if (!AvoidZero(format, index)) return float.NegativeInfinity;
        return LentCharacters(probabilities, format, index) > MostLentCharacters ? float.NegativeInfinity : score;
    }

    private (float Legal, int Best) Weigh(PlateGroup group, int index)
    {
        var legal = 0f;
        var best = 0;
        var bestMass = -1f;
        var confidence = _confidence.AsSpan(index * Places * Symbols, Places * Symbols);
        for (var c = 0; c < group.CodeCount; c++)
        {
            var code = group.Code(c);
            var mass = 1f;
            for (var i = 0; i < code.Length; i++) mass *= _meant[(group.Start + i) * Symbols + code[i]];
            legal += mass;
            for (var i = 0; i < code.Length; i++) confidence[(group.Start + i) * Symbols + code[i]] += mass;
            if (mass <= bestMass) continue;
            bestMass = mass;
            best = c;
        }

        var scale = 1 / MathF.Max(Floor, legal + IllegalShare * MathF.Max(0, 1 - legal));
        for (var place = group.Start; place < group.Start + group.Length; place++)
        {
            for (var s = 1; s < Symbols; s++) confidence[place * Symbols + s] *= scale;
        }

        return (legal, best);
    }

    // An order number is never all zero: the digit that is likeliest to be another one is that other one.
    private bool AvoidZero(PlateFormat format, int index)
    {
        if (format.NumberStart < 0) return true;
        const int Zero = 1;
        var (weakest, digit, ratio) = (-1, 0, 0f);
        for (var place = format.NumberStart; place < format.NumberStart + format.NumberLength; place++)
        {
            if (_best[index * Places + place] != Zero) return true;
            var row = _meant.AsSpan(place * Symbols, Symbols);
            for (var s = Zero + 1; s <= 10; s++)
            {
                if (row[s] <= ratio * row[Zero]) continue;
                (weakest, digit, ratio) = (place, s, row[s] / row[Zero]);
            }
        }

        if (weakest < 0 || _meant[weakest * Symbols + digit] < OwnSupport) return false;
        _best[index * Places + weakest] = (byte)digit;
        return true;
    }

    private int LentCharacters(ReadOnlySpan<float> probabilities, PlateFormat format, int index)
    {
        var lent = 0;
        for (var place = 0; place < format.Length; place++)
        {
            var symbol = _best[index * Places + place];
            var own = probabilities[place * Symbols + symbol];
            if (symbol is PlateSymbols.DStroke or PlateSymbols.D) own = _meant[place * Symbols + symbol];
            if (own < OwnSupport && !IsSpread(probabilities.Slice(place * Symbols, Symbols))) lent++;
        }

        return lent;
    }

    // A place at which nothing stands out lends nothing: it is simply unreadable, and its character will be doubtful.
    private static bool IsSpread(ReadOnlySpan<float> row)
    {
        foreach (var p in row)
        {
            if (p > 0.5f) return false;
        }

        return true;
    }

    // The texts of all formats that fit, each by its share, give the probability of every character.
    private void Mix(System.Collections.Immutable.ImmutableArray<PlateFormat> formats, int bestFormat)
    {
        Format = formats[bestFormat];
        Length = Format.Length;
        _best.AsSpan(bestFormat * Places, Length).CopyTo(_symbols);
        var total = 0f;
        for (var f = 0; f < formats.Length; f++) total += MathF.Exp(_score[f] - _score[bestFormat]);
        for (var f = 0; f < formats.Length; f++)
        {
            var share = MathF.Exp(_score[f] - _score[bestFormat]) / total;
            if (share < 1e-3f) continue;
            var confidence = _confidence.AsSpan(f * Places * Symbols, Places * Symbols);
            for (var i = 0; i < formats[f].Length * Symbols; i++) _marginals[i] += share * confidence[i];
        }

        for (var place = 0; place < Length; place++)
        {
            var sure = Marginal(place, _symbols[place]);
            // Formats that share the text but for the stroke of Đ agree.
            if (_symbols[place] == PlateSymbols.DStroke) sure = MathF.Max(sure, sure + Marginal(place, PlateSymbols.D));
            else if (_symbols[place] == PlateSymbols.D) sure += Marginal(place, PlateSymbols.DStroke);
            _charConfidences[place] = MathF.Min(1, sure);
        }
    }

    private void Misfit(ReadOnlySpan<float> probabilities)
    {
        Format = null;
        Length = RawLength;
        Array.Clear(_marginals);
        for (var place = 0; place < Length; place++)
        {
            _symbols[place] = _raw[place];
            probabilities.Slice(place * Symbols + 1, Symbols - 1).CopyTo(_marginals.AsSpan(place * Symbols + 1));
            _charConfidences[place] = Marginal(place, _raw[place]);
        }
    }
}
