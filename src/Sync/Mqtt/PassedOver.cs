namespace EdgeGateway.Sync.Mqtt;

/// <summary>
/// Events whose evidence does not go out now, each with the time of its next try: refused, or a file that cannot be read. They stand before no other, and in
/// memory only: a start tries all anew. Not thread-safe.
/// </summary>
internal sealed class PassedOver(TimeProvider time)
{
    private readonly Dictionary<string, (int Times, long Due)> _events = new(StringComparer.Ordinal);
    private long _last;

    /// <summary>So many in a row without one that went out stand for all: then there is a pause between any two.</summary>
    public const int Many = 3;

    public static TimeSpan PauseOfMany { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Passed over since the last part that went out.</summary>
    public int InARow { get; private set; }

    public bool IsEmpty => _events.Count == 0;

    /// <summary>Since the last one was passed over, or the last trouble; long ago where none ever was.</summary>
    public TimeSpan Quiet => _last == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(_last);

    public bool Holds(string eventId) => _events.ContainsKey(eventId);

    public bool IsDue(string eventId) => _events.TryGetValue(eventId, out var known) && known.Due <= time.GetTimestamp();

    /// <summary>Puts an event behind the others; how often it was.</summary>
    public int Add(string eventId, PublishOutcome outcome)
    {
        var times = _events.GetValueOrDefault(eventId).Times + 1;
        _last = time.GetTimestamp();
        _events[eventId] = (times, _last + (long)(PublishDecision.Pause(outcome, times).TotalSeconds * time.TimestampFrequency));
        InARow++;
        return times;
    }

    /// <summary>Nothing could be sent or noted, whichever event's it was.</summary>
    public void Trouble() => _last = time.GetTimestamp();

    /// <summary>A part of the event went out.</summary>
    public void WentOut(string eventId)
    {
        InARow = 0;
        _events.Remove(eventId);
    }

    /// <summary>It waits no longer: given up.</summary>
    public void Forget(string eventId) => _events.Remove(eventId);

    /// <summary>Until the next one is due; null where none is held.</summary>
    public TimeSpan? UntilDue() =>
        _events.Count == 0 ? null : TimeSpan.FromSeconds(Math.Max(0, (double)(_events.Values.Min(one => one.Due) - time.GetTimestamp()) / time.TimestampFrequency));
}
