using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A zone closed to some classes, at some hours or always.</summary>
public sealed record ForbiddenZoneModel(string Id, Zone Zone) : RuleModel(Id, "forbidden_zone")
{
    /// <summary>Inside for this long, ...</summary>
    public TimeSpan MinTime { get; init; } = TimeSpan.FromSeconds(0.8);

    /// <summary>... this far from its edge, in lengths of 1.6 m as the picture shows them, ...</summary>
    public float Depth { get; init; } = 0.1f;

    /// <summary>... and having gone this far in it, in lengths of 1.6 m as the picture shows them: what stands there is parking.</summary>
    public float MinTravel { get; init; } = 1;
}

/// <summary>Driving in a closed zone. With hours or a calendar the road is closed by time, else always.</summary>
public sealed class ForbiddenZone : ZoneDrive
{
    private readonly ForbiddenZoneModel _model;

    /// <exception cref="ArgumentException">The zone has fewer than three corners.</exception>
    public ForbiddenZone(ForbiddenZoneModel model, TrackPaths paths) : base(model, model.Zone, model.MinTime, model.Depth, paths) => _model = model;

    private protected override bool IsAct(in ZoneStay stay, TimeSpan time) => stay.Net >= _model.MinTravel;

    private protected override Accusation Describe(in ZoneStay stay, in Watched watched, FrameTime now, TimeSpan time)
    {
        var name = ActCodes.Name(watched.Class);
        var byTime = _model.Calendar.IsLimited;
        return new Accusation(
            now, stay.Since, now, byTime ? ActCodes.ProhibitedTime : ActCodes.ProhibitedRoad, Math.Clamp(0.7f + 0.05f * stay.Net, 0, 0.95f),
            new Said(
                Said.Vietnamese($"{name.Vi} đi vào khu vực cấm \"{_model.Zone.Id}\"{(byTime ? " trong giờ cấm" : "")}, {time.TotalSeconds:0.0} giây."),
                FormattableString.Invariant($"A {name.En} drove in the closed zone \"{_model.Zone.Id}\"{(byTime ? " during closed hours" : "")} for {time.TotalSeconds:0.0} s.")));
    }
}
