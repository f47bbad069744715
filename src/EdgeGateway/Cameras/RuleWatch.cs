using EdgeGateway.Configuration;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Cameras;

/// <summary>
/// The rules of one camera for one frame size, with the lights they ask. While the camera's view is not the one that the installer drew
/// in, rules see nothing and their memories end; the lights are read all the same. On the camera's thread.
/// </summary>
internal sealed class RuleWatch
{
    private readonly SignalReader _signals;
    private readonly Func<IFrameAnalytic[]> _make;
    private IFrameAnalytic[] _rules;
    private IPixelAnalytic[] _pixelRules;
    private readonly List<OrderAlert> _over = [];
    private bool _isSuspended;

    public RuleWatch(CameraModel camera, int widthPx, int heightPx, TimeZoneInfo zone, Func<string, IRiderLook?>? riders)
    {
        var lights = RuleModels.SignalsOf(camera, widthPx, heightPx);
        Board = new SignalBoard(lights);
        _signals = new SignalReader(lights, Board);
        _make = () => RuleModels.Of(camera, widthPx, heightPx, Board, zone, riders);
        _rules = _make();
        _pixelRules = [.. _rules.OfType<IPixelAnalytic>()];
    }

    /// <summary>What the lights show and showed.</summary>
    public SignalBoard Board { get; }

    /// <summary>True while the camera's view is not the one that lines and zones were drawn in.</summary>
    public bool IsSuspended
    {
        get => _isSuspended;
        set
        {
            if (value == _isSuspended) return;
            _isSuspended = value;
            // A crowd that nobody watches any more is told to be over; acts under way are dropped.
            var left = new List<Observation>();
            foreach (var rule in _rules) rule.Finish(left);
            _over.AddRange(left.OfType<OrderAlert>());
            _rules = _make(); // nothing seen before or during may count after
            _pixelRules = [.. _rules.OfType<IPixelAnalytic>()];
        }
    }

    /// <summary>Every frame, those of a still scene too: a light changes while nothing moves.</summary>
    public void ReadSignals(Frame frame) => _signals.Read(frame);

    /// <summary>Lets every rule look at the tracks of one frame.</summary>
    public void Look(Frame frame, ReadOnlySpan<Track> tracks, List<Observation> found)
    {
        TellOver(found);
        if (_isSuspended) return;
        foreach (var rule in _pixelRules) rule.Show(frame);
        foreach (var rule in _rules) rule.Look(tracks, frame.Time, found);
    }

    /// <summary>A track has ended.</summary>
    public void Forget(TrackId gone)
    {
        foreach (var rule in _rules) rule.Forget(gone);
    }

    /// <summary>The source has ended.</summary>
    public void Finish(List<Observation> found)
    {
        TellOver(found);
        if (_isSuspended) return;
        foreach (var rule in _rules) rule.Finish(found);
    }

    private void TellOver(List<Observation> found)
    {
        if (_over.Count == 0) return;
        found.AddRange(_over);
        _over.Clear();
    }
}
