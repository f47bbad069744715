using System.Text.Json.Serialization;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Reports;

/// <summary>Sums of crossings.</summary>
/// <param name="Coverage">Share of the time that was watched, 0 to 1; what is missing is a gap, not a zero.</param>
public sealed record Figures(long In, long Out, double Coverage)
{
    /// <summary>In − out.</summary>
    public long Net => In - Out;
}

/// <summary>One gate: a line of a camera.</summary>
/// <param name="Method">How most of its intervals were counted.</param>
/// <param name="MethodShare">Share of its intervals that were counted so, 0 to 1; the rest were counted otherwise.</param>
/// <param name="RawIn">Before correction; equals <c>in</c> where nothing was corrected.</param>
/// <param name="LowIn">Lower end of what <c>in</c> may be after a count by hand; null where none was made.</param>
public sealed record GateFigures(
    string Gateway, string Camera, string Name, string Line, string Counter, Figures People, CountMethod Method, double MethodShare, long RawIn, long RawOut,
    long? LowIn, long? HighIn);

/// <summary>One local day.</summary>
/// <param name="Hours">People in, by local hour 0 to 23; null where nobody watched, or where the hour is not known.</param>
/// <param name="HolidayLastYear">The same holiday a year ago, where that is listed too.</param>
/// <param name="HourCoverage">Share of each of these hours, as far as it lies in the period, in which the gates were watched, 0 to 1; null where <paramref name="Hours"/> is.</param>
public sealed record DayFigures(DateOnly Date, Figures People, string? HolidayVi, string? HolidayEn, HolidayLastYear? HolidayLastYear, IReadOnlyList<long?> Hours, IReadOnlyList<double?> HourCoverage)
{
    /// <summary>Below this share of watched time a number is drawn with a mark: part of it is missing.</summary>
    public const double WellWatched = 0.9;
}

/// <summary>A holiday a year ago: it lies on another weekday, and a lunar one on another date.</summary>
/// <param name="People">In the hours that the report has of its day; null where it has no data.</param>
public sealed record HolidayLastYear(DateOnly Date, Figures? People);

/// <summary>Vehicles and whatever else was counted, by class.</summary>
/// <param name="Coverage">Share of the time in which the lines that count this class were watched.</param>
public sealed record ClassFigures([property: JsonPropertyName("class")] string Class, long In, long Out, double Coverage);

/// <summary>A zone: how many stood in it and for how long. Aggregated only.</summary>
/// <param name="Mean">Present on average while it was watched.</param>
/// <param name="Most">The most present at once, and the local hour in which that was.</param>
/// <param name="Visits">Stays that ended.</param>
/// <param name="MeanDwellSeconds">Their mean time; null where there were too few to tell of no single person.</param>
/// <param name="Method">How people in it were found.</param>
public sealed record ZoneFigures(
    string Camera, string Name, string Zone, [property: JsonPropertyName("class")] string Class, double Mean, int Most, DateTimeOffset MostIn, long Visits, double? MeanDwellSeconds, double Coverage, CountMethod Method);

/// <summary>When it was busiest.</summary>
/// <param name="HourCoverage">Share of that hour in which the gates were watched.</param>
public sealed record Peaks(DateOnly? Day, long DayIn, DateTimeOffset? Hour, long HourIn, double HourCoverage, DateTimeOffset? PresentAt, long Present);

/// <summary>A stretch of time to compare with.</summary>
/// <param name="Gates">Gates that counted then, or were known and sent nothing.</param>
/// <param name="LeftOut">Names of gates that are in no change per watched hour: they were there and sent nothing for the whole of one of the two periods.</param>
/// <param name="IsSameHoliday">True where a report within one listed day stands beside the same holiday, and not beside the same date.</param>
/// <param name="ByDay">People in on the day of that stretch that stands beside each day of the report; null where it has no data.</param>
/// <param name="ChangePercent">Change of <c>in</c> against it; null when it has no data, or either period was watched for less than <see cref="LeastCoverage"/>.</param>
/// <param name="ChangePerWatchedHourPercent">The same for <c>in</c> per watched hour, summed over the gates: the fairer number where coverage differs, or a gate was away for a part of either period.</param>
public sealed record Comparison(DateTimeOffset From, DateTimeOffset To, bool HasData, int Gates, Figures People, double? ChangePercent, double? ChangePerWatchedHourPercent, IReadOnlyList<string> LeftOut, bool IsSameHoliday, IReadOnlyList<long?> ByDay)
{
    /// <summary>Below this share of watched time in either period, the hours that were watched may be quite other ones: no change is told.</summary>
    public const double LeastCoverage = 0.5;

    /// <summary>False where either period was watched too little.</summary>
    public static bool AreComparable(Figures now, Figures then) => Math.Min(now.Coverage, then.Coverage) >= LeastCoverage;
}

/// <summary>Tracks that came over one line and left over another.</summary>
/// <param name="MeanDwellSeconds">Their mean time between; null where there were too few to tell of no single person.</param>
public sealed record FlowFigures(string Camera, string EntryLine, string Line, [property: JsonPropertyName("class")] string Class, long Passed, double? MeanDwellSeconds, bool IsTurnBack);

/// <summary>Vehicles by where their plates were issued: rough.</summary>
public sealed record OriginFigures(string HomeCode, long Home, long Other, long Unread);

/// <summary>A correction of the number of people present.</summary>
public sealed record CorrectionFigures(DateTimeOffset At, string Kind, int Was, int Became, string Who, string Reason);

/// <summary>A report on visitors: what all three formats show.</summary>
/// <param name="Statement">The sentence that stands in every report.</param>
/// <param name="Notes">What limits the numbers, in plain words.</param>
public sealed record VisitorReport(
    string Schema,
    string Site,
    string SiteName,
    IReadOnlyList<string> Gateways,
    DateTimeOffset From,
    DateTimeOffset To,
    string TimeZone,
    DateTimeOffset Made,
    TwoLanguages Statement,
    Figures Total,
    long? LowIn,
    long? HighIn,
    IReadOnlyList<GateFigures> Gates,
    IReadOnlyList<DayFigures> Days,
    IReadOnlyList<ClassFigures> Others,
    Peaks Peaks,
    Comparison Before,
    Comparison LastYear,
    IReadOnlyList<FlowFigures> Flows,
    IReadOnlyList<ZoneFigures> Zones,
    OriginFigures? Origin,
    IReadOnlyList<CorrectionFigures> Corrections,
    IReadOnlyList<TwoLanguages> Notes)
{
    public const string SchemaName = "vn.edgegateway.report.visitors.v1";

    /// <summary>Crossings are not people.</summary>
    public static TwoLanguages CrossingsNotPeople { get; } = new(
        "Các con số là lượt đi qua cổng, không phải số khách khác nhau: một người vào hai lần được tính hai lượt.",
        "The numbers are crossings, not unique visitors: a person who enters twice counts twice.");
}

/// <summary>How a report becomes JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, Converters = [typeof(UtcMilliseconds)])]
[JsonSerializable(typeof(VisitorReport))]
internal sealed partial class VisitorReportJson : JsonSerializerContext;
