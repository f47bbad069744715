using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tracking;

/// <summary>
/// Follows objects from frame to frame: ByteTrack's two-stage association (Zhang et al. 2022) over a Kalman filter whose step is
/// the real time between frames, with gates that widen with that time, and how each object looks (<see cref="Appearance"/>) where two boxes fit.
/// One update: 1. predict; 2. strong detections to confirmed tracks; 3. weak ones to what is left of those; 4. strong ones to
/// unconfirmed tracks; 5. take up hidden tracks again; 6. begin new ones; 7. end old ones and duplicates; 8. hand out.
/// Not thread-safe: one camera, one tracker. An update allocates nothing.
/// </summary>
public sealed class ByteTracker
{
    private readonly TrackerOptions _options;
    private readonly TrackState[] _tracks;
    private readonly Assignment _assignment;
    private readonly CameraShift _cameraShift;
    private readonly TrackId[] _ended;
    private readonly int[] _rows;
    private readonly int[] _columns;
    private readonly bool[] _taken;
    private int _count;
    private int _endedCount;
    private long _lastId;
    private FrameTime _now;
    private bool _started;
    private TimeSpan _step;
    private double _dt;
    private TimeSpan _maxUnseen;

    /// <param name="options">How tracks begin, go on and end.</param>
    /// <param name="last">The last number that was given before, by a tracker of another size of picture: numbers go on, none comes twice.</param>
    public ByteTracker(TrackerOptions? options = null, TrackId last = default)
    {
        _lastId = last.Value;
        _options = options ?? new TrackerOptions();
        _tracks = new TrackState[_options.Capacity];
        _assignment = new Assignment(_options.Capacity);
        _cameraShift = new CameraShift(_options.Capacity);
        _ended = new TrackId[_options.Capacity];
        _rows = new int[_options.Capacity];
        _columns = new int[_options.Capacity];
        _taken = new bool[_options.Capacity];
        _maxUnseen = _options.MaxUnseen;
    }

    /// <summary>Confirmed tracks that ended for good in the last update. Valid until the next one.</summary>
    public ReadOnlySpan<TrackId> Ended => _ended.AsSpan(0, _endedCount);

    /// <summary>The last number that was given.</summary>
    public TrackId Last => new(_lastId);

    /// <summary>Ends all tracks: <see cref="Ended"/> then names them.</summary>
    public void EndAll()
    {
        _endedCount = 0;
        while (_count > 0) Remove(_count - 1);
    }

    /// <summary>Detections that could not begin a track because all places were taken.</summary>
    public long Dropped { get; private set; }

    /// <summary>Takes one frame's detections in and hands out the confirmed tracks.</summary>
    /// <param name="detections">All detections of the frame from <see cref="TrackerOptions.LowScore"/> up; those beyond the capacity are not looked at.</param>
    /// <param name="now">Time of the frame; a time that does not go forward is taken as no time passed.</param>
    /// <param name="confirmed">Cleared and filled: matched tracks, and those that coast through a short gap.</param>
    public void Update(ReadOnlySpan<Detection> detections, FrameTime now, TrackBuffer confirmed) => Update(detections, [], now, confirmed);

    /// <summary>The same with how each detection looks: of two boxes that fit a track, the one that looks like it is taken.</summary>
    /// <param name="detections">As above.</param>
    /// <param name="looks">One for each detection (see <see cref="AppearanceBuffer"/>), or empty.</param>
    /// <param name="now">As above.</param>
    /// <param name="confirmed">As above.</param>
    /// <exception cref="ArgumentException">There are looks, but not one for each detection.</exception>
    public void Update(ReadOnlySpan<Detection> detections, ReadOnlySpan<Appearance> looks, FrameTime now, TrackBuffer confirmed)
    {
        if (looks.Length != 0 && looks.Length != detections.Length) throw new ArgumentException("One look for each detection, or none.", nameof(looks));
        if (detections.Length > _options.Capacity) detections = detections[.._options.Capacity];
        _endedCount = 0;
        _taken.AsSpan(0, detections.Length).Clear();
        SkipDoubles(detections);
        Predict(now);
        if (_options.FollowCamera) FollowCamera(detections);

        Associate(detections, looks, Stage.Strong, _options.FirstLimit);
        Associate(detections, looks, Stage.Weak, _options.SecondLimit);
        Associate(detections, looks, Stage.Tentative, _options.TentativeLimit);
        Associate(detections, looks, Stage.Relink, _options.RelinkLimit);
        Begin(detections, looks);
        End();
        confirmed.Clear();
        for (var i = 0; i < _count; i++)
        {
            ref var track = ref _tracks[i];
            if (track.Id.Value != 0 && Unseen(track) <= _maxUnseen) confirmed.TryAdd(track.ToTrack());
        }
    }

    private TimeSpan Unseen(in TrackState track) => _now.Elapsed - track.LastSeen.Elapsed;

    private void Predict(FrameTime now)
    {
        var dt = _started ? (float)(now.Elapsed - _now.Elapsed).TotalSeconds : 0;
        // A clock that stands still or steps back moves nothing; the frame's own time stays monotonic.
        _now = _started && dt < 0 ? new FrameTime(_now.Elapsed, now.Utc) : now;
        _started = true;
        if (dt > 0)
        {
            // One long pause is an outage; only a second one of its kind is the rate.
            var usual = Math.Min(dt, Math.Max(1, _dt));
            _dt = dt;
            _step += (TimeSpan.FromSeconds(usual) - _step) * (_step == TimeSpan.Zero ? 1 : 0.1);
            var misses = _options.UnseenSteps * _step;
            _maxUnseen = misses > _options.MaxUnseen ? misses : _options.MaxUnseen;
        }

        for (var i = 0; i < _count; i++)
        {
            ref var track = ref _tracks[i];
            track.DetectionIndex = -1;
            if (dt > 0) track.Filter.Predict(dt, _options.NoiseOf(track.Class));
        }
    }

    private void FollowCamera(ReadOnlySpan<Detection> detections)
    {
        var (dx, dy) = _cameraShift.Estimate(_tracks.AsSpan(0, _count), detections, _options, _now.Elapsed);
        if (dx == 0 && dy == 0) return;
        for (var i = 0; i < _count; i++) _tracks[i].Filter.Shift(dx, dy);
    }

    private enum Stage
    {
        Strong,
        Weak,
        Tentative,
        Relink,
    }

    private void Associate(ReadOnlySpan<Detection> detections, ReadOnlySpan<Appearance> looks, Stage stage, float limit)
    {
        var rows = 0;
        for (var i = 0; i < _count; i++)
        {
            ref var track = ref _tracks[i];
            if (track.DetectionIndex < 0 && TakesPart(track, stage)) _rows[rows++] = i;
        }

        var columns = 0;
        for (var j = 0; j < detections.Length; j++)
        {
            if (_taken[j]) continue;
            var score = detections[j].Score;
            var fits = stage switch
            {
                Stage.Strong => score >= _options.HighScore,
                Stage.Weak => score >= _options.LowScore && score < _options.HighScore,
                _ => score >= _options.BirthScore,
            };
            if (fits) _columns[columns++] = j;
        }

        if (rows == 0 || columns == 0) return;
        var costs = _assignment.Costs(rows, columns);
        for (var r = 0; r < rows; r++)
        {
            ref var track = ref _tracks[_rows[r]];
            var cost = new AssociationCost(track, _options, Unseen(track) * (_options.MaxUnseen / _maxUnseen));
            for (var c = 0; c < columns; c++)
            {
                var j = _columns[c];
                costs[r * columns + c] = cost.To(detections[j], looks.IsEmpty ? default : looks[j]);
            }
        }

        var columnOf = _assignment.Solve(rows, columns, limit);
        for (var r = 0; r < rows; r++)
        {
            if (columnOf[r] < 0) continue;
            var j = _columns[columnOf[r]];
            _taken[j] = true;
            Match(ref _tracks[_rows[r]], detections[j], j);
            if (!looks.IsEmpty) _tracks[_rows[r]].Look.Follow(looks[j], _options.LookFollow);
        }
    }

    private bool TakesPart(in TrackState track, Stage stage)
    {
        var confirmed = track.Id.Value != 0;
        return stage switch
        {
            Stage.Strong => confirmed && Unseen(track) <= _maxUnseen,
            Stage.Weak => confirmed && Unseen(track) <= _maxUnseen,
            Stage.Tentative => !confirmed,
            _ => confirmed && Unseen(track) > _maxUnseen,
        };
    }

    private void Match(ref TrackState track, in Detection detection, int index)
    {
        var doubt = 1 + _options.Doubt * MathF.Max(0, 1 - detection.Score);
        track.Filter.Update(detection.Box, _options.NoiseOf(track.Class), doubt);
        track.DetectionIndex = index;
        track.Score = detection.Score;
        track.LastSeen = _now;
        track.Hits++;
        track.Evidence += detection.Score;
        track.Vote(detection.Class, detection.Score);
        if (track.Id.Value == 0 && track.Hits >= _options.ConfirmHits && track.Evidence >= _options.ConfirmEvidence) track.Id = new TrackId(++_lastId);
    }

    private void Begin(ReadOnlySpan<Detection> detections, ReadOnlySpan<Appearance> looks)
    {
        for (var j = 0; j < detections.Length; j++)
        {
            ref readonly var detection = ref detections[j];
            if (_taken[j] || !(detection.Score >= _options.BirthScore) || !IsSound(detection.Box)) continue;
            if (_count == _tracks.Length)
            {
                Dropped++;
                continue;
            }

            ref var track = ref _tracks[_count++];
            track = default;
            track.Filter = KalmanBoxFilter.At(detection.Box, _options.NoiseOf(detection.Class));
            track.Group = TrackState.GroupOf(detection.Class);
            track.FirstSeen = track.LastSeen = _now;
            track.FirstBox = detection.Box;
            if (!looks.IsEmpty) track.Look = looks[j];
            track.DetectionIndex = j;
            track.Score = detection.Score;
            track.Hits = 1;
            track.Evidence = detection.Score;
            track.Vote(detection.Class, detection.Score);
        }
    }

    /// <summary>False for a box without a place or a size, which a broken model may give.</summary>
    private static bool IsSound(in BoxPx box) =>
        float.IsFinite(box.X) && float.IsFinite(box.Y) && float.IsFinite(box.Width) && float.IsFinite(box.Height)
        && box.Width > 0 && box.Height > 0;

    private void End()
    {
        var misses = _options.TentativeSteps * _step;
        var tentative = misses > _options.TentativeTime ? misses : _options.TentativeTime;
        for (var i = _count - 1; i >= 0; i--)
        {
            ref var track = ref _tracks[i];
            var limit = track.Id.Value == 0 ? tentative
                : _options.RelinkWindow * (_maxUnseen / _options.MaxUnseen) is var window && window > _maxUnseen ? window : _maxUnseen;
            if (Unseen(track) > limit || IsDuplicate(i)) Remove(i);
        }
    }

    /// <summary>True when the detections of this frame that this track lacks went to one that covers it: it was the same object.</summary>
    private bool IsDuplicate(int index)
    {
        ref var track = ref _tracks[index];
        if (track.Id.Value == 0 || track.DetectionIndex >= 0) return false;
        var box = track.Filter.Box;
        for (var i = 0; i < _count; i++)
        {
            ref var other = ref _tracks[i];
            if (other.DetectionIndex < 0 || other.Id.Value == 0 || other.Group != track.Group) continue;
            if (other.Filter.Box.Iou(box) > _options.DuplicateIou) return true;
        }

        return false;
    }

    /// <summary>
    /// A class-wise NMS leaves a car that is also a truck in twice, and a motorcycle once alone and once with its rider. Of two
    /// detections of one group that cover each other, or of two two-wheelers on the same wheels, the weaker is not looked at.
    /// </summary>
    private void SkipDoubles(ReadOnlySpan<Detection> detections)
    {
        for (var i = 0; i < detections.Length; i++)
        {
            ref readonly var a = ref detections[i];
            var group = TrackState.GroupOf(a.Class);
            if (a.Class == ObjectClass.Person || _taken[i]) continue;
            for (var j = i + 1; j < detections.Length; j++)
            {
                ref readonly var b = ref detections[j];
                if (_taken[j] || TrackState.GroupOf(b.Class) != group) continue;
                var isDouble = (a.Class != b.Class && a.Box.Iou(b.Box) > _options.DoubleIou)
                    || (group == TrackState.TwoWheelers && StandOnTheSameWheels(a.Box, b.Box));
                if (!isDouble) continue;
                _taken[a.Score < b.Score ? i : j] = true;
                if (_taken[i]) break;
            }
        }
    }

    /// <summary>
    /// One box lies in the other, both end at the same height above the ground and are about as wide: a machine, and the machine with
    /// who sits on it. Two machines side by side or behind each other differ in one of these.
    /// </summary>
    private bool StandOnTheSameWheels(in BoxPx a, in BoxPx b)
    {
        var (tall, low) = a.Height >= b.Height ? (a, b) : (b, a);
        return tall.SharedWith(low) is > 0 and var shared
            && shared >= _options.NestedShare * low.Width * low.Height
            && MathF.Abs(tall.Bottom - low.Bottom) <= _options.SameWheels * tall.Height
            && MathF.Min(tall.Width, low.Width) >= 0.6f * MathF.Max(tall.Width, low.Width);
    }

    private void Remove(int index)
    {
        if (_tracks[index].Id.Value != 0) _ended[_endedCount++] = _tracks[index].Id;
        _tracks[index] = _tracks[--_count];
    }
}
