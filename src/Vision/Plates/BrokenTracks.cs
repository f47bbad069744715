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
        _lost[_next] = Lost.Of(track);
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
            if (!lost.IsKnown || !(lost.Apart(first, from, kind) < NearShare)) continue;
            lost = default; // one goes on from here, no second
            return true;
        }

        return false;
    }

    /// <summary>How far from the place that a lost vehicle would have reached another begins, in sizes of the lost one; null when it cannot be the same.</summary>
    public static float? Apart(in Track lost, in BoxPx first, FrameTime from, ObjectClass kind) =>
        Lost.Of(lost).Apart(first, from, kind) is var apart && apart < NearShare ? apart : null;

    private readonly record struct Lost(BoxPx Box, float VelocityX, float VelocityY, TimeSpan At, bool IsMotorcycle, bool IsKnown)
    {
        public static Lost Of(in Track track) =>
            new(track.Box, track.VelocityX, track.VelocityY, track.LastSeen.Elapsed, track.Class == ObjectClass.Motorcycle, true);

        public float Apart(in BoxPx first, FrameTime from, ObjectClass kind)
        {
            var gap = from.Elapsed - At;
            if (gap < -Overlap || gap > LongestGap || IsMotorcycle != (kind == ObjectClass.Motorcycle)) return float.PositiveInfinity;
            var size = MathF.Max(1, MathF.Sqrt(Box.Area));
            var ratio = MathF.Sqrt(first.Area) / size;
            if (ratio is > SizeRatio or < 1 / SizeRatio) return float.PositiveInfinity;
            var seconds = (float)gap.TotalSeconds;
            var (dx, dy) = (first.Centre.X - Box.Centre.X - seconds * VelocityX, first.Centre.Y - Box.Centre.Y - seconds * VelocityY);
            return MathF.Sqrt(dx * dx + dy * dy) / size;
        }
    }
}
