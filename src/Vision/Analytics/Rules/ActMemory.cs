using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>
/// One act, one event. Remembers who was accused and follows them: the same track is silent for its cool-down, and so is another track
/// that is the same vehicle, either its twin (a detector boxes machine and rider apart, both on the same wheels) or its continuation (the
/// tracker lost it and began anew where it would be by now). A rule that knows several acts keeps them apart: who drove in a wrong lane and
/// went back over the solid line did both. A fixed ring; nothing is allocated.
/// </summary>
internal sealed class ActMemory
{
    /// <summary>A moving vehicle that was lost is looked for this long.</summary>
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(6);

    private readonly Entry[] _entries = new Entry[64];
    private int _next;

    /// <summary>The accused track is seen.</summary>
    public void Follow(in Track track, TimeSpan now)
    {
        for (var i = 0; i < _entries.Length; i++)
        {
            ref var entry = ref _entries[i];
            if (entry.Id != track.Id) continue;
            (entry.Box, entry.LastSeen, entry.VelocityX, entry.VelocityY) = (track.Box, now, track.VelocityX, track.VelocityY);
        }
    }

    /// <summary>A track is accused of an act now.</summary>
    public void Add(in Watched watched, string act, TimeSpan now) =>
        Keep(new Entry { Id = watched.Id, Act = act, At = now, FirstSeen = watched.FirstSeen.Elapsed, FirstBox = watched.FirstBox, LastSeen = watched.LastSeen.Elapsed, Box = watched.Box, VelocityX = watched.VelocityX, VelocityY = watched.VelocityY });

    /// <summary>What was accused under one name is known under another as well; both stay silent.</summary>
    public void Also(TrackId known, TrackId other)
    {
        if (known == default) return;
        for (var i = 0; i < _entries.Length; i++)
        {
            var entry = _entries[i];
            if (entry.Id == known && !Has(other, entry)) Keep(entry with { Id = other });
        }
    }

    /// <summary>True when an accusation of this track would repeat one; the track then counts as the same vehicle from now on.</summary>
    public bool Covers(in Watched watched, string act, TimeSpan now, TimeSpan coolDown, TrackPaths paths)
    {
        var (id, box) = (watched.Id, watched.Box);
        for (var i = 0; i < _entries.Length; i++)
        {
            ref var entry = ref _entries[i];
            if (entry.Id.Value == 0 || entry.Act != act || now - entry.At > coolDown) continue;
            if (entry.Id == id)
            {
                if (!Opposes(watched, entry.CameX, entry.CameY, entry.CameHeight)) return true;
                entry = default; // taken for one that was lost where it began, and it drives the other way: another vehicle
                continue;
            }

            if (!(now - entry.LastSeen < TimeSpan.FromSeconds(0.4) && AreTwins(box, entry.Box)) && !paths.WereTogether(id, entry.Id) && !StillStands(entry, watched, now)
                && (Opposes(watched, entry.VelocityX, entry.VelocityY, entry.Box.Height) || (!BeganBefore(entry, watched) && !EndedBefore(entry, watched)))) continue;
            Keep(new Entry { Id = id, Act = act, At = entry.At, FirstSeen = watched.FirstSeen.Elapsed, FirstBox = watched.FirstBox, LastSeen = now, Box = box });
            return true;
        }

        return false;
    }

    /// <summary>A new track appears: if it goes on where an accused one was lost, it is that one.</summary>
    public bool Continues(in Track track, TimeSpan now, TimeSpan coolDown)
    {
        var first = track.FirstBox.Height > 0 ? track.FirstBox : track.Box;
        var isKnown = false;
        for (var i = 0; i < _entries.Length; i++)
        {
            var entry = _entries[i];
            if (entry.Id.Value == 0 || now - entry.At > coolDown || entry.Id == track.Id) continue;
            var gap = track.FirstSeen.Elapsed - entry.LastSeen;
            if (gap < TimeSpan.FromSeconds(-1.5)) continue;
            if (!entry.StandsAt(first) && (gap > LongestGap || !IsOnItsWay(entry, first, MathF.Max(0, (float)gap.TotalSeconds)))) continue;
            isKnown = true;
            var same = new Entry { Id = track.Id, Act = entry.Act, At = entry.At, FirstSeen = track.FirstSeen.Elapsed, FirstBox = first, LastSeen = now, Box = track.Box, CameX = entry.VelocityX, CameY = entry.VelocityY, CameHeight = entry.Box.Height };
            if (!Has(track.Id, same)) Keep(same);
        }

        return isKnown;
    }

    /// <summary>
    /// The accused one was lost where it stood, and another number that was known before stands at that very place: a neighbour's number went
    /// over to it.
    /// </summary>
    private static bool StillStands(in Entry entry, in Watched watched, TimeSpan now) =>
        now - entry.LastSeen <= PathJoin.LongestStand && entry.StandsAt(watched.Box);

    /// <summary>
    /// An act that is judged late (a speed, when the vehicle is gone) may find the vehicle's next track begun already: then it is told by
    /// where that one began.
    /// </summary>
    private static bool BeganBefore(in Entry entry, in Watched watched)
    {
        var gap = watched.FirstSeen.Elapsed - entry.LastSeen;
        return gap >= TimeSpan.Zero && gap <= LongestGap && watched.FirstSeen.Elapsed < entry.At && IsOnItsWay(entry, watched.FirstBox, (float)gap.TotalSeconds);
    }

    /// <summary>
    /// And the next track may be judged first: then the accused one began where this one was going.
    /// </summary>
    private static bool EndedBefore(in Entry entry, in Watched watched)
    {
        var gap = entry.FirstSeen - watched.LastSeen.Elapsed;
        if (gap < TimeSpan.Zero || gap > LongestGap || entry.FirstBox.Height <= 0) return false;
        var ended = new Entry { Box = watched.Box, VelocityX = watched.VelocityX, VelocityY = watched.VelocityY };
        return IsOnItsWay(ended, entry.FirstBox, (float)gap.TotalSeconds);
    }

    /// <summary>True when a track has gone against the way that a vehicle was driving when it was last seen: who left the picture and who enters it there are two.</summary>
    private static bool Opposes(in Watched watched, float velocityX, float velocityY, float height)
    {
        var speed = MathF.Sqrt(velocityX * velocityX + velocityY * velocityY);
        var way = watched.Box.BottomCentre - watched.FirstBox.BottomCentre;
        var length = MathF.Sqrt(way.X * way.X + way.Y * way.Y);
        return speed > 0.3f * height && length > 0.5f * watched.Box.Height && way.X * velocityX + way.Y * velocityY < -0.3f * speed * length;
    }

    private bool Has(TrackId id, in Entry like)
    {
        foreach (ref readonly var entry in _entries.AsSpan())
        {
            if (entry.Id == id && entry.Act == like.Act && entry.At == like.At) return true;
        }

        return false;
    }

    private void Keep(in Entry entry)
    {
        _entries[_next] = entry;
        _next = (_next + 1) % _entries.Length;
    }

    private static bool IsOnItsWay(in Entry entry, in BoxPx first, float seconds)
    {
        // Who comes nearer grows and gets faster in the picture by the same factor; beyond that the speed may have halved or risen by half.
        var size = first.Height / entry.Box.Height;
        var expected = new PointPx(entry.Box.BottomCentre.X + entry.VelocityX * seconds * size, entry.Box.BottomCentre.Y + entry.VelocityY * seconds * size);
        var off = first.BottomCentre - expected;
        var speed = MathF.Sqrt(entry.VelocityX * entry.VelocityX + entry.VelocityY * entry.VelocityY);
        var reach = 0.6f * MathF.Max(entry.Box.Height, first.Height) + 0.5f * speed * seconds * size;
        return size is > 0.4f and < 2.5f && off.X * off.X + off.Y * off.Y < reach * reach;
    }

    /// <summary>Two boxes of one moment on the same wheels.</summary>
    public static bool AreTwins(in BoxPx a, in BoxPx b) =>
        MathF.Abs(a.Centre.X - b.Centre.X) < 0.5f * MathF.Min(a.Width, b.Width)
        && MathF.Abs(a.Bottom - b.Bottom) < 0.35f * MathF.Max(a.Height, b.Height)
        && a.Iou(b) > 0.25f;

    private struct Entry
    {
        public TrackId Id;
        public string? Act;
        public TimeSpan At;
        public TimeSpan FirstSeen;
        public BoxPx FirstBox;
        public TimeSpan LastSeen;
        public BoxPx Box;
        public float VelocityX;
        public float VelocityY;

        /// <summary>How the one was driving that this track is taken for, and its height then; 0 of the accused track itself.</summary>
        public float CameX;
        public float CameY;
        public float CameHeight;

        /// <summary>True when it did not drive when it was last seen, and a box is where it stood.</summary>
        public readonly bool StandsAt(in BoxPx box) => box.Iou(Box) > 0.5f && MathF.Abs(VelocityX) + MathF.Abs(VelocityY) < 0.3f * Box.Height;
    }
}
