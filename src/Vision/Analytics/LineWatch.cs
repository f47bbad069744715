using System.Runtime.CompilerServices;
using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Analytics;

/// <summary>Where and when an anchor point met a line.</summary>
/// <param name="At">When.</param>
/// <param name="Where">Where, in pixels.</param>
/// <param name="Direction">Which way.</param>
/// <param name="TakesBack">Time of the crossing that this one takes back, because the track turned round right behind the line; null as a rule.</param>
internal readonly record struct CrossingPoint(FrameTime At, PointPx Where, CrossingDirection Direction, FrameTime? TakesBack = null)
{
    /// <summary>The track's box in the first frame beyond the line.</summary>
    public BoxPx Box { get; init; }
}

/// <summary>
/// One track against one line. A run is a row of frames on the same side. The settled side is the last one that was held; a crossing
/// is a run on the other side that is held in turn (see <see cref="LineCrossingOptions"/>). A run that goes back before that leaves
/// no mark. Where and when: straight between the last frame before and the first frame of the run that was held.
/// <para>A track that comes steadily towards the line and goes on behind it is believed at once (<see cref="Approach"/>): waiting until
/// it is far behind would cost a slow walker a second or more. Should it turn round before the run is held after all, the way back
/// takes the crossing back, and this track is believed early at this line no more: who paces to and fro there is told once.</para>
/// </summary>
internal struct LineWatch
{
    private sbyte _settled;
    private sbyte _side;
    private sbyte _counted;
    private bool _weak;
    private bool _inside;
    private bool _cut;
    private bool _steady;
    private bool _strode;
    private int _runFrames;
    private float _runReach;
    private TimeSpan _runHeld;
    private FrameTime _last;
    private BoxPx _lastBox;
    private BoxPx _before;
    private CrossingPoint _crossing;
    private Approach _approach;
    private FrameTime _early;
    private sbyte _countedBefore;
    private bool _isEarly;
    private bool _turnedRound;

    /// <summary>As what the last crossing was told: the way back takes back what was told.</summary>
    public ObjectClass ToldAs { get; set; }

    /// <summary>Looks at the next frame in which the track was detected.</summary>
    /// <returns>The crossing that this frame has made certain, if any.</returns>
    public CrossingPoint? See(DirectedLine line, in BoxPx box, FrameTime now, LineCrossingOptions options)
    {
        var anchor = box.BottomCentre;
        var distance = SignedDistance(line, anchor) / MathF.Max(1, box.Height);
        var side = (sbyte)MathF.Sign(distance);
        if (side == 0) side = _side;
        if (side == 0) return null;

        if (side != _side)
        {
            if (_side != 0) Turn(line, box, now, options);
            _side = side;
            _runFrames = 0;
            _runReach = 0;
            _runHeld = TimeSpan.Zero;
        }
        else if (MathF.Abs(distance) > options.Touch)
        {
            _runHeld += now.Elapsed - _last.Elapsed;
        }

        // Rules believe nobody before the other side is reached; for them the way is not looked at.
        _steady = options.BelievesWhoComesSteadily && _approach.Leads(now.Elapsed, distance, options);
        _runFrames++;
        _runReach = MathF.Max(_runReach, MathF.Abs(distance));
        _last = now;
        _lastBox = box;
        if (_settled == 0)
        {
            if (_runFrames >= 2 && (_runReach >= options.Settle || _runHeld >= options.SettleTime)) _settled = _side;
            return null;
        }

        if (_side == _settled)
        {
            if (_isEarly && (_countedBefore == 0 ? IsHeldFirst(options) : IsHeldAgain(options))) _isEarly = false;
            return null;
        }

        // Who came all the way at this pace has not been uncovered just here, however the box changes.
        _cut = !(_steady && _approach.KeptPace) && IsCutEdge(line, box);
        if (_cut) return null;
        if (IsHeld(options)) return Cross(early: false);
        return !_isEarly && !_turnedRound && MathF.Abs(distance) >= options.Behind && (_weak ? _strode : _steady) ? Cross(early: true) : null;
    }

    /// <summary>The track is not seen any more: decides on what there is.</summary>
    public CrossingPoint? Vanish(LineCrossingOptions options)
    {
        if (_settled == 0 || _side == _settled || _weak || _cut || _counted != 0) return null;
        // Who came steadily and is lost with the first steps beyond will hardly have turned round just there.
        return _steady || _runReach >= options.ReachOnce || (_runFrames >= 2 && _runReach >= options.Reach) ? Cross(early: false) : null;
    }

    /// <summary>The crossing just made certain is told to nobody: there is nothing to take back.</summary>
    public void Withhold() => _isEarly = false;

    private void Turn(DirectedLine line, in BoxPx box, FrameTime now, LineCrossingOptions options)
    {
        if (_settled == 0 && _runReach >= options.SettleOnce)
        {
            _settled = _side;
            _weak = true;
        }

        _strode = options.BelievesWhoComesSteadily && now.Elapsed - _last.Elapsed is var step && step >= options.LongStep && step <= options.LongestStep && IsAlike(_lastBox, box);

        var from = _lastBox.BottomCentre;
        var to = box.BottomCentre;
        var (before, after) = (SignedDistance(line, from), SignedDistance(line, to));
        var fraction = before == after ? 1 : Math.Clamp(before / (before - after), 0, 1);
        var where = new PointPx(from.X + fraction * (to.X - from.X), from.Y + fraction * (to.Y - from.Y));
        _inside = IsWithin(line, where);
        _before = _lastBox;
        _crossing = new CrossingPoint(
            now.InterpolatedFrom(_last, fraction), where, after > 0 ? CrossingDirection.In : CrossingDirection.Out) { Box = box };
    }

    // The way back of who was believed too early needs no more than a first crossing.
    private readonly bool IsHeld(LineCrossingOptions options) => _counted == 0 || _isEarly ? IsHeldFirst(options) : IsHeldAgain(options);

    private readonly bool IsHeldAgain(LineCrossingOptions options) =>
        (_runFrames >= 2 && _runReach >= options.ReachAgain) || (_runHeld >= options.HoldAgain && _runReach >= options.Reach / 2);

    private readonly bool IsHeldFirst(LineCrossingOptions options) =>
        (_runFrames >= 2 && _runReach >= options.Reach) || (_runHeld >= options.Hold && _runReach >= options.Touch);

    private CrossingPoint? Cross(bool early)
    {
        _settled = _side;
        _weak = false;
        // Round a post and in again is still the same visit: only a change of direction counts anew.
        if (!_inside || _counted == _side) return null;
        if (_isEarly)
        {
            // It never stood firmly on the other side, so it was never there.
            (_isEarly, _turnedRound) = (false, true);
            _counted = _countedBefore;
            return _crossing with { TakesBack = _early };
        }

        (_isEarly, _early, _countedBefore) = (early, _crossing.At, _counted);
        _counted = _side;
        return _crossing;
    }

    /// <summary>Of one size, as an object is from one look to the next.</summary>
    private static bool IsAlike(in BoxPx a, in BoxPx b) =>
        MathF.Abs(MathF.Log(MathF.Max(1, a.Height) / MathF.Max(1, b.Height))) <= 0.3f && MathF.Abs(MathF.Log(MathF.Max(1, a.Width) / MathF.Max(1, b.Width))) <= 0.3f;

    /// <summary>
    /// True when the anchor is over the line only because the lower edge moved: something covers or uncovers the feet, the upper
    /// edge stands still, and the width does not grow along as it does for someone who comes nearer.
    /// </summary>
    private readonly bool IsCutEdge(DirectedLine line, in BoxPx box)
    {
        var (anchor, anchorBefore) = (box.BottomCentre, _before.BottomCentre);
        var moved = SignedDistance(line, anchor) - SignedDistance(line, anchorBefore);
        var growth = box.Height - _before.Height;
        var byGrowth = SignedDistance(line, anchorBefore with { Y = anchorBefore.Y + growth }) - SignedDistance(line, anchorBefore);
        if (moved == 0 || byGrowth / moved < 0.75f) return false;
        var tall = MathF.Abs(MathF.Log(box.Height / _before.Height));
        var wide = MathF.Abs(MathF.Log(box.Width / _before.Width));
        return tall > 0.1f && wide < 0.35f * tall;
    }

    /// <summary>
    /// The last distances to the line, some 0.16 s and more apart. It leads to the other side when the track moved along them evenly:
    /// most of the way forwards, and no single step most of it, which is what a jump of the box looks like, unless it took most of the
    /// time as well: then the track was out of sight. The last three are tried
    /// first, for who sets off after a halt, then four; two are enough where looks are rare. Who creeps is known by a longer row that
    /// lies on a straight line in time.
    /// </summary>
    private struct Approach
    {
        private const int Steps = 8;
        private const int RareSteps = 2;
        private const int FewSteps = 3;
        private const int SomeSteps = 4;
        private const int CreepSteps = 6;
        private static readonly TimeSpan Apart = TimeSpan.FromSeconds(0.16);
        private static readonly TimeSpan Rare = TimeSpan.FromSeconds(0.6);
        // The motion gate looks at a still scene once a second; ...
        private static readonly TimeSpan Broken = TimeSpan.FromSeconds(1.1);
        // ... a slow camera misses two looks in more.
        private const double LooksMissed = 3.1;
        // A step this many times as fast as the two before it is no step but a box that changed.
        private const float Pace = 1.3f;

        private Samples _samples;
        private int _count;

        /// <summary>True when the last step was no faster than the two before it.</summary>
        public bool KeptPace { get; private set; }

        public bool Leads(TimeSpan now, float distance, LineCrossingOptions options)
        {
            if (_count > 0 && now - _samples[_count - 1].At is var gap && gap > Broken && (_count < 2 || gap > LooksMissed * (_samples[_count - 1].At - _samples[_count - 2].At))) _count = 0;
            KeptPace = _count >= 3 && Speed(_samples[_count - 1], (now, distance)) <= Pace * Speed(_samples[_count - 3], _samples[_count - 1]);
            var leads = _count >= RareSteps && now - _samples[_count - RareSteps].At >= Rare && IsEven(_count - RareSteps, now, distance, options);
            for (var steps = FewSteps; steps <= Math.Min(_count, SomeSteps) && !leads; steps++) leads = IsEven(_count - steps, now, distance, options);
            leads = leads || (_count >= CreepSteps && Creeps(now, distance, options));
            if (_count > 0 && now - _samples[_count - 1].At < Apart) return leads;
            if (_count == Steps)
            {
                for (var i = 1; i < Steps; i++) _samples[i - 1] = _samples[i];
                _count--;
            }

            _samples[_count++] = (now, distance);
            return leads;
        }

        private static float Speed((TimeSpan At, float Distance) from, (TimeSpan At, float Distance) to) =>
            MathF.Abs(to.Distance - from.Distance) / (float)Math.Max(0.01, (to.At - from.At).TotalSeconds);

        private readonly bool IsEven(int first, TimeSpan now, float distance, LineCrossingOptions options)
        {
            var net = MathF.Abs(distance - _samples[first].Distance);
            if (net < options.SteadyWay) return false;
            var (way, time) = (0f, now - _samples[first].At);
            for (var i = first; i < _count; i++)
            {
                var (at, next) = i + 1 < _count ? _samples[i + 1] : (now, distance);
                var step = MathF.Abs(next - _samples[i].Distance);
                if (step > net * MathF.Max(0.7f, 1.4f * (float)((at - _samples[i].At) / time))) return false;
                way += step;
            }

            return net >= 0.8f * way;
        }

        /// <summary>Distance against time by least squares: far enough over the whole row, and next to nothing of the spread left unexplained.</summary>
        private readonly bool Creeps(TimeSpan now, float distance, LineCrossingOptions options)
        {
            var (n, sumT, sumD, sumTT, sumTD, sumDD) = (_count + 1, 0d, 0d, 0d, 0d, 0d);
            for (var i = 0; i <= _count; i++)
            {
                var (at, d) = i < _count ? _samples[i] : (now, distance);
                var t = (at - now).TotalSeconds;
                sumT += t;
                sumD += d;
                sumTT += t * t;
                sumTD += t * d;
                sumDD += (double)d * d;
            }

            var (tt, td, dd) = (sumTT - sumT * sumT / n, sumTD - sumT * sumD / n, sumDD - sumD * sumD / n);
            if (tt <= 0 || dd <= 0) return false;
            var way = td / tt * (now - _samples[0].At).TotalSeconds;
            return way * distance > 0 && Math.Abs(way) >= options.CreepWay && td * td / (tt * dd) >= options.CreepStraight;
        }

        [InlineArray(Steps)]
        private struct Samples
        {
            private (TimeSpan At, float Distance) _first;
        }
    }

    /// <summary>Distance to the infinite line in pixels, above 0 on the side that "in" leads to (contract: sign of s).</summary>
    private static float SignedDistance(DirectedLine line, PointPx p)
    {
        var (dx, dy) = (line.P2.X - line.P1.X, line.P2.Y - line.P1.Y);
        return (dx * (p.Y - line.P1.Y) - dy * (p.X - line.P1.X)) / MathF.Sqrt(dx * dx + dy * dy);
    }

    private static bool IsWithin(DirectedLine line, PointPx p)
    {
        var (dx, dy) = (line.P2.X - line.P1.X, line.P2.Y - line.P1.Y);
        var along = ((p.X - line.P1.X) * dx + (p.Y - line.P1.Y) * dy) / (dx * dx + dy * dy);
        return along is >= 0 and <= 1;
    }
}
