using EdgeGateway.Configuration;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Gates;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;

namespace EdgeGateway.Cameras;

/// <summary>
/// From what a camera's file says of rules to the analytics that watch them, for one frame size. One line of <see cref="Makers"/> a rule.
/// </summary>
internal static class RuleModels
{
    private static readonly TimeSpan PictureAge = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ControllerAge = TimeSpan.FromSeconds(5);

    /// <summary>How each rule is made. <c>plate_gate</c> and <c>id_check</c> are no rules over paths: <see cref="GatesOf"/> and <c>Entry/</c>.</summary>
    private static readonly Dictionary<string, Func<RuleConfig, Scene, IFrameAnalytic?>> Makers = new(StringComparer.Ordinal)
    {
        ["red_light"] = (rule, scene) => new RedLight(scene.Limit(rule, RedLightOf((SignalRule)rule, scene)), scene.Paths, scene.Board),
        ["stop_line"] = (rule, scene) => new StopLine(scene.Limit(rule, StopLineOf((SignalRule)rule, scene)), scene.Paths, scene.Board),
        ["wrong_way"] = (rule, scene) => new WrongWay(scene.Limit(rule, WrongWayOf((WrongWayRule)rule, scene)), scene.Paths),
        ["forbidden_zone"] = (rule, scene) => new ForbiddenZone(scene.Limit(rule, new ForbiddenZoneModel(rule.Id, scene.Zone(((ForbiddenZoneRule)rule).Zone))), scene.Paths),
        ["sidewalk"] = (rule, scene) => new Sidewalk(scene.Limit(rule, new SidewalkModel(rule.Id, scene.Zone(((ForbiddenZoneRule)rule).Zone))), scene.Paths),
        ["no_parking"] = (rule, scene) => new NoParking(scene.Limit(rule, StandingOf((StandingRule)rule, scene)), scene.Paths, scene.Board),
        ["no_stopping"] = (rule, scene) => new NoParking(scene.Limit(rule, StandingOf((StandingRule)rule, scene)), scene.Paths, scene.Board),
        ["lane"] = (rule, scene) => new Lane(scene.Limit(rule, LaneOf((LaneRule)rule, scene)), scene.Paths),
        ["no_u_turn"] = (rule, scene) => new Turn(scene.Limit(rule, TurnOf((TurnRule)rule, scene)), scene.Paths),
        ["no_turn"] = (rule, scene) => new Turn(scene.Limit(rule, TurnOf((TurnRule)rule, scene)), scene.Paths),
        ["speeding"] = (rule, scene) => new Speeding(scene.Limit(rule, SpeedingOf((SpeedingRule)rule, scene)), scene.Paths),
        ["no_helmet"] = (rule, scene) => scene.Look((ModelRule)rule) is { } look ? new Helmet(scene.Limit(rule, new RiderModel(rule.Id, rule.Rule)), scene.Paths, look) : null,
        ["over_persons"] = (rule, scene) => scene.Look((ModelRule)rule) is { } look ? new OverPersons(scene.Limit(rule, new RiderModel(rule.Id, rule.Rule)), scene.Paths, look) : null,
        ["crowding"] = (rule, scene) => new Crowding(scene.Limit(rule, CrowdingOf((GatheringRule)rule, scene), ClassSet.People)),
        ["loitering"] = (rule, scene) => new Loitering(scene.Limit(rule, new LoiteringModel(rule.Id, scene.Zone(((GatheringRule)rule).Zone), ((GatheringRule)rule).After!.Value), ClassSet.People)),
    };

    /// <summary>The words of the rules that are made here.</summary>
    public static IReadOnlyCollection<string> Words => Makers.Keys;

    /// <summary>True when a camera watches rules that accuse or raise alerts; gates and cards need neither law nor evidence.</summary>
    public static bool AreIn(CameraModel camera) => camera.Rules.Any(rule => Makers.ContainsKey(rule.Rule));

    /// <summary>The lights of a camera, in pixels of the analysed frame.</summary>
    public static SignalModel[] SignalsOf(CameraModel camera, int widthPx, int heightPx)
    {
        var regions = camera.Signals.ToDictionary(shape => shape.Id, shape => shape.In(widthPx, heightPx), StringComparer.Ordinal);
        return [.. camera.Config.Signals.Select(signal => new SignalModel(signal.Key)
        {
            Region = signal.Value.Source == SignalSource.Picture && regions.TryGetValue(signal.Key, out var corners) ? BoxOf(corners) : null,
            Layout = signal.Value.Layout,
            MaxAge = signal.Value.MaxAge ?? (signal.Value.Source == SignalSource.Mqtt ? ControllerAge : PictureAge),
        })];
    }

    /// <summary>The rules of a camera, ready to look: the shared paths first, then each rule in the file's order. Empty without rules.</summary>
    /// <param name="camera">The checked configuration.</param>
    /// <param name="widthPx">Width of the analysed frame.</param>
    /// <param name="heightPx">Height of the analysed frame.</param>
    /// <param name="board">The lights; it must know those of <see cref="SignalsOf"/>.</param>
    /// <param name="zone">The site's time zone, for hours and dates.</param>
    /// <param name="looks">The riders' model of a rule by its name; null, or an answer of null, leaves the rule out.</param>
    public static IFrameAnalytic[] Of(
        CameraModel camera, int widthPx, int heightPx, SignalBoard board, TimeZoneInfo zone, Func<string, IRiderLook?>? looks = null)
    {
        var scene = new Scene(camera, widthPx, heightPx, board, zone, looks);
        IFrameAnalytic[] rules = [.. camera.Rules.Where(rule => Makers.ContainsKey(rule.Rule)).Select(rule => Makers[rule.Rule](rule, scene)).OfType<IFrameAnalytic>()];
        return rules.Length == 0 ? [] : [scene.Paths, .. rules];
    }

    /// <summary>The gates of a camera, in pixels of the analysed frame.</summary>
    /// <param name="camera">The checked configuration.</param>
    /// <param name="widthPx">Width of the analysed frame.</param>
    /// <param name="heightPx">Height of the analysed frame.</param>
    /// <param name="plates">What is read of plates.</param>
    public static GateWatch[] GatesOf(CameraModel camera, int widthPx, int heightPx, IPlateLook plates)
    {
        var lines = camera.LinesFor(widthPx, heightPx);
        var zones = camera.ZonesFor(widthPx, heightPx);
        return [.. camera.Rules.OfType<PlateGateRule>().Select(rule => new GateWatch(
            new GateWatchModel(rule.Id, lines.First(line => line.Id == GateLineOf(rule)), DirectionOf(rule.Direction))
            {
                Queue = rule.Zone is { } queue ? zones.First(zone => zone.Id == queue) : null,
                Classes = GateClassesOf(rule),
                DecideFromPx = rule.DecideFromPx,
                AskAfter = rule.AskAfter,
                MinReads = rule.MinReads,
                MinConfidence = (float)rule.MinConfidence,
            },
            plates))];
    }

    /// <summary>The line of a gate: its own, or the one of the gate's name.</summary>
    public static string GateLineOf(PlateGateRule rule) => rule.Line ?? rule.Gate;

    /// <summary>Who needs an opening of a gate.</summary>
    public static ClassSet GateClassesOf(PlateGateRule rule) => rule.Classes.Count > 0 ? ClassSet.Of([.. rule.Classes]) : ClassSet.MotorVehicles;

    /// <summary>When a rule holds.</summary>
    public static RuleCalendar CalendarOf(RuleConfig rule, TimeZoneInfo zone) => new(
        zone, [.. (rule.Hours?.Parts ?? []).Select(part => new HoursOfDay(part.From, part.To))], [.. rule.Days], [.. rule.Dates], [.. rule.ExceptDates]);

    /// <summary>A direction over a line, in the words of analytics.</summary>
    public static CrossingDirection DirectionOf(LineDirection direction) => direction == LineDirection.In ? CrossingDirection.In : CrossingDirection.Out;

    private static RedLightModel RedLightOf(SignalRule rule, Scene scene) =>
        new(rule.Id, scene.Line(rule.Line), DirectionOf(rule.Direction), rule.Signal) { Grace = rule.Grace };

    private static StopLineModel StopLineOf(SignalRule rule, Scene scene) =>
        new(rule.Id, scene.Line(rule.Line), DirectionOf(rule.Direction), rule.Signal) { Grace = rule.Grace };

    private static WrongWayModel WrongWayOf(WrongWayRule rule, Scene scene) =>
        new(rule.Id, scene.Zone(rule.Zone), new PointPx((float)rule.Allowed.X, (float)rule.Allowed.Y)) { MinTravel = (float)rule.MinTravel };

    private static NoParkingModel StandingOf(StandingRule rule, Scene scene) => new(rule.Id, rule.Rule, scene.Zone(rule.Zone), rule.After)
    {
        IsQueueAware = rule.QueueAware,
        Signals = !rule.QueueAware ? [] : rule.Signal is { } one ? [one] : [.. scene.Camera.Config.Signals.Keys],
    };

    private static LaneModel LaneOf(LaneRule rule, Scene scene) => new(
        rule.Id, [.. rule.Zones.Select(lane => new LaneUse(scene.Zone(lane.Key), ClassSet.Of([.. lane.Value])))], [.. rule.SolidLines.Select(scene.Line)]);

    private static TurnModel TurnOf(TurnRule rule, Scene scene) => new(rule.Id, rule.Rule, scene.Line(rule.EntryLine), scene.Line(rule.ExitLine))
    {
        EntryDirection = rule.EntryDirection is { } entry ? DirectionOf(entry) : null,
        ExitDirection = rule.ExitDirection is { } exit ? DirectionOf(exit) : null,
    };

    private static SpeedingModel SpeedingOf(SpeedingRule rule, Scene scene)
    {
        var picture = ShapeModel.Of(rule.Id, rule.Plane).In(scene.WidthPx, scene.HeightPx);
        return new SpeedingModel(rule.Id, new RoadPlane(picture, [.. rule.Metres.Select(p => (p.X, p.Y))]), rule.LimitKmh)
        {
            BaseMetres = rule.BaseLength,
            CertifiedUntil = scene.Camera.Config.Approval is { Certificate: { Length: > 0 }, ValidUntil: var day } ? scene.EndOf(day) : null,
        };
    }

    private static CrowdingModel CrowdingOf(GatheringRule rule, Scene scene) =>
        new(rule.Id, scene.Zone(rule.Zone), rule.Count!.Value) { After = rule.After ?? TimeSpan.FromSeconds(10) };

    private static BoxPx BoxOf(PointPx[] corners)
    {
        var (a, b) = (corners[0], corners[1]);
        return new BoxPx(MathF.Min(a.X, b.X), MathF.Min(a.Y, b.Y), MathF.Abs(a.X - b.X), MathF.Abs(a.Y - b.Y));
    }

    /// <summary>What the rules of one camera share while they are made.</summary>
    private sealed class Scene(CameraModel camera, int widthPx, int heightPx, SignalBoard board, TimeZoneInfo zone, Func<string, IRiderLook?>? looks)
    {
        private readonly Dictionary<string, DirectedLine> _lines = camera.LinesFor(widthPx, heightPx).ToDictionary(line => line.Id, StringComparer.Ordinal);
        private readonly Dictionary<string, Zone> _zones = camera.ZonesFor(widthPx, heightPx).ToDictionary(one => one.Id, StringComparer.Ordinal);

        public CameraModel Camera => camera;

        public int WidthPx => widthPx;

        public int HeightPx => heightPx;

        public SignalBoard Board => board;

        public TrackPaths Paths { get; } = new();

        public DirectedLine Line(string id) => _lines[id];

        public Zone Zone(string id) => _zones[id];

        public IRiderLook? Look(ModelRule rule) => looks?.Invoke(rule.Model);

        /// <summary>The first instant after a day of the site.</summary>
        public DateTimeOffset EndOf(DateOnly day)
        {
            var local = day.AddDays(1).ToDateTime(TimeOnly.MinValue);
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        }

        /// <summary>What every rule's lines in the file say: classes, hours, cool-down, least observation.</summary>
        public T Limit<T>(RuleConfig rule, T model, ClassSet? usual = null) where T : RuleModel => model with
        {
            Classes = rule.Classes.Count > 0 ? ClassSet.Of([.. rule.Classes]) : usual ?? model.Classes,
            CoolDown = rule.CoolDown,
            MinSeen = rule.MinSeen,
            Calendar = CalendarOf(rule, zone),
        };
    }
}
