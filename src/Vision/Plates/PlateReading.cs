namespace EdgeGateway.Vision.Plates;

/// <summary>What a plate says, as far as the pictures settle it.</summary>
/// <param name="Text">Normalised text, line 1 then line 2, with <c>?</c> for each character that stays doubtful.</param>
/// <param name="Display">The same with the separators of its format.</param>
/// <param name="RawText">The characters as read, before any grammar.</param>
/// <param name="Kind">Its kind; <see cref="PlateKind.Unknown"/> when the text fits no format.</param>
/// <param name="OtherKind">A second kind of the same text that nothing seen rules out, else null.</param>
/// <param name="SeriesUnconfirmed">True for a motorbike series with G or R, on which the published lists disagree.</param>
/// <param name="Colour">Background colour.</param>
/// <param name="Lines">1 or 2.</param>
/// <param name="Confidence">Probability that the whole text is right, a doubtful character counted with its best guess, 0 to 1.</param>
/// <param name="CharConfidences">Probability of each character of the text; for a doubtful one, of its best guess.</param>
/// <param name="Alternatives">Other texts the pictures allow, the likeliest first, at most five; the best guess is among them when a character is doubtful.</param>
public sealed record PlateReading(
    string Text, string Display, string RawText, PlateKind Kind, PlateKind? OtherKind, bool SeriesUnconfirmed, PlateColour Colour,
    int Lines, float Confidence, IReadOnlyList<float> CharConfidences, IReadOnlyList<PlateAlternative> Alternatives)
{
    /// <summary>True when some character is not settled.</summary>
    public bool IsDoubtful => Text.Contains(PlateSymbols.Doubtful);

    /// <summary>The text with the likeliest character at each doubtful place: for measurements, never for an event.</summary>
    internal string Guess { get; private init; } = "";

    /// <summary>Makes the reading that an interpretation stands for.</summary>
    /// <param name="interpreter">Holds the interpretation.</param>
    /// <param name="context">What it was read with.</param>
    /// <param name="held">Per place true where something else than the probabilities keeps the character from being published; may be empty.</param>
    internal static PlateReading From(PlateInterpreter interpreter, in PlateContext context, ReadOnlySpan<bool> held = default)
    {
        var length = interpreter.Length;
        Span<char> text = stackalloc char[length];
        var confidences = new float[length];
        var confidence = 1f;
        for (var i = 0; i < length; i++)
        {
            confidences[i] = interpreter.CharConfidences[i];
            var doubtful = confidences[i] < interpreter.SureAt || (i < held.Length && held[i]);
            text[i] = doubtful ? PlateSymbols.Doubtful : PlateSymbols.CharacterOf(interpreter.Text[i]);
            confidence *= confidences[i];
        }

        var format = interpreter.Format;
        var normalised = new string(text);
        return new PlateReading(
            normalised,
            format?.Display(text) ?? normalised,
            Written(interpreter.Raw),
            format?.Kind ?? PlateKind.Unknown,
            interpreter.OtherKind(),
            format is { Kind: PlateKind.Motorbike, Name: not "motorbike-electric" } && IsUnconfirmed(format, interpreter.Text),
            context.Colour,
            context.TwoLines > 0.5f ? 2 : 1,
            length == 0 ? 0 : confidence,
            confidences,
            PlateAlternatives.Of(interpreter, normalised, context))
        {
            Guess = Written(interpreter.Text),
        };
    }

    private static bool IsUnconfirmed(PlateFormat format, ReadOnlySpan<byte> text)
    {
        var r = PlateSymbols.SymbolOf('R');
        if (format.LetterPlaces == 1) return text[2] == r;
        return text[3] == r || text[3] == PlateSymbols.SymbolOf('G');
    }

    private static string Written(ReadOnlySpan<byte> symbols)
    {
        Span<char> text = stackalloc char[symbols.Length];
        for (var i = 0; i < symbols.Length; i++) text[i] = PlateSymbols.CharacterOf(symbols[i]);
        return new string(text);
    }
}
