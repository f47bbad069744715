using EdgeGateway.Configuration;
using EdgeGateway.Health;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Cameras;

/// <summary>What all cameras of a gateway share.</summary>
internal sealed record CameraSurroundings(
    GatewayModel Gateway, SharedModels Models, GatewayEvents Events, Delivery Delivery, byte[] PlateKey, AlertBook Alerts, ILoggerFactory Loggers, TimeProvider Time)
{
    /// <summary>Sees each frame after it was looked at; for the demo's picture and measurements. Null as a rule.</summary>
    public Action<string, Vision.Frames.Frame, CameraStages>? Inspect { get; init; }

    /// <summary>Sees each event as it is offered; for measurements. Null as a rule.</summary>
    public Action<GatewayEvent>? Offered { get; init; }
}

/// <summary>One camera that runs: its worker, counters and state, made and ended together.</summary>
internal sealed class RunningCamera : IDisposable
{
    private readonly CameraWorker _worker;
    private readonly CountBook _counts;
    private readonly CameraStateReporter _state;
    private readonly TimeProvider _time;

    public RunningCamera(CameraModel camera, CameraSurroundings around)
    {
        (Camera, _time) = (camera, around.Time);
        Meter = new CameraMeter(camera.Id);
        var logger = around.Loggers.CreateLogger("Camera");
        var pictures = camera.Plates.Pictures
            ? new PictureFolder(Path.Combine(around.Gateway.Storage.Folder, "pictures"), (long)around.Gateway.Storage.KeepFreeMb << 20, message => LogPicture(logger, message))
            : null;
        var events = new CameraEvents(around.Events, camera, around.PlateKey, pictures, item =>
        {
            around.Offered?.Invoke(item);
            around.Delivery.Offer(item);
        });
        _counts = new CountBook(camera, around.Gateway.TimeZone, events, around.Delivery);
        _state = new CameraStateReporter(camera.Id, events, Meter, around.Alerts, around.Delivery, around.Time);
        var stream = new CameraStream(CaptureOptionsOf.Live(camera, around.Gateway.Limits.FramesPerCamera), around.Time, logger);
        stream.StatusChanged += status =>
        {
            _counts.SetStreaming(status.State == StreamState.Streaming, around.Time.GetUtcNow());
            _state.Look(status, stream.Counters);
        };
        _worker = new CameraWorker(camera, around.Models, around.Gateway.TimeZone, around.Gateway.Models.Detector, stream, events, _counts, Meter, around.Time, logger)
        {
            Inspect = around.Inspect is { } inspect ? (frame, stages) => inspect(camera.Id, frame, stages) : null,
        };
        _worker.Broken += _state.Broken;
    }

    public CameraModel Camera { get; }

    public CameraMeter Meter { get; }

    public CameraStateReporter State => _state;

    public CaptureCounters Counters => _worker.Stream.Counters;

    public CameraStages? Stages => _worker.Stages;

    public void Start() => _worker.Start();

    /// <summary>Once a second: state, alerts, and intervals that end although no frame arrives.</summary>
    public void Tick(DateTimeOffset now)
    {
        _state.Look(_worker.Stream.Status, Counters);
        _counts.Advance(now);
    }

    /// <summary>Ends the camera: the last interval is published, the retained state says off.</summary>
    public void Dispose()
    {
        _worker.Dispose();
        _counts.Close(_time.GetUtcNow()); // a camera that broke has not closed them itself
        _state.Off();
    }

    private static void LogPicture(ILogger logger, string message) => GatewayLog.PictureNotKept(logger, message);
}
