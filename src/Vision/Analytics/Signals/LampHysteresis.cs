using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Analytics.Signals;

/// <summary>
/// From what single frames show to a state. A new colour must hold for two frames and <see cref="Hold"/>; the change is dated back to its
/// first frame. LED lamps are dark between two half waves (50 or 100 Hz) and blink with the shutter: a dark frame between lit ones is no
/// change; dark for longer than <see cref="DarkLimit"/> is unknown.
/// </summary>
internal struct LampHysteresis
{
    public static readonly TimeSpan Hold = TimeSpan.FromSeconds(0.25);

    public static readonly TimeSpan DarkLimit = TimeSpan.FromSeconds(1);

    private LightState _candidate;
    private FrameTime _candidateSince;
    private int _candidateFrames;
    private FrameTime _lastLit;

    public LightState State { get; private set; }

    public FrameTime Since { get; private set; }

    /// <summary>One frame shows a colour, or nothing (<see cref="LightState.Unknown"/>).</summary>
    public void See(LightState shown, FrameTime now)
    {
        if (shown == LightState.Unknown)
        {
            if (State != LightState.Unknown && now.Elapsed - _lastLit.Elapsed > DarkLimit) Become(LightState.Unknown, _lastLit);
            return;
        }

        if (shown == State)
        {
            _lastLit = now;
            _candidateFrames = 0;
            return;
        }

        if (_candidateFrames == 0 || _candidate != shown)
        {
            (_candidate, _candidateSince, _candidateFrames) = (shown, now, 1);
            return;
        }

        _candidateFrames++;
        if (_candidateFrames < 2 || now.Elapsed - _candidateSince.Elapsed < Hold) return;
        Become(shown, _candidateSince);
        _lastLit = now;
    }

    private void Become(LightState state, FrameTime since)
    {
        State = state;
        Since = since;
        _candidateFrames = 0;
    }
}
