namespace EdgeGateway.Vision.Plates;

/// <summary>A text that the pictures allow besides the one that is published.</summary>
/// <param name="Text">Normalised, without doubtful marks.</param>
/// <param name="Probability">Product of its characters' probabilities, 0 to 1.</param>
public sealed record PlateAlternative(string Text, float Probability);

/// <summary>Lists the other texts that the pictures allow. Runs only when a reading is published.</summary>
internal static class PlateAlternatives
{
    private const int Most = 5;
    private const int Width = 12;

    // A character below this probability is no alternative but noise.
    private const float Least = 0.08f;

    /// <summary>The likeliest texts besides <paramref name="published"/>, each of them one that the grammar allows when the reading itself fits it.</summary>
    public static IReadOnlyList<PlateAlternative> Of(PlateInterpreter interpreter, string published, PlateContext context)
    {
        List<(string Text, float Probability)> texts = [("", 1)];
        for (var place = 0; place < interpreter.Length; place++)
        {
            var candidates = Candidates(interpreter, place);
            texts = [.. texts
                .SelectMany(t => candidates.Select(c => (Text: t.Text + PlateSymbols.CharacterOf(c.Symbol), Probability: t.Probability * c.Probability)))
                .OrderByDescending(t => t.Probability)
                .ThenBy(t => t.Text, StringComparer.Ordinal)
                .Take(Width)];
        }

        return [.. texts
            .Where(t => t.Text.Length > 0 && PlateSymbols.Fold(t.Text) != PlateSymbols.Fold(published))
            .Where(t => interpreter.Format is null || PlateGrammar.Match(t.Text, context).Count > 0)
            .DistinctBy(t => PlateSymbols.Fold(t.Text), StringComparer.Ordinal)
            .Take(Most)
            .Select(t => new PlateAlternative(t.Text, MathF.Min(1, t.Probability)))];
    }

    private static List<(int Symbol, float Probability)> Candidates(PlateInterpreter interpreter, int place)
    {
        List<(int Symbol, float Probability)> found = [];
        for (var s = 1; s < PlateSymbols.Count; s++)
        {
            var probability = interpreter.Marginal(place, s);
            if (probability >= Least) found.Add((s, probability));
        }

        // A place at which nothing reaches the mark still needs its best guess, else no whole text could be named.
        if (found.Count == 0) found.Add((interpreter.Text[place], interpreter.CharConfidences[place]));
        return found;
    }
}
