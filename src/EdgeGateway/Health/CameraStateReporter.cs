using EdgeGateway.Cameras;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Tamper;

namespace EdgeGateway.Health;

/// <summary>Frames a second; or frames, where they are counted.</summary>
internal readonly record struct CameraRates(double Received, double Watched, double Analysed, double Dropped)
{
    public CameraRates Since(CameraRates then, double seconds) => new(
        (Received - then.Received) / seconds, (Watched - then.Watched) / seconds, (Analysed - then.Analysed) / seconds, (Dropped - then.Dropped) / seconds);
}

/// <summary>
/// Says what a camera does: the retained state at every change and now and then with fresh figures, an alert when it has
/// been down for some seconds, cleared when it is back. Called once a second by the gateway and at each change of the stream.
/// </summary>
internal sealed class CameraStateReporter(string cameraId, CameraEvents events, CameraMeter meter, AlertBook alerts, Delivery delivery, TimeProvider time)
{
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AlertAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan InTimeAgain = TimeSpan.FromMinutes(10);

    /// <summary>Down again so soon after its alert was cleared it comes and goes: ...</summary>
    private static readonly TimeSpan DownAgain = TimeSpan.FromMinutes(5);

    /// <summary>... then the alert stays until the camera has streamed for so long, instead of two alerts each cycle.</summary>
    private static readonly TimeSpan SteadyAfter = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly string _alertKey = AlertKey(cameraId);
    private readonly string _behindKey = BehindKey(cameraId);
    private CameraCondition _condition = CameraCondition.Off;
    private string _reason = "";
    private string _cause = "";
    private DateTimeOffset _since = time.GetUtcNow();
    private long _sinceMs = Environment.TickCount64;
    private DateTimeOffset _published = DateTimeOffset.MinValue;
    private DateTimeOffset _rateFrom = time.GetUtcNow();
    private CameraRates _countedAtRate;
    private CameraRates _rates;
    private CameraCondition? _raisedAs;
    private DateTimeOffset? _clearedAt;
    private bool _comesAndGoes;
    // An earlier process may have left the alert raised, so the first minutes count as well.
    private DateTimeOffset? _behindAt = time.GetUtcNow();
    private Exception? _broken;
    private AlertKind _kind = AlertKind.Camera;
    private TamperKind? _tampered;
    private TwoLanguages? _viewWords;
    private bool _isOver;

    /// <summary>What the camera does now.</summary>
    public CameraCondition Condition { get { lock (_gate) return _condition; } }

    /// <summary>Since when, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long ConditionSinceMs { get { lock (_gate) return _sinceMs; } }

    /// <summary>Why, in words; empty while streaming.</summary>
    public string Reason { get { lock (_gate) return _reason; } }

    /// <summary>Frames a second, over the last seconds.</summary>
    public CameraRates Rates { get { lock (_gate) return _rates; } }

    /// <summary>The camera cannot go on; the state stays off with this fault's words.</summary>
    public void Broken(Exception fault)
    {
        lock (_gate) (_broken, _kind) = (fault, fault is ModelException ? AlertKind.Model : AlertKind.Camera);
    }

    /// <summary>What is known of the view has changed. On the camera's thread; told with the next look.</summary>
    public void View(TamperChange change)
    {
        lock (_gate)
        {
            _tampered = change.State switch
            {
                TamperState.Covered => TamperKind.Covered,
                TamperState.Moved => TamperKind.Moved,
                TamperState.Blurred => TamperKind.Blurred,
                _ => null,
            };
            _viewWords = new TwoLanguages(change.ReasonVi, change.ReasonEn);
        }
    }

    /// <summary>Looks at the stream and publishes what changed.</summary>
    public void Look(StreamStatus status, CaptureCounters counters)
    {
        lock (_gate)
        {
            // A stream that is off is not opened yet, or is being closed: of that Off tells, once.
            if (_isOver || (status.State == StreamState.Off && _broken is null)) return;
            var now = time.GetUtcNow();
            var condition = _broken is null ? ConditionOf(status.State) : CameraCondition.Off;
            if (condition == CameraCondition.Streaming && _tampered is not null) condition = CameraCondition.Tampered;
            var reason = _broken?.Message ?? (condition == CameraCondition.Tampered ? _viewWords!.En : status.Reason);
            _cause = _broken is not null ? BrokenInVietnamese(_broken) : condition == CameraCondition.Tampered ? _viewWords!.Vi : status.ReasonVi;
            Rate(now, counters);
            if (condition == CameraCondition.Off) _rates = default;
            var changed = condition != _condition || reason != _reason;
            if (condition != _condition) (_since, _sinceMs) = (now, Environment.TickCount64);
            (_condition, _reason) = (condition, reason);
            if (changed || now - _published >= RefreshEvery)
            {
                _published = now;
                var words = reason.Length == 0 ? null : new TwoLanguages(VietnameseOf(condition, _cause), reason);
                delivery.SetRetained(events.State(new CameraStateData(condition, condition == CameraCondition.Tampered ? _tampered : null, _rates.Watched, counters.Dropped, _since, words), now));
            }

            Alert(now);
            AlertBehind(status.State, now);
        }
    }

    /// <summary>The key of the alert about a camera that is down.</summary>
    public static string AlertKey(string cameraId) => $"camera-{cameraId}";

    /// <summary>The key of the alert of a camera that is looked at less often than asked.</summary>
    public static string BehindKey(string cameraId) => AlertKey(cameraId) + "-behind";

    /// <summary>True once the camera's thread has failed for good.</summary>
    public bool IsBroken
    {
        get { lock (_gate) return _broken is not null; }
    }

    /// <summary>The camera was taken out of the configuration or the gateway stops. An alert stays: nothing is mended by that.</summary>
    public void Off()
    {
        lock (_gate)
        {
            _isOver = true;
            // A film at its end and a camera that broke have said so already, and why.
            if (_condition == CameraCondition.Off && _published != DateTimeOffset.MinValue) return;
            var now = time.GetUtcNow();
            (_condition, _reason, _since, _rates) = (CameraCondition.Off, "", now, default);
            delivery.SetRetained(events.State(new CameraStateData(_condition, null, 0, 0, now, null), now));
        }
    }

    private static CameraCondition ConditionOf(StreamState state) => state switch
    {
        StreamState.Streaming => CameraCondition.Streaming,
        StreamState.Frozen => CameraCondition.Frozen,
        StreamState.Unauthorised => CameraCondition.Unauthorised,
        StreamState.Unsupported or StreamState.WrongSize => CameraCondition.Unsupported,
        StreamState.Ended or StreamState.Off => CameraCondition.Off,
        _ => CameraCondition.Reconnecting,
    };

    private void Rate(DateTimeOffset now, CaptureCounters counters)
    {
        var seconds = (now - _rateFrom).TotalSeconds;
        if (seconds is >= 0 and < 5) return;
        var counted = new CameraRates(counters.Received, meter.Watched, meter.Analysed, counters.Dropped);
        _rates = seconds > 0 ? counted.Since(_countedAtRate, seconds) : default; // a clock that stepped back begins anew
        (_countedAtRate, _rateFrom) = (counted, now);
    }

    private void Alert(DateTimeOffset now)
    {
        if (_condition == CameraCondition.Streaming)
        {
            if (_comesAndGoes && (now - _since).Duration() < SteadyAfter) return;
            alerts.Clear(_alertKey);
            if (_raisedAs is not null) _clearedAt = now;
            (_raisedAs, _comesAndGoes) = (null, false);
            return;
        }

        // A change of condition is news; another wording of the same condition is not. While the first attempt is on its way there is nothing to say yet.
        var isDue = _broken is not null || (_condition != CameraCondition.Off && _reason.Length > 0 && now - _since >= AlertAfter);
        if (!isDue || _raisedAs == _condition) return;
        _comesAndGoes |= _raisedAs is null && _clearedAt is { } cleared && now - cleared < DownAgain;
        _raisedAs = _condition;
        alerts.Raise(
            _alertKey, _kind, AlertSeverity.Warning,
            new TwoLanguages(VietnameseOf(_condition, _cause), EnglishOf(_condition, _reason)), events.Origin, _since);
    }

    // Each new connection mends it for seconds only, so the camera's own alert would come and go, or never come at all.
    private void AlertBehind(StreamState state, DateTimeOffset now)
    {
        if (state == StreamState.Behind)
        {
            // The text names the lag, which is another each time.
            alerts.Raise(
                _behindKey, AlertKind.Camera, AlertSeverity.Warning, new TwoLanguages($"Camera {cameraId}: {_cause}", $"Camera {cameraId}: {_reason}"), events.Origin,
                now, updateEvery: InTimeAgain);
            _behindAt = now;
        }
        else if (now - _behindAt > InTimeAgain)
        {
            alerts.Clear(_behindKey);
            _behindAt = null;
        }
    }

    private string EnglishOf(CameraCondition condition, string reason) => $"Camera {cameraId} is {EventWords.Of(condition)}. {reason}".TrimEnd();

    private string VietnameseOf(CameraCondition condition, string cause) => $"Camera {cameraId}: " + condition switch
    {
        CameraCondition.Frozen => "hình bị đứng.",
        CameraCondition.Unauthorised => "bị từ chối truy cập.",
        CameraCondition.Unsupported => "luồng hình không dùng được.",
        CameraCondition.Off => "đã dừng.",
        CameraCondition.Tampered => "góc nhìn không còn như lúc lắp đặt.",
        _ => "mất tín hiệu, đang kết nối lại.",
    } + (cause.Length == 0 ? "" : " " + cause);

    /// <summary>Why a camera cannot be looked at any more, as a sentence.</summary>
    public static string BrokenInVietnamese(Exception fault) => fault is ModelException
        ? "Mô hình nhận dạng không dùng được. Xem chi tiết: edgegateway validate"
        : $"Chương trình gặp lỗi ở camera này: {CauseInVietnamese.Of(fault)}. Xem nhật ký: journalctl -u edgegateway";
}
