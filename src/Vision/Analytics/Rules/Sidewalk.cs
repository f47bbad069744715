using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A pavement.</summary>
public sealed record SidewalkModel(string Id, Zone Zone) : RuleModel(Id, "sidewalk")
{
    /// <summary>How far along the pavement is reported, in lengths of 1.6 m as the picture shows them: who crosses it to enter a house goes across (allowed).</summary>
    public float MinAlong { get; init; } = 1.8f;

    /// <summary>For how long at least.</summary>
    public TimeSpan MinTime { get; init; } = TimeSpan.FromSeconds(0.8);

    /// <summary>How far from its edge the wheels must be, in lengths of 1.6 m as the picture shows them: a wheel at the kerb may be on the road.</summary>
    public float Depth { get; init; } = 0.1f;

    /// <summary>How fast at least, such lengths a second: pushing is allowed.</summary>
    public float MinSpeed { get; init; } = 0.35f;
}

/// <summary>Driving along a pavement. Along is the direction of its longest edge.</summary>
public sealed class Sidewalk : ZoneDrive
{
    private readonly SidewalkModel _model;

    /// <exception cref="ArgumentException">The zone has fewer than three corners.</exception>
    public Sidewalk(SidewalkModel model, TrackPaths paths) : base(model, model.Zone, model.MinTime, model.Depth, paths) => _model = model;

    private protected override bool IsAct(in ZoneStay stay, TimeSpan time)
    {
        var along = MathF.Abs(stay.Along);
        return along >= _model.MinAlong && along >= _model.MinSpeed * time.TotalSeconds;
    }

    private protected override Accusation Describe(in ZoneStay stay, in Watched watched, FrameTime now, TimeSpan time)
    {
        var name = ActCodes.Name(watched.Class);
        return new Accusation(
            now, stay.Since, now, ActCodes.Sidewalk, Math.Clamp(0.7f + 0.1f * (MathF.Abs(stay.Along) - _model.MinAlong), 0, 0.95f),
            new Said(
                Said.Vietnamese($"{name.Vi} đi dọc vỉa hè \"{_model.Zone.Id}\" {time.TotalSeconds:0.0} giây."),
                FormattableString.Invariant($"A {name.En} drove along the pavement \"{_model.Zone.Id}\" for {time.TotalSeconds:0.0} s.")));
    }
}
