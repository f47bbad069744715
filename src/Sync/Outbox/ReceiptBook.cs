using EdgeGateway.Sync.Events;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Outbox;

/// <summary>
/// Receipt end to end: what the broker has is kept until the operations centre acknowledges it. Other threads say what
/// happened; the outbox's writer does it within its transactions, so that no crash falls between leaving one table and
/// standing in the other. Thread-safe but for the members that say otherwise.
/// </summary>
public sealed class ReceiptBook
{
    private const int ResendAtOnce = 64;
    private const int LetGoAtOnce = 1000;

    private readonly ReceiptOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<DateTimeOffset> _ageTime;
    private readonly ILogger _logger;
    private readonly string[] _endings;
    private readonly Action _ring;
    private readonly Lock _lock = new();
    private readonly long[] _givenUp = new long[Enum.GetValues<EventPriority>().Length];
    private HashSet<long> _delivered = [];
    private List<Pending> _pending = [];
    private bool _resendAll;
    private OutboxSize _size;
    private DateTimeOffset? _oldest;
    private long _acknowledged;

    // The writer's own, from the begin of a transaction until its end.
    private HashSet<long> _nowDelivered = [];
    private List<Pending> _nowPending = [];
    private readonly List<string> _nowAcknowledged = [];
    private OutboxSize _nextSize;
    private readonly OutboxSize[] _nowGivenUp = new OutboxSize[Enum.GetValues<EventPriority>().Length];
    private long? _looked;
    private bool _look;
    private bool _nowResendAll;

    internal ReceiptBook(ReceiptOptions options, TimeProvider time, Func<DateTimeOffset> ageTime, ILogger logger, Action ring)
    {
        (_options, _time, _ageTime, _logger, _ring) = (options, time, ageTime, logger, ring);
        _endings = [.. options.Awaited.Select(word => "/events/" + word)];
    }

    /// <summary>
    /// The operations centre has stored these events (ids) and their evidence. Raised after the commit, on the outbox's
    /// writer thread: do not block. A crash between commit and this call is possible: whoever keeps something for an
    /// event notes it in <see cref="BeforeLettingGo"/>, or asks <see cref="Delivery.Waits"/> for it once at start.
    /// </summary>
    public event Action<IReadOnlyList<string>>? Acknowledged;

    /// <summary>
    /// Called with the acknowledged ids, waiting here or not, before the book lets go of them: whoever keeps something for an event notes
    /// it here. After a crash in between the events still wait, are sent again and acknowledged again; a fault keeps them waiting too.
    /// Set before the start.
    /// </summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task> BeforeLettingGo { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Events that the broker has and nobody acknowledged.</summary>
    public OutboxSize Size { get { lock (_lock) return _size; } }

    /// <summary>True from nine tenths of the quota on.</summary>
    public bool IsNearQuota => Size.IsNear(_options.MaxRows, _options.MaxBytes);

    /// <summary>Event time of the one that waits longest.</summary>
    public DateTimeOffset? Oldest { get { lock (_lock) return _oldest; } }

    /// <summary>Acknowledged since the start.</summary>
    public long AcknowledgedCount => Interlocked.Read(ref _acknowledged);

    /// <summary>Let go of by age or quota without an acknowledgement, since the start.</summary>
    public long GivenUpOf(EventPriority priority) { lock (_lock) return _givenUp[(int)priority]; }

    /// <summary>Lets go of events; how many of them waited. Ends with the commit.</summary>
    public async Task<int> AcknowledgeAsync(IReadOnlyList<string> ids, CancellationToken cancel = default)
    {
        await BeforeLettingGo(ids, cancel);
        var pending = new Pending(ids);
        lock (_lock) _pending.Add(pending);
        _ring();
        return await pending.Done.Task.WaitAsync(cancel);
    }

    /// <summary>Sends all that wait for their acknowledgement once more, under their ids, a few at a time.</summary>
    public void ResendAll()
    {
        lock (_lock) _resendAll = true;
        _ring();
    }

    /// <summary>True when an event of this topic stays until it is acknowledged.</summary>
    internal bool Awaits(string topic) => Array.Exists(_endings, ending => topic.EndsWith(ending, StringComparison.Ordinal));

    /// <summary>The broker took a row that awaits its acknowledgement.</summary>
    internal void OnDelivered(long row) { lock (_lock) _delivered.Add(row); }

    internal bool IsDelivered(long row) { lock (_lock) return _delivered.Contains(row) || _nowDelivered.Contains(row); }

    /// <summary>The writer opened a file.</summary>
    internal void Adopt(OutboxDatabase database)
    {
        var (size, oldest) = (database.Receipts.Measure(), database.Receipts.OldestTime());
        lock (_lock) (_size, _oldest) = (size, oldest);
        _looked = null;
    }

    /// <summary>The writer began a new file: row numbers mean nothing any more.</summary>
    internal void ForgetRows()
    {
        lock (_lock)
        {
            _delivered.Clear();
            _nowDelivered.Clear();
        }
    }

    /// <summary>The writer has ended: nobody waits for it any longer.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            foreach (var pending in _pending.Concat(_nowPending)) pending.Done.TrySetException(new EventShedException("The outbox was closed before the acknowledgement was written; it will be asked for again."));
        }
    }

    /// <summary>The writer asks whether a transaction is wanted though no event came; it takes over what there is to do.</summary>
    internal bool TakeWork(OutboxDatabase database, OutboxSize waiting)
    {
        lock (_lock)
        {
            // What a failed transaction left comes first, in its order.
            _nowDelivered.UnionWith(_delivered);
            _delivered = [];
            _nowPending.AddRange(_pending);
            _pending = [];
            _nowResendAll |= _resendAll;
            _resendAll = false;
        }

        _look = _looked is not { } last || _time.GetElapsedTime(last) >= _options.LookEvery;
        return _nowDelivered.Count > 0 || _nowPending.Count > 0 || _nowResendAll || (_look && IsWorkDue(database, waiting));
    }

    /// <summary>Within the writer's transaction; returns by how much the outbox's size changes.</summary>
    internal OutboxSize Apply(OutboxDatabase database, SqliteTransaction within, OutboxSize waiting)
    {
        var (before, now) = (waiting, _time.GetUtcNow());
        lock (_lock) _nextSize = _size;
        _nowAcknowledged.Clear();
        Array.Clear(_nowGivenUp);
        foreach (var row in _nowDelivered)
        {
            _nextSize += database.Receipts.Keep(within, row, now, _options.StampTime?.Invoke() ?? now, _options.ResendAfter);
            waiting -= database.Delete(within, row);
        }

        foreach (var pending in _nowPending)
        {
            pending.Known = 0;
            foreach (var id in pending.Ids)
            {
                var (delivered, unsent) = database.Receipts.Forget(within, id);
                _nextSize -= delivered;
                waiting -= unsent;
                if (delivered.Rows + unsent.Rows == 0) continue;
                pending.Known++;
                _nowAcknowledged.Add(id);
            }
        }

        if (_nowResendAll) database.Receipts.MakeDue(within);
        if (_look || _nowResendAll) waiting += Resend(database, within, now, waiting);
        LetGo(database, within);
        return waiting - before;
    }

    /// <summary>The transaction is on the disk.</summary>
    internal void OnCommitted(OutboxDatabase database)
    {
        var oldest = database.Receipts.OldestTime();
        if (_look) _looked = _time.GetTimestamp();
        lock (_lock)
        {
            (_size, _oldest) = (_nextSize, oldest);
            _nowDelivered = [];
            for (var kind = 0; kind < _givenUp.Length; kind++) _givenUp[kind] += _nowGivenUp[kind].Rows;
        }

        _nowResendAll = false;
        Interlocked.Add(ref _acknowledged, _nowAcknowledged.Count);
        foreach (var pending in _nowPending) pending.Done.TrySetResult(pending.Known);
        _nowPending.Clear();
        if (_nowAcknowledged.Count > 0) Tell([.. _nowAcknowledged]);
        if (_nowGivenUp.Sum(one => one.Rows) is > 0 and var rows)
            _logger.ReceiptsGivenUp(rows, string.Join(", ", Enum.GetValues<EventPriority>().Where(kind => _nowGivenUp[(int)kind].Rows > 0).Select(kind => $"{_nowGivenUp[(int)kind].Rows} {EventWords.Of(kind)}")));
    }

    /// <summary>A listener that fails must not cost the writer its thread.</summary>
    private void Tell(IReadOnlyList<string> ids)
    {
        try { Acknowledged?.Invoke(ids); }
        catch (Exception fault) when (fault is not OutOfMemoryException) { _logger.AcknowledgementListenerFailed(fault.Message, fault); }
    }

    /// <summary>Events that wait for the broker and may be sent; set before the start. Null: all that lie in the outbox.</summary>
    internal Func<long>? Sendable { get; set; }

    private TimeSpan? JudgedPause => _options.ClockFollows() ? _options.ResendAfter : null;

    private long WaitingOf(OutboxSize waiting) => Sendable?.Invoke() ?? waiting.Rows;

    private bool IsWorkDue(OutboxDatabase database, OutboxSize waiting)
    {
        if ((WaitingOf(waiting) < ResendAtOnce && database.Receipts.HasDue(_time.GetUtcNow(), JudgedPause)) || Size is { } size && (size.Rows > _options.MaxRows || size.Bytes > _options.MaxBytes)) return true;
        if (Oldest is { } oldest && _ageTime() - oldest > _options.MaxAge) return true;
        _looked = _time.GetTimestamp();
        return false;
    }

    /// <summary>A few at a time, and only into an outbox that is nearly empty: a resend never stands in the way of news.</summary>
    private OutboxSize Resend(OutboxDatabase database, SqliteTransaction within, DateTimeOffset now, OutboxSize waiting) =>
        WaitingOf(waiting) >= ResendAtOnce ? default : database.Receipts.Resend(within, now, JudgedPause, ResendAtOnce);

    private void LetGo(OutboxDatabase database, SqliteTransaction within)
    {
        foreach (var kind in Kinds())
        {
            if (_look) Count(kind, database.Receipts.DeleteOlder(within, kind, _ageTime() - _options.MaxAge, LetGoAtOnce));
            while (_nextSize.Rows > _options.MaxRows || _nextSize.Bytes > _options.MaxBytes)
            {
                var freed = database.Receipts.DeleteOldest(within, kind, Math.Max(_nextSize.Rows - _options.MaxRows, Math.Max(1, _options.MaxRows / 200)));
                if (freed.Rows == 0) break;
                Count(kind, freed);
            }
        }
    }

    private void Count(EventPriority kind, OutboxSize freed)
    {
        _nextSize -= freed;
        _nowGivenUp[(int)kind] += freed;
    }

    private static EventPriority[] Kinds() => [.. Sacrifice.Order, EventPriority.Violation];

    private sealed class Pending(IReadOnlyList<string> ids)
    {
        public IReadOnlyList<string> Ids { get; } = ids;

        public TaskCompletionSource<int> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Known { get; set; }
    }
}
