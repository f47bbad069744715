namespace EdgeGateway.Vision.Plates;

/// <summary>One format that a text fits.</summary>
/// <param name="Kind">What such a plate is.</param>
/// <param name="Format">Short name of the format.</param>
/// <param name="Display">The text as people write it, Đ with its stroke.</param>
public sealed record PlateMatch(PlateKind Kind, string Format, string Display);

/// <summary>How Vietnamese plates are written: which texts exist, what they are, how they are shown.</summary>
public static class PlateGrammar
{
    /// <summary>
    /// All formats that a text fits, the likeliest first; empty for a text that no plate has. Several kinds may share one text
    /// (29B11234 is a car's or an old motorbike's): the context decides where it can, the text never does.
    /// </summary>
    /// <param name="text">With or without separators, any form of Đ.</param>
    /// <param name="context">What is known besides; it orders the matches.</param>
    public static IReadOnlyList<PlateMatch> Match(string text, PlateContext context)
    {
        var normalised = PlateSymbols.Normalise(text);
        Span<byte> symbols = stackalloc byte[PlateSymbols.MaxPlaces];
        if (normalised.Length is 0 or > PlateSymbols.MaxPlaces || normalised.Contains(PlateSymbols.Doubtful)) return [];
        for (var i = 0; i < normalised.Length; i++) symbols[i] = (byte)PlateSymbols.SymbolOf(normalised[i]);

        List<(PlateFormat Format, float Weight, string Text)> found = [];
        Span<char> shown = stackalloc char[PlateSymbols.MaxPlaces];
        foreach (var format in PlateFormats.All)
        {
            if (Fits(format, symbols[..normalised.Length], shown)) found.Add((format, context.WeightOf(format), new string(shown[..format.Length])));
        }

        return [.. found.OrderByDescending(m => m.Weight).Select(m => new PlateMatch(m.Format.Kind, m.Format.Name, m.Format.Display(m.Text)))];
    }

    /// <summary>All formats that a text fits when nothing else is known.</summary>
    public static IReadOnlyList<PlateMatch> Match(string text) => Match(text, PlateContext.Nothing);

    /// <summary>What character probabilities say under the grammar.</summary>
    /// <param name="probabilities">10 × 38: for each place, the probability of each symbol of <see cref="PlateSymbols"/>, blank first.</param>
    /// <param name="context">Lines, colour and vehicle.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public static PlateReading Interpret(ReadOnlySpan<float> probabilities, PlateContext context)
    {
        var interpreter = new PlateInterpreter(PlateInterpreter.SureForPictures);
        interpreter.Interpret(probabilities, context);
        return PlateReading.From(interpreter, context);
    }

    /// <summary>What a typed or read text most likely means: listed confusions are mended, at most one; else its kind is unknown.</summary>
    /// <param name="text">At most ten characters count; separators do not.</param>
    /// <param name="context">Lines, colour and vehicle.</param>
    public static PlateReading Interpret(string text, PlateContext context)
    {
        var normalised = PlateSymbols.Normalise(text);
        if (normalised.Length > PlateSymbols.MaxPlaces)
        {
            return new PlateReading(normalised, normalised, normalised, PlateKind.Unknown, null, false, context.Colour,
                context.TwoLines > 0.5f ? 2 : 1, 0, new float[normalised.Length], []);
        }

        // What was typed is known: a doubtful mark, evenly spread over all symbols, would be read as the first of them.
        return Interpret(ProbabilitiesOf(normalised), context) with { RawText = normalised };
    }

    // Typed text: each character certain, a doubtful mark evenly spread.
    private static float[] ProbabilitiesOf(string text)
    {
        var result = new float[PlateSymbols.MaxPlaces * PlateSymbols.Count];
        for (var place = 0; place < PlateSymbols.MaxPlaces; place++)
        {
            var row = result.AsSpan(place * PlateSymbols.Count, PlateSymbols.Count);
            if (place >= text.Length) row[PlateSymbols.Blank] = 1;
            else if (text[place] == PlateSymbols.Doubtful) row[1..].Fill(1f / (PlateSymbols.Count - 1));
            else row[PlateSymbols.SymbolOf(text[place])] = 1;
        }

        return result;
    }

    // Compares on the folded form and writes the text as the format prints it, so MD becomes MĐ where the code is MĐ.
    private static bool Fits(PlateFormat format, ReadOnlySpan<byte> symbols, Span<char> shown)
    {
        if (format.Length != symbols.Length) return false;
        foreach (var group in format.Groups)
        {
            var matched = false;
            for (var c = 0; c < group.CodeCount && !matched; c++)
            {
                var code = group.Code(c);
                matched = true;
                for (var i = 0; i < code.Length && matched; i++) matched = Folded(code[i]) == Folded(symbols[group.Start + i]);
                for (var i = 0; i < code.Length && matched; i++) shown[group.Start + i] = PlateSymbols.CharacterOf(code[i]);
            }

            if (!matched) return false;
        }

        if (format.NumberStart < 0) return true;
        return symbols.Slice(format.NumberStart, format.NumberLength).ContainsAnyExcept((byte)PlateSymbols.SymbolOf('0'));
    }

    private static int Folded(int symbol) => symbol == PlateSymbols.DStroke ? PlateSymbols.D : symbol;
}
