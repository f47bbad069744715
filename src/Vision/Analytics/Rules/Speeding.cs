using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A measured piece of road and its limit.</summary>
public sealed record SpeedingModel(string Id, RoadPlane Plane, int LimitKmh) : RuleModel(Id, "speeding")
{
    /// <summary>Until when the camera is certified as a speed meter. Null, or later than this, every event is indicative.</summary>
    public DateTimeOffset? CertifiedUntil { get; init; }

    /// <summary>The least way over which a speed is taken, metres.</summary>
    public double BaseMetres { get; init; } = 8;

    /// <summary>The least number of places on that way.</summary>
    public int MinPlaces { get; init; } = 3;

    /// <summary>A band begins this far above the limit, km/h.</summary>
    public double Tolerance { get; init; } = 5;

    /// <summary>How exactly a wheel's place is known in the picture over a whole way, pixels.</summary>
    public double PlaceErrorPx { get; init; } = 1.5;

    /// <summary>A speed whose error is a larger share of it than this is none.</summary>
    public double MostError { get; init; } = 0.2;
}

/// <summary>
/// Driving faster than the limit. The wheels' places on the road give a speed by the median of all pairs far enough apart (Theil and Sen),
/// which single bad boxes do not move; the error is that of 95 %: of the scatter around that line, by Student's t, for few places say little of
/// their own scatter, and of the place in the picture at both ends together. Only speed less error counts, and only a certified camera's event is more than a hint.
/// A number that passes to a faster neighbour makes a way of two vehicles: where two places in a row lie where no vehicle gets by braking,
/// speeding up or turning, the way ends, and another begins.
/// </summary>
public sealed class Speeding : TrackRule<SpeedingState>
{
    private const int MostPlaces = 32;

    /// <summary>How far a box's lower edge trembles, box heights.</summary>
    private const float Tremble = 0.02f;

    /// <summary>Braking hard, m/s².</summary>
    private const float HardestBraking = 8;

    /// <summary>What is known of the scatter beforehand counts as much as this many places more.</summary>
    private const int PriorFreedom = 2;

    /// <summary>Out of sight for longer, its way has ended.</summary>
    private static readonly TimeSpan Gone = TimeSpan.FromSeconds(1.5);

    private readonly SpeedingModel _model;
    private readonly ZoneArea _area;
    private readonly double[] _slopes = new double[MostPlaces * (MostPlaces - 1) / 2];

    /// <exception cref="ArgumentException">The plane has no area.</exception>
    public Speeding(SpeedingModel model, TrackPaths paths) : base(model, paths)
    {
        _model = model;
        _area = new ZoneArea(new Zone(model.Id, model.Plane.Corners));
    }

    private protected override void See(in Track track, FrameTime now, ref Watched watched, ref SpeedingState state, List<Observation> found)
    {
        if (!_area.Holds(track.Anchor))
        {
            Close(now, ref watched, ref state, found);
            return;
        }

        // The box that began the track stood on this road too, and lengthens the base of a fast vehicle by a frame.
        if (watched.IsFirst && track.FirstBox.Height > 0 && now.Elapsed - track.FirstSeen.Elapsed is { Ticks: > 0 } age && age <= TrackPaths.LongestBirth && _area.Holds(track.FirstBox.BottomCentre))
            Add(PlaceOf(track.FirstBox, track.FirstSeen), ref state);
        var place = PlaceOf(track.Box, now);
        if (!state.HasStray && IsOffItsWay(ref state, place))
        {
            (state.Stray, state.HasStray) = (place, true);
            return;
        }

        if (state.HasStray)
        {
            state.HasStray = false;
            // One bad box, or the first of another's way.
            if (IsOffItsWay(ref state, place)) Close(now, ref watched, ref state, found);
            Add(state.Stray, ref state);
        }

        Add(place, ref state);
    }

    private SpeedPlace PlaceOf(in BoxPx box, FrameTime at)
    {
        var (x, y) = _model.Plane.ToMetres(box.BottomCentre);
        var error = _model.Plane.MetresPerPixel(box.BottomCentre) * Math.Max(_model.PlaceErrorPx, Tremble * box.Height);
        return new SpeedPlace(at, (float)x, (float)y, (float)error, box.BottomCentre);
    }

    private static void Add(in SpeedPlace place, ref SpeedingState state)
    {
        if (state.Count == MostPlaces)
        {
            // A slow vehicle fills the ring: every second place is enough of the past.
            for (var i = 0; i < MostPlaces / 2; i++) state.Places[i] = state.Places[2 * i];
            state.Count = MostPlaces / 2;
        }

        state.Places[state.Count++] = place;
    }

    /// <summary>True when a vehicle with the last third of a second's speed cannot be there by now.</summary>
    private static bool IsOffItsWay(ref SpeedingState state, in SpeedPlace place)
    {
        if (state.Count < 3) return false;
        ref var last = ref state.Places[state.Count - 1];
        var i = state.Count - 2;
        while (i > 0 && last.Since(state.Places[i]) < 0.3) i--;
        ref var earlier = ref state.Places[i];
        var (span, dt) = ((float)last.Since(earlier), (float)place.Since(last));
        if (span <= 0 || dt <= 0) return false;
        var (dx, dy) = (place.X - last.X - (last.X - earlier.X) * dt / span, place.Y - last.Y - (last.Y - earlier.Y) * dt / span);
        var free = MathF.Max(last.Error, place.Error) * (3 + 4 * dt / span) + 0.5f * HardestBraking * dt * dt;
        return dx * dx + dy * dy > free * free;
    }

    private protected override void Settle(FrameTime now, ref Watched watched, ref SpeedingState state, List<Observation> found)
    {
        if (state.Count > 0 && now.Elapsed - watched.LastSeen.Elapsed >= Gone) Close(now, ref watched, ref state, found);
    }

    private protected override void End(ref Watched watched, ref SpeedingState state, List<Observation> found) => Close(watched.LastSeen, ref watched, ref state, found);

    /// <summary>A way has ended.</summary>
    private void Close(FrameTime now, ref Watched watched, ref SpeedingState state, List<Observation> found)
    {
        if (state.Count > 0) Judge(now, ref watched, ref state, found);
        (state.Count, state.HasStray) = (0, false);
    }

    private void Judge(FrameTime now, ref Watched watched, ref SpeedingState state, List<Observation> found)
    {
        if (state.Count < _model.MinPlaces || Measure(ref state) is not { } speed) return;
        var sure = speed.Kmh - speed.PlusMinus;
        if (speed.PlusMinus > _model.MostError * speed.Kmh || sure < _model.LimitKmh + _model.Tolerance || ActCodes.Speed(watched.Class, sure - _model.LimitKmh) is not { } code || !MayAccuse(watched, now)) return;
        var name = ActCodes.Name(watched.Class);
        var (first, last) = (state.Places[0].At, state.Places[state.Count - 1].At);
        var isCertified = _model.CertifiedUntil is { } until && last.Utc < until;
        Accuse(ref watched, now, new Accusation(
            last.InterpolatedFrom(first, 0.5), first, last, code, (float)Math.Clamp(1 - speed.PlusMinus / speed.Kmh, 0, 0.95),
            new Said(
                Said.Vietnamese($"{name.Vi} chạy khoảng {speed.Kmh:0} ± {speed.PlusMinus:0} km/h trên {speed.Metres:0} m, nơi giới hạn {_model.LimitKmh} km/h{(isCertified ? "" : " (chỉ để tham khảo: camera không phải thiết bị đo tốc độ đã kiểm định)")}."),
                FormattableString.Invariant($"A {name.En} drove at about {speed.Kmh:0} ± {speed.PlusMinus:0} km/h over {speed.Metres:0} m where {_model.LimitKmh} km/h are allowed{(isCertified ? "" : " (indicative: the camera is no certified speed meter)")}.")))
        {
            Measure = new ActMeasure("speed", Math.Round(speed.Kmh, 1), "km/h", Math.Round(speed.PlusMinus, 1)),
            IsIndicative = !isCertified,
        }, found);
    }

    private Speed? Measure(ref SpeedingState state)
    {
        ReadOnlySpan<SpeedPlace> places = ((Span<SpeedPlace>)state.Places)[..state.Count];
        ref readonly var first = ref places[0];
        ref readonly var last = ref places[^1];
        var (dx, dy) = (last.X - first.X, last.Y - first.Y);
        var way = Math.Sqrt(dx * dx + dy * dy);
        var time = last.Since(first);
        if (way < _model.BaseMetres || time <= 0) return null;

        // 1. The slope of place over time along the way, by the median of all pairs at least a third of the time apart.
        var (ux, uy, count) = (dx / way, dy / way, 0);
        for (var i = 0; i < places.Length; i++)
        {
            for (var j = i + 1; j < places.Length; j++)
            {
                var dt = places[j].Since(places[i]);
                if (dt < time / 3) continue;
                _slopes[count++] = ((places[j].X - places[i].X) * ux + (places[j].Y - places[i].Y) * uy) / dt;
            }
        }

        if (count < 3) return null;
        Array.Sort(_slopes, 0, count);
        var slope = _slopes[count / 2];

        // 2. The scatter around it, as the error of a slope over n places in that time (σ·√12 / (T·√n)). Three or four places say little of
        //    their own scatter; how boxes tremble is known beforehand and counts as two places more.
        var (sum, squares, known) = (0.0, 0.0, 0.0);
        foreach (ref readonly var place in places)
        {
            var rest = (place.X - first.X) * ux + (place.Y - first.Y) * uy - slope * place.Since(first);
            sum += rest;
            squares += rest * rest;
            known += place.Error * place.Error;
        }

        var n = places.Length;
        var freedom = n - 2 + PriorFreedom;
        var scatter = Math.Sqrt((Math.Max(0, squares - sum * sum / n) + PriorFreedom * known / n) / freedom);
        var bySlope = scatter * Math.Sqrt(12) / (time * Math.Sqrt(n));

        // 3. What a shifted box at either end means on the road.
        var near = _model.Plane.MetresPerPixel(first.Anchor) * _model.PlaceErrorPx;
        var far = _model.Plane.MetresPerPixel(last.Anchor) * _model.PlaceErrorPx;
        var byPlace = Math.Sqrt(near * near + far * far) / time;
        bySlope *= StudentT(freedom);
        byPlace *= 2;
        return new Speed(slope * 3.6, 3.6 * Math.Sqrt(bySlope * bySlope + byPlace * byPlace), way);
    }

    /// <summary>Two-sided 95 % of Student's distribution.</summary>
    private static double StudentT(int freedom) => freedom switch
    {
        <= 1 => 12.71, 2 => 4.30, 3 => 3.18, 4 => 2.78, 5 => 2.57, 6 => 2.45, 7 => 2.36, 8 => 2.31, 9 => 2.26, <= 12 => 2.2, <= 20 => 2.12, _ => 2.05,
    };

    private readonly record struct Speed(double Kmh, double PlusMinus, double Metres);
}

/// <summary>One track on a measured piece of road.</summary>
public struct SpeedingState
{
    internal PlaceArray Places;
    internal int Count;
    internal SpeedPlace Stray;
    internal bool HasStray;

    [System.Runtime.CompilerServices.InlineArray(32)]
    internal struct PlaceArray
    {
        private SpeedPlace _first;
    }
}

/// <summary>One place on the road at one time, metres, with how exactly it is known.</summary>
internal readonly record struct SpeedPlace(FrameTime At, float X, float Y, float Error, PointPx Anchor)
{
    /// <summary>Seconds since an earlier one.</summary>
    public double Since(in SpeedPlace other) => (At.Elapsed - other.At.Elapsed).TotalSeconds;
}
