using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Counting;

/// <summary>Whose counts a row holds.</summary>
/// <param name="Gateway">The gateway that counted.</param>
/// <param name="Site">The site it stands at.</param>
/// <param name="Class">The class word, e.g. <c>person</c>.</param>
public sealed record CountSeries(string Gateway, string Site, string Camera, string Counter, string Line, string Class);

/// <summary>One published interval as it is kept: what a <c>count</c> event said, and whose it is.</summary>
/// <param name="Coverage">Share of the seconds from <paramref name="From"/> to <paramref name="To"/> that were watched, 0 to 1.</param>
/// <param name="Revision">From 1; a higher one replaces the whole interval.</param>
/// <param name="RawIn">Before correction; null unless calibrated.</param>
public sealed record ArchivedCount(
    CountSeries Series, DateTimeOffset From, DateTimeOffset To, int In, int Out, double Coverage, CountMethod Method, int Revision, int? RawIn = null, int? RawOut = null)
{
    /// <summary>A finished interval of this gateway.</summary>
    public static ArchivedCount Of(string gateway, string site, string camera, CountInterval interval) => new(
        new CountSeries(gateway, site, camera, interval.Counter, interval.Line, interval.Class), interval.From, interval.To,
        interval.In, interval.Out, interval.Coverage, EventWords.Parse<CountMethod>(interval.Method), interval.Revision, interval.RawIn, interval.RawOut);

    /// <summary>A <c>count</c> event of another gateway.</summary>
    public static ArchivedCount Of(string gateway, string site, string camera, CountData data) => new(
        new CountSeries(gateway, site, camera, data.Counter, data.Line, EventWords.Of(data.Kind)), data.From, data.To,
        data.In, data.Out, data.Coverage, data.Method, data.Revision, data.RawIn, data.RawOut);

    /// <summary>Null when the row can be believed, else what is wrong with it. What other gateways and files say is not taken on trust.</summary>
    public string? Fault() => this switch
    {
        { In: < 0 } or { Out: < 0 } or { RawIn: < 0 } or { RawOut: < 0 } => "a count is below zero",
        { Revision: < 1 } => "the revision is below 1",
        { Coverage: not (>= 0 and <= 1) } => "the coverage is not within 0 to 1",
        _ when To <= From || To - From > TimeSpan.FromDays(1) => "the interval is empty, reversed or longer than a day",
        _ when From.Year is < 2020 or > 2100 => "the time is not of this century",
        _ when !Are(Series.Gateway, Series.Site, Series.Camera, Series.Counter, Series.Line) => "gateway, site, camera, counter or line is no id",
        _ when !EventWords.All<ObjectKind>().Contains(Series.Class, StringComparer.Ordinal) => "the class is unknown",
        _ => null,
    };

    // Another machine's message may lack one.
    private static bool Are(params ReadOnlySpan<string?> ids)
    {
        foreach (var id in ids)
        {
            if (id is not { Length: > 0 and <= 64 } || id.AsSpan().ContainsAnyExcept(Topics.IdCharacters)) return false;
        }

        return true;
    }
}

/// <summary>Sums of one series over a stretch of time.</summary>
/// <param name="From">Its beginning, UTC, aligned to local time.</param>
/// <param name="Length">Its nominal length.</param>
/// <param name="WatchedSeconds">Seconds in which the line was watched. What is missing to <paramref name="Length"/> is a gap, not a zero.</param>
/// <param name="Calibrated">Intervals in it that were corrected by a calibration.</param>
/// <param name="Density">Intervals in it that come from a density estimate.</param>
/// <param name="Intervals">All published intervals in it.</param>
/// <param name="IsCoarse">True when it holds intervals that do not lie within one local hour: its hour of the day is not known.</param>
public sealed record CountSum(
    CountSeries Series, DateTimeOffset From, TimeSpan Length, long In, long Out, long RawIn, long RawOut, double WatchedSeconds,
    int Intervals, int Calibrated, int Density, bool IsCoarse)
{
    /// <summary>How most of the intervals were counted, and which share of them.</summary>
    public (CountMethod Most, double Share) Method => MethodOf(Intervals, Calibrated, Density);

    /// <summary>The method of most intervals, and its share of them.</summary>
    public static (CountMethod Most, double Share) MethodOf(int intervals, int calibrated, int density)
    {
        var tracks = intervals - calibrated - density;
        var (most, by) = calibrated >= Math.Max(tracks, density) && calibrated > 0 ? (CountMethod.Calibrated, calibrated) : density > tracks ? (CountMethod.Density, density) : (CountMethod.Tracks, tracks);
        return (most, intervals <= 0 ? 0 : (double)by / intervals);
    }

    /// <summary>Share of the stretch that was watched, 0 to 1.</summary>
    public double Coverage => Length <= TimeSpan.Zero ? 0 : Math.Clamp(WatchedSeconds / Length.TotalSeconds, 0, 1);
}
