using System.Globalization;

namespace EdgeGateway.Sync.Counting;

/// <summary>One crossing of a film: counted by hand, or by the pipeline.</summary>
/// <param name="At">Time from the film's beginning.</param>
/// <param name="Inwards">True for <c>in</c>.</param>
public readonly record struct FilmCrossing(TimeSpan At, string Line, bool Inwards, string Class);

/// <summary>
/// The table of a count by hand: header <c>t_s,line,direction,class</c>, seconds from the film's beginning; with semicolons and decimal commas too, as a spreadsheet set to Vietnamese saves it.
/// </summary>
public static class CalibrationTruth
{
    /// <summary>Its first line.</summary>
    public const string Header = "t_s,line,direction,class";

    private const int MostRows = 100_000;

    /// <summary>Reads the table.</summary>
    /// <param name="table">The text.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="columns">The table's own column names by ours, where they differ.</param>
    /// <exception cref="InvalidDataException">The table holds a mistake; the message names each line, up to ten of them.</exception>
    public static IReadOnlyList<FilmCrossing> Read(TextReader table, string name, IReadOnlyDictionary<string, string>? columns = null)
    {
        var found = new List<FilmCrossing>();
        var mistakes = new List<string>();
        foreach (var (line, cells) in SpreadsheetRows.Of(table, name, Header, first => first.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant(), columns))
        {
            if (mistakes.Count == 10) break;
            if (found.Count == MostRows) throw new InvalidDataException($"{name} has more than {MostRows} rows: count a shorter film.");
            cells[0] = cells[0].Replace(',', '.'); // a decimal comma; where commas part the cells there is none
            if (cells.Length != 4) mistakes.Add($"{name}:{line}: four cells are needed, {Header}");
            else if (!double.TryParse(cells[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds is < 0 or > 7 * 86400) mistakes.Add($"{name}:{line}: t_s '{Short(cells[0])}' is no time in seconds such as 12.5");
            else if (cells[2] is not ("in" or "out")) mistakes.Add($"{name}:{line}: direction '{Short(cells[2])}' is neither in nor out");
            else if (cells[1].Length == 0 || cells[3].Length == 0) mistakes.Add($"{name}:{line}: line and class must not be empty");
            else found.Add(new FilmCrossing(TimeSpan.FromSeconds(seconds), cells[1], cells[2] == "in", cells[3]));
        }

        if (mistakes.Count > 0) throw new InvalidDataException(string.Join('\n', mistakes));
        return found;
    }

    private static string Short(string text) => text.Length > 30 ? text[..30] + "…" : text;
}

/// <summary>A factor with its interval and what it rests on.</summary>
/// <param name="Factor">True crossings for each observed one; null when it cannot be told.</param>
/// <param name="Matched">Pairs of a true and an observed crossing.</param>
/// <param name="Basis">How the interval was made: <c>block_bootstrap</c> or <c>poisson</c>.</param>
/// <param name="Trouble">Why there is no factor; null when there is one.</param>
public sealed record CalibrationFigures(int Truth, int Observed, int Matched, double? Factor, double? Low, double? High, string Basis, string? Trouble)
{
    /// <summary>True crossings that nobody was paired with.</summary>
    public int Missed => Truth - Matched;

    /// <summary>Observed crossings that nobody was paired with.</summary>
    public int False => Observed - Matched;

    /// <summary>True when 1 lies within the interval: the correction cannot be told from none.</summary>
    public bool IsLikeNone => Low <= 1 && High >= 1;
}

/// <summary>
/// The correction factor of one direction of a counter: crossings counted by hand divided by crossings tracked in the same film.
/// <para>Its 95 % interval comes from a block bootstrap: the film is cut into blocks of 30 s, blocks are drawn with replacement 4,000
/// times, and the 2.5 and 97.5 percentiles of the drawn ratios are taken. Blocks keep a crossing and its observation together, so what
/// both share does not count as error, and they keep groups whole (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
/// chapter 8). With fewer than 10 blocks in which anything happened, or fewer than 10 crossings on either side, the bootstrap is too
/// sure of itself; then the log ratio of two independent Poisson counts is taken, whose standard error is √(1/T + 1/O), which is wider.</para>
/// </summary>
public static class Calibration
{
    private const int Draws = 4000;
    private const int LeastForBootstrap = 10;

    /// <summary>At least one in so many of the crossings that could pair must pair.</summary>
    private const int LeastMatchedPart = 4;

    private static readonly TimeSpan Block = TimeSpan.FromSeconds(30);

    /// <summary>Compares two lists of moments.</summary>
    /// <param name="truth">By hand.</param>
    /// <param name="observed">By the pipeline.</param>
    /// <param name="within">Two moments this close may be the same crossing.</param>
    public static CalibrationFigures Compare(IReadOnlyList<TimeSpan> truth, IReadOnlyList<TimeSpan> observed, TimeSpan within)
    {
        var matched = Match([.. truth.Order()], [.. observed.Order()], within);
        if (truth.Count == 0) return new(0, observed.Count, matched, null, null, null, "", "nobody was counted by hand in this direction");
        if (observed.Count == 0) return new(truth.Count, 0, matched, null, null, null, "", "the pipeline saw nobody in this direction: no factor mends that; look at the line, the view and the model");
        // A factor of two lists that have nothing to do with each other would be printed in every event from then on.
        if (matched * LeastMatchedPart < Math.Min(truth.Count, observed.Count))
            return new(truth.Count, observed.Count, matched, null, null, null, "", $"only {matched} of {Math.Min(truth.Count, observed.Count)} crossings lie within {within.TotalSeconds:0.#} s of one another: is the count by hand of this film, with times from its beginning, and the direction right?");
        var factor = (double)truth.Count / observed.Count;
        var blocks = Blocks(truth, observed);
        if (blocks.Length < LeastForBootstrap || truth.Count < LeastForBootstrap || observed.Count < LeastForBootstrap)
        {
            var error = 1.96 * Math.Sqrt((1.0 / truth.Count) + (1.0 / observed.Count));
            return new(truth.Count, observed.Count, matched, Round(factor), Round(factor * Math.Exp(-error)), Round(factor * Math.Exp(error)), "poisson", null);
        }

        var (low, high) = Bootstrap(blocks);
        // A film without a single error does not prove that there are none: up to 3/n of n fit it (rule of three).
        var unseen = 3.0 / truth.Count;
        (low, high) = (Math.Min(low, factor * (1 - unseen)), Math.Max(high, factor * (1 + unseen)));
        return new(truth.Count, observed.Count, matched, Round(factor), Round(low), Round(high), "block_bootstrap", null);
    }

    /// <summary>Pairs of moments in order of time; both lists sorted. On a line the earliest free partner is also the best one.</summary>
    private static int Match(TimeSpan[] truth, TimeSpan[] observed, TimeSpan within)
    {
        var (t, o, pairs) = (0, 0, 0);
        while (t < truth.Length && o < observed.Length)
        {
            var apart = observed[o] - truth[t];
            if (apart.Duration() <= within) (t, o, pairs) = (t + 1, o + 1, pairs + 1);
            else if (apart > TimeSpan.Zero) t++;
            else o++;
        }

        return pairs;
    }

    private static (int Truth, int Observed)[] Blocks(IReadOnlyList<TimeSpan> truth, IReadOnlyList<TimeSpan> observed)
    {
        var blocks = new SortedDictionary<long, (int Truth, int Observed)>();
        foreach (var at in truth) Add(at, 1, 0);
        foreach (var at in observed) Add(at, 0, 1);
        return [.. blocks.Values];

        void Add(TimeSpan at, int isTruth, int isObserved)
        {
            var key = at.Ticks / Block.Ticks;
            var (t, o) = blocks.GetValueOrDefault(key);
            blocks[key] = (t + isTruth, o + isObserved);
        }
    }

    private static (double Low, double High) Bootstrap((int Truth, int Observed)[] blocks)
    {
        // A fixed seed: the same film and the same table give the same interval.
        var random = new Random(20260704);
        var ratios = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            var (t, o) = (0, 0);
            for (var i = 0; i < blocks.Length; i++)
            {
                var block = blocks[random.Next(blocks.Length)];
                (t, o) = (t + block.Truth, o + block.Observed);
            }

            ratios[draw] = o == 0 ? double.PositiveInfinity : (double)t / o;
        }

        Array.Sort(ratios);
        return (ratios[(int)(Draws * 0.025)], Math.Min(ratios[(int)(Draws * 0.975)], 1000));
    }

    private static double Round(double value) => Math.Round(value, 4);
}
