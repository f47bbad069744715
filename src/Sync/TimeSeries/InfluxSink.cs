using System.Diagnostics.Metrics;
using System.Text;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace EdgeGateway.Sync.TimeSeries;

/// <summary>
/// Writes points to a server that speaks InfluxDB's line protocol. 1. <see cref="Offer"/> takes them into a bounded room; 2. every
/// <see cref="TimeSeriesOptions.Every"/> they go to the disk as batches; 3. the sender posts batch after batch, counts first, and takes
/// one off the disk when the server has it; while the server is away it tries again with growing pauses. What there is no room for
/// goes by rank: figures, states, then counts; counter <c>edgegateway_timeseries_shed_total</c>. A point may come twice: it is the same
/// series at the same time, so it replaces itself.
/// </summary>
public sealed class InfluxSink : ITimeSeriesSink, IAsyncDisposable
{
    public const string MeterName = "EdgeGateway.TimeSeries";

    private static readonly int Ranks = Enum.GetValues<PointRank>().Length;

    private readonly TimeSeriesOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly InfluxWriter _writer;
    private readonly ResiliencePipeline<WriteReply> _stubborn;
    private readonly Meter _meter = new(MeterName);
    private readonly Lock _lock = new();
    private readonly Queue<TimeSeriesPoint>[] _waiting = [.. Enumerable.Range(0, Ranks).Select(_ => new Queue<TimeSeriesPoint>())];
    private readonly long[] _shed = new long[Ranks];
    private readonly List<TaskCompletionSource> _flushes = [];
    private readonly SemaphoreSlim _hurry = new(0);
    private readonly SemaphoreSlim _toSend = new(0);
    private readonly SemaphoreSlim _file = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _keeping;
    private readonly Task _sending;
    private PointBuffer? _buffer;
    private int _count;
    private long _written;
    private long _wrong;
    private long _onDisk;
    private volatile TwoLanguages? _problem;
    private volatile bool _diskRefuses;

    /// <exception cref="ArgumentException">The file of authorities cannot be read.</exception>
    public InfluxSink(TimeSeriesOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _writer = new InfluxWriter(options);
        _stubborn = Stubborn();
        _meter.CreateObservableCounter("edgegateway_timeseries_written_total", () => Written, description: "Points that the time-series server has.");
        _meter.CreateObservableGauge("edgegateway_timeseries_waiting", () => Waiting, description: "Points that wait for the time-series server.");
        _meter.CreateObservableCounter("edgegateway_timeseries_refused_total", () => Interlocked.Read(ref _wrong), description: "Points that the server will never take.");
        _meter.CreateObservableCounter("edgegateway_timeseries_shed_total", () => Enum.GetValues<PointRank>().Select(rank =>
            new Measurement<long>(ShedOf(rank), new KeyValuePair<string, object?>("rank", rank.ToString().ToLowerInvariant()))), description: "Points given up for want of room, by rank.");
        _keeping = Task.Run(KeepAsync);
        _sending = Task.Run(SendAsync);
    }

    /// <summary>Points that the server has, since the start.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Points that wait, in memory and on the disk.</summary>
    public long Waiting { get { lock (_lock) return _count + Interlocked.Read(ref _onDisk); } }

    /// <summary>What is wrong with server or disk now, in words; null when nothing is.</summary>
    public TwoLanguages? Problem => _problem;

    /// <summary>False while the disk takes nothing: points then wait in memory, at most <see cref="TimeSeriesOptions.QueuePoints"/>, and a stop loses them.</summary>
    public bool KeepsOnDisk => !_diskRefuses;

    /// <summary>Points of a rank given up for want of room, since the start.</summary>
    public long ShedOf(PointRank rank) { lock (_lock) return _shed[(int)rank]; }

    /// <summary>Tries an empty write, which changes nothing at the server.</summary>
    /// <returns>What is wrong in words; null when the server takes it.</returns>
    /// <exception cref="ArgumentException">The file of authorities cannot be read.</exception>
    public static async Task<string?> TryAsync(TimeSeriesOptions options, CancellationToken stop)
    {
        using var writer = new InfluxWriter(options);
        var reply = await writer.WriteAsync(ReadOnlyMemory<byte>.Empty, stop);
        return reply.Outcome is WriteOutcome.Taken or WriteOutcome.Wrong ? null : reply.Words?.En; // an empty write is "wrong" to some
    }

    public void Offer(ReadOnlySpan<TimeSeriesPoint> points)
    {
        lock (_lock)
        {
            foreach (var point in points)
            {
                if (_count >= _options.QueuePoints)
                {
                    // The least that waits gives way; a newcomer that is less than all goes itself.
                    var least = Array.FindIndex(_waiting, queue => queue.Count > 0);
                    var victim = Math.Min(least, (int)point.Rank);
                    _shed[victim]++;
                    if (victim < least) continue;
                    _waiting[victim].Dequeue();
                    _count--;
                }

                _waiting[(int)point.Rank].Enqueue(point);
                _count++;
            }
        }
    }

    public Task FlushAsync(CancellationToken cancel = default)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _flushes.Add(flushed);
        _hurry.Release();
        return flushed.Task.WaitAsync(cancel);
    }

    /// <summary>Puts what waits onto the disk and ends; it is sent after the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await Task.WhenAll(_keeping, _sending);
        _buffer?.Dispose();
        _writer.Dispose();
        _meter.Dispose();
        _hurry.Dispose();
        _toSend.Dispose();
        _file.Dispose();
        _stop.Dispose();
    }

    private ResiliencePipeline<WriteReply> Stubborn() => new ResiliencePipelineBuilder<WriteReply> { TimeProvider = _time }
        .AddRetry(new RetryStrategyOptions<WriteReply>
        {
            ShouldHandle = new PredicateBuilder<WriteReply>().HandleResult(reply => reply.Outcome is WriteOutcome.Again or WriteOutcome.Refused),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = _options.RetryFirst,
            MaxDelay = _options.RetryMax,
            // What a person must mend is asked for at the longest pause at once.
            DelayGenerator = failed => ValueTask.FromResult<TimeSpan?>(failed.Outcome.Result switch
            {
                { Outcome: WriteOutcome.Refused } => _options.RetryMax,
                { RetryAfter: { } pause } when pause > TimeSpan.Zero => pause < _options.RetryMax ? pause : _options.RetryMax,
                _ => null,
            }),
            OnRetry = failed =>
            {
                Tell(failed.Outcome.Result!.Words!, failed.RetryDelay);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    /// <summary>Memory to disk.</summary>
    private async Task KeepAsync()
    {
        var kept = new List<(PointRank Rank, int Points, byte[] Lines)>();
        var flushes = new List<TaskCompletionSource>();
        var last = false;
        while (!last)
        {
            try { await _hurry.WaitAsync(_options.Every, _stop.Token); }
            catch (OperationCanceledException) { last = true; }
            Gather(kept, flushes);
            if (await TryKeepAsync(kept))
            {
                kept.Clear();
                foreach (var flush in flushes) flush.TrySetResult();
                flushes.Clear();
                if (!last) _toSend.Release();
            }
            else if (kept.Sum(batch => batch.Points) > _options.QueuePoints)
            {
                GiveUpLeast(kept);
            }
        }

        foreach (var flush in flushes) flush.TrySetCanceled(CancellationToken.None);
    }

    private void Gather(List<(PointRank Rank, int Points, byte[] Lines)> kept, List<TaskCompletionSource> flushes)
    {
        lock (_lock)
        {
            flushes.AddRange(_flushes);
            _flushes.Clear();
            var text = new StringBuilder();
            for (var rank = 0; rank < Ranks; rank++)
            {
                var points = 0;
                while (_waiting[rank].TryDequeue(out var point))
                {
                    if (LineProtocol.Append(text, point)) points++;
                    if (points < _options.BatchPoints && _waiting[rank].Count > 0) continue;
                    if (points > 0) kept.Add(((PointRank)rank, points, Encoding.UTF8.GetBytes(text.ToString())));
                    (points, text.Length) = (0, 0);
                }
            }

            _count = 0;
        }
    }

    private async Task<bool> TryKeepAsync(List<(PointRank Rank, int Points, byte[] Lines)> kept)
    {
        await _file.WaitAsync();
        try
        {
            _buffer ??= PointBuffer.Open(_options.BufferPath, _options.BufferBytes, StoreGuard.ForService(null, damage => _logger.SeriesDamaged(damage.Path, damage.Aside)), _time);
            if (kept.Count > 0)
            {
                var shed = _buffer.Add(kept);
                lock (_lock)
                {
                    for (var rank = 0; rank < Ranks; rank++) _shed[rank] += shed[rank];
                }

                if (shed.Sum() > 0) _logger.SeriesShed(_options.BufferBytes >> 20, shed.Sum());
            }

            Interlocked.Exchange(ref _onDisk, _buffer.Points);
            _diskRefuses = false;
            return true;
        }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException)
        {
            Meet(fault);
            return false;
        }
        finally
        {
            _file.Release();
        }
    }

    /// <summary>The disk takes nothing: the bound of memory holds for what was gathered too.</summary>
    private void GiveUpLeast(List<(PointRank Rank, int Points, byte[] Lines)> kept)
    {
        kept.Sort((a, b) => a.Rank.CompareTo(b.Rank)); // a stable order is not needed: the ranks are
        while (kept.Count > 0 && kept.Sum(batch => batch.Points) > _options.QueuePoints)
        {
            lock (_lock) _shed[(int)kept[0].Rank] += kept[0].Points;
            kept.RemoveAt(0);
        }
    }

    /// <summary>Disk to server.</summary>
    private async Task SendAsync()
    {
        try
        {
            while (true)
            {
                if (await NextAsync() is not { } batch)
                {
                    await _toSend.WaitAsync(_stop.Token);
                    continue;
                }

                await WriteAsync(batch.Points, batch.Lines);
                await RemoveAsync(batch);
            }
        }
        catch (OperationCanceledException)
        {
            // stopped: what waits lies on the disk
        }
    }

    private async Task WriteAsync(int points, ReadOnlyMemory<byte> lines)
    {
        var reply = await _stubborn.ExecuteAsync(async token => await _writer.WriteAsync(lines, token), _stop.Token);
        switch (reply.Outcome)
        {
            case WriteOutcome.Taken:
                Interlocked.Add(ref _written, points);
                if (_problem is not null) _logger.SeriesBack(_options.Url.Authority);
                _problem = null;
                break;
            case WriteOutcome.TooLarge when points > 1:
                var half = Middle(lines.Span);
                await WriteAsync(points / 2, lines[..half]);
                await WriteAsync(points - points / 2, lines[half..]);
                break;
            default:
                // Whoever sends what the server calls wrong again and again never comes to the next.
                Interlocked.Add(ref _wrong, points);
                _logger.SeriesRefused(points, reply.Words?.En ?? "");
                break;
        }
    }

    /// <summary>Behind the line that ends next to the middle.</summary>
    private static int Middle(ReadOnlySpan<byte> lines)
    {
        var behind = lines[(lines.Length / 2)..].IndexOf((byte)'\n');
        var end = lines.Length / 2 + behind + 1;
        return behind >= 0 && end < lines.Length ? end : lines[..(lines.Length / 2)].LastIndexOf((byte)'\n') + 1;
    }

    private async Task<PointBatch?> NextAsync()
    {
        await _file.WaitAsync(_stop.Token);
        try
        {
            return _buffer?.Next();
        }
        catch (SqliteException fault)
        {
            Meet(fault);
            return null;
        }
        finally
        {
            _file.Release();
        }
    }

    private async Task RemoveAsync(PointBatch batch)
    {
        await _file.WaitAsync(CancellationToken.None);
        try
        {
            _buffer?.Remove(batch);
            Interlocked.Exchange(ref _onDisk, _buffer?.Points ?? 0);
        }
        catch (SqliteException fault)
        {
            Meet(fault); // it is sent once more, which changes nothing at the server
        }
        finally
        {
            _file.Release();
        }
    }

    /// <summary>The next try opens the file anew, and sets it aside when it is damaged.</summary>
    private void Meet(Exception fault)
    {
        if (!_diskRefuses) _logger.SeriesNotKept(_options.BufferPath, fault.Message, _options.QueuePoints);
        _diskRefuses = true;
        _problem = new TwoLanguages($"{_options.BufferPath}: {CauseInVietnamese.Of(fault)}.", $"{_options.BufferPath}: {fault.Message}");
        _buffer?.Dispose();
        _buffer = null;
    }

    private void Tell(TwoLanguages words, TimeSpan pause)
    {
        if (_problem is null) _logger.SeriesAway(words.En, pause.TotalSeconds);
        _problem = words;
    }
}
