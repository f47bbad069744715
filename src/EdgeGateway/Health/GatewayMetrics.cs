using System.Diagnostics.Metrics;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Figures;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Health;

/// <summary>
/// What Prometheus reads: names begin with <c>edgegateway_</c>, base units, no plate text and no track number as a label. Everything is
/// observed when asked for, so a frame's way pays nothing.
/// </summary>
internal sealed class GatewayMetrics : IDisposable
{
    public const string MeterName = "EdgeGateway";

    private static readonly Meter FrameMeter = new(MeterName);

    /// <summary>Time inside the network by model. Recorded on the cameras' threads; costs nothing while nobody listens.</summary>
    public static readonly Histogram<double> InferenceDuration = FrameMeter.CreateHistogram<double>(
        "edgegateway.inference.duration", unit: "s", description: "Time inside the network.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1] });

    private readonly Meter _meter = new(MeterName);

    private readonly Gateway _gateway;

    public GatewayMetrics(Gateway gateway)
    {
        _gateway = gateway;
        _meter.CreateObservableGauge("edgegateway.build_info", () => new Measurement<int>(1, Tag("version", Gateway.Version)));
        _meter.CreateObservableCounter("edgegateway.camera.frames", () => gateway.Cameras.SelectMany(Frames), description: "Frames by camera and by the last stage that they reached.");
        _meter.CreateObservableCounter("edgegateway.frames.dropped", () => gateway.Cameras.SelectMany(Dropped), description: "Frames that were not looked at, by reason.");
        _meter.CreateObservableCounter("edgegateway.camera.reconnects", () => gateway.Cameras.Select(c => new Measurement<long>(c.Counters.Reconnects, Camera(c))));
        _meter.CreateObservableCounter("edgegateway.camera.decode_errors", () => gateway.Cameras.Select(c => new Measurement<long>(c.Counters.DecodeErrors, Camera(c))));
        // The four numbers that dashboards of another system show, under our prefix.
        Rate("edgegateway.camera.fps", rates => rates.Received, "Frames that arrive in a second.");
        Rate("edgegateway.process.fps", rates => rates.Watched, "Frames looked at in a second, by the model or the motion gate.");
        Rate("edgegateway.detection.fps", rates => rates.Analysed, "Frames in a second that the model looked at.");
        Rate("edgegateway.skipped.fps", rates => rates.Dropped, "Frames in a second that gave way to a newer one.");
        _meter.CreateObservableGauge("edgegateway.gate.waiting", () => gateway.Cameras.SelectMany(Waiting), description: "Vehicles before a gate.");
        _meter.CreateObservableGauge("edgegateway.camera.state", () => gateway.Cameras.SelectMany(States), description: "1 for the state that the camera is in.");
        _meter.CreateObservableCounter("edgegateway.camera.inference.time", () => gateway.Cameras.Select(c => new Measurement<double>(c.Meter.Inference.TotalSeconds, Camera(c))), unit: "s");
        _meter.CreateObservableCounter("edgegateway.camera.stage.cpu", () => gateway.Cameras.SelectMany(Stages), unit: "s", description: "CPU time of the camera's thread by stage.");
        _meter.CreateObservableCounter("edgegateway.camera.busy.time", () => gateway.Cameras.Select(c => new Measurement<double>(c.Meter.Busy.TotalSeconds, Camera(c))), unit: "s", description: "Time from taking a frame to having looked at it: divided by the frames it is the delay of one.");
        _meter.CreateObservableCounter("edgegateway.crossings", () => gateway.Figures.Crossings.SelectMany(Crossings), description: "Crossings of lines by class and direction, none taken back.");
        _meter.CreateObservableGauge("edgegateway.occupancy.present", () => gateway.Figures.Present.Select(one => new Measurement<int>(one.Data.Present, Present(one))), description: "People present, by counter; without a camera: of the site.");
        _meter.CreateObservableGauge("edgegateway.occupancy.capacity", () => gateway.Figures.Present.Where(one => one.Data.Capacity is not null).Select(one => new Measurement<int>(one.Data.Capacity!.Value, Present(one))), description: "How many people may be present.");
        _meter.CreateObservableGauge("edgegateway.clock.synchronised", () => SystemClock.Look().Source == "ntp" ? 1 : 0, description: "1 while the clock follows a time service.");
        _meter.CreateObservableGauge("edgegateway.storage.free", () => FreeBytes(gateway.StorageFolder), unit: "By", description: "Free space of the storage folder's disk.");
        _meter.CreateObservableCounter("edgegateway.inference.turns", () => gateway.Models.Turns.Shares().Select(s => new Measurement<long>(s.Turns, Tag("camera", s.CameraId))));
        _meter.CreateObservableCounter("edgegateway.inference.wait", () => gateway.Models.Turns.Shares().Select(s => new Measurement<double>(s.Waited.TotalSeconds, Tag("camera", s.CameraId))), unit: "s");
    }

    public void Dispose() => _meter.Dispose();

    private void Rate(string name, Func<CameraRates, double> of, string description) => _meter.CreateObservableGauge(
        name, () => _gateway.Cameras.Select(c => new Measurement<double>(of(c.State.Rates), Camera(c))), description: description);

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);

    private static KeyValuePair<string, object?> Camera(RunningCamera camera) => Tag("camera", camera.Camera.Id);

    private static IEnumerable<Measurement<long>> Frames(RunningCamera camera) =>
    [
        new(camera.Counters.Received, Camera(camera), Tag("stage", "decoded")),
        new(camera.Meter.Analysed, Camera(camera), Tag("stage", "analysed")),
        new(camera.Meter.Gated, Camera(camera), Tag("stage", "gated")),
    ];

    private static IEnumerable<Measurement<long>> Crossings(KeyValuePair<CrossingKey, CrossingSum> one)
    {
        KeyValuePair<string, object?>[] Tags(string direction) => [Tag("camera", one.Key.Camera), Tag("line", one.Key.Line), Tag("class", EventWords.Of(one.Key.Kind)), Tag("direction", direction)];
        return [new(one.Value.In, Tags("in")), new(one.Value.Out, Tags("out"))];
    }

    private static KeyValuePair<string, object?>[] Present((string Camera, OccupancyData Data) one) => [Tag("camera", one.Camera), Tag("counter", one.Data.Counter)];

    private static IEnumerable<Measurement<long>> FreeBytes(string folder)
    {
        try { return [new(new DriveInfo(folder).AvailableFreeSpace)]; }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException) { return []; }
    }

    private static IEnumerable<Measurement<long>> Dropped(RunningCamera camera) =>
    [
        new(camera.Counters.Dropped, Camera(camera), Tag("reason", "newer")),
        new(camera.Meter.FailedFrames, Camera(camera), Tag("reason", "failed")),
    ];

    private static IEnumerable<Measurement<int>> Waiting(RunningCamera camera) =>
        camera.Stages is { } stages ? camera.Camera.Rules.OfType<PlateGateRule>().Zip(stages.Gates, (rule, gate) => new Measurement<int>(gate.Waiting, Camera(camera), Tag("gate", rule.Gate))) : [];

    private static IEnumerable<Measurement<int>> States(RunningCamera camera) =>
        Enum.GetValues<CameraCondition>().Select(state => new Measurement<int>(camera.State.Condition == state ? 1 : 0, Camera(camera), Tag("state", EventWords.Of(state))));

    private static IEnumerable<Measurement<double>> Stages(RunningCamera camera) =>
        camera.Stages is { } stages
            ? Enum.GetValues<Stage>().Select(stage => new Measurement<double>(stages.Clock.Of(stage).TotalSeconds, Camera(camera), Tag("stage", stage.ToString().ToLowerInvariant())))
            : [];
}
