using System.Globalization;
using EdgeGateway.Sync.Counting;

namespace EdgeGateway.Sync.Reports;

/// <summary>A report that is due.</summary>
/// <param name="Kind"><c>visitors_weekly</c> or <c>visitors_holiday</c>: the <c>kind</c> of its event.</param>
/// <param name="Due">When it was to be made; kept as done under this moment.</param>
/// <param name="Range">What it covers.</param>
public sealed record DueReport(string Kind, DateTimeOffset Due, ReportRange Range);

/// <summary>When reports are made by themselves, local time.</summary>
public sealed record ReportTimes
{
    /// <summary>The hour on Monday at which the week Monday to Sunday that has just ended is reported.</summary>
    public int WeeklyHour { get; init; } = 18;

    /// <summary>The hour at which a listed day is reported so far.</summary>
    public int HolidayHour { get; init; } = 16;

    /// <summary>
    /// How long after its hour a report is made. An interval that ends with the hour is told some seconds later, and by other boxes of the site later
    /// still; a report on the hours until then would call it a gap.
    /// </summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>
/// Which reports are due: the week Monday to Sunday on the Monday after, and a quick report on the afternoon of listed days. What was last made is
/// kept over restarts, so a report missed while the box was off is due at the next start, and none is due twice, also by a clock that starts in the past. On the very first start nothing is
/// missed. Asked once a second or minute; a clock that steps back makes nothing due again. Not thread-safe.
/// </summary>
public sealed class ReportSchedule
{
    public const string Weekly = "visitors_weekly";
    public const string HolidayQuick = "visitors_holiday";

    /// <summary>A box that was off for longer makes the newest of what it missed.</summary>
    private const int MostMissed = 8;

    /// <summary>Reports of a kind that are remembered one by one: a box without a clock of its own starts in the past and then has them all before it once more.</summary>
    private const int Remembered = 64;

    private readonly ReportTimes _times;
    private readonly TimeZoneInfo _zone;
    private readonly HolidayCalendar _holidays;
    private readonly ICountStateStore _store;
    private readonly TimeProvider _time;
    private readonly string _key;

    /// <param name="site">The site; part of the key under which the last report is kept.</param>
    public ReportSchedule(string site, ReportTimes times, TimeZoneInfo zone, HolidayCalendar holidays, ICountStateStore store, TimeProvider time)
    {
        (_times, _zone, _holidays, _store, _time, _key) = (times, zone, holidays, store, time, $"reports/{site}");
        var now = time.GetUtcNow();
        foreach (var kind in (ReadOnlySpan<string>)[Weekly, HolidayQuick])
        {
            // A clock that was far ahead would keep reports from being made for as long.
            if (LastMade(kind) is not { } last || last > now.AddDays(1)) Keep(kind, now);
        }
    }

    /// <summary>The reports that are due now and not yet made, oldest first.</summary>
    public IReadOnlyList<DueReport> Due()
    {
        var now = _time.GetUtcNow() - _times.Settle;
        return [.. WeeklyDue(now).Concat(HolidayDue(now)).Where(report => !Made(report.Kind).Contains(Seconds(report.Due), StringComparer.Ordinal)).OrderBy(report => report.Due)];
    }

    /// <summary>The report was made and its event offered: it is not due again. Called in the order of <see cref="Due"/>.</summary>
    public void Done(DueReport report)
    {
        Keep(report.Kind, report.Due);
        _store.Save($"{_key}/{report.Kind}/made", string.Join(' ', Made(report.Kind).Append(Seconds(report.Due)).Distinct(StringComparer.Ordinal).TakeLast(Remembered)));
    }

    private IEnumerable<DueReport> WeeklyDue(DateTimeOffset now)
    {
        var today = DateOf(now);
        var monday = today.AddDays(-(((int)today.DayOfWeek + 6) % 7));
        var last = LastMade(Weekly) ?? now;
        for (var back = MostMissed - 1; back >= 0; back--)
        {
            var of = monday.AddDays(-7 * back);
            var due = At(of, _times.WeeklyHour);
            if (due > last && due <= now) yield return new DueReport(Weekly, due, new ReportRange(At(of.AddDays(-7), 0), At(of, 0)));
        }
    }

    private IEnumerable<DueReport> HolidayDue(DateTimeOffset now)
    {
        var last = LastMade(HolidayQuick) ?? now;
        return _holidays.Between(DateOf(last), DateOf(now)).Where(day => day.QuickReport)
            .Select(day => new DueReport(HolidayQuick, At(day.Date, _times.HolidayHour), new ReportRange(At(day.Date, 0), At(day.Date, _times.HolidayHour))))
            .Where(report => report.Due > last && report.Due <= now)
            .TakeLast(MostMissed);
    }

    private string[] Made(string kind) => _store.Load($"{_key}/{kind}/made")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private DateOnly DateOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, _zone).DateTime);

    private DateTimeOffset At(DateOnly date, int hour) => ReportRange.LocalDay(date, _zone).AddHours(hour);

    private DateTimeOffset? LastMade(string kind) =>
        DateTimeOffset.TryParseExact(_store.Load($"{_key}/{kind}"), "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) ? at : null;

    private void Keep(string kind, DateTimeOffset at) => _store.Save($"{_key}/{kind}", at.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
}
