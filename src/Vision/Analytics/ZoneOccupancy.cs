using System.Runtime.InteropServices;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics;

/// <summary>How many are in a zone has changed.</summary>
/// <param name="At">When.</param>
/// <param name="Zone">Which zone.</param>
/// <param name="Class">Of which class.</param>
/// <param name="Present">How many of them are in it now.</param>
/// <param name="Visits">Stays that ended since the start.</param>
/// <param name="TotalDwell">Time of those stays together. Aggregated only: no stay of one person leaves this class.</param>
public sealed record ZoneCounted(
    FrameTime At, string Zone, ObjectClass Class, int Present, int Visits, TimeSpan TotalDwell) : Observation(At);

/// <summary>When a track counts as inside or outside of a zone. Distances from the zone's edge are in box heights.</summary>
public sealed record ZoneOccupancyOptions
{
    /// <summary>Inside or outside for this long makes the change, ...</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>... or two frames in a row and this far from the edge.</summary>
    public float Reach { get; init; } = 0.3f;

    /// <summary>Changes of a zone are reported at most this often.</summary>
    public TimeSpan ReportEvery { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// Counts who stands in zones, by class, with hysteresis at the edge. A coasting track stays where it was; one that is not handed in
/// any more has left (a track that is taken up again comes back).
/// </summary>
public sealed class ZoneOccupancy : IFrameAnalytic
{
    private const int Classes = 7;
    private readonly Zone[] _zones;
    private readonly ZoneOccupancyOptions _options;
    private readonly Dictionary<TrackId, int> _places = new(TrackerOptions.DefaultCapacity);
    private readonly ZoneTally[] _tallies;
    private Guest[] _guests = new Guest[TrackerOptions.DefaultCapacity];
    private Stay[] _stays;
    private int _count;

    /// <exception cref="ArgumentException">A zone has fewer than three corners.</exception>
    public ZoneOccupancy(IReadOnlyList<Zone> zones, ZoneOccupancyOptions? options = null)
    {
        _zones = [.. zones];
        _options = options ?? new ZoneOccupancyOptions();
        foreach (var zone in _zones)
        {
            if (zone.Points.Count < 3) throw new ArgumentException($"Zone \"{zone.Id}\" has {zone.Points.Count} corners; three are the least.", nameof(zones));
        }

        _stays = new Stay[_guests.Length * _zones.Length];
        _tallies = new ZoneTally[_zones.Length * Classes];
        // The first look tells every zone's number, an empty one too: what was told before a restart holds no more.
        for (var i = 0; i < _tallies.Length; i++) (_tallies[i].Reported, _tallies[i].ReportedAt) = (-1, TimeSpan.MinValue);
    }

    /// <summary>How many of a class are in a zone now.</summary>
    public int Present(int zone, ObjectClass value) => _tallies[zone * Classes + Index(value)].Present;

    /// <inheritdoc/>
    public void Look(ReadOnlySpan<Track> tracks, FrameTime now, List<Observation> found)
    {
        foreach (ref readonly var track in tracks)
        {
            if (track.Rides) continue;
            var place = PlaceOf(track);
            ref var guest = ref _guests[place];
            guest.LastSeen = now.Elapsed;
            if (track.Class != guest.Class) ChangeClass(place, track.Class);
            if (!track.IsMatched) continue;
            for (var i = 0; i < _zones.Length; i++) See(place, i, track, now.Elapsed);
        }

        for (var place = _count - 1; place >= 0; place--)
        {
            if (_guests[place].LastSeen < now.Elapsed) LeaveAll(place, _guests[place].LastSeen);
        }

        Report(now, found);
    }

    /// <inheritdoc/>
    public void Forget(TrackId gone)
    {
        if (!_places.Remove(gone, out var place)) return;
        LeaveAll(place, _guests[place].LastSeen);
        _count--;
        if (place == _count) return;
        _guests[place] = _guests[_count];
        StaysOf(_count).CopyTo(StaysOf(place));
        _places[_guests[place].Id] = place;
    }

    private static int Index(ObjectClass value) => Math.Min((int)value, Classes - 1);

    private Span<Stay> StaysOf(int place) => _stays.AsSpan(place * _zones.Length, _zones.Length);

    private int PlaceOf(in Track track)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, track.Id, out var exists);
        if (exists) return known;
        if (_count == _guests.Length)
        {
            Array.Resize(ref _guests, 2 * _count);
            Array.Resize(ref _stays, 2 * _count * _zones.Length);
        }

        var place = known = _count++;
        _guests[place] = new Guest { Id = track.Id, Class = track.Class };
        StaysOf(place).Clear();
        return place;
    }

    private void See(int place, int zone, in Track track, TimeSpan now)
    {
        ref var stay = ref StaysOf(place)[zone];
        var inside = ZonePolygon.Holds(_zones[zone], track.Anchor);
        if (inside == stay.IsIn)
        {
            stay.Frames = 0;
            return;
        }

        if (stay.Frames++ == 0) stay.TurnedAt = now;
        var far = stay.Frames >= 2
            && ZonePolygon.DistanceToEdge(_zones[zone], track.Anchor) >= _options.Reach * MathF.Max(1, track.Box.Height);
        if (!far && now - stay.TurnedAt < _options.Hold) return;
        if (inside) Enter(place, zone, ref stay);
        else Leave(place, zone, ref stay, stay.TurnedAt);
    }

    private void Enter(int place, int zone, ref Stay stay)
    {
        stay.IsIn = true;
        stay.Frames = 0;
        stay.Since = stay.TurnedAt;
        _tallies[zone * Classes + Index(_guests[place].Class)].Present++;
    }

    private void Leave(int place, int zone, ref Stay stay, TimeSpan at)
    {
        stay.IsIn = false;
        stay.Frames = 0;
        ref var tally = ref _tallies[zone * Classes + Index(_guests[place].Class)];
        tally.Present--;
        tally.Visits++;
        tally.Dwell += at - stay.Since;
    }

    private void LeaveAll(int place, TimeSpan at)
    {
        var stays = StaysOf(place);
        for (var i = 0; i < stays.Length; i++)
        {
            if (stays[i].IsIn) Leave(place, i, ref stays[i], at);
            stays[i] = default;
        }
    }

    private void ChangeClass(int place, ObjectClass to)
    {
        ref var guest = ref _guests[place];
        var stays = StaysOf(place);
        for (var i = 0; i < stays.Length; i++)
        {
            if (!stays[i].IsIn) continue;
            _tallies[i * Classes + Index(guest.Class)].Present--;
            _tallies[i * Classes + Index(to)].Present++;
        }

        guest.Class = to;
    }

    private void Report(FrameTime now, List<Observation> found)
    {
        for (var i = 0; i < _tallies.Length; i++)
        {
            ref var tally = ref _tallies[i];
            if (tally.Present == tally.Reported) continue;
            if (tally.ReportedAt != TimeSpan.MinValue && now.Elapsed - tally.ReportedAt < _options.ReportEvery) continue;
            tally.Reported = tally.Present;
            tally.ReportedAt = now.Elapsed;
            var value = i % Classes == Classes - 1 ? ObjectClass.Other : (ObjectClass)(i % Classes);
            found.Add(new ZoneCounted(now, _zones[i / Classes].Id, value, tally.Present, tally.Visits, tally.Dwell));
        }
    }

    private struct Guest
    {
        public TrackId Id;
        public ObjectClass Class;
        public TimeSpan LastSeen;
    }

    private struct Stay
    {
        public bool IsIn;
        public int Frames;
        public TimeSpan TurnedAt;
        public TimeSpan Since;
    }

    private struct ZoneTally
    {
        public int Present;
        public int Visits;
        public TimeSpan Dwell;
        public int Reported;
        public TimeSpan ReportedAt;
    }
}
