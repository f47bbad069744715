using System.Diagnostics;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Gates;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Plates;

/// <summary>What a chain has done so far.</summary>
/// <param name="Looks">Vehicles searched for a plate.</param>
/// <param name="Reads">Plates read.</param>
/// <param name="Skipped">Vehicles that found no room; see <see cref="PlateChainOptions.MaxVehicles"/>.</param>
/// <param name="Passages">Passages reported.</param>
/// <param name="Suppressed">Vehicles not reported again: parked ones found anew, and second tracks of one vehicle.</param>
/// <param name="Time">Time spent in <c>Read</c>, waiting for a turn included.</param>
public readonly record struct PlateChainCounters(long Looks, long Reads, long Skipped, long Passages, long Suppressed, TimeSpan Time);

/// <summary>
/// Reads the plates of one camera's vehicles, on that camera's own thread. Each frame: 1. follow the vehicles, 2. choose the few that
/// gain most from a look, 3. find the plate on the vehicle at full resolution, 4. read and vote, 5. report those that are done.
/// A vehicle is reported once, when its track ends or some time after its plate is settled. Nothing is allocated by a frame that
/// reports nothing. One thread at a time.
/// </summary>
public sealed class PlateChain : IPlateLook, IDisposable
{
    // Plates below a vehicle's box (low bumpers) and rider boxes that end above the wheel are still found.
    private const float VehicleMargin = 0.1f;
    private const float InsideShare = 0.7f;

    private readonly PlateDetector _detector;
    private readonly PlateReader _reader;
    private readonly PlateChainOptions _options;
    private readonly PlateVehicle[] _vehicles;
    private readonly PlateSpot[] _spots = new PlateSpot[8];
    private readonly PlateRead _read = new();
    private readonly RecentPlates _recent;
    private readonly BrokenTracks _broken = new();
    private PlateChainCounters _counters;
    private FrameTime _now;
    private float _scaleX = 1;
    private float _scaleY = 1;

    /// <param name="detector">Finds plates; disposed with the chain.</param>
    /// <param name="reader">Reads them; disposed with the chain.</param>
    /// <param name="options">How much to look.</param>
    /// <param name="parked">Vehicles known to stand in the picture; may be shared with nobody.</param>
    public PlateChain(PlateDetector detector, PlateReader reader, PlateChainOptions options, ParkedPlates? parked = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _detector = detector;
        _reader = reader;
        _options = options;
        _recent = new RecentPlates(options.RepeatWindow);
        Parked = parked ?? new ParkedPlates();
        _vehicles = new PlateVehicle[options.MaxVehicles];
        for (var i = 0; i < _vehicles.Length; i++) _vehicles[i] = new PlateVehicle();
    }

    /// <summary>The vehicles that stood still when they were last seen.</summary>
    public ParkedPlates Parked { get; }

    public PlateChainCounters Counters => _counters;

    /// <summary>Looks at one frame.</summary>
    /// <param name="frame">The frame at full resolution; held by the caller.</param>
    /// <param name="tracks">The confirmed tracks, in pixels of this frame.</param>
    /// <param name="found">Where passages are added.</param>
    public void Read(Frame frame, ReadOnlySpan<Track> tracks, List<Observation> found) => Read(frame, frame, tracks, found);

    /// <summary>Looks at one frame of a small stream, and for plates at the same moment in the main one.</summary>
    /// <param name="analysed">The frame in which the tracks were seen; held by the caller.</param>
    /// <param name="full">The same view at full resolution, of that moment or a little before or after; null when there is none, and then no plate is looked for.</param>
    /// <param name="tracks">The confirmed tracks, in pixels of <paramref name="analysed"/>; so are the boxes of passages.</param>
    /// <param name="found">Where passages are added.</param>
    public void Read(Frame analysed, Frame? full, ReadOnlySpan<Track> tracks, List<Observation> found)
    {
        ArgumentNullException.ThrowIfNull(analysed);
        var began = Stopwatch.GetTimestamp();
        _now = analysed.Time;
        if (full is not null) (_scaleX, _scaleY) = ((float)full.Width / analysed.Width, (float)full.Height / analysed.Height);
        Follow(tracks, found);
        for (var look = 0; full is not null && look < _options.LooksPerFrame && Choose() is { } vehicle; look++) Look(full, vehicle, found);
        foreach (var vehicle in _vehicles)
        {
            if (!vehicle.InUse || vehicle.Published) continue;
            if (vehicle.Lost)
            {
                if (_now.Elapsed - vehicle.Track.LastSeen.Elapsed > BrokenTracks.LongestGap) Close(vehicle, found);
                continue;
            }

            if (vehicle.DoneAt is { } done ? _now.Elapsed - done < _options.PublishAfter : !vehicle.Rests(_options, _now.Elapsed)) continue;
            // A passage at a place that is remembered may be none: the plate is told all the same, for an act that waits for it.
            if (vehicle is { DoneAt: null, AtRememberedPlace: true }) SaySettled(vehicle, found);
            Publish(vehicle, found);
        }

        _counters = _counters with { Time = _counters.Time + Stopwatch.GetElapsedTime(began) };
    }

    /// <summary>What is known of a vehicle's plate so far, for a rule that cannot wait for its passage; null when nothing two looks agree on.</summary>
    public PlateReading? ReadingOf(TrackId track) => Find(track) is { } vehicle ? vehicle.Vote.Result(vehicle.Track.Class) : null;

    /// <inheritdoc/>
    public PlateSight SightOf(TrackId track) => Find(track) is { } vehicle ? new PlateSight(vehicle.PlateWidthNowPx, vehicle.Vote.Reads) : default;

    /// <inheritdoc/>
    public bool IsSettled(TrackId track, int minReads, float minConfidence) =>
        Find(track) is { } vehicle && vehicle.Vote.IsSettled(vehicle.Track.Class, minReads, minConfidence);

    /// <summary>
    /// A track has ended: its passage is reported if it was one, and its memory goes to the next. A vehicle that drove and whose plate nobody
    /// knows waits a moment first: a new track that begins where it would be now is the same vehicle, and may show the plate.
    /// </summary>
    public void Forget(TrackId gone, List<Observation> found)
    {
        if (Find(gone) is not { } vehicle || vehicle.Track.Id != gone) return; // it goes on under another number
        if (MayGoOn(vehicle) && vehicle.Moved && _now.Elapsed - vehicle.Track.LastSeen.Elapsed <= BrokenTracks.LongestGap) vehicle.Lose();
        else Close(vehicle, found);
    }

    /// <summary>The camera ends: every vehicle still there is reported, in the order in which they were last seen.</summary>
    public void Finish(List<Observation> found)
    {
        while (Oldest(static vehicle => vehicle.InUse) is { } vehicle) Close(vehicle, found);
    }

    private void Close(PlateVehicle vehicle, List<Observation> found)
    {
        if (!vehicle.Published) Publish(vehicle, found);
        if (vehicle.AtRememberedPlace && vehicle.Moved) Parked.Leave(vehicle.FirstBox);
        if (vehicle.Stands) Parked.Remember(vehicle.Track.Box, vehicle.Vote.Result(vehicle.Track.Class)?.Text, vehicle.Track.LastSeen);
        // Only what was told can go on: a glimpse that was left out must not take the next one with it.
        if (vehicle.Told) _broken.Add(vehicle.Track);
        vehicle.End();
    }

    public void Dispose()
    {
        _detector.Dispose();
        _reader.Dispose();
    }

    private void Follow(ReadOnlySpan<Track> tracks, List<Observation> found)
    {
        foreach (ref readonly var track in tracks)
        {
            if (!track.IsMatched || !track.Class.IsMotorVehicle()) continue;
            if (Find(track.Id) is { } known)
            {
                // An earlier number is back: it was hidden and not renamed, and whose the reads are nobody can say.
                if (known.Track.Id == track.Id) known.See(track);
                else known.Begin(track, Parked.IsRemembered(track.Box, _now));
            }
            else if (BrokenOff(track) is { } broken) broken.GoOn(track);
            else if (Free(found) is { } free) free.Begin(track, Parked.IsRemembered(track.Box, _now));
            else _counters = _counters with { Skipped = _counters.Skipped + 1 };
        }

        foreach (var vehicle in _vehicles)
        {
            if (IsSeenNow(vehicle)) vehicle.Seen(IsInsideOlder(vehicle));
        }
    }

    // The vehicle out of sight that this new track goes on with; the nearest of several. One whose plate is known is told as it is.
    private PlateVehicle? BrokenOff(in Track begun)
    {
        PlateVehicle? best = null;
        var nearest = float.MaxValue;
        foreach (var vehicle in _vehicles)
        {
            if (!vehicle.InUse || IsSeenNow(vehicle) || BrokenTracks.Off(vehicle.Track, begun) is not { } off || off >= nearest || !MayGoOn(vehicle)) continue;
            (best, nearest) = (vehicle, off);
        }

        return best;
    }

    private static bool MayGoOn(PlateVehicle vehicle) => !vehicle.Published && (vehicle.Vote.Reads < 2 || vehicle.Vote.Result(vehicle.Track.Class) is null);

    private bool IsSeenNow(PlateVehicle vehicle) => vehicle.InUse && vehicle.Track.LastSeen.Elapsed == _now.Elapsed;

    // Two boxes on one vehicle (a cab on its lorry, two classes of one thing): the younger track is the double.
    private bool IsInsideOlder(PlateVehicle vehicle)
    {
        var box = vehicle.Track.Box;
        var motorcycle = vehicle.Track.Class == ObjectClass.Motorcycle;
        foreach (var other in _vehicles)
        {
            if (other == vehicle || !IsSeenNow(other) || other.Track.Id.Value > vehicle.Track.Id.Value) continue;
            if (motorcycle != (other.Track.Class == ObjectClass.Motorcycle)) continue;
            if (box.SharedWith(other.Track.Box) > InsideShare * MathF.Min(box.Area, other.Track.Box.Area)) return true;
        }

        return false;
    }

    // The vehicle with the fewest reads, the larger one of two: a first look tells most, and size is what reading lives on.
    private PlateVehicle? Choose()
    {
        PlateVehicle? best = null;
        foreach (var vehicle in _vehicles)
        {
            if (!IsSeenNow(vehicle) || !vehicle.WantsLook(_options, _now.Elapsed, MathF.Max(_scaleX, _scaleY))) continue;
            if (best is null || vehicle.Looks < best.Looks || (vehicle.Looks == best.Looks && vehicle.HeightPx > best.HeightPx)) best = vehicle;
        }

        return best;
    }

    private void Look(Frame frame, PlateVehicle vehicle, List<Observation> found)
    {
        vehicle.Looked(_now.Elapsed);
        _counters = _counters with { Looks = _counters.Looks + 1 };
        var box = BoxIn(frame, vehicle.Track);
        var around = new BoxPx(box.X - VehicleMargin * box.Width, box.Y - VehicleMargin * box.Height, box.Width * (1 + 2 * VehicleMargin), box.Height * (1 + 2 * VehicleMargin));
        var count = _detector.Find(frame, around, _detector.ScoreThreshold, _spots);
        if (PlateOf(box, around, _spots.AsSpan(0, count)) is { } spot && spot.Corners.WidthPx >= _options.MinPlateWidthPx) ReadPlate(frame, vehicle, spot);
        if (vehicle.Looks >= _options.MaxLooks) vehicle.Done(_now.Elapsed);
        if (vehicle.DoneAt is not null) SaySettled(vehicle, found);
    }

    // Two streams give their pictures at different moments: in between, the vehicle has gone on.
    private BoxPx BoxIn(Frame frame, in Track track)
    {
        var later = (float)(frame.Time.Elapsed - _now.Elapsed).TotalSeconds;
        var box = track.Box;
        return new BoxPx(box.X + later * track.VelocityX, box.Y + later * track.VelocityY, box.Width, box.Height).Scaled(_scaleX, _scaleY);
    }

    private void SaySettled(PlateVehicle vehicle, List<Observation> found)
    {
        if (!_options.SayWhenSettled || vehicle.Vote.Result(vehicle.Track.Class) is not { } plate) return;
        var track = vehicle.Track;
        found.Add(new PlateSettled(_now, track.Id, track.Class, plate, track.Box, vehicle.PictureOf(plate)));
    }

    private void ReadPlate(Frame frame, PlateVehicle vehicle, in PlateSpot spot)
    {
        _reader.Read(frame, spot, _read);
        vehicle.Measured(spot.Corners.WidthPx);
        _counters = _counters with { Reads = _counters.Reads + 1 };
        var (vote, kind) = (vehicle.Vote, vehicle.Track.Class);
        var weight = PlateVote.WeightOf(_read, spot.Score);
        vehicle.Keep(frame, spot, weight * vote.Add(_read, kind, weight));
        var givenUp = vote.Misfits == vote.Reads && vote.Misfits >= _options.MisfitsToGiveUp;
        if (givenUp || vote.Reads >= _options.MaxReads || vote.IsSettled(kind, _options.SettledReads, _options.SettledConfidence)) vehicle.Done(_now.Elapsed);
    }

    // Several plates may be seen on one crop, as neighbours stand close: the one nearest to the vehicle's lower middle is its own.
    private static PlateSpot? PlateOf(in BoxPx box, in BoxPx around, ReadOnlySpan<PlateSpot> spots)
    {
        var own = new PointPx(box.Centre.X, box.Y + 0.65f * box.Height);
        PlateSpot? best = null;
        var nearest = float.MaxValue;
        foreach (ref readonly var spot in spots)
        {
            var centre = spot.Box.Centre;
            if (centre.X < around.X || centre.X > around.Right || centre.Y < around.Y || centre.Y > around.Bottom) continue;
            var (dx, dy) = ((centre.X - own.X) / box.Width, (centre.Y - own.Y) / box.Height);
            var distance = (dx * dx + dy * dy + 0.05f) / spot.Score;
            if (distance >= nearest) continue;
            nearest = distance;
            best = spot;
        }

        return best;
    }

    private void Publish(PlateVehicle vehicle, List<Observation> found)
    {
        vehicle.Published = true;
        var track = vehicle.Track;
        var plate = vehicle.Vote.Result(track.Class);
        var known = vehicle.AtRememberedPlace && !vehicle.Moved && Parked.IsSame(track.Box, plate?.Text, _now);
        // What never moved and shows no plate passes nowhere: a shadow taken for a car, or one parked out of reach.
        var seenFor = track.LastSeen.Elapsed - vehicle.FirstSeen.Elapsed;
        if (!known && !vehicle.Moved && (plate is null || seenFor < _options.MinPassage)) return;
        // Nor does a glimpse of something without a plate that neither stayed nor came far.
        if (plate is null && seenFor < _options.MinPassage && vehicle.Travelled < _options.FarForAGlimpse) return;
        vehicle.Told = true;
        if (known || (plate is null ? vehicle.IsDouble || _broken.Continues(vehicle.BeganAt, vehicle.FirstSeen, track.Class) : _recent.IsRepeat(plate.Text, vehicle.FirstSeen.Elapsed, track.LastSeen.Elapsed)))
        {
            _counters = _counters with { Suppressed = _counters.Suppressed + 1 };
            return;
        }

        _counters = _counters with { Passages = _counters.Passages + 1 };
        var at = track.LastSeen;
        found.Add(new PassageRead(at, track.Id, track.Class, plate, vehicle.FirstSeen, at, track.Box, plate is null ? null : vehicle.PictureOf(plate))
        {
            Earlier = vehicle.Earlier.Length == 0 ? [] : vehicle.Earlier.ToArray(),
        });
    }

    private PlateVehicle? Find(TrackId track)
    {
        foreach (var vehicle in _vehicles)
        {
            if (vehicle.InUse && (vehicle.Track.Id == track || vehicle.Earlier.Contains(track))) return vehicle;
        }

        return null;
    }

    // Room for another vehicle; one that only waits to be found again makes room.
    private PlateVehicle? Free(List<Observation> found)
    {
        foreach (var vehicle in _vehicles)
        {
            if (!vehicle.InUse) return vehicle;
        }

        if (Oldest(static vehicle => vehicle.Lost) is not { } lost) return null;
        Close(lost, found);
        return lost;
    }

    private PlateVehicle? Oldest(Func<PlateVehicle, bool> which)
    {
        PlateVehicle? oldest = null;
        foreach (var vehicle in _vehicles)
        {
            if (which(vehicle) && (oldest is null || vehicle.Track.LastSeen.Elapsed < oldest.Track.LastSeen.Elapsed)) oldest = vehicle;
        }

        return oldest;
    }
}
