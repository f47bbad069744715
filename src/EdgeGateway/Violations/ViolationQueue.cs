using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Violations;

/// <summary>
/// Takes acts from the camera's thread and publishes them one after the other, since a clip ends some seconds after its act. From its raise to its commit
/// an act stands in the journal (<see cref="ActRecorder"/>): what a kill or a stop leaves there is published by the next start's queue of that camera, under the
/// id that it had. Bounded: beyond <see cref="MostWaiting"/> an act is published without pictures at once, never lost.
/// </summary>
internal sealed partial class ViolationQueue : IAsyncDisposable
{
    /// <summary>The alert's key when an act of the journal cannot be read; stands for a day after the last of them.</summary>
    public const string DamagedKey = "acts-damaged";

    private const int MostWaiting = 256;

    /// <summary>From so many waiting acts on, work that the evidence can do without is left out.</summary>
    private const int BehindFrom = 4;

    /// <summary>An act that the gateway did not survive so often goes out without pictures, and after as many more it is set aside.</summary>
    private const int MostTries = 5;

    private static readonly TimeSpan LongestAct = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(3); // of the ten that a stop may take

    private readonly Channel<(SettledAct Act, bool Tampered, bool IsSettled, long ToldAt)> _told = Channel.CreateUnbounded<(SettledAct, bool, bool, long)>();
    private readonly Channel<Recorded> _waiting = Channel.CreateBounded<Recorded>(MostWaiting);
    private readonly ConcurrentDictionary<Ulid, Recorded> _open = new();
    private readonly ViolationDesk _desk;
    private readonly EnforcementOffice _office;
    private readonly ActJournal _journal;
    private readonly ViolationOutlet _outlet;
    private readonly ActRecorder _recorder;
    private readonly Func<Footage?> _footage;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _hurry = new();
    private readonly CancellationTokenSource _leave = new();
    private readonly Task _recording;
    private readonly Task _publishing;

    /// <param name="desk">Publishes; disposed here.</param>
    /// <param name="office">The journal, and where violations go.</param>
    /// <param name="footage">The camera's ring; null where there is none.</param>
    /// <param name="logger">For acts that failed.</param>
    public ViolationQueue(ViolationDesk desk, EnforcementOffice office, Func<Footage?> footage, ILogger logger)
    {
        (_desk, _office, _footage, _logger) = (desk, office, footage, logger);
        (_journal, _outlet) = (office.Journal!, office.Outlet!);
        _recorder = new ActRecorder(desk.Camera, _journal, footage, office.ActsInTrouble, logger);
        desk.Kept = id =>
        {
            if (_open.TryGetValue(id, out var one)) ViolationMetrics.Kept(desk.Camera, Stopwatch.GetElapsedTime(one.RaisedAt));
        };
        desk.IsBehind = () => _waiting.Reader.Count >= BehindFrom;
        // Named before any act of this run is written: those come by the channel.
        var left = _journal.Of(desk.Camera);
        _recording = Task.Run(RecordAsync);
        _publishing = Task.Run(() => PublishAllAsync(left));
    }

    /// <summary>Takes an act as a rule raises it, and names it. On the camera's thread; never waits.</summary>
    public Ulid Raise(Vision.Analytics.Rules.ActSuspected act, bool tampered)
    {
        var id = _desk.IdOf(act);
        _told.Writer.TryWrite((new SettledAct(id, act, null, null), tampered, false, Stopwatch.GetTimestamp()));
        return id;
    }

    /// <summary>Takes an act that was raised, complete. On the camera's thread; never waits.</summary>
    public void Settle(SettledAct act, bool tampered) => _told.Writer.TryWrite((act, tampered, true, Stopwatch.GetTimestamp()));

    /// <summary>Nothing more comes: what is under way is in the journal, with the pictures that there are, when this ends. Before the ring goes.</summary>
    public async Task SecureAsync()
    {
        _told.Writer.TryComplete();
        await _hurry.CancelAsync();
        await _recording;
        foreach (var one in _open.Values) await one.Copying;
    }

    /// <summary>Publishes what can be published in time and leaves the rest to the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await SecureAsync();
        _leave.CancelAfter(LongestStop);
        await _publishing;
        _desk.Dispose();
        _recorder.Dispose();
        _hurry.Dispose();
        _leave.Dispose();
    }

    private async Task RecordAsync()
    {
        await foreach (var (act, tampered, isSettled, toldAt) in _told.Reader.ReadAllAsync())
        {
            try
            {
                if (isSettled) Complete(act, tampered, toldAt);
                else Begin(act, tampered, toldAt);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                LogFailed(_logger, fault, act.Act.RuleId); // one act that fails must not end the taking of the next
            }
        }

        _waiting.Writer.TryComplete();
    }

    private void Begin(SettledAct raised, bool tampered, long raisedAt)
    {
        if (_desk.Describe(raised, tampered) is not { } act) return;
        var isKept = _recorder.Put(act);
        if (isKept) ViolationMetrics.Journaled(_desk.Camera, Stopwatch.GetElapsedTime(raisedAt));
        _open[raised.Id] = new Recorded(act, raisedAt, isKept, isKept ? Task.Run(() => _recorder.CopyAsync(act, _hurry.Token)) : Task.CompletedTask);
    }

    private void Complete(SettledAct settled, bool tampered, long settledAt)
    {
        var begun = _open.GetValueOrDefault(settled.Id);
        if (_desk.Describe(settled, tampered, begun?.Act.Facts.Clock) is not { } act)
        {
            _open.TryRemove(settled.Id, out _);
            if (begun is { IsKept: true }) Forget(begun.Act.Id);
            return;
        }

        if (begun is { IsKept: true }) _recorder.Put(act);
        var recorded = begun is null ? new Recorded(act, settledAt, false, Task.CompletedTask) : begun with { Act = act };
        if (_waiting.Writer.TryWrite(recorded)) return;
        LogFull(_logger, act.Act.RuleId);
        _ = Task.Run(() => PublishAsync(recorded, withPictures: false));
    }

    private async Task PublishAllAsync(IReadOnlyList<string> left)
    {
        foreach (var id in left)
        {
            if (!_leave.IsCancellationRequested) await PublishLeftAsync(id);
        }

        await foreach (var recorded in _waiting.Reader.ReadAllAsync()) await PublishAsync(recorded, withPictures: true);
    }

    private async Task PublishAsync(Recorded recorded, bool withPictures)
    {
        var act = recorded.Act;
        try
        {
            await recorded.Copying;
            // What the journal holds need not go out halved.
            if (recorded.IsKept && _leave.IsCancellationRequested) return;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_leave.Token);
            limit.CancelAfter(LongestAct);
            using var copy = withPictures && recorded.IsKept ? CopyOf(act.Id) : null;
            await _desk.PublishAsync(act, withPictures ? copy ?? _footage() : null, isPublished: false, limit.Token, recorded.IsKept ? _leave.Token : CancellationToken.None);
            Forget(act.Id);
        }
        catch (OperationCanceledException) when (_leave.IsCancellationRequested)
        {
            // the next start goes on
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogFailed(_logger, fault, act.Act.RuleId); // one act that fails must not end the publishing of the next
        }
        finally
        {
            _open.TryRemove(Ulid.Parse(act.Id, System.Globalization.CultureInfo.InvariantCulture), out _);
        }
    }

    /// <summary>An act of an earlier start: its pictures are the journal's, or there are none.</summary>
    private async Task PublishLeftAsync(string id)
    {
        try
        {
            var tries = _journal.BeginTry(id);
            if (_journal.Read(id) is not { } record) return;
            var act = JournaledAct.Of(record);
            if (tries >= 2 * MostTries)
            {
                SetAside(id, new TwoLanguages($"đã thử {tries} lần không được", $"it was tried {tries} times"));
                return;
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_leave.Token);
            limit.CancelAfter(LongestAct);
            using var copy = tries < MostTries ? CopyOf(id) : null;
            await _desk.PublishAsync(act, copy, _outlet.WasPublished(id), limit.Token, _leave.Token);
            Forget(id);
            LogTakenUp(_logger, _desk.Camera, id);
        }
        catch (OperationCanceledException) when (_leave.IsCancellationRequested)
        {
            _journal.EndTry(id); // a stop is no failure; the next start goes on
        }
        catch (Exception fault) when (fault is JsonException or InvalidDataException or Sync.Storage.StorageSealException or FormatException or NotSupportedException or ArgumentException)
        {
            SetAside(id, new TwoLanguages(CauseInVietnamese.Of(fault), fault.Message));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogFailed(_logger, fault, id); // stays in the journal
        }
    }

    /// <summary>The pictures that the journal keeps of an act; null where it has none.</summary>
    private FileFootage? CopyOf(string id)
    {
        try
        {
            var stretches = _journal.Stretches(id);
            if (stretches.Count == 0) return null;
            return FileFootage.OfCopies([.. stretches.Select(one => ((Stream)new MemoryStream(one.Stream, writable: false), StretchTimes.Of(one.Times)))], Path.Combine(_office.WorkFolder, id));
        }
        catch (Exception fault) when (fault is FootageException or InvalidDataException or IOException or UnauthorizedAccessException or SqliteException)
        {
            LogNoCopy(_logger, id, fault.Message);
            return null;
        }
    }

    private void Forget(string id)
    {
        _journal.Remove(id);
        _outlet.Forget(id);
    }

    private void SetAside(string id, TwoLanguages why)
    {
        LogDamaged(_logger, id, why.En);
        _office.ActsInTrouble(DamagedKey, AlertKind.Database, new TwoLanguages(
            $"Hành vi nghi vấn {id} trong sổ tạm (acts.db) không đọc hoặc không đóng gói được và đã để riêng 30 ngày: {why.Vi}. Các hành vi khác vẫn tiếp tục.",
            $"The suspected act {id} of the journal (acts.db) cannot be read or packed and was set aside for 30 days: {why.En}. All other acts go on."));
        try
        {
            _journal.SetAside(id, why.En);
        }
        catch (SqliteException fault)
        {
            LogFailed(_logger, fault, id);
        }
    }

    /// <summary>An act of this run.</summary>
    /// <param name="Act">As far as it is known.</param>
    /// <param name="RaisedAt">When the rule raised it (<see cref="Stopwatch"/>).</param>
    /// <param name="IsKept">False: the journal could not take it.</param>
    /// <param name="Copying">Ends when its pictures are in the journal, as far as they come.</param>
    private sealed record Recorded(JournaledAct Act, long RaisedAt, bool IsKept, Task Copying);

    [LoggerMessage(251, LogLevel.Warning, "Rule {Rule}: too many acts wait for their pictures; this one is published without")]
    private static partial void LogFull(ILogger logger, string rule);

    [LoggerMessage(252, LogLevel.Error, "Rule {Rule}: an act could not be published")]
    private static partial void LogFailed(ILogger logger, Exception fault, string rule);

    [LoggerMessage(253, LogLevel.Error, "The suspected act {Id} cannot be taken up and was set aside: {Reason}")]
    private static partial void LogDamaged(ILogger logger, string id, string reason);

    [LoggerMessage(254, LogLevel.Warning, "The copied pictures of the act {Id} cannot be used: {Reason}")]
    private static partial void LogNoCopy(ILogger logger, string id, string reason);

    [LoggerMessage(257, LogLevel.Information, "Camera {Camera}: the act {Id}, which was left unpublished, is published")]
    private static partial void LogTakenUp(ILogger logger, string camera, string id);
}
