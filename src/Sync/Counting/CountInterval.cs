namespace EdgeGateway.Sync.Counting;

/// <summary>One line of a count: what the <c>count</c> event carries.</summary>
/// <param name="Counter">The installer's name of the counter.</param>
/// <param name="Line">The line it watches.</param>
/// <param name="Class">The class it counts.</param>
/// <param name="In">Crossings inwards.</param>
/// <param name="Out">Crossings outwards.</param>
/// <param name="From">Beginning of the interval, UTC, aligned to local time.</param>
/// <param name="To">Its end, UTC; earlier than the aligned end when the gateway stopped before.</param>
/// <param name="Coverage">Share of the seconds from <paramref name="From"/> to <paramref name="To"/> that were watched, 0 to 1.</param>
/// <param name="Method">How it was counted: <c>tracks</c>, <c>calibrated</c> or <c>density</c>.</param>
/// <param name="Revision">From 1; a higher one replaces the whole interval.</param>
public sealed record CountInterval(
    string Counter, string Line, string Class, int In, int Out, DateTimeOffset From, DateTimeOffset To,
    double Coverage, string Method, int Revision)
{
    /// <summary>Crossings inwards before the correction; null unless <see cref="Method"/> is <c>calibrated</c>.</summary>
    public int? RawIn { get; init; }

    /// <summary>Crossings outwards before the correction; null unless <see cref="Method"/> is <c>calibrated</c>.</summary>
    public int? RawOut { get; init; }
}

/// <summary>What one counter counts.</summary>
/// <param name="Key">Unique on this gateway and stable over restarts, such as <c>camera/counter</c>; state is kept under it.</param>
/// <param name="Counter">The installer's name of the counter.</param>
/// <param name="Line">The line it watches.</param>
/// <param name="Classes">The classes, in the order in which they are published. Each gets its own line, zero or not.</param>
/// <param name="Interval">Length: divides a day evenly, a day at most.</param>
public sealed record CounterSetup(string Key, string Counter, string Line, IReadOnlyList<string> Classes, TimeSpan Interval)
{
    /// <summary>How it counts.</summary>
    public string Method { get; init; } = "tracks";

    /// <summary>Corrections from counts by hand. What has one is published as <c>calibrated</c>, with the raw number beside it.</summary>
    public CounterCalibration? Calibration { get; init; }

    /// <summary>Intervals are aligned to this zone's local time.</summary>
    public TimeZoneInfo Zone { get; init; } = IntervalGrid.HoChiMinh;
}
