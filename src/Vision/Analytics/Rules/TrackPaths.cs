using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>
/// Where each track was over the last seconds: one ring a track, shared by all rules of a camera, made once and used again. It must stand
/// before the rules in the list of analytics. Only frames with a detection are kept.
/// A tracker sometimes hands a number on to another vehicle, or begins it on a shadow. Vehicles do not jump: where a box is not where its
/// speed leads, or changes its size at once, the path is broken and begins anew, and no rule may join what was before to what comes after.
/// </summary>
public sealed class TrackPaths : IFrameAnalytic
{
    private const int RingLength = 96;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.09);
    /// <summary>A track that was confirmed later than this after its first box may have begun on something else.</summary>
    internal static readonly TimeSpan LongestBirth = TimeSpan.FromSeconds(0.4);

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
            ring.IsBroken = ring.Count > 0 && Jumps(ref ring, track, now);
            if (ring.IsBroken) (ring.Count, ring.Next, ring.Seen) = (0, 0, 0);
            ring.Seen++;
            (ring.VelocityX, ring.VelocityY) = (track.VelocityX, track.VelocityY);
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

    /// <summary>True when the path of a track broke in this frame.</summary>
    public bool IsBroken(TrackId id) => _places.TryGetValue(id, out var place) && _rings[place].IsBroken;

    /// <summary>
    /// True when two tracks were one vehicle: in most frames that saw both, at least two, their boxes stood on the same wheels.
    /// </summary>
    internal bool WereTogether(TrackId one, TrackId other)
    {
        if (!_places.TryGetValue(one, out var a) || !_places.TryGetValue(other, out var b)) return false;
        ref var first = ref _rings[a];
        ref var second = ref _rings[b];
        var (i, j, both, together) = (0, 0, 0, 0);
        while (i < first.Count && j < second.Count)
        {
            ref var x = ref At(ref first, i);
            ref var y = ref At(ref second, j);
            if (x.Time.Elapsed == y.Time.Elapsed)
            {
                both++;
                if (ActMemory.AreTwins(x.Box, y.Box)) together++;
                i++;
                j++;
            }
            else if (x.Time.Elapsed < y.Time.Elapsed)
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return both >= 2 && together > both / 2;
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

    /// <summary>
    /// True when a box is too far from where the last one was going. The allowance: trembling; along the way half of it again (perspective,
    /// braking) and speeding up; aside a third of it (turning). A young track's speed is not known yet.
    /// </summary>
    private static bool Jumps(ref Ring ring, in Track track, FrameTime now)
    {
        ref var last = ref At(ref ring, ring.Count - 1);
        var dt = (float)(now.Elapsed - last.Time.Elapsed).TotalSeconds;
        var (height, before) = (MathF.Max(1, track.Box.Height), MathF.Max(1, last.Box.Height));
        var size = height / before;
        if (size is > 1.6f or < 0.625f) return true;
        var (dx, dy) = (track.Anchor.X - last.Box.BottomCentre.X - ring.VelocityX * dt, track.Anchor.Y - last.Box.BottomCentre.Y - ring.VelocityY * dt);
        var speed = MathF.Sqrt(ring.VelocityX * ring.VelocityX + ring.VelocityY * ring.VelocityY);
        var tremble = (ring.Seen < 4 ? 0.9f : 0.35f) * MathF.Max(height, before);
        var free = tremble + 0.4f * height * dt * dt;
        if (speed < 0.3f * height) return dx * dx + dy * dy > free * free;
        var (ux, uy) = (ring.VelocityX / speed, ring.VelocityY / speed);
        return MathF.Abs(dx * ux + dy * uy) > free + 0.5f * speed * dt || MathF.Abs(dx * uy - dy * ux) > free + 0.33f * speed * dt;
    }

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
        (ring.Count, ring.Next, ring.Seen, ring.IsBroken) = (0, 0, 0, false);
        (ring.VelocityX, ring.VelocityY) = (track.VelocityX, track.VelocityY);
        if (track.FirstBox.Height > 0 && track.FirstSeen.Elapsed < track.LastSeen.Elapsed && track.LastSeen.Elapsed - track.FirstSeen.Elapsed <= LongestBirth)
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
        public int Seen;
        public float VelocityX;
        public float VelocityY;
        public bool IsBroken;
    }
}
