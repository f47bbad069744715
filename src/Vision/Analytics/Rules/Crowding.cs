using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A zone in which so many people are a crowd.</summary>
public sealed record CrowdingModel(string Id, Zone Zone, int Count) : RuleModel(Id, "crowding")
{
    /// <summary>How long the crowd must last.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>It is over when fewer than this share of the number have been there for as long.</summary>
    public double ClearAt { get; init; } = 0.8;
}

/// <summary>
/// More people in a zone than a number, for a while: one alert when it begins and one when it is over. People who are hidden for a moment
/// still count: nobody is accused, and a crowd hides its own.
/// </summary>
public sealed class Crowding : IFrameAnalytic
{
    private readonly CrowdingModel _model;
    private readonly ZoneArea _zone;
    private FrameTime _since;
    private FrameTime _raisedAt;
    private FrameTime _last;
    private bool _turning;
    private bool _isRaised;

    /// <exception cref="ArgumentException">The zone has fewer than three corners, or the number is below 1.</exception>
    public Crowding(CrowdingModel model)
    {
        if (model.Count < 1) throw new ArgumentException($"Rule \"{model.Id}\": a crowd of {model.Count} is none.", nameof(model));
        _model = model;
        _zone = new ZoneArea(model.Zone);
    }

    /// <inheritdoc/>
    public void Look(ReadOnlySpan<Track> tracks, FrameTime now, List<Observation> found)
    {
        var count = 0;
        if (_model.Calendar.Holds(now.Utc))
        {
            foreach (ref readonly var track in tracks)
            {
                if (_model.Classes.Has(track.Class) && _zone.Holds(track.Anchor)) count++;
            }
        }

        // A stretch that points the other way must last; a single frame of it begins a new one.
        _last = now;
        var turns = _isRaised ? count < _model.Count * _model.ClearAt : count >= _model.Count;
        if (!turns)
        {
            _turning = false;
            return;
        }

        if (!_turning) (_turning, _since) = (true, now);
        if (now.Elapsed - _since.Elapsed < _model.After) return;
        _turning = false;
        _isRaised = !_isRaised;
        if (_isRaised) _raisedAt = _since;
        found.Add(Say(now, count));
    }

    /// <inheritdoc/>
    public void Forget(TrackId gone)
    {
    }

    /// <inheritdoc/>
    public void Finish(List<Observation> found)
    {
        if (!_isRaised) return;
        _isRaised = false;
        found.Add(Say(_last, 0));
    }

    private OrderAlert Say(FrameTime now, int count)
    {
        var lasted = now.Elapsed - _raisedAt.Elapsed;
        var reason = _isRaised
            ? new Said($"Tụ tập đông người tại \"{_model.Zone.Id}\": {count} người (ngưỡng {_model.Count}).", $"A crowd in \"{_model.Zone.Id}\": {count} people (limit {_model.Count}).")
            : new Said($"Hết tụ tập đông người tại \"{_model.Zone.Id}\": còn {count} người.", $"The crowd in \"{_model.Zone.Id}\" is over: {count} people left.");
        return new OrderAlert(now, _model.Id, _model.Rule, _model.Zone.Id, _isRaised, count, lasted, reason);
    }
}
