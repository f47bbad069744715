using EdgeGateway.Configuration;
using EdgeGateway.Entry;
using EdgeGateway.Health;
using EdgeGateway.Sync.Events;
using EdgeGateway.Violations;
using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Cameras;

/// <summary>What one replay came to.</summary>
internal sealed record ReplaySummary(long Received, long Analysed, long Gated, long Failed, long Events, CameraMeter Meter, CameraStages? Stages)
{
    /// <summary>The file ended before its index said so: why, in words; null for a whole file.</summary>
    public string? CutOff { get; init; }
}

/// <summary>One recorded file through one camera's whole pipeline, as fast as it goes, no frame dropped, the same bytes each time.</summary>
internal static class Replay
{
    /// <summary>The key of plate hashes in a replay: no secret, but the same each time.</summary>
    private static readonly byte[] PlateKey = System.Security.Cryptography.SHA256.HashData("edgegateway replay"u8);

    /// <summary>The start of time where none is given.</summary>
    public static DateTimeOffset DefaultStart { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Runs the file to its end.</summary>
    /// <param name="site">Gateway id and time zone.</param>
    /// <param name="camera">The camera whose lines, zones and settings hold.</param>
    /// <param name="models">The models.</param>
    /// <param name="defaultModel">The detector for cameras that name none.</param>
    /// <param name="file">A video file.</param>
    /// <param name="start">UTC instant of the first frame.</param>
    /// <param name="offer">Takes the events, in order, on one thread.</param>
    /// <param name="logger">For changes of state.</param>
    /// <param name="pictures">Folder of passage pictures, or null.</param>
    /// <param name="office">For cameras with rules; null leaves acts unpublished.</param>
    /// <param name="entry">For cameras at gates; null leaves them undecided.</param>
    /// <param name="inspect">Sees each frame's stages after it was looked at; for pictures and measurements.</param>
    /// <param name="stop">Ends it before the file's end.</param>
    /// <exception cref="CameraBrokenException">The file cannot be read, or a model is wrong.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ReplaySummary Run(
        ReplaySite site, CameraModel camera, SharedModels models, string? defaultModel, string file, DateTimeOffset start,
        Action<GatewayEvent> offer, ILogger logger, PictureFolder? pictures = null, EnforcementOffice? office = null, EntryOffice? entry = null, Action<Vision.Frames.Frame, CameraStages>? inspect = null,
        CancellationToken stop = default)
    {
        var events = 0L;
        void Count(GatewayEvent item)
        {
            events++;
            offer(item);
        }

        Task Publish(GatewayEvent item, CancellationToken cancel)
        {
            Count(item);
            return Task.CompletedTask;
        }

        var options = CaptureOptionsOf.File(camera, file, start);
        var stream = new CameraStream(options, TimeProvider.System, logger);
        var stamp = new GatewayEvents(site.GatewayId, new ReplayEventIds());
        var cameraEvents = new CameraEvents(stamp, camera, PlateKey, pictures, Count) { AlwaysCrossings = true };
        var counts = new CountBook(camera, site.TimeZone, cameraEvents, delivery: null);
        var meter = new CameraMeter(camera.Id);
        string? broken = null;
        using var footage = office is null || !RuleModels.AreIn(camera) ? null : FileFootage.OpenAsync(file, start, CancellationToken.None).GetAwaiter().GetResult();
        using var desk = footage is null ? null : new ViolationDesk(
            camera, office!, stamp, cameraEvents.Origin,
            new ActPictures(camera, models, defaultModel, site.TimeZone, office!.Cutter, office.MakesExportClips, message => GatewayLog.EvidenceIncomplete(logger, camera.Id, message)), Publish, logger);
        // Between two frames: events keep their order, and the file waits.
        var acts = desk is null ? null : new PendingActs(camera.Plates.Enabled, desk.IdOf, act =>
        {
            if (desk.Describe(act, tampered: false) is { } described) desk.PublishAsync(described, footage, isPublished: false, CancellationToken.None, CancellationToken.None).GetAwaiter().GetResult();
        });
        using var gates = CameraEntry.Of(camera, entry, stamp, cameraEvents.Origin, Count);
        using var worker = new CameraWorker(camera, models, site.TimeZone, defaultModel, stream, cameraEvents, counts, meter, TimeProvider.System, logger) { Inspect = inspect, Acts = acts, Entry = gates };
        worker.Broken += fault => broken = fault.Message;
        worker.Start();
        using (stop.Register(worker.StopLooking)) worker.WaitForEnd(Timeout.InfiniteTimeSpan);
        stop.ThrowIfCancellationRequested();
        var status = stream.Status;
        if (broken is not null) throw new CameraBrokenException(broken);
        if (stream.Counters.Received == 0) throw new CameraBrokenException($"{file}: {status.Reason}");
        var summary = new ReplaySummary(stream.Counters.Received, meter.Analysed, meter.Gated, meter.FailedFrames, events, meter, worker.Stages);
        if (status.State == StreamState.Unsupported) return summary with { CutOff = status.Reason };
        // Half a file must not pass for a whole one.
        return status.State == StreamState.Ended ? summary : summary with { CutOff = $"{file} could be read for {stream.Counters.Received} frames only: {status.Reason} Cut it there and replay the pieces." };
    }
}

/// <summary>What of the gateway's configuration a replay needs.</summary>
internal sealed record ReplaySite(string GatewayId, TimeZoneInfo TimeZone);

/// <summary>A camera cannot go on; the message says why and what to do.</summary>
internal sealed class CameraBrokenException(string message) : Exception(message);
