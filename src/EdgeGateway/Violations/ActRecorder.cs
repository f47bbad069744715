using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Violations;

/// <summary>
/// Writes the acts of one camera into the journal: the act itself at once, its pictures as far as they have come, and the whole stretch when its end was
/// seen. The journal has a copy of the pictures, so the ring may forget its own. Off the camera's thread.
/// </summary>
/// <param name="camera">Whose acts.</param>
/// <param name="journal">Where they are kept.</param>
/// <param name="footage">The camera's ring; null where there is none.</param>
/// <param name="trouble">Key and kind of an alert and its words; null words: it is over.</param>
/// <param name="logger">For what could not be written.</param>
internal sealed partial class ActRecorder(string camera, ActJournal journal, Func<Footage?> footage, Action<string, AlertKind, TwoLanguages?> trouble, ILogger logger) : IDisposable
{
    /// <summary>The alert's key while the journal cannot be written.</summary>
    public const string DiskKey = "acts-journal";

    /// <summary>The alert's key when acts lost their pictures or found no room; stands for a day after the last of them.</summary>
    public const string ShedKey = "acts-shed";

    /// <summary>The part that the clip is cut from; those of older stills follow, the oldest last.</summary>
    private const int Clip = 0;

    // A picture reaches the ring some tenths of a second after it was seen, and the act shall be safe within two.
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WholePatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Around = TimeSpan.FromSeconds(0.5);

    // Stretches that begin at a key frame each may overlap when they are closer than that.
    private static readonly TimeSpan Near = TimeSpan.FromSeconds(4);

    // A stretch is in memory while it is copied: one at a time.
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Writes an act, or what has become known of it. False, told, when it could not be written.</summary>
    public bool Put(JournaledAct act)
    {
        try
        {
            if (journal.Put(act.ToWaiting())) return true;
            TellShed($"đã có {journal.MostActs} hành vi chờ đóng gói", $"{journal.MostActs} acts wait to be packed already");
        }
        catch (SqliteException fault)
        {
            Failed(fault);
        }

        return false;
    }

    /// <summary>Copies the pictures of an act: those that are there, then all. Ends early, with those that have come, when there is hurry.</summary>
    public async Task CopyAsync(JournaledAct act, CancellationToken hurry)
    {
        if (footage() is not { } ring) return;
        var (from, to) = ClipCutter.StretchOf(act.Act.From, act.Act.To);
        var older = new List<(FrameTime From, FrameTime To)>();
        foreach (var moment in act.Act.Moments.Count == 0 ? [] : ActPictures.MomentsOf(act.Act).Reverse())
        {
            var (earliest, latest) = (Moved(moment.Time, -Around), Moved(moment.Time, Around));
            var next = older.Count == 0 ? from : older[^1].From;
            if (latest.Elapsed + Near < next.Elapsed) older.Add((earliest, latest));
            else if (earliest.Elapsed >= next.Elapsed) continue;
            else if (older.Count == 0) from = earliest;
            else older[^1] = (earliest, older[^1].To);
        }

        await CopyAsync(act, ring, Clip, from, act.Act.To, FirstPatience, hurry);
        for (var i = 0; i < older.Count; i++) await CopyAsync(act, ring, Clip + 1 + i, older[i].From, older[i].To, TimeSpan.Zero, hurry);
        await CopyAsync(act, ring, Clip, from, to, WholePatience, hurry);
    }

    public void Dispose() => _turn.Dispose();

    private async Task CopyAsync(JournaledAct act, Footage ring, int part, FrameTime from, FrameTime to, TimeSpan patience, CancellationToken hurry)
    {
        try
        {
            await ring.WaitForAsync(to, patience, hurry);
        }
        catch (OperationCanceledException)
        {
            // what is there is copied
        }

        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            using var copy = new MemoryStream();
            var times = await ring.CopyAsync(from, to, copy, CancellationToken.None);
            var lost = journal.PutStretch(act.Id, part, new KeptStretch(StretchTimes.ToBytes(times), copy.ToArray()));
            trouble(DiskKey, AlertKind.Disk, null);
            if (lost > 0) TellShed($"đã bỏ hình của {lost} hành vi cũ nhất chưa đóng gói", $"the pictures of the {lost} oldest unpacked acts were given up");
        }
        catch (FootageException)
        {
            // Whoever packs finds none and says so.
        }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException)
        {
            Failed(fault);
        }
        finally
        {
            _turn.Release();
        }
    }

    private void TellShed(string vi, string en)
    {
        LogShed(logger, camera, en);
        trouble(ShedKey, AlertKind.Shed, new TwoLanguages(
            $"Sổ tạm hành vi nghi vấn (acts.db) đầy: {vi}. Kiểm tra xem ổ đĩa và CPU có quá tải không.",
            $"The journal of suspected acts (acts.db) is full: {en}. Look whether disk or processor are overloaded."));
    }

    private void Failed(Exception fault)
    {
        LogFailed(logger, camera, fault.Message);
        trouble(DiskKey, AlertKind.Disk, new TwoLanguages(
            $"Không ghi được sổ tạm hành vi nghi vấn (acts.db): {CauseInVietnamese.Of(fault)}. Mất điện lúc này sẽ mất hành vi chưa đóng gói. Kiểm tra ổ đĩa.",
            $"The journal of suspected acts (acts.db) cannot be written: {fault.Message} A power cut now costs acts that are not packed yet. Look at the disk."));
    }

    private static FrameTime Moved(FrameTime time, TimeSpan by) => new(time.Elapsed + by, time.Utc + by);

    [LoggerMessage(255, LogLevel.Error, "Camera {Camera}: the journal of acts cannot be written. {Reason}")]
    private static partial void LogFailed(ILogger logger, string camera, string reason);

    [LoggerMessage(256, LogLevel.Warning, "Camera {Camera}: the journal of acts is full: {Reason}")]
    private static partial void LogShed(ILogger logger, string camera, string reason);
}
