using EdgeGateway.Sync.Counting;

namespace EdgeGateway.Sync.Reports;

/// <summary>
/// Intervals of one series that lie over each other. A change of a counter's interval leaves such a place behind, and then no second was watched in two of them;
/// a mistaken or forged file makes others, in which the same people would count twice.
/// </summary>
/// <param name="Series">Whose intervals.</param>
/// <param name="From">Where the first begins.</param>
/// <param name="To">Where the last ends.</param>
/// <param name="Intervals">How many.</param>
/// <param name="Watched">Time that they say was watched, together.</param>
/// <param name="Rounding">By how much rounding alone may have lengthened it: coverage is kept to a thousandth, and its seconds are whole.</param>
public sealed record OverlappingCounts(CountSeries Series, DateTimeOffset From, DateTimeOffset To, int Intervals, TimeSpan Watched, TimeSpan Rounding)
{
    private const double HalfThousandth = 0.0005;

    /// <summary>False when more time was watched than there was: some of it, and who passed then, stands there twice.</summary>
    public bool IsPossible => Watched - Rounding <= To - From;

    /// <summary>The places where intervals overlap.</summary>
    /// <param name="rows">Intervals, each series together and by time, as <see cref="CountArchive.Intervals"/> gives them.</param>
    public static IEnumerable<OverlappingCounts> Find(IEnumerable<ArchivedCount> rows)
    {
        OverlappingCounts? open = null;
        foreach (var row in rows)
        {
            var (length, rounding) = (row.To - row.From, (HalfThousandth * (row.To - row.From)) + TimeSpan.FromSeconds(1));
            if (open is not null && open.Series == row.Series && row.From < open.To)
            {
                open = open with { To = row.To > open.To ? row.To : open.To, Intervals = open.Intervals + 1, Watched = open.Watched + (row.Coverage * length), Rounding = open.Rounding + rounding };
                continue;
            }

            if (open is { Intervals: > 1 }) yield return open;
            open = new OverlappingCounts(row.Series, row.From, row.To, 1, row.Coverage * length, rounding);
        }

        if (open is { Intervals: > 1 }) yield return open;
    }
}
