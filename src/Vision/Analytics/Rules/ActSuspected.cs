using System.Globalization;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>An act that a rule suspects. The gateway detects; an authorised officer establishes.</summary>
/// <param name="At">The instant of the act: when the line was crossed, when the time was up.</param>
/// <param name="RuleId">The installer's name of the rule.</param>
/// <param name="Rule">Its kind, as configuration writes it (<c>red_light</c>).</param>
/// <param name="Code">Stable machine name of the act by rule and class (<c>RED_LIGHT</c>). Which article that is, dated data tell.</param>
/// <param name="Track">Who.</param>
/// <param name="Class">What.</param>
/// <param name="From">Beginning of what belongs to the act.</param>
/// <param name="To">End of what belongs to the act.</param>
/// <param name="Confidence">How sure, in named parts.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="Moments">Where the vehicle was, oldest first: at least before, at and after the act. Stills are cut there.</param>
/// <param name="Signal">What the light showed around the act; empty for rules without a light.</param>
/// <param name="Measure">What was measured, or null.</param>
/// <param name="IsIndicative">True when it may only direct attention: no certified device has measured it.</param>
public sealed record ActSuspected(
    FrameTime At, string RuleId, string Rule, string Code, TrackId Track, ObjectClass Class, FrameTime From, FrameTime To,
    ActConfidence Confidence, Said Reason, IReadOnlyList<TrackMoment> Moments, IReadOnlyList<SignalSpan> Signal,
    ActMeasure? Measure, bool IsIndicative) : Observation(At)
{
    /// <summary>Where the vehicle was from a second before <see cref="From"/> to <see cref="To"/>, oldest first, as dense as it was remembered; empty where nothing was.</summary>
    public IReadOnlyList<TrackMoment> Path { get; init; } = [];
}

/// <summary>How sure a suspicion is, 0 to 1 each.</summary>
/// <param name="Track">That it was one vehicle all the time.</param>
/// <param name="Geometry">That it was where the act needs it, by how clear a margin.</param>
/// <param name="Signal">That the light was read right; null without a light.</param>
/// <param name="Plate">That the plate was read right; null until somebody reads it.</param>
public sealed record ActConfidence(float Track, float Geometry, float? Signal, float? Plate)
{
    /// <summary>The weakest part: a suspicion is as good as its weakest proof.</summary>
    public float Total => MathF.Min(MathF.Min(Track, Geometry), MathF.Min(Signal ?? 1, Plate ?? 1));
}

/// <summary>The same sentence in Vietnamese and in English.</summary>
public sealed record Said(string Vi, string En)
{
    private static readonly NumberFormatInfo VietnameseNumbers = NumberFormatInfo.ReadOnly(new NumberFormatInfo { NumberDecimalSeparator = ",", NumberGroupSeparator = "." });

    /// <summary>A Vietnamese sentence whose figures have a decimal comma, whatever the machine's locale.</summary>
    public static string Vietnamese(FormattableString sentence) => sentence.ToString(VietnameseNumbers);
}

/// <summary>Where a track was at one instant.</summary>
public readonly record struct TrackMoment(FrameTime Time, BoxPx Box)
{
    // Two detections that are further apart leave open where a turning or braking vehicle was between them.
    private static readonly TimeSpan LongestHole = TimeSpan.FromSeconds(0.7);

    /// <summary>Where a track was between its moments; null before the first, after the last and in holes of more than 0.7 s.</summary>
    /// <param name="path">Its moments, oldest first.</param>
    /// <param name="elapsed">The instant (<see cref="FrameTime.Elapsed"/>).</param>
    public static BoxPx? BoxAt(IReadOnlyList<TrackMoment> path, TimeSpan elapsed)
    {
        ArgumentNullException.ThrowIfNull(path);
        for (var i = 0; i < path.Count; i++)
        {
            var (after, late) = (path[i], path[i].Time.Elapsed - elapsed);
            if (late < TimeSpan.Zero) continue;
            if (late == TimeSpan.Zero) return after.Box;
            if (i == 0) return null;
            var before = path[i - 1];
            var hole = after.Time.Elapsed - before.Time.Elapsed;
            if (hole > LongestHole) return null;
            var share = (float)((elapsed - before.Time.Elapsed) / hole);
            return new BoxPx(
                Between(before.Box.X, after.Box.X), Between(before.Box.Y, after.Box.Y), Between(before.Box.Width, after.Box.Width), Between(before.Box.Height, after.Box.Height));

            float Between(float from, float to) => from + share * (to - from);
        }

        return null;
    }
}

/// <summary>A measured value with its error.</summary>
/// <param name="Name">What was measured (<c>speed</c>, <c>standing</c>).</param>
/// <param name="Value">The value.</param>
/// <param name="Unit">Its unit (<c>km/h</c>, <c>s</c>).</param>
/// <param name="PlusMinus">Two standard deviations, same unit.</param>
public sealed record ActMeasure(string Name, double Value, string Unit, double PlusMinus);

/// <summary>Too many people in a zone, or people who stay too long. Raised once and cleared once.</summary>
/// <param name="At">When.</param>
/// <param name="RuleId">The installer's name of the rule.</param>
/// <param name="Rule">Its kind.</param>
/// <param name="Zone">Where.</param>
/// <param name="Raised">True: it begins; false: it is over.</param>
/// <param name="Count">How many people it concerns now.</param>
/// <param name="After">How long it has lasted.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record OrderAlert(
    FrameTime At, string RuleId, string Rule, string Zone, bool Raised, int Count, TimeSpan After, Said Reason) : Observation(At);
