namespace EdgeGateway.Sync.Counting;

/// <summary>Where intervals begin: at multiples of their length since local midnight.</summary>
public static class IntervalGrid
{
    /// <summary>Asia/Ho_Chi_Minh: seven hours ahead of UTC all year. Made by hand where the system has no time zone data.</summary>
    public static TimeZoneInfo HoChiMinh { get; } = TimeZoneInfo.TryFindSystemTimeZoneById("Asia/Ho_Chi_Minh", out var zone)
        ? zone
        : TimeZoneInfo.CreateCustomTimeZone("Asia/Ho_Chi_Minh", TimeSpan.FromHours(7), "Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Minh");

    /// <summary>True when an interval of this length can be aligned: whole seconds, and a day holds a whole number of them.</summary>
    public static bool IsAllowed(TimeSpan interval) =>
        interval >= TimeSpan.FromSeconds(1) && interval <= TimeSpan.FromDays(1)
        && interval.Ticks % TimeSpan.TicksPerSecond == 0 && TimeSpan.TicksPerDay % interval.Ticks == 0;

    /// <summary>The beginning, in UTC, of the interval that holds an instant.</summary>
    public static DateTimeOffset Begin(DateTimeOffset at, TimeSpan interval, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var sinceMidnight = local.TimeOfDay.Ticks;
        return new DateTimeOffset(local.UtcTicks - sinceMidnight % interval.Ticks, TimeSpan.Zero);
    }
}
