namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A part of a day in local time; it may go over midnight and then belongs to the day on which it begins.</summary>
public readonly record struct HoursOfDay(TimeOnly From, TimeOnly To);

/// <summary>
/// When a rule holds: hours of the day, weekdays and dates, in the site's time. The answer is kept for the running minute, so that a frame
/// costs a comparison; one camera's thread uses one calendar.
/// </summary>
public sealed class RuleCalendar
{
    private readonly TimeZoneInfo _zone;
    private readonly HoursOfDay[] _hours;
    private readonly bool[]? _weekdays;
    private readonly HashSet<DateOnly> _only;
    private readonly HashSet<DateOnly> _except;
    private readonly bool _always;
    private long _minute = long.MinValue;
    private bool _holds;

    /// <param name="zone">The site's time zone.</param>
    /// <param name="hours">Parts of the day; none means the whole day.</param>
    /// <param name="weekdays">Days of the week; none means all.</param>
    /// <param name="only">Dates on which alone it holds, whatever the weekday; none means all.</param>
    /// <param name="except">Dates on which it does not hold.</param>
    public RuleCalendar(
        TimeZoneInfo zone, IReadOnlyCollection<HoursOfDay> hours, IReadOnlyCollection<DayOfWeek>? weekdays = null,
        IReadOnlyCollection<DateOnly>? only = null, IReadOnlyCollection<DateOnly>? except = null)
    {
        _zone = zone;
        _hours = [.. hours];
        _only = [.. only ?? []];
        _except = [.. except ?? []];
        if (weekdays is { Count: > 0 })
        {
            _weekdays = new bool[7];
            foreach (var day in weekdays) _weekdays[(int)day] = true;
        }

        _always = _hours.Length == 0 && _weekdays is null && _only.Count == 0 && _except.Count == 0;
    }

    /// <summary>A calendar that always holds.</summary>
    public static RuleCalendar Always { get; } = new(TimeZoneInfo.Utc, []);

    /// <summary>True when it is limited at all.</summary>
    public bool IsLimited => !_always;

    /// <summary>Whether it holds at an instant.</summary>
    public bool Holds(DateTimeOffset utc)
    {
        if (_always) return true;
        var minute = utc.UtcTicks / TimeSpan.TicksPerMinute;
        if (minute == _minute) return _holds;
        _minute = minute;
        return _holds = HoldsAt(TimeZoneInfo.ConvertTime(utc, _zone).DateTime);
    }

    private bool HoldsAt(DateTime local)
    {
        var (date, time) = (DateOnly.FromDateTime(local), TimeOnly.FromDateTime(local));
        if (_hours.Length == 0) return HoldsOn(date);
        foreach (var (from, to) in _hours)
        {
            if (from < to)
            {
                if (time >= from && time < to && HoldsOn(date)) return true;
            }
            else if ((time >= from && HoldsOn(date)) || (time < to && HoldsOn(date.AddDays(-1))))
            {
                return true;
            }
        }

        return false;
    }

    private bool HoldsOn(DateOnly date) =>
        !_except.Contains(date) && (_only.Count == 0 ? _weekdays is null || _weekdays[(int)date.DayOfWeek] : _only.Contains(date));
}
