namespace EdgeGateway.Vision.Analytics;

/// <summary>
/// When a side of a line counts as reached. Distances are from the line to the anchor point, in box heights, so that near and far
/// objects behave alike.
/// <code>
///      side A            |            side B
///   settled (held) ... · | · ... one frame: flicker, never counts
///   · · · · · · · · · · ·|· steady way across: counts at once, taken back if it turns round here
///                        | ····· two frames and Reach away: counts, with the time at the line
///                        | ·     a hand's breadth, but there for Hold: counts
/// </code>
/// </summary>
public sealed record LineCrossingOptions
{
    /// <summary>The other side is reached when two frames stand there and one of them this far away.</summary>
    public float Reach { get; init; } = 0.25f;

    /// <summary>
    /// A track that came this far over its last samples (three or four; two of a camera that is looked at seldom), evenly and across the
    /// line, is believed with its first frame beyond <see cref="Behind"/>, on its way in and on its way out again. If it turns round before
    /// the other side is reached as above, its way back takes the crossing back; a counter then has neither.
    /// </summary>
    public float SteadyWay { get; init; } = 0.15f;

    /// <summary>
    /// A track of which a single look before the line is known, at <see cref="SettleOnce"/>, is believed in the same way when its step over the line took
    /// at least this long and its box stayed of one size: a camera that is looked at seldom gives no more.
    /// </summary>
    public TimeSpan LongStep { get; init; } = TimeSpan.FromSeconds(0.35);

    /// <summary>After a longer step it may be another object.</summary>
    public TimeSpan LongestStep { get; init; } = TimeSpan.FromSeconds(1.3);

    /// <summary>Nearer behind the line than this nobody is believed.</summary>
    public float Behind { get; init; } = 0.004f;

    /// <summary>A slower one is believed when it came this far over its last samples (six to eight, a second to two), ...</summary>
    public float CreepWay { get; init; } = 0.2f;

    /// <summary>... with at least this share of the spread of its distances explained by an even speed.</summary>
    public double CreepStraight { get; init; } = 0.95;

    /// <summary>False where neither <see cref="SteadyWay"/> nor <see cref="CreepWay"/> can be reached.</summary>
    internal bool BelievesWhoComesSteadily => float.IsFinite(SteadyWay) || float.IsFinite(CreepWay);

    /// <summary>
    /// <see cref="Reach"/> for every crossing after a track's first of that line, but of who comes steadily: someone who lingers on it
    /// moves to and fro.
    /// </summary>
    public float ReachAgain { get; init; } = 0.6f;

    /// <summary>A track that vanishes after a single frame on the other side is believed from this distance.</summary>
    public float ReachOnce { get; init; } = 0.5f;

    /// <summary>The first side is settled when two frames stand there, one of them this far away.</summary>
    public float Settle { get; init; } = 0.1f;

    /// <summary>A single first frame settles a side from this distance.</summary>
    public float SettleOnce { get; init; } = 0.3f;

    /// <summary>Nearer than this is on the line: no time is held there.</summary>
    public float Touch { get; init; } = 0.05f;

    /// <summary>The first side is also settled by this time on it.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(0.3);

    /// <summary>The other side is also reached by this time on it, at more than <see cref="Touch"/>.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>The same for every later crossing of that line by the track, at more than half of <see cref="Reach"/>.</summary>
    public TimeSpan HoldAgain { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A track unseen for this long is decided on what was seen of it; found again, it goes on from there.</summary>
    public TimeSpan Vanished { get; init; } = TimeSpan.FromSeconds(0.7);
}
