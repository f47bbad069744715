namespace EdgeGateway.Vision.Capture;

/// <summary>Pauses between attempts: about 1 s, then twice as long each time up to 30 s, each up to a quarter shorter by chance so that cameras behind one switch do not all come at once.</summary>
internal sealed class Backoff(Func<double> chance)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private int _failures;

    /// <summary>The pause before the next attempt.</summary>
    public TimeSpan Next()
    {
        var full = First * Math.Pow(2, Math.Min(_failures++, 10));
        if (full > Longest) full = Longest;
        return full * (1 - 0.25 * chance());
    }

    /// <summary>An attempt worked: the next pause is short again.</summary>
    public void Reset() => _failures = 0;
}
