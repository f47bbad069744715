namespace EdgeGateway.Sync.Mqtt;

/// <summary>
/// Tells connections that end one after the other within seconds from a bad radio: somebody else connects under the same name, and broker and boxes take
/// the session over for ever. Ended connections are told from one task; <see cref="IsContested"/> may be read from any.
/// </summary>
internal sealed class BriefConnections(TimeProvider time)
{
    /// <summary>So many in a row, none longer than <see cref="Brief"/>, ...</summary>
    private const int InARow = 6;
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(10);

    /// <summary>... and for so long: a broker that restarts, or a cable that is plugged in, may cut as many within seconds.</summary>
    private static readonly TimeSpan ForSoLong = TimeSpan.FromSeconds(20);

    private long _since;
    private volatile bool _isContested;

    /// <summary>A connection that lasts this long is no longer contested.</summary>
    public static TimeSpan Stands => 2 * Brief;

    /// <summary>How many in a row were brief.</summary>
    public int Count { get; private set; }

    /// <summary>True from when the session is seen to be fought over until a connection stands.</summary>
    public bool IsContested => _isContested;

    /// <summary>A try is over.</summary>
    /// <param name="began">When it was begun, as a timestamp of the clock.</param>
    /// <param name="wasConnected">False where it came to no connection: those before it still stand in a row.</param>
    /// <returns>True while the last ones are too many and too brief.</returns>
    public bool Ended(long began, bool wasConnected)
    {
        if (wasConnected)
        {
            Count = time.GetElapsedTime(began) < Brief ? Count + 1 : 0;
            if (Count == 1) _since = began;
        }

        if (Count < InARow || time.GetElapsedTime(_since) < ForSoLong) return false;
        return _isContested = true;
    }

    /// <summary>A connection has stood for <see cref="Stands"/>.</summary>
    public void Stood() => _isContested = false;
}
