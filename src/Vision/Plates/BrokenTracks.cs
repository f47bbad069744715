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
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(2);
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
        _lost[_next] = new Lost(track.Box, track.VelocityX, track.VelocityY, track.LastSeen.Elapsed, track.Class == ObjectClass.Motorcycle, true);
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
            var gap = from.Elapsed - lost.At;
            if (!lost.IsKnown || gap < -Overlap || gap > LongestGap || lost.IsMotorcycle != (kind == ObjectClass.Motorcycle)) continue;
            var size = MathF.Sqrt(lost.Box.Area);
            var ratio = MathF.Sqrt(first.Area) / MathF.Max(1, size);
            if (ratio is > SizeRatio or < 1 / SizeRatio) continue;
            var seconds = (float)gap.TotalSeconds;
            var (dx, dy) = (first.Centre.X - lost.Box.Centre.X - seconds * lost.VelocityX, first.Centre.Y - lost.Box.Centre.Y - seconds * lost.VelocityY);
            if (dx * dx + dy * dy >= NearShare * NearShare * size * size) continue;
            lost = default; // one goes on from here, no second
            return true;
        }

        return false;
    }

    private readonly record struct Lost(BoxPx Box, float VelocityX, float VelocityY, TimeSpan At, bool IsMotorcycle, bool IsKnown);
}
