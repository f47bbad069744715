using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Analytics.Signals;

/// <summary>
/// The lights of one camera and what they showed. Filled by <see cref="SignalReader"/> from the picture, or by
/// <see cref="Tell(string, LightState, DateTimeOffset)"/> from a controller's messages.
/// </summary>
public sealed class SignalBoard
{
    private readonly Dictionary<string, SignalTimeline> _lights = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private FrameTime _now;
    private bool _started;

    /// <exception cref="ArgumentException">Two lights have one id.</exception>
    public SignalBoard(IReadOnlyList<SignalModel> signals)
    {
        foreach (var signal in signals)
        {
            if (!_lights.TryAdd(signal.Id, new SignalTimeline(signal.Id, signal.MaxAge))) throw new ArgumentException($"Two signals are called \"{signal.Id}\".", nameof(signals));
        }
    }

    /// <summary>The ids of the lights.</summary>
    public IReadOnlyCollection<string> Ids => _lights.Keys;

    /// <summary>One light's history; null when the board has no such light.</summary>
    public SignalTimeline? Find(string id) => _lights.GetValueOrDefault(id);

    /// <summary>Time has come to this frame. Called once a frame: it ties a controller's clock to the frames' own.</summary>
    public void Advance(FrameTime now)
    {
        lock (_gate)
        {
            _now = now;
            _started = true;
        }
    }

    /// <summary>A controller has told a state.</summary>
    /// <param name="id">The light; an unknown one is ignored.</param>
    /// <param name="state">What it shows.</param>
    /// <param name="at">Since when, in UTC; an instant of the future is taken as now.</param>
    /// <returns>False when there is no such light or no frame has come yet.</returns>
    public bool Tell(string id, LightState state, DateTimeOffset at)
    {
        if (!_lights.TryGetValue(id, out var light)) return false;
        FrameTime now;
        lock (_gate)
        {
            if (!_started) return false;
            now = _now;
        }

        var ago = now.Utc - at;
        var since = ago > TimeSpan.Zero ? new FrameTime(now.Elapsed - ago, at) : now;
        light.TellByController(state, since, now);
        return true;
    }
}
