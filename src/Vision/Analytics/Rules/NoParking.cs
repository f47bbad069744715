using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A zone in which standing longer than a time is reported.</summary>
/// <param name="Id">The installer's name of the rule.</param>
/// <param name="Rule"><c>no_parking</c> or <c>no_stopping</c>.</param>
/// <param name="Zone">Where.</param>
/// <param name="After">Standing this long.</param>
public sealed record NoParkingModel(string Id, string Rule, Zone Zone, TimeSpan After) : RuleModel(Id, Rule)
{
    /// <summary>The lights at which vehicles may queue in the zone; time at red is not counted. None: no light.</summary>
    public IReadOnlyList<string> Signals { get; init; } = [];

    /// <summary>Whether a jam without a light excuses as well. False for a pavement, where nothing queues.</summary>
    public bool IsQueueAware { get; init; } = true;

    /// <summary>How far the foot of the box may be off, box heights: boxes tremble.</summary>
    public float Drift { get; init; } = 0.25f;

    /// <summary>After green a queue needs this long to move.</summary>
    public TimeSpan Discharge { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Who has stood this long with nothing to wait for is parked: from then on all time counts.</summary>
    public TimeSpan Proof { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>A jam excuses no longer than this.</summary>
    public TimeSpan LongestJam { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>
/// Standing in a zone for too long. Waiting is no parking: time at a red or unreadable light, and time in a jam (others stand around and
/// nothing of the same kind flows past), is not counted, until the vehicle has stood long enough with a free way to be parked beyond doubt.
/// A vehicle that is hidden for a while and found at the same place, or that stands there under another's number, goes on where it was.
/// </summary>
public sealed class NoParking : TrackRule<NoParkingState>
{
    private static readonly TimeSpan FlowMemory = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan JamMemory = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestHidden = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StandsAgain = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LateNews = TimeSpan.FromSeconds(2.5);
    private const int MostNeighbours = 128;
    private readonly NoParkingModel _model;
    private readonly ZoneArea _zone;
    private readonly SignalTimeline[] _lights;
    private readonly Neighbour[] _neighbours = new Neighbour[MostNeighbours];
    private readonly Left[] _left = new Left[32];
    private readonly Reported[] _reported = new Reported[32];
    private int _nextLeft;
    private int _neighbourCount;
    private bool _mayQueue;

    /// <exception cref="ArgumentException">The board has no such light, or the zone has fewer than three corners.</exception>
    public NoParking(NoParkingModel model, TrackPaths paths, SignalBoard board) : base(model, paths)
    {
        _model = model;
        _zone = new ZoneArea(model.Zone);
        _lights = [.. model.Signals.Select(id => board.Find(id) ?? throw new ArgumentException($"Rule \"{model.Id}\" names the signal \"{id}\", which this camera does not have.", nameof(model)))];
    }

    private protected override bool MindsBreaks => false;

    private protected override void BeginFrame(ReadOnlySpan<Track> tracks, FrameTime now)
    {
        _mayQueue = _lights.Length > 0 && MayQueueAtLight(now);
        _neighbourCount = 0;
        foreach (ref readonly var track in tracks)
        {
            if (!ClassSet.MotorVehicles.Has(track.Class) || _neighbourCount == MostNeighbours) continue;
            var speed = MathF.Sqrt(track.VelocityX * track.VelocityX + track.VelocityY * track.VelocityY) / MathF.Max(1, track.Box.Height);
            _neighbours[_neighbourCount++] = new Neighbour(track.Id, track.Box, speed, track.Class == ObjectClass.Motorcycle);
        }
    }

    private protected override void See(in Track track, FrameTime now, ref Watched watched, ref NoParkingState state, List<Observation> found)
    {
        state.HasJumped |= Paths.IsBroken(track.Id);
        if (!_zone.Holds(track.Anchor))
        {
            if (state.Standing.Since is null || ++state.Outside < 2) return;
            if (state.HasJumped) Leave(watched.Id, state, state.Standing.Place, state.Standing.Since.Value);
            state = default;
            return;
        }

        state.Outside = 0;
        state.IsKept = false;
        var (since, place) = (state.Standing.Since, state.Standing.Place);
        state.Standing.See(track.Box, now, _model.Drift);
        if (since is null)
        {
            // Seen for the first time here: perhaps it stood here before it was hidden.
            state.IsSudden = state.HasJumped || now.Elapsed - track.FirstSeen.Elapsed <= TrackPaths.LongestBirth;
            Resume(track, now, ref state);
            return;
        }

        if (state.Standing.Since != since)
        {
            // It has moved: what was counted is over; unless its number has, and it stands there still.
            if (state.HasJumped) Leave(watched.Id, state, place, since.Value);
            state = new NoParkingState { Standing = state.Standing, LastSeen = now, IsSudden = state.HasJumped };
            return;
        }

        if (!state.Standing.IsOff) state.HasJumped = false;

        var passed = now.Elapsed - state.LastSeen.Elapsed;
        state.LastSeen = now;
        // A number that was suddenly here may be that of whom stood here before; it takes a moment until it is known that his own has gone.
        if (state.IsSudden && now.Elapsed - since.Value.Elapsed is var stands && stands >= StandsAgain && stands <= LateNews) Resume(track, now, ref state);
        // Who stands where somebody was reported is that somebody, whatever number the tracker gives it.
        if (!state.IsReported && IsReportedHere(state.Standing.Place, now)) state.IsReported = true;
        if (state.IsReported) KeepReported(state.Standing.Place, now);
        var excused = !state.IsParked && _model.IsQueueAware && (_mayQueue || IsInJam(track, now, ref state));
        if (excused) return;
        state.Counted += passed;
        if (state.Counted >= _model.Proof) state.IsParked = true;
        if (state.IsReported || state.Counted < _model.After) return;
        state.IsReported = true;
        KeepReported(state.Standing.Place, now);
        if (!MayAccuse(watched, now)) return;
        var name = ActCodes.Name(watched.Class);
        var begin = state.Standing.Since!.Value;
        var stood = now.Elapsed - begin.Elapsed;
        var word = _model.Rule == "no_stopping" ? "dừng" : "đỗ";
        Accuse(ref watched, now, new Accusation(
            now, begin, now, _model.Rule == "no_stopping" ? ActCodes.NoStopping : ActCodes.NoParking, 0.95f,
            new Said(
                Said.Vietnamese($"{name.Vi} {word} tại nơi cấm \"{_model.Zone.Id}\" {stood.TotalSeconds:0} giây (không tính lúc chờ đèn hoặc ùn tắc: {state.Counted.TotalSeconds:0} giây)."),
                FormattableString.Invariant($"A {name.En} stood in the zone \"{_model.Zone.Id}\" for {stood.TotalSeconds:0} s ({state.Counted.TotalSeconds:0} s without waits at the light or in a jam).")))
        {
            Measure = new ActMeasure("standing", Math.Round(state.Counted.TotalSeconds, 1), "s", 1),
            Signal = _lights.Length > 0 ? _lights[0].Spans(begin, now) : null,
        }, found);
    }

    private protected override void Settle(FrameTime now, ref Watched watched, ref NoParkingState state, List<Observation> found)
    {
        // Out of sight: what it stood so far waits at its place for a vehicle that is found there.
        if (state.Standing.Since is not { } since || state.IsKept || now.Elapsed - watched.LastSeen.Elapsed < TimeSpan.FromSeconds(0.7)) return;
        state.IsKept = true;
        Leave(watched.Id, state, state.Standing.Place, since);
    }

    private void Leave(TrackId id, in NoParkingState state, in BoxPx place, FrameTime since)
    {
        _left[_nextLeft] = new Left(id, place, since, state.LastSeen, state.Counted, state.IsParked, state.IsReported);
        _nextLeft = (_nextLeft + 1) % _left.Length;
    }

    private void Resume(in Track track, FrameTime now, ref NoParkingState state)
    {
        state.LastSeen = now;
        for (var i = 0; i < _left.Length; i++)
        {
            ref var left = ref _left[i];
            if (left.Id.Value == 0 || left.Id == track.Id || now.Elapsed - left.LastSeen.Elapsed > LongestHidden || left.Box.Iou(track.Box) < 0.6f) continue;
            state.Standing.Resume(left.Box, left.Since);
            (state.Counted, state.IsParked, state.IsReported) = (left.Counted + state.Counted, left.IsParked, left.IsReported);
            left = default;
            return;
        }
    }

    /// <summary>True when whoever stands here has been reported.</summary>
    private bool IsReportedHere(in BoxPx box, FrameTime now)
    {
        foreach (ref var reported in _reported.AsSpan())
        {
            if (reported.Box.Height > 0 && now.Elapsed - reported.LastSeen < LongestHidden && reported.Box.Iou(box) > 0.45f) return true;
        }

        return false;
    }

    private void KeepReported(in BoxPx box, FrameTime now)
    {
        var oldest = 0;
        for (var i = 0; i < _reported.Length; i++)
        {
            ref var reported = ref _reported[i];
            if (reported.Box.Height > 0 && reported.Box.Iou(box) > 0.45f)
            {
                reported = new Reported(reported.Box, now.Elapsed);
                return;
            }

            if (reported.LastSeen < _reported[oldest].LastSeen) oldest = i;
        }

        _reported[oldest] = new Reported(box, now.Elapsed);
    }

    /// <summary>True while a light is red or cannot be read, and for a while after: vehicles may be waiting for it.</summary>
    private bool MayQueueAtLight(FrameTime now)
    {
        foreach (var light in _lights)
        {
            if (light.At(now.Elapsed) != LightState.Green || now.Elapsed - (light.SinceAt(now.Elapsed) ?? now.Elapsed) < _model.Discharge) return true;
        }

        return false;
    }

    /// <summary>True when others stand around and nothing of the same kind has flowed past lately.</summary>
    private bool IsInJam(in Track track, FrameTime now, ref NoParkingState state)
    {
        var (standing, isTwoWheeler) = (0, track.Class == ObjectClass.Motorcycle);
        for (var i = 0; i < _neighbourCount; i++)
        {
            ref var other = ref _neighbours[i];
            if (other.Id == track.Id) continue;
            var off = other.Box.BottomCentre - track.Anchor;
            var (reach, distance) = (track.Box.Height + other.Box.Height, MathF.Sqrt(off.X * off.X + off.Y * off.Y));
            if (distance > 2 * reach) continue;
            if (other.Speed < 0.15f) standing++;
            else if (other.Speed > 0.5f && distance < reach && other.IsTwoWheeler == isTwoWheeler) state.FlowAt = now.Elapsed; // cross traffic is farther off
        }

        // A neighbour whose box trembles still stands: a jam is over only when nobody has stood there for a while.
        if (standing > 0)
        {
            if (now.Elapsed - state.JamSeen < JamMemory) state.Jammed += now.Elapsed - state.JamSeen;
            state.JamSeen = now.Elapsed;
        }

        var flows = state.FlowAt != default && now.Elapsed - state.FlowAt < FlowMemory;
        return !flows && state.JamSeen != default && now.Elapsed - state.JamSeen < JamMemory && state.Jammed < _model.LongestJam;
    }

    private readonly record struct Neighbour(TrackId Id, BoxPx Box, float Speed, bool IsTwoWheeler);

    private readonly record struct Reported(BoxPx Box, TimeSpan LastSeen);

    private readonly record struct Left(TrackId Id, BoxPx Box, FrameTime Since, FrameTime LastSeen, TimeSpan Counted, bool IsParked, bool IsReported);
}

/// <summary>One track in one zone.</summary>
public struct NoParkingState
{
    internal Standing Standing;
    internal FrameTime LastSeen;
    internal TimeSpan Counted;
    internal TimeSpan Jammed;
    internal TimeSpan JamSeen;
    internal TimeSpan FlowAt;
    internal int Outside;
    internal bool IsParked;
    internal bool IsReported;
    internal bool IsKept;
    internal bool HasJumped;
    internal bool IsSudden;
}
