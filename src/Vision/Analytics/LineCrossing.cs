using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics;

/// <summary>
/// Counts tracks over directed lines: once a track, line and change of direction. Only frames with a detection are looked at, so a
/// coasting box cannot cross. Riders are followed and not counted: one who dismounts behind the line has not walked over it.
/// Where a detector sees one object twice, as a whole and in part, two tracks cross and one counts (<see cref="TwinCrossings"/>).
/// The rules of a single line are <see cref="LineWatch"/>; this class keeps one for each track and line.
/// </summary>
public sealed class LineCrossing : IFrameAnalytic
{
    /// <summary>Time between the looks that <see cref="StoodApart"/> compares.</summary>
    private static readonly TimeSpan PastStep = TimeSpan.FromSeconds(0.15);

    /// <summary>Two boxes of which the smaller lies no more than this in the other are not one object.</summary>
    private const float Apart = 0.2f;

    private readonly DirectedLine[] _lines;
    private readonly LineCrossingOptions _options;
    // Room for a busy street, so that a quiet frame never makes them grow.
    private readonly Dictionary<TrackId, int> _places = new(TrackerOptions.DefaultCapacity);
    private readonly List<LineCrossed> _late = new(16);
    private Visitor[] _visitors = new Visitor[TrackerOptions.DefaultCapacity];
    private LineWatch[] _watches;
    private readonly TwinCrossings[] _twins;
    private int _count;
    private TimeSpan _pastAt = TimeSpan.MinValue;
    private byte _pastPlace;

    /// <exception cref="ArgumentException">A line has no length.</exception>
    public LineCrossing(IReadOnlyList<DirectedLine> lines, LineCrossingOptions? options = null)
    {
        _lines = [.. lines];
        _options = options ?? new LineCrossingOptions();
        foreach (var line in _lines)
        {
            if (line.P1 == line.P2) throw new ArgumentException($"Line \"{line.Id}\" begins and ends at the same point.", nameof(lines));
        }

        _watches = new LineWatch[_visitors.Length * _lines.Length];
        _twins = [.. _lines.Select(_ => new TwinCrossings(StoodApart))];
    }

    /// <summary>Tracks remembered now.</summary>
    internal int Remembered => _count;

    /// <inheritdoc/>
    public void Look(ReadOnlySpan<Track> tracks, FrameTime now, List<Observation> found)
    {
        foreach (var late in _late) found.Add(late);
        _late.Clear();
        var isPast = _pastAt == TimeSpan.MinValue || now.Elapsed - _pastAt >= PastStep;
        if (isPast)
        {
            (_pastAt, _pastPlace) = (now.Elapsed, (byte)((_pastPlace + 1) % Past.Length));
            foreach (ref readonly var track in tracks)
            {
                if (track.IsMatched) _visitors[PlaceOf(track, now)].Past[_pastPlace] = (now.Elapsed, track.Box);
            }
        }

        foreach (ref readonly var track in tracks)
        {
            if (track.IsMatched) Follow(track, tracks, now, found);
        }

        for (var place = 0; place < _count; place++)
        {
            if (now.Elapsed - _visitors[place].LastSeen.Elapsed > _options.Vanished) Decide(place, found);
        }
    }

    /// <inheritdoc/>
    public void Forget(TrackId gone)
    {
        if (!_places.Remove(gone, out var place)) return;
        Decide(place, null);
        // The last visitor moves into the free place.
        _count--;
        if (place == _count) return;
        _visitors[place] = _visitors[_count];
        WatchesOf(_count).CopyTo(WatchesOf(place));
        _places[_visitors[place].Id] = place;
    }

    /// <inheritdoc/>
    public void Finish(List<Observation> found)
    {
        foreach (var late in _late) found.Add(late);
        _late.Clear();
        for (var place = 0; place < _count; place++) Decide(place, found);
    }

    private Span<LineWatch> WatchesOf(int place) => _watches.AsSpan(place * _lines.Length, _lines.Length);

    private void Follow(in Track track, ReadOnlySpan<Track> all, FrameTime now, List<Observation> found)
    {
        var place = PlaceOf(track, now);
        ref var visitor = ref _visitors[place];
        visitor.LastSeen = now;
        visitor.Class = track.Class;
        visitor.Rides = track.Rides;
        var watches = WatchesOf(place);
        for (var i = 0; i < watches.Length; i++)
        {
            if (watches[i].See(_lines[i], track.Box, now, _options) is not { } crossing) continue;
            if (crossing.TakesBack is null && (visitor.Rides || _twins[i].IsTwin(visitor.Id, visitor.Class, crossing, all))) watches[i].Withhold();
            else found.Add(Report(ref visitor, i, ref watches[i], crossing));
        }
    }

    private int PlaceOf(in Track track, FrameTime now)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, track.Id, out var exists);
        if (exists) return known;
        if (_count == _visitors.Length)
        {
            Array.Resize(ref _visitors, 2 * _count);
            Array.Resize(ref _watches, 2 * _count * _lines.Length);
        }

        var place = known = _count++;
        _visitors[place] = new Visitor { Id = track.Id, FirstSeen = track.FirstSeen, LastSeen = now, EntryLine = -1 };
        var watches = WatchesOf(place);
        watches.Clear();
        if (track.FirstBox.Height <= 0 || track.FirstSeen.Elapsed >= now.Elapsed) return place;
        for (var i = 0; i < watches.Length; i++) watches[i].See(_lines[i], track.FirstBox, track.FirstSeen, _options);
        return place;
    }

    private void Decide(int place, List<Observation>? found)
    {
        ref var visitor = ref _visitors[place];
        var watches = WatchesOf(place);
        for (var i = 0; i < watches.Length; i++)
        {
            if (watches[i].Vanish(_options) is not { } crossing || visitor.Rides || _twins[i].IsTwin(visitor.Id, visitor.Class, crossing, [])) continue;
            var report = Report(ref visitor, i, ref watches[i], crossing);
            if (found is null) _late.Add(report);
            else found.Add(report);
        }
    }

    /// <summary>True when both were seen in one of the last looks, apart: then they are two, however they stand now.</summary>
    private bool StoodApart(TrackId one, TrackId other)
    {
        if (!_places.TryGetValue(one, out var a) || !_places.TryGetValue(other, out var b)) return false;
        for (var i = 0; i < Past.Length; i++)
        {
            var (first, second) = (_visitors[a].Past[i], _visitors[b].Past[i]);
            if (first.At != second.At || first.Box.Area <= 0 || second.Box.Area <= 0) continue;
            if (first.Box.SharedWith(second.Box) < Apart * MathF.Min(first.Box.Area, second.Box.Area)) return true;
        }

        return false;
    }

    private LineCrossed Report(ref Visitor visitor, int line, ref LineWatch watch, in CrossingPoint crossing)
    {
        if (crossing.TakesBack is null) watch.ToldAs = visitor.Class;
        var entry = visitor.EntryLine >= 0 && visitor.EntryLine != line ? _lines[visitor.EntryLine].Id : null;
        var since = visitor.EntryLine >= 0 ? visitor.EntryAt : visitor.FirstSeen.Elapsed;
        if (visitor.EntryLine < 0) (visitor.EntryLine, visitor.EntryAt) = (line, crossing.At.Elapsed);
        // The crossing that made it the entry has not been one.
        else if (visitor.EntryLine == line && crossing.TakesBack?.Elapsed == visitor.EntryAt) visitor.EntryLine = -1;

        var dwell = crossing.At.Elapsed - since;
        return new LineCrossed(
            crossing.At, visitor.Id, watch.ToldAs, _lines[line].Id, crossing.Direction, entry,
            dwell < TimeSpan.Zero ? TimeSpan.Zero : dwell, crossing.Where) { TakesBack = crossing.TakesBack };
    }

    private struct Visitor
    {
        public TrackId Id;
        public ObjectClass Class;
        public bool Rides;
        public FrameTime FirstSeen;
        public FrameTime LastSeen;
        public int EntryLine;
        public TimeSpan EntryAt;
        public Past Past;
    }

    /// <summary>Where a track was in the last looks, some 0.15 s apart, at the same places for all tracks; those in which it was not seen hold an older time.</summary>
    [InlineArray(Length)]
    private struct Past
    {
        public const int Length = 12;
        private (TimeSpan At, BoxPx Box) _first;
    }
}
