using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>
/// Where each track was over the last seconds: one ring a track, shared by all rules of a camera, made once and used again. It must stand
/// before the rules in the list of analytics. Only frames with a detection are kept.
/// </summary>
public sealed class TrackPaths : IFrameAnalytic
{
    private const int RingLength = 96;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.09);
    private readonly Dictionary<TrackId, int> _places = new(64);
    private readonly Stack<int> _free = new(64);
    private Ring[] _rings = new Ring[16];
    private int _made;

    /// <summary>Tracks remembered now.</summary>
    internal int Remembered => _places.Count;

    /// <inheritdoc/>
    public void Look(ReadOnlySpan<Track> tracks, FrameTime now, List<Observation> found)
    {
        foreach (ref readonly var track in tracks)
        {
            if (!track.IsMatched) continue;
            var place = PlaceOf(track); // may make the array grow, so it stands alone
            ref var ring = ref _rings[place];
            // Whatever the rate, a ring reaches back about nine seconds; the newest moment is always there.
            if (ring.Count > 1 && ring.Moments[(ring.Next + RingLength - 1) % RingLength].Time.Elapsed - ring.Moments[(ring.Next + RingLength - 2) % RingLength].Time.Elapsed < Step)
                ring.Next = (ring.Next + RingLength - 1) % RingLength;
            else if (ring.Count < RingLength) ring.Count++;
            ring.Moments[ring.Next] = new TrackMoment(now, track.Box);
            ring.Next = (ring.Next + 1) % RingLength;
        }
    }

    /// <inheritdoc/>
    public void Forget(TrackId gone)
    {
        if (!_places.Remove(gone, out var place)) return;
        _free.Push(place);
    }

    /// <summary>The last moment at or before an instant and the first after it.</summary>
    /// <returns>False when the path does not reach over the instant.</returns>
    public bool Around(TrackId id, TimeSpan instant, out TrackMoment before, out TrackMoment after)
    {
        before = after = default;
        if (!_places.TryGetValue(id, out var place)) return false;
        ref var ring = ref _rings[place];
        for (var i = ring.Count - 1; i >= 0; i--)
        {
            ref var moment = ref At(ref ring, i);
            if (moment.Time.Elapsed > instant)
            {
                after = moment;
                continue;
            }

            before = moment;
            return after.Box.Height > 0;
        }

        return false;
    }

    /// <summary>The newest moment of a track; false when nothing is known of it.</summary>
    public bool Newest(TrackId id, out TrackMoment moment)
    {
        moment = default;
        if (!_places.TryGetValue(id, out var place) || _rings[place].Count == 0) return false;
        moment = At(ref _rings[place], _rings[place].Count - 1);
        return true;
    }

    /// <summary>The moments nearest to the given instants, oldest first, none twice, for evidence. Allocates.</summary>
    public TrackMoment[] Pick(TrackId id, params ReadOnlySpan<TimeSpan> instants)
    {
        if (!_places.TryGetValue(id, out var place)) return [];
        ref var ring = ref _rings[place];
        var picked = new SortedDictionary<TimeSpan, TrackMoment>();
        foreach (var instant in instants)
        {
            var nearest = At(ref ring, 0);
            for (var i = 1; i < ring.Count; i++)
            {
                var moment = At(ref ring, i);
                if ((moment.Time.Elapsed - instant).Duration() < (nearest.Time.Elapsed - instant).Duration()) nearest = moment;
            }

            picked[nearest.Time.Elapsed] = nearest;
        }

        return [.. picked.Values];
    }

    private static ref TrackMoment At(ref Ring ring, int index) => ref ring.Moments[(ring.Next - ring.Count + index + 2 * RingLength) % RingLength];

    private int PlaceOf(in Track track)
    {
        if (_places.TryGetValue(track.Id, out var known)) return known;
        if (!_free.TryPop(out var place))
        {
            if (_made == _rings.Length) Array.Resize(ref _rings, 2 * _made);
            place = _made++;
            _rings[place].Moments = new TrackMoment[RingLength];
        }

        ref var ring = ref _rings[place];
        (ring.Count, ring.Next) = (0, 0);
        if (track.FirstBox.Height > 0 && track.FirstSeen.Elapsed < track.LastSeen.Elapsed)
        {
            ring.Moments[0] = new TrackMoment(track.FirstSeen, track.FirstBox);
            (ring.Count, ring.Next) = (1, 1);
        }

        _places[track.Id] = place;
        return place;
    }

    private struct Ring
    {
        public TrackMoment[] Moments;
        public int Count;
        public int Next;
    }
}
