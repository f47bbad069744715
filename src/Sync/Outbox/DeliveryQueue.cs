using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Outbox;

/// <summary>An event had to be given up because nothing could be written for too long.</summary>
public sealed class EventShedException(string message) : Exception(message);

/// <summary>
/// The bounded waiting room between cameras and disk. Bound: <see cref="MaxEvents"/> events and <see cref="MaxBytes"/>
/// bytes; when full, <see cref="Sacrifice"/> says what goes (oldest of the least kind first, or the newcomer when nothing
/// less is there); counter: <see cref="Shed"/>. Violations may go beyond the bound to twice its size. Nothing here
/// waits or touches a disk. Thread-safe.
/// </summary>
public sealed class DeliveryQueue
{
    private static readonly int Kinds = Enum.GetValues<EventPriority>().Length;

    private readonly Lock _lock = new();
    private readonly Lock _together = new();
    private readonly Queue<Waiting>[] _waiting = [.. Enumerable.Range(0, Kinds).Select(_ => new Queue<Waiting>())];
    private readonly long[] _shed = new long[Kinds];
    private readonly Dictionary<string, string> _states = [];
    // Taken by the writer, its commit not yet back: who asks now must not be given what the file held before.
    private readonly Dictionary<string, string> _underWay = [];
    private readonly object _bell = new();
    private bool _rung;
    private int _count;
    private long _bytes;

    public DeliveryQueue(int maxEvents = 8192, long maxBytes = 32 << 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxEvents);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        (MaxEvents, MaxBytes) = (maxEvents, maxBytes);
    }

    public int MaxEvents { get; }

    public long MaxBytes { get; }

    /// <summary>Events that wait to be written.</summary>
    public int Count { get { lock (_lock) return _count; } }

    /// <summary>Events given up here since the start, all kinds.</summary>
    public long Shed { get { lock (_lock) return _shed.Sum(); } }

    /// <summary>Events of one kind given up here since the start.</summary>
    public long ShedOf(EventPriority priority) { lock (_lock) return _shed[(int)priority]; }

    /// <summary>Takes an event to be written; false when it, being the least, was given up at once. Never waits.</summary>
    public bool Offer(GatewayEvent item) => Offer(item, committed: null);

    /// <summary>Takes an event; the task ends when its commit has returned.</summary>
    /// <exception cref="EventShedException">Through the task: the event was given up before it was written.</exception>
    public Task AppendAsync(GatewayEvent item)
    {
        var committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Offer(item, committed);
        return committed.Task;
    }

    /// <summary>The same with a state that belongs to the event: one transaction writes both, or none of them.</summary>
    /// <exception cref="EventShedException">Through the task: the event was given up before it was written.</exception>
    public Task AppendTogetherAsync(GatewayEvent item, string stateKey, string stateJson)
    {
        var committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        EnterTogether([item], stateKey, stateJson, committed);
        return committed.Task;
    }

    /// <summary>Events and a counter's state that belong together: one transaction writes them all, or none of them.</summary>
    public void OfferTogether(ReadOnlySpan<GatewayEvent> items, string stateKey, string stateJson) => EnterTogether(items, stateKey, stateJson, committed: null);

    private void EnterTogether(ReadOnlySpan<GatewayEvent> items, string stateKey, string stateJson, TaskCompletionSource? committed)
    {
        lock (_lock)
        {
            foreach (var item in items) Enter(new Waiting(item, committed));
            _states[stateKey] = stateJson;
        }

        Ring();
    }

    /// <summary>
    /// While the scope is held, nothing is taken out to be written: what is offered and saved within it lands in one
    /// transaction. For sums and the state they come from; hold it for microseconds, and never on a camera's thread.
    /// </summary>
    public Lock.Scope Together() => _together.EnterScope();

    /// <summary>Takes a counter's state to be written with the next commit; a later one under the same key replaces it.</summary>
    public void Save(string stateKey, string stateJson)
    {
        lock (_lock) _states[stateKey] = stateJson;
        Ring();
    }

    internal string? PendingState(string key) { lock (_lock) return _states.GetValueOrDefault(key) ?? _underWay.GetValueOrDefault(key); }

    /// <summary>What was taken last is in the file now.</summary>
    internal void Committed() { lock (_lock) _underWay.Clear(); }

    /// <summary>Wakes the writer, also for work that does not lie in this queue.</summary>
    internal void Ring()
    {
        lock (_bell)
        {
            // Set, not counted: the writer takes all there is each time.
            _rung = true;
            Monitor.Pulse(_bell);
        }
    }

    internal void WaitForArrival(TimeSpan timeout)
    {
        lock (_bell)
        {
            if (!_rung) Monitor.Wait(_bell, timeout);
            _rung = false;
        }
    }

    /// <summary>Moves all that waits into the batch: kinds in order of sending, each in order of arrival, and the states.</summary>
    internal void TakeAll(Batch batch)
    {
        lock (_together)
        lock (_lock)
        {
            foreach (var queue in _waiting)
            {
                while (queue.TryDequeue(out var waiting)) batch.Events.Add(waiting);
            }

            foreach (var (key, json) in _states) batch.States[key] = _underWay[key] = json;
            _states.Clear();
            (_count, _bytes) = (0, 0);
        }
    }

    private bool Offer(GatewayEvent item, TaskCompletionSource? committed)
    {
        bool taken;
        lock (_lock) taken = Enter(new Waiting(item, committed));
        Ring();
        return taken;
    }

    private bool Enter(Waiting waiting)
    {
        while (_count >= MaxEvents || _bytes + waiting.Size > MaxBytes)
        {
            if (Victim(waiting.Event.Priority) is { } kind) Drop(_waiting[(int)kind].Dequeue(), queued: true);
            else if (waiting.Event.Priority == EventPriority.Violation && _count < 2 * MaxEvents && _bytes < 2 * MaxBytes) break;
            else
            {
                Drop(waiting, queued: false);
                return false;
            }
        }

        _waiting[(int)waiting.Event.Priority].Enqueue(waiting);
        _count++;
        _bytes += waiting.Size;
        return true;
    }

    /// <summary>The kind that gives way to a newcomer: the least one waiting, unless the newcomer is less itself.</summary>
    private EventPriority? Victim(EventPriority newcomer)
    {
        foreach (var kind in Sacrifice.Order)
        {
            if (Sacrifice.RankOf(kind) > Sacrifice.RankOf(newcomer)) return null;
            if (_waiting[(int)kind].Count > 0) return kind;
        }

        return null;
    }

    private void Drop(Waiting waiting, bool queued)
    {
        _shed[(int)waiting.Event.Priority]++;
        if (queued)
        {
            _count--;
            _bytes -= waiting.Size;
        }

        waiting.Committed?.TrySetException(new EventShedException(
            $"The {waiting.Event.Type} event {waiting.Event.Id} was given up: {MaxEvents} events already wait for the disk."));
    }

    internal readonly record struct Waiting(GatewayEvent Event, TaskCompletionSource? Committed)
    {
        public int Size => Event.Json.Length + Event.Topic.Length;
    }

    /// <summary>What one transaction writes. It is the writer's own and is kept until a commit has returned.</summary>
    internal sealed class Batch
    {
        public List<Waiting> Events { get; } = [];

        public Dictionary<string, string> States { get; } = [];

        public List<long> Deletes { get; } = [];

        public bool IsEmpty => Events.Count == 0 && States.Count == 0 && Deletes.Count == 0;

        public void Clear()
        {
            Events.Clear();
            States.Clear();
            Deletes.Clear();
        }
    }
}
