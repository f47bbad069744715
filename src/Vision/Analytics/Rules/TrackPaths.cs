using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>
/// Where each track was over the last seconds: one ring a track, shared by all rules of a camera, made once and used again. It must stand
/// before the rules in the list of analytics. Only frames with a detection are kept.
/// A tracker sometimes hands a number on to another vehicle, or begins it on a shadow. Vehicles do not jump: where a box is not where its
/// speed leads, or changes its size at once, the path is broken and begins anew, and no rule may join what was before to what comes after.
/// And it sometimes loses a vehicle and finds it again under another number. Where a path begins just where one, and only one, that
/// ended shortly before was going, it is that path's continuation (<see cref="PathJoin"/>), and what a rule knew of it goes along.
/// <see cref="Changes"/> tells the rules of both.
/// </summary>
public sealed class TrackPaths : IFrameAnalytic
{
    private const int RingLength = 96;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.09);
    /// <summary>A track that was confirmed later than this after its first box may have begun on something else.</summary>
    internal static readonly TimeSpan LongestBirth = TimeSpan.FromSeconds(0.4);

    private static readonly TimeSpan SpeedOver = TimeSpan.FromSeconds(0.4);

    private readonly Dictionary<TrackId, int> _places = new(64);
    private readonly Stack<int> _free = new(64);
    private readonly List<PathChange> _changes = new(64);
    private readonly List<TrackId> _loose = new(64);
    private Ring[] _rings = new Ring[16];
    private int _made;
    private long _lastLoose;
    private TrackId _lastGone;
    private TrackId _lastGoneTo;

    /// <summary>Tracks remembered now.</summary>
    internal int Remembered => _places.Count;

    /// <summary>What was known under one name and belongs under another since this frame, in order.</summary>
    internal ReadOnlySpan<PathChange> Changes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_changes);

    /// <inheritdoc/>
    public void Look(ReadOnlySpan<Track> tracks, FrameTime now, List<Observation> found)
    {
        _changes.Clear();
        var isAnyYoung = false;
        foreach (ref readonly var track in tracks)
        {
            if (!track.IsMatched || track.Class == ObjectClass.Person) continue; // nobody on foot is accused
            var place = PlaceOf(track); // may make the array grow, so it stands alone
            ref var ring = ref _rings[place];
            ring.IsBroken = ring.Count > 0 && Jumps(ref ring, track, now);
            if (ring.IsBroken)
            {
                place = Break(track.Id, place); // may make the array grow
                ring = ref _rings[place];
                ring.IsBroken = true;
                found.Add(new TrackHandedOn(now, track.Id));
            }

            ring.Seen++;
            ring.IsTwoWheeler = track.Class is ObjectClass.Motorcycle or ObjectClass.Bicycle;
            (ring.VelocityX, ring.VelocityY) = (track.VelocityX, track.VelocityY);
            Add(ref ring, new TrackMoment(now, track.Box));
            if (ring.Seen == 2 && ring.Count == 3) LoseStrangeBirth(ref ring);
            isAnyYoung |= ring.IsYoung;
        }

        if (isAnyYoung) Join(tracks, now);
        for (var i = _loose.Count - 1; i >= 0; i--)
        {
            if (_places.TryGetValue(_loose[i], out var place) && now.Elapsed - LastOf(ref _rings[place]).Time.Elapsed <= PathJoin.LongestStand + TimeSpan.FromSeconds(0.5)) continue;
            if (_places.Remove(_loose[i], out place)) _free.Push(place);
            _changes.Add(new PathChange(_loose[i], default));
            _loose.RemoveAt(i);
        }
    }

    /// <inheritdoc/>
    public void Forget(TrackId gone)
    {
        if (!_places.Remove(gone, out var place)) return;
        ref var ring = ref _rings[place];
        _lastGone = gone;
        if (ring.Seen < PathJoin.LeastSeen || !PathJoin.Stands(LastOf(ref ring), new PointPx(ring.VelocityX, ring.VelocityY)))
        {
            _lastGoneTo = default;
            _free.Push(place);
            return;
        }

        // The tracker has given up on it, but who stands somewhere may stand there still.
        _lastGoneTo = Loosen(place);
    }

    /// <summary>Under which name a path is kept whose track has just ended; 0 when it is not.</summary>
    internal TrackId KeptAs(TrackId gone) => gone == _lastGone ? _lastGoneTo : default;

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

    /// <summary>
    /// False when the path leaps over an instant: a number that goes to a shadow or a neighbour and back does, a vehicle does not. Asked some
    /// frames later, when the way after it is known as well.
    /// </summary>
    internal bool IsSteady(TrackId id, TimeSpan instant)
    {
        if (!_places.TryGetValue(id, out var place)) return false;
        ref var ring = ref _rings[place];
        var i = ring.Count - 1;
        while (i >= 0 && At(ref ring, i).Time.Elapsed > instant) i--;
        if (i < 0) return ring.Count == RingLength; // longer ago than the ring reaches: no shadow lives so long
        if (i == ring.Count - 1) return false;
        var (before, after) = (SpeedBetween(ref ring, i, -1), SpeedBetween(ref ring, i + 1, 1));
        if ((before ?? after) is not { } known) return false;
        return PathJoin.IsStep(At(ref ring, i), before ?? known, At(ref ring, i + 1), after ?? known);
    }

    /// <summary>The speed over about half a second up to a moment, or from it on; null when there is no other.</summary>
    private static PointPx? SpeedBetween(ref Ring ring, int index, int way)
    {
        var other = index;
        while (other + way >= 0 && other + way < ring.Count && (At(ref ring, other).Time.Elapsed - At(ref ring, index).Time.Elapsed).Duration() < SpeedOver) other += way;
        if (other == index) return null;
        var (seconds, step) = ((float)(At(ref ring, other).Time.Elapsed - At(ref ring, index).Time.Elapsed).TotalSeconds, At(ref ring, other).Box.BottomCentre - At(ref ring, index).Box.BottomCentre);
        return new PointPx(step.X / seconds, step.Y / seconds);
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

    /// <summary>What is remembered of a stretch, oldest first, about eleven moments a second, for evidence. Allocates.</summary>
    public TrackMoment[] Between(TrackId id, TimeSpan from, TimeSpan to)
    {
        if (!_places.TryGetValue(id, out var place)) return [];
        ref var ring = ref _rings[place];
        var found = new List<TrackMoment>(ring.Count);
        for (var i = 0; i < ring.Count; i++)
        {
            var moment = At(ref ring, i);
            if (moment.Time.Elapsed >= from && moment.Time.Elapsed <= to) found.Add(moment);
        }

        return [.. found];
    }

    /// <summary>The track's past lies under a name of its own from now on, and a new path begins.</summary>
    private int Break(TrackId id, int place)
    {
        _changes.Add(new PathChange(id, Loosen(place)));
        var fresh = TakePlace();
        _places[id] = fresh;
        return fresh;
    }

    private TrackId Loosen(int place)
    {
        var loose = new TrackId(-++_lastLoose);
        _places[loose] = place;
        _loose.Add(loose);
        return loose;
    }

    /// <summary>Looks whether young paths go on where others ended.</summary>
    private void Join(ReadOnlySpan<Track> tracks, FrameTime now)
    {
        foreach (ref readonly var track in tracks)
        {
            if (!track.IsMatched || track.Class == ObjectClass.Person) continue;
            var place = _places[track.Id];
            ref var ring = ref _rings[place];
            if (!ring.IsYoung || ring.Count < 2 || (Continued(place, now) ?? ContinuedInTurn(place, now)) is not { } ended) continue;
            var old = _places[ended];
            ref var path = ref _rings[old];
            for (var i = 0; i < ring.Count; i++)
            {
                if (At(ref ring, i).Time.Elapsed > LastOf(ref path).Time.Elapsed) Add(ref path, At(ref ring, i));
            }

            (path.VelocityX, path.VelocityY, path.Seen, path.IsBroken) = (ring.VelocityX, ring.VelocityY, path.Seen + ring.Seen, false);
            _places.Remove(ended);
            _loose.Remove(ended);
            _places[track.Id] = old;
            _free.Push(place);
            _changes.Add(new PathChange(ended, track.Id));
        }
    }

    /// <summary>The path that a young one goes on; null when there is none, or more than one, or another young one fits it too.</summary>
    private TrackId? Continued(int young, FrameTime now)
    {
        TrackId? best = null;
        var (bestOff, otherOff) = (float.MaxValue, float.MaxValue);
        foreach (var (id, place) in _places)
        {
            if (place == young) continue;
            var off = Off(place, young, now);
            if (off < bestOff) (best, bestOff, otherOff) = (id, off, bestOff);
            else otherOff = MathF.Min(otherOff, off);
        }

        if (bestOff > PathJoin.Fits) return null;
        // Of a place that is only near where it was going, nobody else may be even twice as far.
        var alone = bestOff <= 1 ? PathJoin.Alone : PathJoin.AloneFar;
        if (otherOff < alone) return null;
        foreach (var (_, place) in _places)
        {
            if (place != young && _rings[place].IsYoung && LastOf(ref _rings[place]).Time.Elapsed == now.Elapsed && Off(_places[best!.Value], place, now) < alone) return null;
        }

        return best;
    }

    /// <summary>The path that a young one goes on after a turn that nobody saw; null as above.</summary>
    private TrackId? ContinuedInTurn(int young, FrameTime now)
    {
        if (_rings[young].Count < 3) return null;
        TrackId? best = null;
        var (bestOff, otherOff) = (float.MaxValue, float.MaxValue);
        foreach (var (id, place) in _places)
        {
            if (place == young) continue;
            var off = Off(place, young, now, isTurn: true);
            if (off < bestOff) (best, bestOff, otherOff) = (id, off, bestOff);
            else otherOff = MathF.Min(otherOff, off);
        }

        if (bestOff > 1 || otherOff < PathJoin.AloneInTurn) return null;
        foreach (var (_, place) in _places)
        {
            if (place == young || !_rings[place].IsYoung || LastOf(ref _rings[place]).Time.Elapsed != now.Elapsed) continue;
            if (Off(_places[best!.Value], place, now) < PathJoin.Alone || Off(_places[best.Value], place, now, isTurn: true) < PathJoin.AloneInTurn) return null;
        }

        return best;
    }

    private float Off(int ended, int young, FrameTime now, bool isTurn = false)
    {
        ref var path = ref _rings[ended];
        ref var ring = ref _rings[young];
        if (path.Count < PathJoin.LeastSeen || ring.Count == 0 || path.IsTwoWheeler != ring.IsTwoWheeler || LastOf(ref path).Time.Elapsed >= now.Elapsed) return float.MaxValue;
        // A last box or two of a lost track may have been shared with what begins; the path ends before.
        var (first, newest, speed) = (At(ref ring, 0), LastOf(ref ring), new PointPx(path.VelocityX, path.VelocityY));
        for (var i = path.Count - 1; i >= 0 && i >= path.Count - 4; i--)
        {
            ref var last = ref At(ref path, i);
            if (last.Time.Elapsed >= first.Time.Elapsed) continue;
            if (!isTurn) return PathJoin.Off(last, speed, first, newest);
            var seconds = (float)(newest.Time.Elapsed - first.Time.Elapsed).TotalSeconds;
            if (seconds <= 0) return float.MaxValue;
            var way = newest.Box.BottomCentre - first.Box.BottomCentre;
            return PathJoin.OffInTurn(last, speed, first, new PointPx(way.X / seconds, way.Y / seconds));
        }

        return float.MaxValue;
    }

    private static void Add(ref Ring ring, in TrackMoment moment)
    {
        // Whatever the rate, a ring reaches back about nine seconds; the newest moment is always there.
        if (ring.Count > 1 && ring.Moments[(ring.Next + RingLength - 1) % RingLength].Time.Elapsed - ring.Moments[(ring.Next + RingLength - 2) % RingLength].Time.Elapsed < Step)
            ring.Next = (ring.Next + RingLength - 1) % RingLength;
        else if (ring.Count < RingLength) ring.Count++;
        ring.Moments[ring.Next] = moment;
        ring.Next = (ring.Next + 1) % RingLength;
    }

    private static ref TrackMoment LastOf(ref Ring ring) => ref At(ref ring, ring.Count - 1);

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
        var free = tremble + MathF.Min(0.4f * dt * dt, 0.35f) * height;
        if (speed < 0.3f * height) return dx * dx + dy * dy > free * free;
        var (ux, uy) = (ring.VelocityX / speed, ring.VelocityY / speed);
        return MathF.Abs(dx * ux + dy * uy) > free + 0.5f * speed * dt || MathF.Abs(dx * uy - dy * ux) > free + 0.33f * speed * dt;
    }

    /// <summary>
    /// In a bunch the box that began a track may be a neighbour's, and the next two are its own. What drives on from the second to the third
    /// did not come from there; left in, it would keep the path from being known as the continuation of another.
    /// </summary>
    private static void LoseStrangeBirth(ref Ring ring)
    {
        var (first, second, third) = (At(ref ring, 0), At(ref ring, 1), At(ref ring, 2));
        var back = (float)((second.Time.Elapsed - first.Time.Elapsed) / (third.Time.Elapsed - second.Time.Elapsed));
        var step = third.Box.BottomCentre - second.Box.BottomCentre;
        var (dx, dy) = (second.Box.BottomCentre.X - back * step.X - first.Box.BottomCentre.X, second.Box.BottomCentre.Y - back * step.Y - first.Box.BottomCentre.Y);
        var free = 0.35f * second.Box.Height + 0.5f * back * MathF.Sqrt(step.X * step.X + step.Y * step.Y);
        if (dx * dx + dy * dy > free * free) ring.Count = 2; // the newest two
    }

    private int PlaceOf(in Track track)
    {
        if (_places.TryGetValue(track.Id, out var known)) return known;
        var place = TakePlace();
        ref var ring = ref _rings[place];
        if (track.FirstBox.Height > 0 && track.FirstSeen.Elapsed < track.LastSeen.Elapsed && track.LastSeen.Elapsed - track.FirstSeen.Elapsed <= LongestBirth)
        {
            (ring.VelocityX, ring.VelocityY) = (track.VelocityX, track.VelocityY);
            ring.Moments[0] = new TrackMoment(track.FirstSeen, track.FirstBox);
            (ring.Count, ring.Next) = (1, 1);
        }

        _places[track.Id] = place;
        return place;
    }

    private int TakePlace()
    {
        if (!_free.TryPop(out var place))
        {
            if (_made == _rings.Length) Array.Resize(ref _rings, 2 * _made);
            place = _made++;
            _rings[place].Moments = new TrackMoment[RingLength];
        }

        _rings[place] = new Ring { Moments = _rings[place].Moments };
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
        public bool IsTwoWheeler;

        /// <summary>So short yet that it may be another's continuation.</summary>
        public readonly bool IsYoung => Seen <= PathJoin.Young;
    }
}
