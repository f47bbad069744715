using System.Diagnostics.Metrics;
using System.Threading.Channels;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Counting;

/// <summary>
/// Writes the archive on a task of its own, so that counting never waits for a disk: a bounded queue (50,000 items; what is beyond is given up
/// and counted), batches in one transaction, and patience when the disk refuses. An interval that a crash takes from the queue is handed
/// out once more by its <see cref="IntervalCounter"/>, which holds on to what it published in the last second.
/// </summary>
public sealed class ArchiveWriter : IAsyncDisposable
{
    /// <summary>The meter under which the archive's figures are published.</summary>
    public const string MeterName = "EdgeGateway.Sync.Counting";

    private const int Bound = 50_000;
    private const int Batch = 2_000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly TimeZoneInfo _zone;
    private readonly string _gateway;
    private readonly string _site;
    private readonly StoreGuard _guard;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Channel<Action<CountArchive>> _items = Channel.CreateBounded<Action<CountArchive>>(new BoundedChannelOptions(Bound) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _shedCounter;
    private readonly Task _running;
    private long _shed;
    private long _taken;
    private long _written;

    /// <param name="path">The archive's file.</param>
    /// <param name="zone">Local time of hours and days.</param>
    /// <param name="gateway">This gateway.</param>
    /// <param name="site">Its site.</param>
    /// <param name="time">Paces the tries while the disk refuses.</param>
    /// <param name="logger">For changes of state.</param>
    /// <param name="guard">Told of a damaged file, which is begun anew.</param>
    public ArchiveWriter(string path, TimeZoneInfo zone, string gateway, string site, TimeProvider time, ILogger logger, StoreGuard? guard = null)
    {
        (_path, _zone, _gateway, _site, _time, _logger, _guard) = (path, zone, gateway, site, time, logger, guard ?? StoreGuard.None);
        _shedCounter = _meter.CreateCounter<long>("edgegateway_archive_shed", description: "Rows that the archive of counts gave up because no disk took them.");
        if (File.Exists(path)) Offer(static _ => { }); // one of another time zone is summed anew before a report reads it
        _running = Task.Run(RunAsync);
    }

    /// <summary>Rows given up because the queue was full.</summary>
    public long Shed => Interlocked.Read(ref _shed);

    /// <summary>What is wrong with the file now, in words; null when nothing is.</summary>
    public TwoLanguages? Problem { get; private set; }

    /// <summary>A finished interval of one of this gateway's cameras.</summary>
    public void Add(string camera, CountInterval interval) => Add(ArchivedCount.Of(_gateway, _site, camera, interval));

    /// <summary>An interval of whatever gateway of the site.</summary>
    public void Add(ArchivedCount row) => Offer(archive => archive.Add(row));

    /// <summary>A crossing whose track came over another line, or over the same.</summary>
    public void AddFlow(string gateway, string camera, CrossingData crossing)
    {
        if (crossing.EntryLine is not null) Offer(archive => archive.AddFlow(_site, gateway, camera, crossing));
    }

    /// <summary>A crossing noted before was none.</summary>
    public void TakeBackFlow(string gateway, string camera, CrossingData crossing)
    {
        if (crossing.EntryLine is not null) Offer(archive => archive.AddFlow(_site, gateway, camera, crossing, -1));
    }

    /// <summary>A part of an hour of a zone.</summary>
    public void AddZone(string gateway, string camera, ZoneStretch stretch) => Offer(archive => archive.AddZone(_site, gateway, camera, stretch));

    /// <summary>A vehicle's rough origin.</summary>
    public void AddOrigin(string gateway, string camera, DateTimeOffset at, PlateOrigin origin) => Offer(archive => archive.AddOrigin(_site, gateway, camera, at, origin));

    /// <summary>What another gateway calls its camera.</summary>
    public void AddName(string gateway, string camera, string name) => Offer(archive => archive.AddName(gateway, camera, name));

    /// <summary>A correction of the number of people present.</summary>
    public void AddCorrection(Sites.OccupancyCorrection correction) => Offer(archive => archive.AddCorrection(_site, correction));

    /// <summary>Ends when all that was handed over before is on the disk.</summary>
    public async Task FlushAsync(CancellationToken cancel = default)
    {
        var upTo = Interlocked.Read(ref _taken);
        while (Interlocked.Read(ref _written) < upTo && !_running.IsCompleted) await Task.Delay(5, cancel);
    }

    /// <summary>Writes what is queued, for at most five seconds, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_items.Writer.TryComplete()) return; // closed before
        _stop.CancelAfter(TimeSpan.FromSeconds(5));
        await _running;
        _stop.Dispose();
        _meter.Dispose();
    }

    private void Offer(Action<CountArchive> item)
    {
        if (_items.Writer.TryWrite(item))
        {
            Interlocked.Increment(ref _taken);
            return;
        }

        Interlocked.Increment(ref _shed);
        _shedCounter.Add(1);
    }

    /// <summary>One row that cannot be worked on costs itself and not the rest.</summary>
    private void Do(Action<CountArchive> item, CountArchive archive)
    {
        try
        {
            item(archive);
        }
        catch (Exception fault) when (fault is not (SqliteException or InvalidDataException or IOException or UnauthorizedAccessException or OutOfMemoryException))
        {
            Interlocked.Increment(ref _shed);
            _shedCounter.Add(1);
            _logger.ArchiveRowFailed(_path, fault.GetType().Name);
        }
    }

    private async Task RunAsync()
    {
        CountArchive? archive = null;
        var batch = new List<Action<CountArchive>>(Batch);
        try
        {
            while (await _items.Reader.WaitToReadAsync(_stop.Token))
            {
                while (batch.Count < Batch && _items.Reader.TryRead(out var item)) batch.Add(item);
                while (true)
                {
                    try
                    {
                        if (archive is null)
                        {
                            archive = CountArchive.Open(_path, _zone, durable: true, _guard, _time);
                            if (archive.FormerZone is { } former) _logger.ArchiveSummedAnew(_path, former, _zone.Id);
                        }

                        var writing = archive;
                        writing.Together(() =>
                        {
                            foreach (var item in batch) Do(item, writing);
                            return batch.Count;
                        });
                        break;
                    }
                    catch (Exception fault) when (fault is SqliteException or InvalidDataException or IOException or UnauthorizedAccessException)
                    {
                        if (Problem is null) _logger.ArchiveFailed(_path, fault.Message);
                        Problem = new TwoLanguages(CauseInVietnamese.Of(fault), fault.Message);
                        archive?.Dispose();
                        archive = null;
                        await Task.Delay(Pause, _time, _stop.Token);
                    }
                }

                if (Problem is not null) _logger.ArchiveRecovered(_path);
                Problem = null;
                Interlocked.Add(ref _written, batch.Count);
                batch.Clear();
            }
        }
        catch (OperationCanceledException)
        {
            // stopped while the disk refused
        }
        finally
        {
            archive?.Dispose();
        }
    }
}
