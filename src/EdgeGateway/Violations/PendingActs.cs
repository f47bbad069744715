using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Violations;

/// <summary>An act with what is known of the vehicle's plate when no more is to be waited for.</summary>
/// <param name="Id">The id of its violation, given when it was raised.</param>
/// <param name="Act">What the rule suspects.</param>
/// <param name="Plate">The plate; null when none was read.</param>
/// <param name="Picture">The plate in the very frame of its best look; null without a plate or when that look shows another text.</param>
internal sealed record SettledAct(Ulid Id, ActSuspected Act, PlateReading? Plate, PlatePicture? Picture);

/// <summary>
/// Acts of one camera that wait for their vehicle's plate: until it is settled, the vehicle has gone, or <see cref="LongestWait"/> of the
/// frames' own time. Decided by frames alone, so a replay decides the same. On the camera's thread.
/// A number that may have gone to another vehicle has no plate any more: one wrong owner costs more than ten plates not read.
/// </summary>
/// <param name="readsPlates">False: nothing is waited for.</param>
/// <param name="raise">Told of an act at once; gives it its id.</param>
/// <param name="settle">Takes an act that is complete.</param>
internal sealed class PendingActs(bool readsPlates, Func<ActSuspected, Ulid> raise, Action<SettledAct> settle)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly List<(Ulid Id, ActSuspected Act, FrameTime Since)> _waiting = [];
    private readonly Dictionary<TrackId, (PlateReading? Plate, PlatePicture? Picture)> _plates = [];
    private readonly HashSet<TrackId> _handedOn = [];

    /// <summary>False while an act waits: <see cref="Advance"/> is wanted then.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Takes what the camera observed; what is neither an act nor a plate is left alone.</summary>
    public void See(Observation observation, FrameTime now)
    {
        switch (observation)
        {
            case ActSuspected act:
                var id = raise(act);
                // What a standing vehicle showed from afar is no last word: looks go on when it drives.
                var isSettled = _handedOn.Contains(act.Track) || (_plates.TryGetValue(act.Track, out var known) && known.Plate is { IsDoubtful: false });
                if (readsPlates && !isSettled) _waiting.Add((id, act, now));
                else Settle(id, act);
                break;
            case PlateSettled plate:
                Know(plate.Track, plate.Plate, plate.Picture);
                break;
            case PassageRead { Plate: not null } passage:
                Know(passage.Track, passage.Plate, passage.Picture);
                break;
            case TrackHandedOn handed:
                SettleOf(handed.Track);
                _handedOn.Add(handed.Track);
                _plates[handed.Track] = default;
                break;
        }
    }

    /// <summary>Time has come to a frame: who has waited long enough is settled without a plate.</summary>
    public void Advance(FrameTime now)
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            if (now.Elapsed - _waiting[i].Since.Elapsed < LongestWait) continue;
            Settle(_waiting[i].Id, _waiting[i].Act);
            _waiting.RemoveAt(i--);
        }
    }

    /// <summary>A track has ended: nothing more will be read of it.</summary>
    public void Forget(TrackId gone)
    {
        SettleOf(gone);
        _plates.Remove(gone);
        _handedOn.Remove(gone);
    }

    /// <summary>The source has ended.</summary>
    public void Finish()
    {
        foreach (var (id, act, _) in _waiting) Settle(id, act);
        _waiting.Clear();
    }

    private void Know(TrackId track, PlateReading? plate, PlatePicture? picture)
    {
        if (_handedOn.Contains(track)) return; // whose plate it is nobody can say
        if (plate is null && _plates.ContainsKey(track)) return; // a later look that tells less
        _plates[track] = (plate, picture);
        SettleOf(track);
    }

    private void SettleOf(TrackId track)
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            if (_waiting[i].Act.Track != track) continue;
            Settle(_waiting[i].Id, _waiting[i].Act);
            _waiting.RemoveAt(i--);
        }
    }

    private void Settle(Ulid id, ActSuspected act)
    {
        var (plate, picture) = _plates.GetValueOrDefault(act.Track);
        settle(new SettledAct(id, act, plate, picture));
    }
}
