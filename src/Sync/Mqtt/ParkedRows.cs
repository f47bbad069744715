using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>
/// Rows that the broker refused, with the moment of their next try. They stay in the outbox; only their numbers are
/// here, at most <see cref="MostOfAKind"/> of a kind: then no more rows of that kind are taken until some were accepted.
/// </summary>
internal sealed class ParkedRows(TimeProvider time)
{
    public const int MostOfAKind = 4096;

    private readonly Dictionary<long, Entry> _entries = [];
    private readonly PriorityQueue<long, long> _byDue = new();
    private readonly int[] _ofKind = new int[Enum.GetValues<EventPriority>().Length];

    public int Count => _entries.Count;

    public bool IsFull(EventPriority priority) => _ofKind[(int)priority] >= MostOfAKind;

    public bool Holds(long row) => _entries.ContainsKey(row);

    /// <summary>Puts a refused row away and returns the pause before its next try.</summary>
    public TimeSpan Park(in OutboxRow row, PublishOutcome outcome)
    {
        var known = _entries.TryGetValue(row.Row, out var entry);
        var refusals = known ? entry.Refusals + 1 : 1;
        var pause = PublishDecision.Pause(outcome, refusals);
        _entries[row.Row] = new Entry(row.Priority, refusals, pause);
        if (!known) _ofKind[(int)row.Priority]++;
        Enqueue(row.Row, pause);
        return pause;
    }

    /// <summary>Takes a row whose time has come; it stays known until <see cref="Forget"/>, so that refusals add up.</summary>
    public bool TryTakeDue(out long row)
    {
        while (_byDue.TryPeek(out row, out var due) && due <= time.GetTimestamp())
        {
            _byDue.Dequeue();
            if (_entries.ContainsKey(row)) return true;
        }

        return false;
    }

    /// <summary>Time until the next row is due; null when there is none.</summary>
    public TimeSpan? UntilDue() =>
        _byDue.TryPeek(out _, out var due) ? TimeSpan.FromSeconds(Math.Max(0, (double)(due - time.GetTimestamp()) / time.TimestampFrequency)) : null;

    public void Forget(long row)
    {
        if (_entries.Remove(row, out var entry)) _ofKind[(int)entry.Priority]--;
    }

    /// <summary>A row that was taken as due went down with its connection: due again after its last pause.</summary>
    public void PutBack(long row)
    {
        if (_entries.TryGetValue(row, out var entry)) Enqueue(row, entry.Pause);
    }

    /// <summary>The row numbers mean nothing any more: a new file was begun.</summary>
    public void Clear()
    {
        _entries.Clear();
        _byDue.Clear();
        Array.Clear(_ofKind);
    }

    private void Enqueue(long row, TimeSpan pause) => _byDue.Enqueue(row, time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency));

    private readonly record struct Entry(EventPriority Priority, int Refusals, TimeSpan Pause);
}
