namespace EdgeGateway.Sync.Mqtt;

/// <summary>An upload cap from one hour of the day up to another, local time; a span may go over midnight.</summary>
/// <param name="KilobitsPerSecond">0: nothing goes out in these hours.</param>
public sealed record UploadHours(int FromHour, int ToHour, int KilobitsPerSecond)
{
    public bool Holds(int hour) => FromHour <= ToHour ? hour >= FromHour && hour < ToHour : hour >= FromHour || hour < ToHour;
}

/// <summary>
/// How fast evidence may go over the radio: the cap of the hour at hand, first match of the list; without a match there is
/// none. Paid afterwards: a part goes at once when the last one is paid for, so the cap holds over two parts and more.
/// All ways of evidence share one. Thread-safe.
/// </summary>
internal sealed class UploadBudget(IReadOnlyList<UploadHours> hours, TimeZoneInfo zone, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private long _paidAt = time.GetTimestamp();

    /// <summary>The cap now; null: none.</summary>
    public int? Cap
    {
        get
        {
            var hour = TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone).Hour;
            return hours.FirstOrDefault(span => span.Holds(hour))?.KilobitsPerSecond;
        }
    }

    /// <summary>Ends when the next part may go.</summary>
    public async Task WaitAsync(CancellationToken cancel)
    {
        while (true)
        {
            var left = TimeSpan.FromSeconds((double)(Volatile.Read(ref _paidAt) - time.GetTimestamp()) / time.TimestampFrequency);
            if (Cap is 0) left = LookAgain;
            else if (left <= TimeSpan.Zero) return;
            await Task.Delay(left < LookAgain ? left : LookAgain, time, cancel);
        }
    }

    /// <summary>Notes what went out.</summary>
    public void Pay(long bytes)
    {
        if (Cap is not (> 0 and { } cap)) return;
        var cost = (long)(bytes * 8 / (cap * 1000.0) * time.TimestampFrequency);
        lock (_lock) _paidAt = Math.Max(_paidAt, time.GetTimestamp()) + cost;
    }
}
