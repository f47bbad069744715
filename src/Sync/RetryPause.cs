namespace EdgeGateway.Sync;

/// <summary>Pauses between attempts at whatever is away: the first one, then twice as long each time up to the longest; short again after an attempt that worked.</summary>
/// <param name="first">The pause after the first failure.</param>
internal sealed class RetryPause(TimeSpan first)
{
    private int _failures;

    /// <summary>The pause before the next attempt.</summary>
    /// <param name="longest">How long it may grow; may differ from call to call with the kind of failure.</param>
    public TimeSpan Next(TimeSpan longest) => After(_failures++, first, longest);

    /// <summary>An attempt worked: the next pause is short again.</summary>
    public void Reset() => _failures = 0;

    /// <summary>The pause after so many failures before this one.</summary>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest)
    {
        // Thirty doublings of a minute are two thousand years, and no overflow yet.
        var full = first * Math.Pow(2, Math.Min(failures, 30));
        return full < longest ? full : longest;
    }
}
