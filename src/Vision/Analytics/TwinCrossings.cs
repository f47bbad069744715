using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics;

/// <summary>
/// Tells two tracks on one object from two objects. A detector sometimes finds a person twice, alone and together with whoever walks behind,
/// or a scooter whole and its front once more; both boxes are followed and both cross. But two bodies cannot stand in one place: when
/// two tracks of kindred classes meet the line the same way, at the same moment and place, and the smaller box lies mostly in the larger, the
/// second is the first seen again. People side by side meet it a shoulder's breadth apart, people in file half a second apart; and who
/// stood apart a moment ago is another one, though one box lie over both while they pass.
/// One line, one object of this class; it allocates nothing once made.
/// </summary>
/// <param name="stoodApart">True when both tracks were lately seen in one frame, at different places.</param>
internal sealed class TwinCrossings(Func<TrackId, TrackId, bool> stoodApart)
{
    private const int Kept = 16;

    /// <summary>The most that may lie between the two moments.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(0.3);

    /// <summary>The most that may lie between the two places, widths of the wider box.</summary>
    private const float Place = 0.35f;

    /// <summary>The least share of the smaller box inside the larger.</summary>
    private const float Inside = 0.6f;

    private readonly (TrackId Track, byte Group, CrossingPoint Crossing)[] _recent = new (TrackId, byte, CrossingPoint)[Kept];
    private int _next;

    /// <summary>True when another track has just been counted for the same object; otherwise this one is remembered as counted.</summary>
    /// <param name="track">Who crossed.</param>
    /// <param name="value">What it is.</param>
    /// <param name="crossing">When and where.</param>
    /// <param name="now">The tracks of the frame that made it certain; without the two, their boxes behind the line are compared.</param>
    public bool IsTwin(TrackId track, ObjectClass value, in CrossingPoint crossing, ReadOnlySpan<Track> now)
    {
        // Its way back takes a counted crossing back and must not be lost.
        if (crossing.TakesBack is not null) return false;
        var group = TrackState.GroupOf(value);
        foreach (ref readonly var other in _recent.AsSpan())
        {
            if (other.Track.Value == 0 || other.Track == track || other.Group != group || !MeetsAt(other.Crossing, crossing)) continue;
            var isInside = TryFind(other.Track, now, out var others) && TryFind(track, now, out var own) ? StandsIn(others, own) : StandsIn(other.Crossing.Box, crossing.Box);
            if (isInside && !stoodApart(track, other.Track)) return true;
        }

        _recent[_next] = (track, group, crossing);
        _next = (_next + 1) % Kept;
        return false;
    }

    private static bool MeetsAt(in CrossingPoint a, in CrossingPoint b)
    {
        if (a.Direction != b.Direction || (a.At.Elapsed - b.At.Elapsed).Duration() > Moment) return false;
        var (apart, width) = (a.Where - b.Where, MathF.Max(a.Box.Width, b.Box.Width));
        return apart.X * apart.X + apart.Y * apart.Y <= Place * Place * width * width;
    }

    private static bool StandsIn(in BoxPx a, in BoxPx b) => a.SharedWith(b) >= Inside * MathF.Min(a.Area, b.Area);

    private static bool TryFind(TrackId id, ReadOnlySpan<Track> tracks, out BoxPx box)
    {
        box = default;
        foreach (ref readonly var track in tracks)
        {
            if (track.Id != id) continue;
            box = track.Box;
            return true;
        }

        return false;
    }
}
