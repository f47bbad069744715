using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Outbox;

/// <summary>
/// The only truth about what was promised: one SQLite file, one thread that writes it, group commits. It takes all that
/// the <see cref="DeliveryQueue"/> holds, with the counters' states and the deletions of delivered rows, in one
/// transaction. When the disk fails, it keeps the batch and tries again until it works; cameras never notice.
/// </summary>
public sealed class OutboxStore : IAsyncDisposable
{
    /// <summary>Rows written or deleted between two checkpoints: a minute of a busy box, a few megabytes of log.</summary>
    private const int CheckpointEvery = 1000;

    /// <summary>Failures in a row that are neither the disk's nor SQLite's, from which on the writer counts as standing still.</summary>
    private const int MostUnexpected = 10;

    private static readonly TimeSpan LookAtAgesEvery = TimeSpan.FromMinutes(1);

    // Ages are looked at by the minute, and a broker that comes and goes must not raise and clear by turns.
    private static readonly TimeSpan ShedWellAfter = TimeSpan.FromHours(1);

    private readonly OutboxOptions _options;
    private readonly DeliveryQueue _queue;
    private readonly TimeProvider _time;
    private readonly Func<DateTimeOffset> _ageTime;
    private readonly ILogger _logger;
    private readonly Thread _writer;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _hurry = new();
    private readonly DeliveryQueue.Batch _batch = new();
    private readonly Dictionary<StoreFault, TwoLanguages> _problems = [];

    // Guarded by _lock: what other threads ask for.
    private readonly Lock _lock = new();
    private readonly HashSet<long> _deletes = [];
    private readonly List<TaskCompletionSource> _flushes = [];
    private readonly long[] _shed = new long[Enum.GetValues<EventPriority>().Length];
    private OutboxSize _size;
    private DateTimeOffset? _oldest;
    private long _lastRow;
    private bool _damageSeen;

    // The writer's own.
    private OutboxDatabase? _database;
    private Task _checkpoint = Task.CompletedTask;
    private int _sinceCheckpoint;
    private volatile bool _stopping;
    private volatile bool _rescuing;
    private long _stopBy = long.MaxValue;
    private int _epoch;
    private bool _failing;
    private int _reopenings;
    private long? _agesLooked;
    private long _shedAt;
    private long _turnedAt = Environment.TickCount64;
    private int _unexpected;
    private long _unexpectedSince;

    public OutboxStore(OutboxOptions options, DeliveryQueue queue, TimeProvider time, ILogger logger)
    {
        (_options, _queue, _time, _logger) = (options, queue, time, logger);
        _ageTime = options.AgeTime ?? time.GetUtcNow;
        Receipts = new ReceiptBook(options.Receipts, time, _ageTime, logger, queue.Ring);
        _writer = new Thread(Run) { IsBackground = true, Name = "outbox writer" };
    }

    /// <summary>A commit returned; rows may have come or gone. Raised on the writer's thread: do not block.</summary>
    public event Action? Committed;

    /// <summary>A fault of the file came, changed or went. Raised on the writer's thread: do not block.</summary>
    public event Action<StoreProblem>? ProblemChanged;

    /// <summary>The writer let go of the file to open it anew, see <see cref="Reopenings"/>. Raised on the writer's thread: do not block.</summary>
    public event Action? Reopening;

    public string Path => _options.Path;

    /// <summary>What the broker has and nobody acknowledged yet.</summary>
    public ReceiptBook Receipts { get; }

    /// <summary>Goes up when a new file was begun: row numbers of the old one mean nothing any more.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>True while the disk does not take events: they wait in memory.</summary>
    public bool IsFailing => Volatile.Read(ref _failing);

    /// <summary>
    /// How often the writer let go of a file that a failing disk may have spoilt. Who reads it lets go then too: SQLite shares its map of the
    /// log among all connections of a process, and a map made while the disk allowed no writing would keep the writer from it for ever.
    /// </summary>
    public int Reopenings => Volatile.Read(ref _reopenings);

    /// <summary>True from the first successful opening.</summary>
    public bool IsOpen => Epoch > 0;

    /// <summary>Committed events that wait for delivery.</summary>
    public OutboxSize Size { get { lock (_lock) return _size; } }

    /// <summary>Event time of the committed event that waits longest.</summary>
    public DateTimeOffset? Oldest { get { lock (_lock) return _oldest; } }

    /// <summary>The highest committed row number.</summary>
    public long LastRow { get { lock (_lock) return _lastRow; } }

    /// <summary>Committed events given up because of the quota since the start.</summary>
    public long Shed { get { lock (_lock) return _shed.Sum(); } }

    /// <summary>Committed events of one kind given up because of the quota since the start.</summary>
    public long ShedOf(EventPriority priority) { lock (_lock) return _shed[(int)priority]; }

    /// <summary>
    /// For how long the writer has neither come round nor tried again. Opening, checking and rescuing a file take their time and are no
    /// standstill; a disk that fails is none either, for each try counts. A mistake that nobody expected and that stays is one: a start anew may end it.
    /// </summary>
    public TimeSpan StandsStillFor =>
        _stopping ? TimeSpan.Zero
        : Volatile.Read(ref _unexpected) >= MostUnexpected ? Since(Volatile.Read(ref _unexpectedSince))
        : Volatile.Read(ref _database) is null ? TimeSpan.Zero : Since(Volatile.Read(ref _turnedAt));

    /// <summary>Starts the writer; opening happens on its thread, and a file that cannot be opened is tried again.</summary>
    public void Start() => _writer.Start();

    /// <summary>Marks a delivered row for deletion with the next commit.</summary>
    public void Delete(int epoch, long row)
    {
        lock (_lock)
        {
            if (epoch != _epoch) return;
            _deletes.Add(row);
        }

        _queue.Ring();
    }

    /// <summary>The broker took a row: with the next commit it goes, or moves to those that wait for an acknowledgement.</summary>
    public void Settle(int epoch, in OutboxRow row)
    {
        lock (_lock)
        {
            if (epoch != _epoch) return;
            if (Receipts.Awaits(row.Topic)) Receipts.OnDelivered(row.Row);
            else _deletes.Add(row.Row);
        }

        _queue.Ring();
    }

    /// <summary>True when the row was delivered and only waits for the commit of its deletion.</summary>
    public bool IsDelivered(long row) { lock (_lock) return _deletes.Contains(row) || Receipts.IsDelivered(row); }

    /// <summary>True while an event waits for its PUBACK or its acknowledgement. Reads the file; committed events only.</summary>
    public bool Waits(string id)
    {
        // As with a state: until its rows are taken over, the damaged file alone knows.
        if (DamagedFile.Unfinished(_options.Path) is { } aside && File.Exists(aside)) return OutboxDatabase.WaitsUnchanged(aside, id, isIdle: true);
        if (!File.Exists(_options.Path)) return false;
        try
        {
            using var reader = OutboxDatabase.Open(_options.Path, _options.Busy, _options.Guard);
            return reader.Receipts.Waits(id);
        }
        catch (SqliteException)
        {
            return OutboxDatabase.WaitsUnchanged(_options.Path, id);
        }
    }

    /// <summary>Ends when all that was offered before is committed.</summary>
    public Task FlushAsync(CancellationToken cancel = default)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _flushes.Add(flushed);
        _hurry.Set();
        _queue.Ring();
        return flushed.Task.WaitAsync(cancel);
    }

    /// <summary>A counter's state as last saved, committed or not; null when there is none. Read also where the disk allows no writing.</summary>
    public string? LoadState(string key)
    {
        if (_queue.PendingState(key) is { } pending) return pending;
        // Not taken over yet, for the disk is full: the new file knows nothing, and what begins at zero would be written over it.
        if (DamagedFile.Unfinished(_options.Path) is { } aside && File.Exists(aside)) return OutboxDatabase.LoadStateUnchanged(aside, key, _options.Guard, isIdle: true);
        if (!File.Exists(_options.Path)) return null;
        try
        {
            using var reader = OutboxDatabase.Open(_options.Path, _options.Busy, _options.Guard);
            return reader.LoadState(key);
        }
        catch (SqliteException)
        {
            // Neither can a full disk's file be opened for writing, nor one that may only be read.
            return OutboxDatabase.LoadStateUnchanged(_options.Path, key, _options.Guard);
        }
    }

    /// <summary>Writes what is left and closes; gives up at the deadline when the disk does not work.</summary>
    public Task StopAsync(TimeSpan atMost)
    {
        _stopBy = _time.GetTimestamp() + (long)(atMost.TotalSeconds * _time.TimestampFrequency);
        _stopping = true;
        _hurry.Set();
        _queue.Ring();
        return _writer.ThreadState.HasFlag(ThreadState.Unstarted) ? Task.CompletedTask : _ended.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(2));
        _hurry.Dispose();
    }

    /// <summary>A second connection for the pump; null while there is no file, or one whose rows are still being taken over.</summary>
    internal OutboxDatabase? TryOpenReader() => IsOpen && !_rescuing ? OutboxDatabase.Open(_options.Path, _options.Busy, _options.Guard) : null;

    /// <summary>The pump found the file damaged while reading; of a file that was set aside since, that says nothing.</summary>
    internal void ReportDamage(int epoch)
    {
        lock (_lock)
        {
            if (epoch != _epoch) return;
            _damageSeen = true;
        }

        _queue.Ring();
    }

    private void Run()
    {
        try
        {
            var flushes = new List<TaskCompletionSource>();
            while (true)
            {
                Volatile.Write(ref _turnedAt, Environment.TickCount64);
                _queue.WaitForArrival(TimeSpan.FromMilliseconds(_database is null ? 50 : 1000));
                if (!_stopping) _hurry.Wait(_options.GroupWindow);
                _hurry.Reset();
                // Stopping is read before the batch is taken: what came before the stop is in the last batch.
                var last = _stopping;
                Gather(flushes);
                var written = CommitStubbornly();
                ClearShed();
                foreach (var flush in flushes) flush.TrySetResult();
                flushes.Clear();
                if (!last && _sinceCheckpoint >= CheckpointEvery) CheckpointBeside();
                if (last || (_stopping && !written)) break;
            }
        }
        finally
        {
            Close();
            _ended.TrySetResult();
        }
    }

    private void Gather(List<TaskCompletionSource> flushes)
    {
        lock (_lock)
        {
            flushes.AddRange(_flushes);
            _flushes.Clear();
        }

        _queue.TakeAll(_batch);
    }

    /// <summary>Tries until the batch is written, with growing pauses; false when the stop's deadline ended it.</summary>
    private bool CommitStubbornly()
    {
        for (var failures = 0; ; failures++)
        {
            Volatile.Write(ref _turnedAt, Environment.TickCount64);
            try
            {
                if (DamageSeen || (_database is null && DamagedFile.Unfinished(_options.Path) is not null)) BeginAnew();
                else if (_database is null) OpenFile();
                if (Commit()) ClearFaults();
                Volatile.Write(ref _unexpected, 0);
                return true;
            }
            catch (SqliteException exception)
            {
                Volatile.Write(ref _unexpected, 0);
                Meet(exception);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // Whatever it is: a thread that ends would take the process with it, and every event that waits here.
                if (exception is IOException or UnauthorizedAccessException) Volatile.Write(ref _unexpected, 0);
                else MeetUnexpected(exception);
                CloseDatabase();
                Raise(StoreFaults.Of(exception), Told(exception));
            }

            var pause = RetryPause.After(failures, _options.RetryFirst, _options.RetryMax);
            if (_stopping && _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency) > _stopBy) return false;
            if (_stopping) Thread.Sleep(pause);
            else if (_hurry.Wait(pause)) _hurry.Reset();
        }
    }

    private bool Commit()
    {
        lock (_lock)
        {
            _batch.Deletes.Clear();
            _batch.Deletes.AddRange(_deletes);
        }

        var agesDue = _size.Rows > 0 && (_agesLooked is not { } looked || _time.GetElapsedTime(looked) >= LookAtAgesEvery);
        if (!Receipts.TakeWork(_database!, _size) && _batch.IsEmpty && !agesDue) return false;
        var size = _size;
        var shed = new OutboxSize[_shed.Length];
        bool isOverQuota;
        using (var transaction = _database!.Begin())
        {
            // Deletions first: on a full disk their pages serve the new rows.
            foreach (var row in _batch.Deletes) size -= _database.Delete(transaction, row);
            size += Receipts.Apply(_database, transaction, size);
            foreach (var waiting in _batch.Events)
            {
                if (_database.Insert(transaction, waiting.Event)) size += new OutboxSize(1, waiting.Size);
            }

            foreach (var (key, json) in _batch.States) _database.SaveState(transaction, key, json);
            if (agesDue) size = KeepAge(transaction, size, shed);
            var within = size;
            size = KeepQuota(transaction, size, shed);
            isOverQuota = size != within;
            transaction.Commit();
        }

        _sinceCheckpoint += _batch.Events.Count + _batch.Deletes.Count + _batch.States.Count;
        if (agesDue) _agesLooked = _time.GetTimestamp();
        Publish(size, shed, isOverQuota);
        Receipts.OnCommitted(_database);
        _queue.Committed();
        foreach (var waiting in _batch.Events) waiting.Committed?.TrySetResult();
        _batch.Clear();
        Tell(Committed);
        return true;
    }

    /// <summary>The log goes into the file on another thread: on a loaded disk that takes tenths of a second, which no event shall wait.</summary>
    private void CheckpointBeside()
    {
        if (!_checkpoint.IsCompleted) return;
        _sinceCheckpoint = 0;
        _checkpoint = Task.Run(() =>
        {
            try
            {
                OutboxDatabase.CheckpointBeside(_options.Path);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // The log goes on growing; a commit puts it into the file at the latest, and reports what is wrong with the disk.
            }
        });
    }

    private OutboxSize KeepQuota(SqliteTransaction transaction, OutboxSize size, OutboxSize[] shed)
    {
        foreach (var kind in Sacrifice.Order)
        {
            while (size.Rows > _options.MaxRows || size.Bytes > _options.MaxBytes)
            {
                // A little more than needed, so that a full outbox is not trimmed with every commit.
                var rows = Math.Max(size.Rows - _options.MaxRows, Math.Max(1, _options.MaxRows / 200));
                var freed = _database!.DeleteOldest(transaction, kind, rows);
                if (freed.Rows == 0) break;
                size -= freed;
                shed[(int)kind] += freed;
            }
        }

        return size;
    }

    private OutboxSize KeepAge(SqliteTransaction transaction, OutboxSize size, OutboxSize[] shed)
    {
        foreach (var kind in Sacrifice.Order)
        {
            var freed = _database!.DeleteOlder(transaction, kind, _ageTime() - _options.MaxAge, among: 2000);
            size -= freed;
            shed[(int)kind] += freed;
        }

        return size;
    }

    private void Publish(OutboxSize size, OutboxSize[] shed, bool isOverQuota)
    {
        var oldest = _database!.OldestTime();
        var lastRow = _database.LastRow();
        long shedNow = 0;
        string total;
        lock (_lock)
        {
            foreach (var row in _batch.Deletes) _deletes.Remove(row);
            (_size, _oldest, _lastRow) = (size, oldest, lastRow);
            for (var kind = 0; kind < shed.Length; kind++)
            {
                _shed[kind] += shed[kind].Rows;
                shedNow += shed[kind].Rows;
            }

            total = string.Join(", ", Enum.GetValues<EventPriority>().Where(kind => _shed[(int)kind] > 0).Select(kind => $"{_shed[(int)kind]} {EventWords.Of(kind)}"));
        }

        if (shedNow > 0)
        {
            _logger.OutboxShed(_options.MaxRows, _options.MaxBytes, _options.MaxAge.TotalDays, shedNow);
            _shedAt = _time.GetTimestamp();
            // One alert for both. The quota, once it was reached, stays what it names: it is what a person can change.
            var fault = isOverQuota || _problems.ContainsKey(StoreFault.Shed) ? StoreFault.Shed : StoreFault.Aged;
            if (fault == StoreFault.Shed) _problems.Remove(StoreFault.Aged);
            Raise(fault, new TwoLanguages(total, total), log: false);
        }
    }

    /// <summary>What was given up is told of until an hour after the last of it; by size, until there is room again too.</summary>
    private void ClearShed()
    {
        if (_problems.Count == 0 || _time.GetElapsedTime(_shedAt) < ShedWellAfter) return;
        Clear(StoreFault.Aged);
        if (!_size.IsNear(_options.MaxRows, _options.MaxBytes)) Clear(StoreFault.Shed);
    }

    private void OpenFile()
    {
        if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(_options.Path)) is { } folder) Directory.CreateDirectory(folder);
        var database = OutboxDatabase.Open(_options.Path, _options.Busy, _options.Guard);
        try
        {
            if (!database.IsSound()) throw new SqliteException("A check of the outbox found damage.", 11);
            database.SealRows();
            Adopt(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private void Adopt(OutboxDatabase database, bool isNew = false)
    {
        var size = database.Measure();
        var oldest = database.OldestTime();
        var lastRow = database.LastRow();
        Volatile.Write(ref _turnedAt, Environment.TickCount64);
        Volatile.Write(ref _database, database);
        lock (_lock)
        {
            (_size, _oldest, _lastRow) = (size, oldest, lastRow);
            if (isNew)
            {
                // With the new rows, not before: who asks at the first epoch must find what was taken over.
                _deletes.Clear();
                _damageSeen = false;
                Receipts.ForgetRows();
            }

            if (isNew || _epoch == 0) Volatile.Write(ref _epoch, _epoch + 1);
        }

        Receipts.Adopt(database);
        _logger.OutboxOpened(_options.Path, size.Rows, size.Bytes);
        Tell(Committed);
    }

    private bool DamageSeen { get { lock (_lock) return _damageSeen; } }

    private void Meet(SqliteException exception)
    {
        var fault = StoreFaults.Of(exception);
        if (fault == StoreFault.Damaged)
        {
            // The next try begins a new file.
            lock (_lock) _damageSeen = true;
            return;
        }

        if (StoreFaults.NeedsReopen(exception))
        {
            CloseDatabase();
            Interlocked.Increment(ref _reopenings);
            Tell(Reopening);
        }

        Raise(fault, Told(exception));
    }

    private void MeetUnexpected(Exception exception)
    {
        _logger.OutboxWriterFailed(exception.Message, exception);
        if (_unexpected == 0) Volatile.Write(ref _unexpectedSince, Environment.TickCount64);
        Volatile.Write(ref _unexpected, _unexpected + 1);
    }

    private static TimeSpan Since(long tick) => TimeSpan.FromMilliseconds(Environment.TickCount64 - tick);

    private void BeginAnew()
    {
        _rescuing = true;
        _checkpoint.Wait();
        CloseDatabase();
        var aside = DamagedFile.SetAside(_options.Path, _time.GetUtcNow(), names => _logger.OutboxForgotten(_options.Path, DamagedFile.Kept, string.Join(", ", names)));
        var database = OutboxDatabase.Open(_options.Path, _options.Busy, _options.Guard);
        long events, states;
        string? givenUp = null;
        try
        {
            try
            {
                (events, states) = database.TakeOver(aside);
            }
            catch (SqliteException fault) when (DamagedFile.IsGivenUp(_options.Path, fault, _time.GetUtcNow()))
            {
                (events, states) = database.TakeOver(aside, isLast: true);
                givenUp = fault.Message;
            }

            Adopt(database, isNew: true);
        }
        catch
        {
            _database = null;
            database.Dispose();
            throw;
        }

        _logger.OutboxDamaged(_options.Path, aside, events, states);
        if (givenUp is not null) _logger.OutboxRescueGivenUp(aside, givenUp);
        Raise(
            StoreFault.Damaged,
            new TwoLanguages($"bản hỏng: {aside}; đã cứu {events} sự kiện và {states} trạng thái bộ đếm", $"set aside as {aside}; {events} events and {states} counter states were taken over"), log: false);
        // Last, and before anything of the new file is deleted: until here a kill costs a second copy and nothing else.
        DamagedFile.Finish(_options.Path);
        _rescuing = false;
    }

    private static TwoLanguages Told(Exception fault) => new(CauseInVietnamese.Of(fault), fault.Message.TrimEnd('.', ' '));

    private void Raise(StoreFault fault, TwoLanguages detail, bool log = true)
    {
        var known = _problems.TryGetValue(fault, out var before);
        if (known && before == detail) return;
        _problems[fault] = detail;
        if (StoreFaults.IsLasting(fault)) Volatile.Write(ref _failing, true);
        if (log && !known) _logger.OutboxFailed(_options.Path, EventWords.Of(fault), detail.En);
        Tell(new StoreProblem(fault, Active: true, detail));
    }

    private void ClearFaults()
    {
        if (_problems.Count == 0) return;
        Volatile.Write(ref _failing, false);
        foreach (var fault in _problems.Keys.Where(StoreFaults.IsLasting).ToArray())
        {
            Clear(fault);
            _logger.OutboxRecovered(_options.Path);
        }
    }

    private void Clear(StoreFault fault)
    {
        if (_problems.Remove(fault)) Tell(new StoreProblem(fault, Active: false, new TwoLanguages("", "")));
    }

    private void Tell(StoreProblem problem) => Tell(() => ProblemChanged?.Invoke(problem));

    /// <summary>A listener that fails is no fault of the disk and must not make the writer try again.</summary>
    private void Tell(Action? listener)
    {
        try { listener?.Invoke(); }
        catch (Exception fault) when (fault is not OutOfMemoryException) { _logger.OutboxListenerFailed(fault.Message, fault); }
    }

    private void CloseDatabase()
    {
        var open = _database;
        _database = null;
        open?.Dispose();
    }

    private void Close()
    {
        _queue.TakeAll(_batch); // what came while the last batch was tried
        var lost = _batch.Events.Count;
        foreach (var waiting in _batch.Events) waiting.Committed?.TrySetException(new EventShedException("The outbox was closed before the disk took the event."));
        if (lost > 0) _logger.OutboxClosedWithLoss(lost);
        _checkpoint.Wait();
        try { _database?.Checkpoint(); }
        catch (SqliteException) { /* the log stays beside the file, which is as good */ }
        CloseDatabase();
        Receipts.Close();
    }
}
