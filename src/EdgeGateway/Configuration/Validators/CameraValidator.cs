using EdgeGateway.Configuration.Binding;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Configuration.Validators;

/// <summary>Checks what the single values of a camera file mean together.</summary>
internal sealed class CameraValidator(SourceMap map, MistakeList mistakes, ModelChecks? models, IReadOnlyCollection<string>? knownGates = null, DateOnly today = default)
{
    private readonly ShapeChecks _shapes = new(map, mistakes);

    public void Check(CameraConfig camera)
    {
        CheckSource(camera.Source);
        models?.Check(map, mistakes, camera, "model", camera.Model, ModelTasks.Detect);
        foreach (var (name, line) in camera.Lines) _shapes.Check(line, name, ShapeUse.Line);
        foreach (var (name, zone) in camera.Zones) _shapes.Check(zone, name, ShapeUse.Zone);
        foreach (var (name, mask) in camera.Masks)
        {
            _shapes.Check(mask, name, ShapeUse.Zone);
            if (!map.IsBroken(mask) && mask.Classes is { Count: 0 }) mistakes.Add(map.Of(mask, "classes"), $"the mask '{name}' hides no class; name some, or leave 'classes' out to hide everything");
        }

        foreach (var (name, signal) in camera.Signals) CheckSignal(signal, name);
        CheckUnique(camera.Counting, counter => counter.Id, "counter");
        foreach (var counter in camera.Counting) CheckCounter(counter, camera);
        CheckUnique(camera.Rules, rule => rule.Id, "rule");
        foreach (var rule in camera.Rules) CheckRule(rule, camera);
        if (camera.Place is { Lat: null, Lon: not null } or { Lat: not null, Lon: null }) mistakes.Add(map.Of(camera, "place"), "'place' needs both lat and lon, or neither");
        if (camera.Publish.Contains(PublishedEvent.Crossing) && camera.Lines.Count == 0) mistakes.Warn(map.Of(camera, "publish"), "crossings are to be published, and the camera has no line");
    }

    // A required part that could not be read is null here; it has been reported already.
    private void CheckSource(SourceConfig? source)
    {
        if (source?.Url is not { } url) return;
        if (url.Scheme == "file" && Uri.TryCreate(url.Open(), UriKind.Absolute, out var film) && NamedFile.FaultOf(film.LocalPath) is { } fault)
        {
            // A file's address takes references to secrets as every address does: what is printed is without them.
            mistakes.Warn(map.Of(source, "url"), $"the file {(url.ToString() == url.Open() ? film.LocalPath : url.ToString())} {fault}: this camera has no picture");
        }

        if (source.Loop && url.Scheme != "file") mistakes.Add(map.Of(source, "loop"), "'loop' repeats a file; this source is a stream");
        if (source.CaFile is not null && url.Scheme != "rtsps") mistakes.Add(map.Of(source, "caFile"), "'caFile' belongs to an rtsps:// source");
        if (source.DetectUrl is { } detect && detect.Equals(url)) mistakes.Warn(map.Of(source, "detectUrl"), "'detectUrl' is the same stream as 'url'; leave it out");
    }

    private void CheckSignal(SignalConfig signal, string name)
    {
        if (map.IsBroken(signal)) return;
        if (signal.Region is { } region) _shapes.Check(region, name, ShapeUse.Region);
        if (signal is { Source: SignalSource.Picture, Region: null }) mistakes.Add(map.Of(signal), $"the signal '{name}' is seen in the picture, so it needs a region: two corners around the lamps");
        if (signal is { Source: SignalSource.Mqtt, Topic: null }) mistakes.Add(map.Of(signal), $"the signal '{name}' is told over MQTT, so it needs a topic");
        if (signal is { Source: SignalSource.Picture, Topic: not null }) mistakes.Add(map.Of(signal, "topic"), $"the signal '{name}' is seen in the picture; a topic belongs to source: mqtt");
    }

    private void CheckCounter(CounterConfig counter, CameraConfig camera)
    {
        CheckReference(counter, "line", counter.Line, camera.Lines.Keys, "line");
        CheckReference(counter, "zone", counter.Zone, camera.Zones.Keys, "zone");
        if (map.IsBroken(counter)) return;
        if ((counter.Line is null) == (counter.Zone is null)) mistakes.Add(map.Of(counter), $"the counter '{counter.Id}' needs a line or a zone{(counter.Line is null ? "" : ", not both")}");
        if (counter.Classes.Count == 0) mistakes.Add(map.Of(counter, "classes"), $"the counter '{counter.Id}' counts no class; write classes: [person]");
        if (TimeSpan.FromDays(1).Ticks % counter.Interval.Ticks != 0) mistakes.Add(map.Of(counter, "interval"), "'interval' must divide a day evenly (1m, 5m, 15m, 1h, 24h), so that days can be added up");
        if (counter is { Capacity: not null, Occupancy: false, Zone: null }) mistakes.Warn(map.Of(counter, "capacity"), $"the capacity of '{counter.Id}' is not watched without occupancy: true");
    }

    private void CheckRule(RuleConfig rule, CameraConfig camera)
    {
        foreach (var (key, line) in rule.LineReferences) CheckReference(rule, key, line, camera.Lines.Keys, "line");
        foreach (var (key, zone) in rule.ZoneReferences) CheckReference(rule, key, zone, camera.Zones.Keys, "zone");
        if (rule is SignalRule signal) CheckReference(rule, "signal", signal.Signal, camera.Signals.Keys, "signal");
        if (rule is StandingRule standing) CheckReference(rule, "signal", standing.Signal, camera.Signals.Keys, "signal");
        if (rule is ModelRule model) models?.Check(map, mistakes, rule, "model", model.Model, ModelTasks.Detect);
        if (rule is PlateGateRule or IdCheckRule) CheckGate(rule, camera);
        if (rule is SpeedingRule { Plane: { } plane }) _shapes.Check(plane, rule.Id ?? rule.Rule, ShapeUse.Plane);
        foreach (var plate in rule.Exempt)
        {
            if (!RegistryWords.TryFold(plate, out var folded) || !RegistryWords.IsWhole(folded)) mistakes.Add(map.Of(rule, "exempt"), $"'{plate}' in 'exempt' of '{rule.Id}' is no whole plate; write it as printed (37A-123.45) or without marks (37A12345)");
        }

        if (map.IsBroken(rule)) return;
        switch (rule)
        {
            case WrongWayRule { Allowed: { X: 0, Y: 0 } }:
                mistakes.Add(map.Of(rule, "allowed"), "'allowed' needs a direction; [0, -1] is upwards, [1, 0] to the right");
                break;
            case TurnRule turn when turn.EntryLine == turn.ExitLine && turn.Rule == "no_turn":
                mistakes.Add(map.Of(rule, "exitLine"), "entry and exit of 'no_turn' are the same line; for turning back write rule: no_u_turn");
                break;
            case LaneRule { Zones.Count: 0, SolidLines.Count: 0 }:
                mistakes.Add(map.Of(rule), $"the rule '{rule.Id}' needs zones (with the classes of each) or solidLines");
                break;
            case SpeedingRule { Metres.Count: not 4 } speeding:
                mistakes.Add(map.Of(rule, "metres"), $"'metres' takes the four points of the plane; here are {speeding.Metres.Count}");
                break;
            case SpeedingRule speeding when !SpansPlane(speeding):
                mistakes.Add(map.Of(rule, "metres"), $"three of the four points of '{rule.Id}' lie on one line, so they give no plane; measure four corners of a rectangle on the road");
                break;
            case LaneRule { Zones.Count: > 8 } or LaneRule { SolidLines.Count: > 8 }:
                mistakes.Add(map.Of(rule), $"the rule '{rule.Id}' has more than 8 zones or solid lines; make two rules of it");
                break;
            case GatheringRule { Rule: "crowding", Count: null }:
                mistakes.Add(map.Of(rule), $"the rule '{rule.Id}' needs a count: this many people are a crowd");
                break;
            case GatheringRule { Rule: "loitering", After: null }:
                mistakes.Add(map.Of(rule), $"the rule '{rule.Id}' needs 'after': this long a stay is reported (5m)");
                break;
            case PlateGateRule when !camera.Plates.Enabled:
                mistakes.Add(map.Of(rule, "rule"), $"the rule '{rule.Id}' reads plates; write plates: {{ enabled: true }} on this camera");
                break;
            case ForbiddenZoneRule { Rule: "forbidden_zone", Classes.Count: 0, Hours: null }:
                mistakes.Warn(map.Of(rule), $"the rule '{rule.Id}' names neither classes nor hours: every vehicle is forbidden at all times");
                break;
        }

        if (rule.Exempt.Count > 0 && camera.Plates is not { Enabled: true }) mistakes.Warn(map.Of(rule, "exempt"), $"the rule '{rule.Id}' exempts plates and this camera reads none: write plates: {{ enabled: true }}");
        var accuses = rule is not (GatheringRule or PlateGateRule or IdCheckRule);
        if (accuses && rule.Classes.Contains(ObjectClass.Person)) mistakes.Add(map.Of(rule, "classes"), $"the rule '{rule.Id}' accuses vehicles; people are never accused, take 'person' out of its classes");
        if (accuses && rule.Mode == RuleMode.Live && camera.Approval is null)
        {
            mistakes.Warn(map.Of(rule, "mode"), $"the rule '{rule.Id}' is live and the camera has no approval: its events will carry 'use: none'");
        }
        else if (accuses && rule.Mode == RuleMode.Live && camera.Approval is { ValidUntil: var end } && end < today)
        {
            mistakes.Warn(map.Of(rule, "mode"), $"the rule '{rule.Id}' is live and the camera's approval ended on {end:yyyy-MM-dd}: its events carry 'use: none'");
        }
    }

    // Gates stand in gateway.yaml; null: that file holds mistakes of its own.
    private void CheckGate(RuleConfig rule, CameraConfig camera)
    {
        var gate = rule is PlateGateRule plates ? plates.Gate : ((IdCheckRule)rule).Gate;
        if (gate is not null && knownGates is { Count: 0 }) mistakes.Warn(map.Of(rule, "gate"), $"gateway.yaml has no 'gates:', so the decisions on '{gate}' are published and nothing opens");
        else if (gate is not null && knownGates is not null) CheckReference(rule, "gate", gate, knownGates, "gate");
        if (rule.Exempt.Count > 0) mistakes.Add(map.Of(rule, "exempt"), $"'exempt' belongs to rules that accuse; whom '{rule.Id}' lets in stands in a list of 'lists' with the word allow");
        if (rule is PlateGateRule { Gate: not null, Line: null } && !camera.Lines.Keys.Contains(gate, StringComparer.Ordinal) && !map.IsBroken(rule))
            mistakes.Add(map.Of(rule), $"the rule '{rule.Id}' needs 'line': the line that vehicles cross when they pass the gate (or name the line '{gate}')");
        if (rule is IdCheckRule { Scanner: { } scanner } && scanner is not ("camera" or "-") && !scanner.StartsWith("/dev/", StringComparison.Ordinal))
            mistakes.Add(map.Of(rule, "scanner"), $"'scanner' is camera, a device (/dev/serial/by-id/…, /dev/ttyACM0, /dev/input/by-id/…) or - for standard input, not '{scanner}'; {NearestWord.Hint(scanner, ["camera", "/dev/ttyACM0", "-"])}");
    }

    private static bool SpansPlane(SpeedingRule rule)
    {
        try
        {
            _ = new RoadPlane([.. ShapeChecks.Fractions(rule.Plane).Select(p => new PointPx((float)p.X, (float)p.Y))], [.. rule.Metres.Select(p => (p.X, p.Y))]);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private void CheckReference(object owner, string key, string? id, IReadOnlyCollection<string> known, string what)
    {
        if (id is null || known.Contains(id, StringComparer.Ordinal)) return;
        mistakes.Add(map.Of(owner, key), $"unknown {what} '{id}' in '{key}'; {NearestWord.Hint(id, known)}");
    }

    private void CheckUnique<T>(ValueList<T> items, Func<T, string?> idOf, string what) where T : class
    {
        var first = new Dictionary<string, Place>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (idOf(item) is not { } id) continue;
            var place = map.Of(item, "id");
            if (!first.TryAdd(id, place)) mistakes.Add(place, $"the {what} '{id}' stands here a second time; the first is in line {first[id].Line}");
        }
    }
}
