using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Plates;

/// <summary>
/// Where vehicles were lost a moment ago. A track that begins there, at the place the lost one would have reached, is the same vehicle under
/// another number, and no second passage. A ring of fixed size; allocates nothing.
/// </summary>
internal sealed class BrokenTracks
{
    private const int Capacity = 64;

    /// <summary>Who was lost longer ago than this is found by nobody.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(2);

    // Tracks may overlap for a moment: the old one coasts on while the new one is born.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(0.5);

    // Shares of the lost vehicle's size.
    private const float NearShare = 0.75f;
    private const float SizeRatio = 2f;

    private readonly Lost[] _lost = new Lost[Capacity];
    private int _next;

    /// <summary>Notes a vehicle that is gone.</summary>
    /// <param name="track">As it was last seen.</param>
    public void Add(in Track track)
    {
        _lost[_next] = LostOf(track);
        _next = (_next + 1) % Capacity;
    }

    /// <summary>True when a vehicle begins where and when another was lost, which then is found.</summary>
    /// <param name="first">The box in which it was first seen.</param>
    /// <param name="from">When.</param>
    /// <param name="kind">Its class; cars, buses and lorries are mistaken for one another, motorcycles for none of them.</param>
    public bool Continues(in BoxPx first, FrameTime from, ObjectClass kind)
    {
        foreach (ref var lost in _lost.AsSpan())
        {
            if (!lost.IsKnown || lost.OffOf(first, from, kind) >= NearShare) continue;
            lost = default; // one goes on from here, no second
            return true;
        }

        return false;
    }

    /// <summary>How far from where a lost vehicle would be now another begins, in sizes of the lost one; null when it cannot be the same.</summary>
    /// <param name="lost">The vehicle as it was last seen.</param>
    /// <param name="begun">The track that begins.</param>
    public static float? Off(in Track lost, in Track begun)
    {
        var first = begun.FirstBox.Height > 0 ? begun.FirstBox : begun.Box;
        return LostOf(lost).OffOf(first, begun.FirstSeen, begun.Class) is var off && off < NearShare ? off : null;
    }

    private static Lost LostOf(in Track track) => new(track.Box, track.VelocityX, track.VelocityY, track.LastSeen.Elapsed, track.Class == ObjectClass.Motorcycle, true);

    private readonly record struct Lost(BoxPx Box, float VelocityX, float VelocityY, TimeSpan At, bool IsMotorcycle, bool IsKnown)
    {
        public float OffOf(in BoxPx first, FrameTime from, ObjectClass kind)
        {
            var gap = from.Elapsed - At;
            if (gap < -Overlap || gap > LongestGap || IsMotorcycle != (kind == ObjectClass.Motorcycle)) return float.MaxValue;
            var size = MathF.Max(1, MathF.Sqrt(Box.Area));
            if (MathF.Sqrt(first.Area) / size is > SizeRatio or < 1 / SizeRatio) return float.MaxValue;
            var seconds = (float)gap.TotalSeconds;
            var (dx, dy) = (first.Centre.X - Box.Centre.X - seconds * VelocityX, first.Centre.Y - Box.Centre.Y - seconds * VelocityY);
            return MathF.Sqrt(dx * dx + dy * dy) / size;
        }
    }
}
