using EdgeGateway.Vision;

namespace EdgeGateway.Configuration;

/// <summary>What all rules share. The word of <see cref="Rule"/> chooses the kind.</summary>
public abstract record RuleConfig
{
    [Id, About("The rule's id on this camera.")]
    public required string Id { get; init; }

    [About("Which rule.")]
    public required string Rule { get; init; }

    [About("trial: visible, never forwarded, until an officer has reviewed it; then live.")]
    public RuleMode Mode { get; init; } = RuleMode.Trial;

    [About("Hours of the day at which the rule holds, local time: \"06:00-22:00\", or several with commas.")]
    public DayHours? Hours { get; init; }

    [About("Days of the week on which the rule holds: [monday, friday]. All when empty.")]
    public ValueList<DayOfWeek> Days { get; init; } = [];

    [About("The only dates on which the rule holds, YYYY-MM-DD, whatever the day of the week. All when empty.")]
    public ValueList<DateOnly> Dates { get; init; } = [];

    [About("Dates on which the rule does not hold, YYYY-MM-DD.")]
    public ValueList<DateOnly> ExceptDates { get; init; } = [];

    [BetweenTimes("0s", "60s"), About("A vehicle is accused only when it has been watched for this long.")]
    public TimeSpan MinSeen { get; init; } = TimeSpan.FromSeconds(0.5);

    [About("Plates that the rule never reports.")]
    public ValueList<string> Exempt { get; init; } = [];

    [BetweenTimes("0s", "24h"), About("Silence for the same vehicle after a report.")]
    public TimeSpan CoolDown { get; init; } = TimeSpan.FromSeconds(60);

    [About("Vehicle or person classes that the rule looks at; the rule's own when empty.")]
    public ValueList<ObjectClass> Classes { get; init; } = [];

    /// <summary>The lines that the rule refers to, by the key that names each.</summary>
    internal virtual IEnumerable<(string Key, string? Id)> LineReferences => [];

    /// <summary>The zones that the rule refers to, by the key that names each.</summary>
    internal virtual IEnumerable<(string Key, string? Id)> ZoneReferences => [];
}

/// <summary>Going over a line while the light is red.</summary>
[RuleWords("red_light", "stop_line"), About("Crossing (red_light) or standing beyond (stop_line) a line at red.")]
public sealed record SignalRule : RuleConfig
{
    [About("The stop line.")]
    public required string Line { get; init; }

    [About("The direction of travel over the line.")]
    public required LineDirection Direction { get; init; }

    [About("The light that holds for this line.")]
    public required string Signal { get; init; }

    [BetweenTimes("0s", "10s"), About("Crossings within this time after the light became red are not reported.")]
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(0.7);

    internal override IEnumerable<(string Key, string? Id)> LineReferences => [("line", Line)];
}

/// <summary>Driving against the allowed direction.</summary>
[RuleWords("wrong_way"), About("Driving against the allowed direction in a zone.")]
public sealed record WrongWayRule : RuleConfig
{
    [About("The lane.")]
    public required string Zone { get; init; }

    [About("Allowed direction of travel in the picture, [x, y], y down: [0, -1] is upwards.")]
    public required PairConfig Allowed { get; init; }

    [Between(0.5, 50), About("How far against the direction is reported, heights of the vehicle's box.")]
    public double MinTravel { get; init; } = 2;

    internal override IEnumerable<(string Key, string? Id)> ZoneReferences => [("zone", Zone)];
}

/// <summary>Being where one must not be.</summary>
[RuleWords("forbidden_zone", "sidewalk"), About("Driving in a zone that is closed to these classes or at these hours, or on the pavement.")]
public sealed record ForbiddenZoneRule : RuleConfig
{
    [About("The closed zone.")]
    public required string Zone { get; init; }

    internal override IEnumerable<(string Key, string? Id)> ZoneReferences => [("zone", Zone)];
}

/// <summary>Staying too long.</summary>
[RuleWords("no_parking", "no_stopping"), About("Standing in a zone for longer than allowed.")]
public sealed record StandingRule : RuleConfig
{
    [About("The zone.")]
    public required string Zone { get; init; }

    [BetweenTimes("1s", "24h"), About("Standing this long is reported.")]
    public required TimeSpan After { get; init; }

    [About("The light at which vehicles queue in the zone; every light of the camera when not given.")]
    public string? Signal { get; init; }

    [About("false: nothing queues here (a pavement), so waiting at a light or in a jam is no excuse.")]
    public bool QueueAware { get; init; } = true;

    internal override IEnumerable<(string Key, string? Id)> ZoneReferences => [("zone", Zone)];
}

/// <summary>Lanes by class, and solid lines.</summary>
[RuleWords("lane"), About("Driving in a lane of another class, or over a solid line.")]
public sealed record LaneRule : RuleConfig
{
    [Id, About("Each lane's zone with the classes that may use it.")]
    public ValueMap<ValueList<ObjectClass>> Zones { get; init; } = ValueMap.Empty<ValueList<ObjectClass>>();

    [About("Lines that must not be crossed.")]
    public ValueList<string> SolidLines { get; init; } = [];

    internal override IEnumerable<(string Key, string? Id)> LineReferences => SolidLines.Select(id => ("solidLines", (string?)id));

    internal override IEnumerable<(string Key, string? Id)> ZoneReferences => Zones.Select(zone => ("zones", (string?)zone.Key));
}

/// <summary>A way from one line to another that is not allowed.</summary>
[RuleWords("no_u_turn", "no_turn"), About("Entering over one line and leaving over another.")]
public sealed record TurnRule : RuleConfig
{
    [About("The line of entry.")]
    public required string EntryLine { get; init; }

    [About("The line of exit.")]
    public required string ExitLine { get; init; }

    [About("The direction over the line of entry; either when not given.")]
    public LineDirection? EntryDirection { get; init; }

    [About("The direction over the line of exit; either when not given.")]
    public LineDirection? ExitDirection { get; init; }

    internal override IEnumerable<(string Key, string? Id)> LineReferences => [("entryLine", EntryLine), ("exitLine", ExitLine)];
}

/// <summary>Speed over a plane given by four measured points.</summary>
[RuleWords("speeding"), About("Driving faster than the limit; indicative without a speed meter's certificate.")]
public sealed record SpeedingRule : RuleConfig
{
    [About("Four points of the road in the picture, in order around.")]
    public required ShapeConfig Plane { get; init; }

    [About("The same four points on the road, [x, y] in metres.")]
    public required ValueList<PairConfig> Metres { get; init; }

    [Between(5, 150), About("The limit, km/h.")]
    public required int LimitKmh { get; init; }

    [Between(2, 500), About("The least way over which a speed is taken, metres.")]
    public double BaseLength { get; init; } = 8;
}

/// <summary>What only a third party's model sees.</summary>
[RuleWords("no_helmet", "over_persons"), About("Indicative rules that need a third party's model.")]
public sealed record ModelRule : RuleConfig
{
    [About("Name of the model in models.json.")]
    public required string Model { get; init; }
}

/// <summary>Too many, or too long.</summary>
[RuleWords("crowding", "loitering"), About("More people than a number, or people who stay longer than a time: an alert.")]
public sealed record GatheringRule : RuleConfig
{
    [About("The zone.")]
    public required string Zone { get; init; }

    [Between(1, 100_000), About("This many people are reported (crowding).")]
    public int? Count { get; init; }

    [BetweenTimes("1s", "24h"), About("This long a stay is reported (loitering); how long the crowd must last (crowding).")]
    public TimeSpan? After { get; init; }

    internal override IEnumerable<(string Key, string? Id)> ZoneReferences => [("zone", Zone)];
}

/// <summary>A gate that opens by plate.</summary>
[RuleWords("plate_gate"), About("Allow and deny by lists of plates; who is doubtful or on no list is asked of an operator.")]
public sealed record PlateGateRule : RuleConfig
{
    [Id, About("The gate, as gates: of gateway.yaml names it.")]
    public required string Gate { get; init; }

    [About("The line that vehicles cross when they pass the gate; the line of the gate's own name when not given.")]
    public string? Line { get; init; }

    [About("The direction over the line that leads through the gate.")]
    public LineDirection Direction { get; init; } = LineDirection.In;

    [About("Where vehicles wait for the gate; anywhere before the line when not given.")]
    public string? Zone { get; init; }

    [About("CSV files with plates: plate,colour,list,valid_from,valid_to,note; list is allow, deny or watch. Taken up by themselves when they change; beside gateway.yaml when the path does not begin with '/'.")]
    public required ValueList<string> Lists { get; init; }

    [About("What becomes of a plate on no list.")]
    public EntryDecision Others { get; init; } = EntryDecision.Ask;

    [Between(0.5, 0.999), About("Least confidence of the whole plate for a decision without an operator.")]
    public double MinConfidence { get; init; } = 0.9;

    [Between(2, 10), About("Looks that must agree for a decision without an operator.")]
    public int MinReads { get; init; } = 3;

    [Between(30, 400), About("The decision is due, within 700 ms, when the plate is this wide in the full picture, pixels.")]
    public int DecideFromPx { get; init; } = 60;

    [BetweenTimes("1s", "60s"), About("... or when the vehicle has waited this long, with a small plate or none.")]
    public TimeSpan AskAfter { get; init; } = TimeSpan.FromSeconds(4);

    internal override IEnumerable<(string Key, string? Id)> LineReferences => [("line", Line)];

    internal override IEnumerable<(string Key, string? Id)> ZoneReferences => [("zone", Zone)];
}

/// <summary>What a gate decides.</summary>
public enum EntryDecision
{
    Allow,
    Deny,
    Ask,
}

/// <summary>What a card is worth that agrees with itself and has not expired.</summary>
public enum ValidCard
{
    Allow,
    Ask,
}

/// <summary>Identity cards at an entrance.</summary>
[RuleWords("id_check"), About("Check of identity cards by their QR code; what leaves the box is a keyed hash and an age group.")]
public sealed record IdCheckRule : RuleConfig
{
    [About("camera; a scanner's device: /dev/serial/by-id/… (best), /dev/ttyACM0, /dev/input/by-id/…; or - for standard input.")]
    public required string Scanner { get; init; }

    [Id, About("The gate that opens, as gates: of gateway.yaml names it; only events when not given.")]
    public string? Gate { get; init; }

    [About("The line that people cross when they pass the entrance: then one opening lets one pass.")]
    public string? Line { get; init; }

    [About("The direction over the line that leads through the entrance.")]
    public LineDirection Direction { get; init; } = LineDirection.In;

    [About("What a card is worth that agrees with itself and has not expired. It is not signed: anybody can print one. ask: an operator looks at each.")]
    public ValidCard ValidCard { get; init; } = ValidCard.Allow;

    [BetweenTimes("200ms", "10s"), About("How often the camera's picture is searched for a code (scanner: camera).")]
    public TimeSpan Every { get; init; } = TimeSpan.FromMilliseconds(500);

    [Between(1200, 921_600), About("Bits a second of a serial scanner; USB ones do not care.")]
    public int Baud { get; init; } = 9600;

    internal override IEnumerable<(string Key, string? Id)> LineReferences => [("line", Line)];
}

/// <summary>The table of rule words, read once from the records above.</summary>
internal static class RuleTable
{
    /// <summary>The record of each word, in the order of the file above.</summary>
    public static IReadOnlyDictionary<string, Type> Kinds { get; } = Read();

    private static Dictionary<string, Type> Read()
    {
        Type[] kinds =
        [
            typeof(SignalRule), typeof(WrongWayRule), typeof(ForbiddenZoneRule), typeof(StandingRule), typeof(LaneRule), typeof(TurnRule),
            typeof(SpeedingRule), typeof(ModelRule), typeof(GatheringRule), typeof(PlateGateRule), typeof(IdCheckRule),
        ];
        var table = new Dictionary<string, Type>(StringComparer.Ordinal);
        foreach (var kind in kinds)
        {
            var words = (RuleWordsAttribute)Attribute.GetCustomAttribute(kind, typeof(RuleWordsAttribute))!;
            foreach (var word in words.Words) table.Add(word, kind); // a word given twice stops the start here
        }

        return table;
    }
}
