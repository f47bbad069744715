using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A zone in which nobody should stay for long.</summary>
public sealed record LoiteringModel(string Id, Zone Zone, TimeSpan After) : RuleModel(Id, "loitering")
{
    /// <summary>Out of the zone or out of sight for this long ends a stay.</summary>
    public TimeSpan Absence { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// People who stay in a zone longer than a time. One alert while anybody does, cleared when the last one has left. Somebody who is lost and
/// found nearby goes on with the time that was; no stay of one person leaves this class.
/// </summary>
public sealed class Loitering : IFrameAnalytic
{
    private readonly LoiteringModel _model;
    private readonly ZoneArea _zone;
    private Stay[] _stays = new Stay[64];
    private int _count;
    private bool _isRaised;
    private FrameTime _raisedAt;
    private FrameTime _last;

    /// <exception cref="ArgumentException">The zone has fewer than three corners.</exception>
    public Loitering(LoiteringModel model)
    {
        _model = model;
        _zone = new ZoneArea(model.Zone);
    }

    /// <summary>Stays remembered now.</summary>
    internal int Remembered => _count;

    /// <inheritdoc/>
    public void Look(ReadOnlySpan<Track> tracks, FrameTime now, List<Observation> found)
    {
        _last = now;
        if (_model.Calendar.Holds(now.Utc))
        {
            foreach (ref readonly var track in tracks)
            {
                if (track.IsMatched && _model.Classes.Has(track.Class) && _zone.Holds(track.Anchor)) See(track, now);
            }
        }

        var (loiterers, longest) = (0, TimeSpan.Zero);
        for (var i = _count - 1; i >= 0; i--)
        {
            ref var stay = ref _stays[i];
            if (now.Elapsed - stay.LastSeen.Elapsed > _model.Absence)
            {
                _stays[i] = _stays[--_count];
                continue;
            }

            var time = stay.LastSeen.Elapsed - stay.Since.Elapsed;
            if (time < _model.After || stay.Hits < _model.MinHits) continue;
            loiterers++;
            if (time > longest) longest = time;
        }

        if (loiterers > 0 == _isRaised) return;
        _isRaised = loiterers > 0;
        if (_isRaised) _raisedAt = now;
        found.Add(Say(now, loiterers, _isRaised ? longest : now.Elapsed - _raisedAt.Elapsed));
    }

    /// <inheritdoc/>
    public void Forget(TrackId gone)
    {
        // A stay outlives its track by the allowed absence: the person may be found again under another number.
    }

    /// <inheritdoc/>
    public void Finish(List<Observation> found)
    {
        if (!_isRaised) return;
        _isRaised = false;
        found.Add(Say(_last, 0, _last.Elapsed - _raisedAt.Elapsed));
    }

    private void See(in Track track, FrameTime now)
    {
        var nearest = -1;
        for (var i = 0; i < _count; i++)
        {
            ref var stay = ref _stays[i];
            if (stay.Id == track.Id)
            {
                (stay.LastSeen, stay.Box) = (now, track.Box);
                stay.Hits++;
                return;
            }

            // Lost for a moment, and this one begins within two steps of there: the same person.
            var off = stay.Box.BottomCentre - track.Anchor;
            var reach = 0.8f * MathF.Max(stay.Box.Height, track.Box.Height);
            if (now.Elapsed - stay.LastSeen.Elapsed > TimeSpan.FromSeconds(0.3) && off.X * off.X + off.Y * off.Y < reach * reach) nearest = i;
        }

        if (nearest >= 0)
        {
            ref var stay = ref _stays[nearest];
            (stay.Id, stay.LastSeen, stay.Box) = (track.Id, now, track.Box);
            stay.Hits++;
            return;
        }

        if (_count == _stays.Length) Array.Resize(ref _stays, 2 * _count);
        _stays[_count++] = new Stay { Id = track.Id, Since = now, LastSeen = now, Box = track.Box, Hits = 1 };
    }

    private OrderAlert Say(FrameTime now, int count, TimeSpan time)
    {
        var reason = _isRaised
            ? new Said(FormattableString.Invariant($"{count} người lưu lại quá {_model.After.TotalSeconds:0} giây tại \"{_model.Zone.Id}\"."), FormattableString.Invariant($"{count} people have stayed in \"{_model.Zone.Id}\" for more than {_model.After.TotalSeconds:0} s."))
            : new Said($"Không còn ai lưu lại quá lâu tại \"{_model.Zone.Id}\".", $"Nobody stays too long in \"{_model.Zone.Id}\" any more.");
        return new OrderAlert(now, _model.Id, _model.Rule, _model.Zone.Id, _isRaised, count, time, reason);
    }

    private struct Stay
    {
        public TrackId Id;
        public FrameTime Since;
        public FrameTime LastSeen;
        public BoxPx Box;
        public int Hits;
    }
}
