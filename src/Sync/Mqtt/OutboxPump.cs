using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>
/// The only reader of the outbox. While a connection lasts:
/// 1. publish the retained messages;
/// 2. fill the window: kinds in order of priority, within a kind first what was committed since the connection came up,
///    then the backlog, which never takes more than three quarters of the window, so that a reconnect does not starve
///    live events;
/// 3. settle what was answered: an accepted row is marked for deletion, a refused one is parked with a growing pause;
/// 4. wait for an answer, a commit, a retained message, or the next parked row.
/// A row leaves the outbox only after a PUBACK that accepts; whether it is deleted or waits for an
/// acknowledgement, the store decides. Ids and bytes are the same on every resend.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim holds a handle only when its AvailableWaitHandle is asked for.")]
internal sealed class OutboxPump
{
    private static readonly TimeSpan RetainedAgain = TimeSpan.FromMinutes(1);

    private readonly OutboxStore _store;
    private readonly RetainedBoard _board;
    private readonly ILogger _logger;
    private readonly ParkedRows _parked;
    private readonly SemaphoreSlim _wake;
    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly List<KeyValuePair<string, byte[]>> _retained = [];
    private readonly ConcurrentDictionary<string, byte> _refusedRetained = new(StringComparer.Ordinal);
    private long _retainedTried;

    // The pump's own; one run at a time.
    private OutboxDatabase? _reader;
    private RowLane _live = new(0, 0);
    private RowLane _backlog = new(0, 0);
    private int _epoch;
    private int _reopenings;
    private int _inFlight;
    private int _backlogInFlight;
    private int _allowed = int.MaxValue;
    private int _acceptedAtThisWindow;
    private readonly List<OutboxRow> _lost = [];
    private long _suspect;
    private int _suspicions;
    private int _committed;
    private long _acknowledged;
    private int _window;
    private double _ackSeconds;
    private long _turnedAt;
    private volatile bool _drained;

    public OutboxPump(OutboxStore store, RetainedBoard board, TimeProvider time, ILogger logger)
    {
        (_store, _board, _logger) = (store, board, logger);
        _parked = new ParkedRows(time);
        _wake = new SemaphoreSlim(0, int.MaxValue);
        store.Committed += () =>
        {
            Interlocked.Exchange(ref _committed, 1);
            Wake();
        };
        store.Reopening += Wake;
        board.Changed += Wake;
    }

    /// <summary>The broker refused a row (words), or nothing is refused any more (null).</summary>
    public event Action<TwoLanguages?>? RefusalChanged;

    /// <summary>Rows that the broker accepted since the start.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Rows that were refused and wait.</summary>
    public int Parked => _parked.Count;

    /// <summary>Events that may go out now and have no answer yet; what waits because the broker refuses its kind is not among them.</summary>
    public long Sendable => _drained ? InFlight : Math.Max(0, _store.Size.Rows - _parked.Count);

    /// <summary>Events without their PUBACK.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>How many may be.</summary>
    public int Window => Volatile.Read(ref _window);

    /// <summary>Mean seconds to a PUBACK, the last sixteen or so weighing most.</summary>
    public double AckSeconds => Volatile.Read(ref _ackSeconds);

    /// <summary>For how long a connected pump has not come round; zero while there is no connection. It waits 10 s at most, and for an answer as long as the broker's time limit.</summary>
    public TimeSpan StandsStillFor => Volatile.Read(ref _turnedAt) is > 0 and var turned ? TimeSpan.FromMilliseconds(Environment.TickCount64 - turned) : TimeSpan.Zero;

    /// <summary>Works until the connection ends or the caller stops it; all publications are settled when it returns.</summary>
    public async Task RunAsync(MqttSession session, CancellationToken stop)
    {
        Begin();
        _ = session.Closed.ContinueWith(_ => Wake(), TaskScheduler.Default);
        await using var wakeOnStop = stop.Register(Wake);
        try
        {
            var window = Math.Min(session.Window, _allowed);
            while (!session.Closed.IsCompleted && !stop.IsCancellationRequested)
            {
                Volatile.Write(ref _turnedAt, Environment.TickCount64);
                await PublishRetainedAsync(session);
                if (!Settle(session, ref window)) break;
                _window = window;
                Fill(session, window);
                await _wake.WaitAsync(Patience(), CancellationToken.None); // the stop wakes it
            }
        }
        finally
        {
            Volatile.Write(ref _turnedAt, 0);
            _drained = false;
            // Nothing of this connection may be answered into the next one.
            if (stop.IsCancellationRequested) await SettleRestAsync(TimeSpan.FromSeconds(1));
            if (_inFlight > 0) await session.DisposeAsync();
            await SettleRestAsync(TimeSpan.FromSeconds(30));
            foreach (var row in _lost) _parked.PutBack(row.Row);
            if (!stop.IsCancellationRequested) LearnFromLoss(session);
            CloseReader();
        }
    }

    /// <summary>Publishes one retained message outside the run, e.g. the last status; false when the connection is gone.</summary>
    public static async Task<bool> TryPublishAsync(MqttSession session, GatewayEvent item)
    {
        try
        {
            return PublishDecision.For(await session.PublishAsync(item.Topic, item.Json, retain: true)) == PublishOutcome.Accepted;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            return false;
        }
    }

    private void Wake()
    {
        // One waiter, many wakers: a count above one only makes it look twice.
        if (_wake.CurrentCount == 0) _wake.Release();
    }

    private void Begin()
    {
        _board.MarkAllDirty();
        if (_epoch != _store.Epoch) ForgetAll();
        BeginLanes();
        _inFlight = _backlogInFlight = 0;
        _answers.Clear();
        _lost.Clear();
    }

    private void BeginLanes()
    {
        CloseReader();
        _epoch = _store.Epoch;
        var last = _store.LastRow;
        _backlog = new RowLane(0, last);
        _live = new RowLane(last, long.MaxValue);
    }

    private async Task PublishRetainedAsync(MqttSession session)
    {
        if (!_refusedRetained.IsEmpty && Stopwatch.GetElapsedTime(_retainedTried) >= RetainedAgain)
        {
            _retainedTried = Stopwatch.GetTimestamp();
            foreach (var topic in _refusedRetained.Keys) _board.PutBack(topic);
        }

        _retained.Clear();
        _board.TakeDirty(_retained);
        if (_retained.Count == 0) return;
        // What is taken away goes last: its topic may stand in the same list with its last message.
        await Task.WhenAll(_retained.Where(message => message.Value.Length > 0).Select(message => PublishOneRetainedAsync(session, message)));
        await Task.WhenAll(_retained.Where(message => message.Value.Length == 0).Select(message => PublishOneRetainedAsync(session, message)));
    }

    private async Task PublishOneRetainedAsync(MqttSession session, KeyValuePair<string, byte[]> message)
    {
        try
        {
            var reason = await session.PublishAsync(message.Key, message.Value, retain: true);
            if (PublishDecision.For(reason) == PublishOutcome.Accepted)
            {
                if (_refusedRetained.TryRemove(message.Key, out _)) TellIfOver();
                return;
            }

            if (_refusedRetained.IsEmpty) _retainedTried = Stopwatch.GetTimestamp();
            _refusedRetained[message.Key] = 0;
            Refused(message.Key, reason, RetainedAgain);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _board.PutBack(message.Key);
            await session.DisposeAsync();
        }
    }

    /// <summary>Takes in the answers; false when the connection turned out to be dead.</summary>
    private bool Settle(MqttSession session, ref int window)
    {
        var alive = true;
        while (_answers.TryDequeue(out var answer))
        {
            var outcome = Take(answer);
            if (outcome is null) alive = false;
            if (outcome != PublishOutcome.Accepted || _allowed >= session.Window || ++_acceptedAtThisWindow < window) continue;
            _acceptedAtThisWindow = 0;
            window = Math.Min(session.Window, ++_allowed);
        }

        return alive;
    }

    private PublishOutcome? Take(in Answer answer)
    {
        _inFlight--;
        if (answer.FromBacklog) _backlogInFlight--;
        if (answer.Reason is not { } reason)
        {
            _lost.Add(answer.Row);
            return null;
        }

        _ackSeconds += (answer.Seconds - _ackSeconds) / 16;
        var outcome = PublishDecision.For(reason);
        if (outcome == PublishOutcome.Accepted)
        {
            Interlocked.Increment(ref _acknowledged);
            _store.Settle(answer.Epoch, answer.Row);
            Forget(answer.Row.Row);
        }
        else
        {
            Refused(answer.Row.Topic, reason, _parked.Park(answer.Row, outcome));
        }

        return outcome;
    }

    /// <summary>
    /// The connection died with unanswered rows. On a slow line fewer at a time may get through; and some brokers close
    /// the connection instead of refusing a message. Both are met by halving the window each time (it grows by one with
    /// every full window accepted): in the end one row is alone, and if it goes down three times it is parked.
    /// </summary>
    private void LearnFromLoss(MqttSession session)
    {
        if (_lost.Count == 0) return;
        _allowed = Math.Max(1, Math.Min(_allowed, session.Window) / 2);
        _acceptedAtThisWindow = 0;
        if (_lost is not [var alone]) return;
        _suspicions = _suspect == alone.Row ? _suspicions + 1 : 1;
        _suspect = alone.Row;
        if (_suspicions < 3 || _parked.Holds(alone.Row)) return;
        _parked.Park(alone, PublishOutcome.Park);
        RefusalChanged?.Invoke(new TwoLanguages($"Kết nối bị ngắt mỗi khi gửi sự kiện tới {alone.Topic}.", $"The connection ends whenever an event is sent to {alone.Topic}."));
    }

    private void Forget(long row)
    {
        if (_parked.Count == 0) return;
        _parked.Forget(row);
        TellIfOver();
    }

    private void ForgetAll()
    {
        if (_parked.Count == 0) return;
        _parked.Clear();
        TellIfOver();
    }

    private void TellIfOver()
    {
        if (_parked.Count == 0 && _refusedRetained.IsEmpty) RefusalChanged?.Invoke(null);
    }

    private void Refused(string topic, int reason, TimeSpan pause)
    {
        if (_parked.Count <= 1) _logger.PublishRefused(topic, reason, PublishDecision.Word(reason), pause.TotalSeconds);
        RefusalChanged?.Invoke(new TwoLanguages($"Chủ đề bị từ chối: {topic}, mã 0x{reason:x2} ({PublishDecision.WordVi(reason)}).", $"The broker refuses {topic}: 0x{reason:x2} {PublishDecision.Word(reason)}."));
    }

    private void Fill(MqttSession session, int window)
    {
        if (_reopenings != _store.Reopenings)
        {
            _reopenings = _store.Reopenings;
            CloseReader();
        }

        _drained = false;
        if (_inFlight >= window) return;
        try
        {
            if (_epoch != _store.Epoch)
            {
                ForgetAll();
                BeginLanes();
            }

            _reader ??= _store.TryOpenReader();
            if (_reader is null) return;
            if (Interlocked.Exchange(ref _committed, 0) == 1) _live.Refresh();
            while (_inFlight < window && _parked.TryTakeDue(out var due))
            {
                OutboxRow? read;
                try
                {
                    read = _reader.ReadRow(due);
                }
                catch (SqliteException)
                {
                    _parked.PutBack(due);
                    throw;
                }

                if (read is { } row) Send(session, row, fromBacklog: false);
                else Forget(due);
            }

            var backlogWindow = Math.Max(1, window * 3 / 4);
            while (_inFlight < window && Next(_backlogInFlight < backlogWindow, out var fromBacklog) is { } row) Send(session, row, fromBacklog);
            _drained = _inFlight < window && _backlogInFlight < backlogWindow;
        }
        catch (SqliteException fault)
        {
            _logger.PumpFailed(fault.Message, fault);
            if (StoreFaults.Of(fault) == StoreFault.Damaged) _store.ReportDamage(_epoch);
            // Rows that were read and not sent are in the lanes' memory only: read again from the start.
            BeginLanes();
        }
    }

    private OutboxRow? Next(bool backlogToo, out bool fromBacklog)
    {
        foreach (var priority in Priorities)
        {
            if (_parked.IsFull(priority)) continue;
            fromBacklog = false;
            while (_live.Next(_reader!, priority) is { } row)
            {
                if (IsFresh(row)) return row;
            }

            fromBacklog = true;
            while (backlogToo && _backlog.Next(_reader!, priority) is { } row)
            {
                if (IsFresh(row)) return row;
            }
        }

        fromBacklog = false;
        return null;
    }

    private static readonly EventPriority[] Priorities = Enum.GetValues<EventPriority>();

    private bool IsFresh(in OutboxRow row) => !_store.IsDelivered(row.Row) && !_parked.Holds(row.Row);

    private void Send(MqttSession session, OutboxRow row, bool fromBacklog)
    {
        // The fixed header, topic length, packet id and properties stay well below 128 bytes.
        if (row.Json.Length + row.Topic.Length + 128 > session.MaximumPacket)
        {
            Refused(row.Topic, 0x95, _parked.Park(row, PublishOutcome.Park));
            return;
        }

        _inFlight++;
        if (fromBacklog) _backlogInFlight++;
        _ = PublishAsync(session, row, fromBacklog, _epoch);
    }

    private async Task PublishAsync(MqttSession session, OutboxRow row, bool fromBacklog, int epoch)
    {
        int? reason = null;
        var began = Stopwatch.GetTimestamp();
        try
        {
            reason = await session.PublishAsync(row.Topic, row.Json, retain: false).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The row stays; what became of the connection shows in session.Closed.
        }

        _answers.Enqueue(new Answer(row, reason, fromBacklog, epoch, Stopwatch.GetElapsedTime(began).TotalSeconds));
        Wake();
    }

    private async Task SettleRestAsync(TimeSpan atMost)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            while (_answers.TryDequeue(out var answer)) Take(answer);
            if (_inFlight <= 0 || watch.Elapsed > atMost) return;
            await _wake.WaitAsync(TimeSpan.FromMilliseconds(100));
        }
    }

    private TimeSpan Patience()
    {
        var most = _reader is null ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(10);
        return _parked.UntilDue() is { } due && due < most ? due + TimeSpan.FromMilliseconds(5) : most;
    }

    private void CloseReader()
    {
        _reader?.Dispose();
        _reader = null;
    }

    private readonly record struct Answer(OutboxRow Row, int? Reason, bool FromBacklog, int Epoch, double Seconds);
}
