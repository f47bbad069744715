using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>Lanes with the classes that may use each, and solid lines.</summary>
public sealed record LaneModel(string Id, IReadOnlyList<LaneUse> Lanes, IReadOnlyList<DirectedLine> SolidLines) : RuleModel(Id, "lane")
{
    /// <summary>In a wrong lane for this long, ...</summary>
    public TimeSpan MinTime { get; init; } = TimeSpan.FromSeconds(1.2);

    /// <summary>... this far from its edge, in lengths of 1.6 m as the picture shows them, ...</summary>
    public float Depth { get; init; } = 0.15f;

    /// <summary>... and having gone this far in it, in lengths of 1.6 m as the picture shows them: avoiding an obstacle is shorter.</summary>
    public float MinTravel { get; init; } = 1.5f;
}

/// <summary>One lane.</summary>
public sealed record LaneUse(Zone Zone, ClassSet Allowed);

/// <summary>Driving in a lane that is not one's own, or over a solid line. At most eight lanes and eight lines a rule.</summary>
public sealed class Lane : TrackRule<LaneState>
{
    private const int Most = 8;

    // A lane change is a long slant: the wheels must be clearly over, and come from clearly before.
    private static readonly LineCrossingOptions SolidLine = LineFollow.Options with { Reach = 0.3f, Settle = 0.15f, Hold = TimeSpan.FromSeconds(2), Touch = 0.12f };

    /// <summary>So often it must have been seen over there, and at least twice before, when it was seen on its way across, ...</summary>
    private const int LeastFrames = 3;

    /// <summary>... and so often on either side when it was simply there: a number is sometimes lent to a shadow or a neighbour for a few frames.</summary>
    private const int LeastFramesAtOnce = 6;

    private static readonly TimeSpan Blink = TimeSpan.FromSeconds(0.8);
    private static readonly TimeSpan Unseen = TimeSpan.FromSeconds(2);

    private readonly LaneModel _model;
    private readonly ZoneArea[] _zones;

    /// <exception cref="ArgumentException">Too many lanes or lines, or one without an area or length.</exception>
    public Lane(LaneModel model, TrackPaths paths) : base(model, paths)
    {
        if (model.Lanes.Count > Most || model.SolidLines.Count > Most) throw new ArgumentException($"Rule \"{model.Id}\" has more than {Most} lanes or lines; make two rules of it.", nameof(model));
        _model = model;
        _zones = [.. model.Lanes.Select(lane => new ZoneArea(lane.Zone))];
        foreach (var line in model.SolidLines) LineSides.Check(line);
    }

    private protected override void See(in Track track, FrameTime now, ref Watched watched, ref LaneState state, List<Observation> found)
    {
        for (var i = 0; i < _zones.Length; i++)
        {
            ref var stay = ref state.Stays[i];
            if (_model.Lanes[i].Allowed.Has(track.Class))
            {
                stay = default;
                continue;
            }

            stay.See(_zones[i], _zones[i].LongAxis, track, _model.Depth, now);
            var time = now.Elapsed - stay.Since.Elapsed;
            if (!stay.IsInside || time < _model.MinTime || stay.Frames < _model.MinHits || stay.Net < _model.MinTravel) continue;
            var (since, net) = (stay.Since, stay.Net);
            stay = default;
            if (!MayAccuse(watched, now, ActCodes.WrongLane)) continue;
            var name = ActCodes.Name(watched.Class);
            Accuse(ref watched, now, new Accusation(
                now, since, now, ActCodes.WrongLane, Math.Clamp(0.6f + 0.1f * (net - _model.MinTravel), 0, 0.95f),
                new Said(
                    Said.Vietnamese($"{name.Vi} đi trong làn \"{_model.Lanes[i].Zone.Id}\" không dành cho loại xe này, {time.TotalSeconds:0.0} giây."),
                    FormattableString.Invariant($"A {name.En} drove in the lane \"{_model.Lanes[i].Zone.Id}\", which is not for its class, for {time.TotalSeconds:0.0} s."))), found, ActCodes.WrongLane);
        }

        for (var i = 0; i < _model.SolidLines.Count; i++)
        {
            var line = _model.SolidLines[i];
            ref var slant = ref state.Slants[i];
            // The box that began the track, in which nobody could look yet, shows on which way it came.
            if (watched.IsFirst && watched.FirstSeen.Elapsed < now.Elapsed) slant.See(LineSides.Distance(line, watched.FirstBox.BottomCentre) / MathF.Max(1, watched.FirstBox.Height), watched.FirstSeen);
            var crossed = state.Lines[i].See(line, track, now, watched.IsFirst, SolidLine);
            ref var change = ref state.Changes[i];
            if (crossed is { } crossing)
            {
                var (from, wasSlanting, lastBefore, unseen) = (slant.Cleared, slant.WasSlanting, slant.LastBefore, slant.Unseen(now));
                slant = default;
                change = default;
                // A change of lanes takes seconds; one that nobody saw happen was none, or a number that went to a neighbour, unless it was seen on its way across.
                // Asked of the step itself: who stands on the line through a red light stepped over it long before it is clear of it.
                if (lastBefore == default || unseen > (wasSlanting ? Unseen : Blink)) continue;
                // Who stops on the line in a queue began the change before that.
                change = new LaneState.LaneChange(crossing, from != default && from.Elapsed < lastBefore.Elapsed ? from : lastBefore, wasSlanting);
            }
            else
            {
                slant.See(LineSides.Distance(line, track.Anchor) / MathF.Max(1, track.Box.Height), now);
            }

            // Too few frames over there do not make it undone: it is certain some frames later.
            var (seenBefore, seenBeyond) = state.Lines[i].FramesOf(change.Crossing.Direction);
            if (change.From == default || seenBeyond < (change.WasSlanting ? LeastFrames : LeastFramesAtOnce) || seenBefore < (change.WasSlanting ? LeastFrames - 1 : LeastFramesAtOnce)) continue;
            var (at, since) = (change.Crossing.At, change.From);
            change = default;
            if (!Paths.IsSteady(watched.Id, at.Elapsed) || !MayAccuse(watched, now, ActCodes.IllegalLaneChange)) continue;
            var name = ActCodes.Name(watched.Class);
            Accuse(ref watched, now, new Accusation(
                at, since, now, ActCodes.IllegalLaneChange,
                0.6f + 0.4f * Math.Clamp(state.Lines[i].Clearance, 0, 1),
                new Said(
                    $"{name.Vi} chuyển làn đè qua vạch liền \"{line.Id}\".",
                    $"A {name.En} changed lanes over the solid line \"{line.Id}\".")), found, ActCodes.IllegalLaneChange);
        }
    }
}

/// <summary>One track in the lanes of one rule.</summary>
public struct LaneState
{
    internal StayArray Stays;
    internal FollowArray Lines;
    internal SlantArray Slants;
    internal ChangeArray Changes;

    /// <summary>A solid line is crossed; since when the vehicle was on its way, and whether it was seen to come.</summary>
    internal readonly record struct LaneChange(CrossingPoint Crossing, FrameTime From, bool WasSlanting);

    /// <summary>How a track comes nearer to a line, in box heights: one that drives along it keeps its distance so, near and far.</summary>
    internal struct Slant
    {
        private const float Clear = 0.15f;
        private const float Slanting = 0.12f;
        private FrameTime _last;
        private float _distance;
        private float _rate;
        private FrameTime _firstBeyond;

        /// <summary>When it was last seen on the side that it came from.</summary>
        public readonly FrameTime LastBefore => _last;

        /// <summary>How long nobody saw it between that and the other side.</summary>
        public readonly TimeSpan Unseen(FrameTime now) => (_firstBeyond == default ? now.Elapsed : _firstBeyond.Elapsed) - _last.Elapsed;

        /// <summary>When it was last clearly off the line, on the side that it came from.</summary>
        public FrameTime Cleared { get; private set; }

        /// <summary>True when it was coming nearer, height a second, before the last frame but one of its old side.</summary>
        public bool WasSlanting { get; private set; }

        public void See(float distance, FrameTime now)
        {
            var seconds = (float)(now.Elapsed - _last.Elapsed).TotalSeconds;
            var isSameSide = MathF.Sign(distance) == MathF.Sign(_distance);
            if (_last != default && isSameSide && seconds is > 0 and < 1)
            {
                // Over about half a second: single boxes tremble.
                var share = MathF.Min(1, seconds / 0.5f);
                _rate += share * ((MathF.Abs(_distance) - MathF.Abs(distance)) / seconds - _rate);
                WasSlanting = _rate >= Slanting;
            }

            if (_last == default || isSameSide)
            {
                if (MathF.Abs(distance) >= Clear) Cleared = now;
                (_last, _distance, _firstBeyond) = (now, distance, default);
            }
            else if (_firstBeyond == default)
            {
                _firstBeyond = now; // two frames make a crossing
            }
            else if (MathF.Abs(distance) >= 2 * Clear)
            {
                // Far on the other side without a crossing: its past says nothing.
                this = default;
                (_last, _distance, Cleared) = (now, distance, now);
            }
        }
    }

    [System.Runtime.CompilerServices.InlineArray(8)]
    internal struct SlantArray
    {
        private Slant _first;
    }

    [System.Runtime.CompilerServices.InlineArray(8)]
    internal struct ChangeArray
    {
        private LaneChange _first;
    }

    [System.Runtime.CompilerServices.InlineArray(8)]
    internal struct StayArray
    {
        private ZoneStay _first;
    }

    [System.Runtime.CompilerServices.InlineArray(8)]
    internal struct FollowArray
    {
        private LineFollow _first;
    }
}
