using EdgeGateway.Configuration;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Gates;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Preprocess;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Cameras;

/// <summary>What became of a frame.</summary>
internal enum FrameOutcome
{
    /// <summary>The model looked at it.</summary>
    Analysed,

    /// <summary>Nothing had moved: only the cheap difference was made. It counts as watched.</summary>
    Gated,
}

/// <summary>
/// What one camera does with a frame, in order, for one frame size: motion gate, detection, tracking, plates, analytics.
/// All memory is made here once; a frame without an event allocates nothing. Used from the camera's own thread.
/// A frame goes the same way in <c>run</c> and in <c>replay</c>.
/// </summary>
internal sealed class CameraStages : IDisposable
{
    private readonly DetectorLane _detector;
    private readonly MotionGate? _gate;
    private readonly ByteTracker _tracker;
    private readonly PlateChain? _plates;
    private readonly IFrameAnalytic[] _analytics;
    private readonly RuleWatch _rules;
    private readonly GateWatch[] _gates;
    private readonly Dictionary<string, CropRiderLook> _riderLooks = new(StringComparer.Ordinal);
    private readonly PictureMask[] _masks;
    private readonly DetectionBuffer _seen = new(TrackerOptions.DefaultCapacity);
    private readonly DetectionBuffer _unmasked = new(TrackerOptions.DefaultCapacity);
    private readonly AppearanceBuffer _looks = new(TrackerOptions.DefaultCapacity);
    private readonly TrackBuffer _tracks = new();
    private readonly RiderWatch? _riders;
    private readonly float _lowScore;

    /// <param name="camera">The checked configuration.</param>
    /// <param name="models">Shared by all cameras.</param>
    /// <param name="width">Width of the frames, pixels.</param>
    /// <param name="height">Height of the frames, pixels.</param>
    /// <param name="zone">Local time, for the hours of rules.</param>
    /// <param name="defaultModel">The detector for cameras that name none; null for the catalogue's first.</param>
    /// <param name="lastTrack">The last track's number of the stages before, of another size of picture.</param>
    /// <exception cref="ModelException">A model that the camera names is absent or not what models.json says.</exception>
    public CameraStages(CameraModel camera, SharedModels models, int width, int height, TimeZoneInfo zone, string? defaultModel = null, TrackId lastTrack = default)
    {
        Width = width;
        Height = height;
        var detector = models.Detector(camera.Config.Model ?? defaultModel);
        ModelLabel = new KeyValuePair<string, object?>("model", detector.Model.Manifest.Name);
        var options = TrackerFor(detector.Model.Manifest, camera.Config.MinScore);
        _lowScore = options.LowScore;
        _tracker = new ByteTracker(options, lastTrack);
        _gate = camera.Config.MotionGate ? new MotionGate(new MotionGateOptions { LongestPause = TimeSpan.FromSeconds(1) }) : null;
        _riders = CountsRidersAsPeople(camera) ? null : new RiderWatch();
        _masks = [.. camera.MasksFor(width, height)];
        _analytics =
        [
            new LineCrossing(camera.LinesFor(width, height)),
            new ZoneOccupancy(camera.ZonesFor(width, height)),
        ];
        // Rules are made anew after a suspension; the model that looks at riders stays.
        _rules = new RuleWatch(camera, width, height, zone, name => RiderLook(name, camera.Id, models));
        _detector = detector.OpenFor(camera.Id, width, height);
        try
        {
            _plates = camera.Plates.Enabled ? PlatesOf(camera, models) : null;
            _gates = _plates is null ? [] : RuleModels.GatesOf(camera, width, height, _plates);
        }
        catch
        {
            Dispose(); // the detector's memory and its turn would stay taken
            throw;
        }
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The lights of this camera.</summary>
    public SignalBoard Signals => _rules.Board;

    /// <summary>True while rules must not look: the view is not the one they were drawn for. Set on the camera's thread.</summary>
    public bool RulesSuspended { get => _rules.IsSuspended; set => _rules.IsSuspended = value; }

    /// <summary>The gates that this camera watches, in the order of its rules.</summary>
    public IReadOnlyList<GateWatch> Gates => _gates;

    /// <summary>Where plates are looked for beside a small stream; null: in the analysed frame itself.</summary>
    public MainStream? Main { get; init; }

    /// <summary>CPU time by stage.</summary>
    public StageClock Clock { get; } = new();

    /// <summary>The detector's name as a label of measurements, made once.</summary>
    public KeyValuePair<string, object?> ModelLabel { get; }

    /// <summary>How long the last detection took, step by step.</summary>
    public DetectionTiming LastDetection => _detector.LastTiming;

    /// <summary>The confirmed tracks of the last analysed frame.</summary>
    public ReadOnlySpan<Track> Tracks => _tracks.Items;

    /// <summary>The detections of the last analysed frame that no mask covers.</summary>
    public ReadOnlySpan<Detection> Detections => _unmasked.Items;

    /// <summary>What is known of a vehicle's plate so far; null when nothing two looks agree on. On the camera's thread.</summary>
    public PlateReading? PlateOf(TrackId track) => _plates?.ReadingOf(track);

    /// <summary>Looks at one frame.</summary>
    /// <param name="frame">Of this object's size; held by the caller.</param>
    /// <param name="found">Where observations are added.</param>
    /// <param name="ended">Where the tracks that ended are added.</param>
    public FrameOutcome Look(Frame frame, List<Observation> found, List<TrackId> ended)
    {
        Clock.Begin();

        // 0. Lights change while nothing moves.
        _rules.ReadSignals(frame);

        // 1. A still scene costs a difference and nothing else.
        var open = _gate is null || _gate.ShouldAnalyse(frame, AnythingMoves() || IsDeciding());
        Clock.End(Stage.Gate);
        if (!open) return FrameOutcome.Gated;

        // 2. What is where? Weak detections too: the tracker uses them to keep what it knows.
        _detector.Detect(frame, _lowScore, _seen);
        DropMasked();
        Clock.End(Stage.Detect);

        // 3. Which of them is who?
        _tracker.Update(_unmasked.Items, _looks.Look(frame, _unmasked.Items), frame.Time, _tracks);
        Clock.End(Stage.Track);

        try
        {
            // 4. Plates of the vehicles that still want one.
            ReadPlates(frame, found);
            Clock.End(Stage.Plates);

            // 5. Lines and zones, where a rider does not count beside his machine; rules, gates.
            var counted = _riders is null ? _tracks.Items : _riders.Mark(_tracks.Items, frame.Time);
            foreach (var analytic in _analytics) analytic.Look(counted, frame.Time, found);
            _rules.Look(frame, _tracks.Items, found);
            if (!_rules.IsSuspended)
            {
                foreach (var gate in _gates) gate.Look(_tracks.Items, frame.Time, found);
            }
        }
        finally
        {
            // 6. Every memory of a track ends with it, also in a frame that fails: the tracker says it once.
            ForgetEnded(found, ended);
        }

        Clock.End(Stage.Analytics);
        return FrameOutcome.Analysed;
    }

    private void ForgetEnded(List<Observation> found, List<TrackId> ended)
    {
        foreach (var gone in _tracker.Ended)
        {
            ended.Add(gone);
            foreach (var analytic in _analytics) analytic.Forget(gone);
            _rules.Forget(gone);
            _riders?.Forget(gone);
            foreach (var gate in _gates) gate.Forget(gone);
            _plates?.Forget(gone, found);
        }
    }

    /// <summary>The number of the last track that began.</summary>
    public TrackId LastTrack => _tracker.Last;

    /// <summary>Pictures of another size come: what is still open is decided, and every track ends.</summary>
    public void End(List<Observation> found, List<TrackId> ended)
    {
        Finish(found);
        _tracker.EndAll();
        ended.AddRange(_tracker.Ended);
    }

    /// <summary>The source has ended: what is still open is decided now.</summary>
    public void Finish(List<Observation> found)
    {
        foreach (var analytic in _analytics) analytic.Finish(found);
        _rules.Finish(found);
        _plates?.Finish(found);
    }

    public void Dispose()
    {
        _plates?.Dispose();
        _detector.Dispose();
        foreach (var look in _riderLooks.Values) look.Dispose();
    }

    private void ReadPlates(Frame frame, List<Observation> found)
    {
        if (_plates is null) return;
        if (Main is null)
        {
            _plates.Read(frame, _tracks.Items, found);
            return;
        }

        using var full = Main.NearestTo(frame.Time);
        _plates.Read(frame, full, _tracks.Items, found);
    }

    private CropRiderLook RiderLook(string model, string cameraId, SharedModels models)
    {
        if (!_riderLooks.TryGetValue(model, out var look)) _riderLooks[model] = look = new CropRiderLook(new CropDetector(models.Detector(model), cameraId));
        return look;
    }

    /// <summary>
    /// The tracker's thresholds follow the model's: what one network calls 0.5 another calls 0.3. Far below the model's own threshold there
    /// is background: a track fed with it would live on after its object has left.
    /// </summary>
    internal static TrackerOptions TrackerFor(ModelManifest manifest, double? minScore)
    {
        var high = (float)(minScore ?? manifest.ScoreThreshold);
        // Here looks are known: what fits poorly by place and shape is sooner somebody else than with boxes alone.
        return new TrackerOptions
        {
            HighScore = high,
            // What an installer names is what begins a track; three doubtful looks or two sure ones confirm it, whatever the model calls sure.
            BirthScore = minScore is null ? Math.Min(0.95f, high * 1.2f) : high,
            ConfirmEvidence = Math.Min(1.2f, 3 * high),
            LowScore = 0.6f * high,
            FirstLimit = 0.8f,
        };
    }

    /// <summary>
    /// Where a camera counts people and no two-wheelers, one who rides in is a visitor like the others: he is counted once, as a person.
    /// There a walker whom the model takes for a motorcycle as well, as it does from far above, is not missed either.
    /// </summary>
    private static bool CountsRidersAsPeople(CameraModel camera) =>
        camera.Counters.Any(counter => counter.Classes.Contains(ObjectClass.Person))
        && !camera.Counters.Any(counter => counter.Classes.Contains(ObjectClass.Motorcycle) || counter.Classes.Contains(ObjectClass.Bicycle));

    private static PlateChain PlatesOf(CameraModel camera, SharedModels models)
    {
        var detector = new PlateDetector(models.Open(models.PlateDetectorName), models.Turns, camera.Id);
        try
        {
            return new PlateChain(detector, new PlateReader(models.Open(models.PlateReaderName), models.Turns, camera.Id), new PlateChainOptions { SayWhenSettled = true });
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }

    // A vehicle that stands before a gate with its plate half read must not wait for something to move.
    private bool IsDeciding()
    {
        foreach (var gate in _gates)
        {
            if (gate.IsDeciding) return true;
        }

        return false;
    }

    private bool AnythingMoves()
    {
        foreach (ref readonly var track in _tracks.Items)
        {
            var speed = MathF.Abs(track.VelocityX) + MathF.Abs(track.VelocityY);
            if (speed > 0.1f * track.Box.Height) return true;
        }

        return false;
    }

    private void DropMasked()
    {
        _unmasked.Clear();
        foreach (ref readonly var detection in _seen.Items)
        {
            if (!IsMasked(detection)) _unmasked.TryAdd(detection);
        }
    }

    private bool IsMasked(in Detection detection)
    {
        foreach (var mask in _masks)
        {
            if (mask.Hides(detection)) return true;
        }

        return false;
    }
}
