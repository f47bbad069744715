using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Vision.Evaluation;

/// <summary>How often plates of a group were read.</summary>
/// <param name="N">Plates.</param>
/// <param name="Found">Share found at IoU 0.5; 1 for cut-out plates.</param>
/// <param name="Exact">Share whose raw text is the truth letter for letter, before any grammar.</param>
/// <param name="Raw">The same with Đ and D as one letter.</param>
/// <param name="Grammar">Share whose published text is the truth, Đ and D as one letter.</param>
/// <param name="Guess">The same with the best guess at doubtful places.</param>
/// <param name="Doubtful">Share published with a doubtful character.</param>
/// <param name="SurelyWrong">Share that says something false without a mark of doubt at that place.</param>
/// <param name="UnknownKind">Share that fits no format.</param>
public sealed record ReadShares(int N, double Found, double Exact, double Raw, double Grammar, double Guess, double Doubtful, double SurelyWrong, double UnknownKind);

/// <summary>What was promised and what was kept, of confidences from <paramref name="From"/> on.</summary>
public sealed record CalibrationPoint(double From, int N, double Promised, double Kept);

/// <summary>Shares of groups of plates.</summary>
public sealed record ReadGroups(
    ReadShares Total, double FamilyMeanRaw, double FamilyMeanGrammar, IReadOnlyDictionary<string, ReadShares> ByFamily,
    IReadOnlyDictionary<string, ReadShares> ByColour, IReadOnlyDictionary<string, ReadShares> ByLines);

/// <summary>One plate: what is printed and what was read.</summary>
/// <param name="Truth">The labelled plate.</param>
/// <param name="Reading">What was read; null when the plate was not found.</param>
/// <param name="Confidence">Product over the places of the network's best probability, before any grammar.</param>
/// <param name="ColourRight">Null where nobody stated the colour.</param>
/// <param name="LinesRight">Null where nobody stated the lines.</param>
internal sealed record PlateOutcome(LabelledPlate Truth, PlateReading? Reading, double Confidence, bool? ColourRight, bool? LinesRight)
{
    private string Printed => PlateSymbols.Fold(Truth.Text!);

    public bool Found => Reading is not null;

    public bool Exact => Reading is { } reading && PlateSymbols.Normalise(reading.RawText) == PlateSymbols.Normalise(Truth.Text!);

    public bool RawRight => Reading is { } reading && PlateSymbols.Fold(reading.RawText) == Printed;

    public bool Right => Reading is { } reading && PlateSymbols.Fold(reading.Text) == Printed;

    public bool GuessRight => Reading is { } reading && PlateSymbols.Fold(reading.Guess) == Printed;

    public bool Doubtful => Reading is { IsDoubtful: true };

    public bool SurelyWrong => Reading is { } reading && !Right && !IsCompatible(PlateSymbols.Fold(reading.Text), Printed);

    public static ReadGroups Groups(IReadOnlyList<PlateOutcome> outcomes)
    {
        var families = outcomes.GroupBy(o => o.Truth.Family, StringComparer.Ordinal).ToList();
        return new ReadGroups(
            SharesOf(outcomes),
            families.Count == 0 ? 0 : Math.Round(families.Average(f => f.Average(o => o.RawRight ? 1.0 : 0)), 4),
            families.Count == 0 ? 0 : Math.Round(families.Average(f => f.Average(o => o.Right ? 1.0 : 0)), 4),
            By(outcomes, o => o.Truth.Family), By(outcomes, o => o.Truth.Colour), By(outcomes, o => o.Truth.Lines.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>Expected calibration error over equal bins of the promise, 0 to 1.</summary>
    public static double CalibrationError(IReadOnlyCollection<(double Promised, bool Kept)> all, int bins = 15) => all.Count == 0 ? 0 : Math.Round(
        all.GroupBy(one => BinOf(one.Promised, bins)).Sum(bin => bin.Count() * Math.Abs(bin.Average(one => one.Promised) - bin.Average(one => one.Kept ? 1.0 : 0))) / all.Count, 4);

    /// <summary>What was promised and what was kept, bin by bin.</summary>
    public static IReadOnlyList<CalibrationPoint> Calibration(IEnumerable<(double Promised, bool Kept)> all, int bins) =>
    [
        .. from one in all
           group one by BinOf(one.Promised, bins) into bin
           orderby bin.Key
           select new CalibrationPoint(Math.Round((double)bin.Key / bins, 3), bin.Count(), Math.Round(bin.Average(one => one.Promised), 3), Math.Round(bin.Average(one => one.Kept ? 1.0 : 0), 4)),
    ];

    /// <summary>Of all characters in texts of the right length: what the best guess was given, and whether it is right.</summary>
    public static IEnumerable<(double Promised, bool Kept)> Characters(IEnumerable<PlateOutcome> outcomes) => outcomes
        .Where(o => o.Reading is not null)
        .Select(o => (Guess: PlateSymbols.Fold(o.Reading!.Guess), Truth: o.Printed, o.Reading.CharConfidences))
        .Where(o => o.Guess.Length == o.Truth.Length && o.CharConfidences.Count == o.Truth.Length)
        .SelectMany(o => o.Guess.Select((c, i) => ((double)o.CharConfidences[i], c == o.Truth[i])));

    private static int BinOf(double promised, int bins) => Math.Clamp((int)(promised * bins), 0, bins - 1);

    private static SortedDictionary<string, ReadShares> By(IEnumerable<PlateOutcome> outcomes, Func<PlateOutcome, string> key) =>
        new(outcomes.GroupBy(key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => SharesOf([.. g]), StringComparer.Ordinal), StringComparer.Ordinal);

    private static ReadShares SharesOf(IReadOnlyCollection<PlateOutcome> all)
    {
        return new ReadShares(
            all.Count, Of(o => o.Found), Of(o => o.Exact), Of(o => o.RawRight), Of(o => o.Right), Of(o => o.GuessRight), Of(o => o.Doubtful), Of(o => o.SurelyWrong),
            Of(o => o.Reading is { Kind: PlateKind.Unknown }));

        double Of(Func<PlateOutcome, bool> what) => all.Count == 0 ? 0 : Math.Round((double)all.Count(what) / all.Count, 4);
    }

    private static bool IsCompatible(string text, string truth) =>
        text.Length == truth.Length && text.Zip(truth).All(pair => pair.First == PlateSymbols.Doubtful || pair.First == pair.Second);
}
