using System.Runtime.InteropServices;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics;

/// <summary>
/// Tells riders from people on foot: who sits on a two-wheeler and moves with it is no pedestrian, and lines and zones that count people do
/// not count him. A person rides in a frame when the lower half of the box lies within the box of a motorcycle or bicycle, across and down, and
/// both go the same way at nearly the same speed. The share of such frames is averaged over about a second: one who walks past a machine
/// stays a pedestrian, one who is hidden from his machine for a moment stays a rider. Allocates nothing once made.
/// </summary>
public sealed class RiderWatch
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(1);

    // Shares of the person's own height and width.
    private const float SpeedApart = 0.5f;
    private const float BesideShare = 0.35f;

    // A model that calls a walker a motorcycle as well believes less in that; of a rider and his machine it is about as sure.
    private const float LessSure = 0.1f;

    private readonly Dictionary<TrackId, Habit> _habits = new(TrackerOptions.DefaultCapacity);
    private readonly TrackBuffer _marked = new();

    /// <summary>Sorts the tracks of a frame.</summary>
    /// <param name="tracks">The confirmed tracks of the frame.</param>
    /// <param name="now">The frame's time.</param>
    /// <returns>The same with <see cref="Track.Rides"/> set on people who ride; valid until the next call.</returns>
    public ReadOnlySpan<Track> Mark(ReadOnlySpan<Track> tracks, FrameTime now)
    {
        _marked.Clear();
        foreach (ref readonly var track in tracks)
        {
            _marked.TryAdd(track.Class == ObjectClass.Person && Rides(track, tracks, now) ? track with { Rides = true } : track);
        }

        return _marked.Items;
    }

    /// <summary>The track has ended.</summary>
    public void Forget(TrackId gone) => _habits.Remove(gone);

    private bool Rides(in Track person, ReadOnlySpan<Track> tracks, FrameTime now)
    {
        ref var habit = ref CollectionsMarshal.GetValueRefOrAddDefault(_habits, person.Id, out var exists);
        if (person.IsMatched)
        {
            var sits = SitsOnOne(person, tracks) ? 1f : 0f;
            // A plain mean of the first frames: the machine is often confirmed a frame or two after its rider.
            var weight = exists ? Math.Clamp((float)((now.Elapsed - habit.At) / Memory), 1f / (habit.Frames + 1), 1f) : 1f;
            habit.Frames++;
            habit.Share += weight * (sits - habit.Share);
            habit.At = now.Elapsed;
            // Between the two he stays what he was.
            habit.IsRider = habit.IsRider ? habit.Share > 0.25f : habit.Share > 0.5f;
        }

        return habit.IsRider;
    }

    private static bool SitsOnOne(in Track person, ReadOnlySpan<Track> tracks)
    {
        var box = person.Box;
        foreach (ref readonly var machine in tracks)
        {
            if (machine.Class is not (ObjectClass.Motorcycle or ObjectClass.Bicycle) || machine.Score < person.Score - LessSure) continue;
            var on = machine.Box;
            // His middle stands over the machine, his seat within it, and he ends above the ground under the wheels or not far below.
            if (MathF.Abs(box.Centre.X - on.Centre.X) > BesideShare * MathF.Max(box.Width, on.Width)) continue;
            var seat = box.Y + 0.7f * box.Height;
            if (seat < on.Y || seat > on.Bottom || box.Bottom > on.Bottom + 0.1f * box.Height || box.Bottom < on.Y) continue;
            // A person on foot behind a machine is larger or smaller than who sits on it.
            if (box.Height < 0.35f * on.Height || box.Height > 2f * on.Height) continue;
            var (apartX, apartY) = (person.VelocityX - machine.VelocityX, person.VelocityY - machine.VelocityY);
            if (apartX * apartX + apartY * apartY <= SpeedApart * SpeedApart * box.Height * box.Height) return true;
        }

        return false;
    }

    private struct Habit
    {
        public float Share;
        public TimeSpan At;
        public int Frames;
        public bool IsRider;
    }
}
