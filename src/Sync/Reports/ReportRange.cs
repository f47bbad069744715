using System.Globalization;
using EdgeGateway.Sync.Counting;

namespace EdgeGateway.Sync.Reports;

/// <summary>The stretch of time of a report: [From, To).</summary>
public sealed record ReportRange(DateTimeOffset From, DateTimeOffset To)
{
    // ISO 8601 alone: 01/05/2026 is another day in another country.
    private static readonly string[] Times = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
    private const int FirstYear = 2000;
    private const int FinalYear = 2100;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    /// <summary>
    /// Reads the two ends. A date stands for its whole local day, so <c>--from 2026-07-06 --to 2026-07-12</c> are seven days; a time such as
    /// <c>2026-07-06T16:00:00+07:00</c> stands for itself, local when it has no offset.
    /// </summary>
    /// <exception cref="FormatException">An end is no date, the range is empty, reversed, too long or lies in the future; the message says which.</exception>
    public static ReportRange Parse(string from, string to, TimeZoneInfo zone, DateTimeOffset now)
    {
        var (begin, _) = Read("--from", from, zone);
        var (end, isDay) = Read("--to", to, zone);
        if (isDay) end = LocalDay(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(end, zone).DateTime).AddDays(1), zone);
        if (end <= begin) throw new FormatException($"The range is reversed or empty: --from {from} is not before --to {to}.");
        if (begin > now) throw new FormatException($"The range begins in the future: --from {from}, and now it is {TimeZoneInfo.ConvertTime(now, zone):yyyy-MM-dd HH:mm}.");
        var today = IntervalGrid.Begin(now, TimeSpan.FromDays(1), zone).AddDays(1);
        if (end > today) throw new FormatException($"The range ends in the future: --to {to}. The last day that can be reported is today, {TimeZoneInfo.ConvertTime(now, zone):yyyy-MM-dd}.");
        if (end - begin > Longest) throw new FormatException("The range is longer than ten years.");
        return new ReportRange(begin, end);
    }

    /// <summary>The beginning of a local day.</summary>
    public static DateTimeOffset LocalDay(DateOnly date, TimeZoneInfo zone)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Unspecified);
        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
    }

    private static (DateTimeOffset At, bool IsDay) Read(string option, string text, TimeZoneInfo zone)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && IsYear(date.Year)) return (LocalDay(date, zone), true);
        if (!DateTime.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) || !IsYear(time.Year))
            throw new FormatException($"{option} '{text}' is no date of the years {FirstYear} to {FinalYear}; write 2026-07-06, or a time such as 2026-07-06T16:00:00+07:00.");
        if (time.Kind == DateTimeKind.Unspecified) return (new DateTimeOffset(time, zone.GetUtcOffset(time)).ToUniversalTime(), false);
        return (new DateTimeOffset(time.ToUniversalTime(), TimeSpan.Zero), false);
    }

    private static bool IsYear(int year) => year is >= FirstYear and <= FinalYear;

    /// <summary>The stretch of the same length just before; of whole months as many months, of a part of a day the same hours of the day before.</summary>
    public ReportRange Before(TimeZoneInfo zone)
    {
        if (MonthsIn(zone) is > 0 and var months) return new ReportRange(LocalDay(DateIn(zone, From).AddMonths(-months), zone), From);
        var days = TimeSpan.FromDays(Math.Ceiling((To - From).TotalDays));
        return new ReportRange(From - days, To - days);
    }

    /// <summary>The same time last year: whole weeks are compared with whole weeks, so that weekdays meet (364 days back); all else, and a February, with the same dates.</summary>
    public ReportRange LastYear(TimeZoneInfo zone)
    {
        var length = To - From;
        if (MonthsIn(zone) == 0 && length >= TimeSpan.FromDays(7) && length.Ticks % TimeSpan.FromDays(7).Ticks == 0 && length <= TimeSpan.FromDays(28)) return new ReportRange(From.AddDays(-364), To.AddDays(-364));
        var from = TimeZoneInfo.ConvertTime(From, zone);
        var to = TimeZoneInfo.ConvertTime(To, zone);
        return new ReportRange(from.AddYears(-1).ToUniversalTime(), to.AddYears(-1).ToUniversalTime());
    }

    /// <summary>How many whole calendar months it is; 0 where it is none.</summary>
    private int MonthsIn(TimeZoneInfo zone)
    {
        var (first, end) = (DateIn(zone, From), DateIn(zone, To));
        return first.Day == 1 && end.Day == 1 && LocalDay(first, zone) == From && LocalDay(end, zone) == To ? ((end.Year - first.Year) * 12) + end.Month - first.Month : 0;
    }

    private static DateOnly DateIn(TimeZoneInfo zone, DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
}
