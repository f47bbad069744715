using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics.Signals;

namespace EdgeGateway.Configuration;

/// <summary>What one file of <c>cameras/</c> says.</summary>
[About("One camera: where it streams, what it counts, which rules it watches.")]
public sealed record CameraConfig
{
    [Id, About("The camera's id in topics and events: small letters, digits, '-'.")]
    public required string Id { get; init; }

    [About("The camera's name for people; the id when not given.")]
    public string? Name { get; init; }

    [About("false: the camera stays in the list and is not opened.")]
    public bool Enabled { get; init; } = true;

    [About("Where the pictures come from.")]
    public required SourceConfig Source { get; init; }

    [About("Where the camera stands.")]
    public PlaceConfig? Place { get; init; }

    [Between(0.5, 30), About("Frames looked at in a second.")]
    public double AnalyseFps { get; init; } = 8;

    [About("Skip the model while nothing moves in the picture.")]
    public bool MotionGate { get; init; } = true;

    [About("Name of the street-object model for this camera, when it is not the gateway's.")]
    public string? Model { get; init; }

    [Between(0.05, 0.95), About("Least score of a detection that starts a track; the model's own when not given.")]
    public double? MinScore { get; init; }

    [Id, About("Directed lines. Two points; drawn left to right, downwards is 'in'.")]
    public ValueMap<ShapeConfig> Lines { get; init; } = ValueMap.Empty<ShapeConfig>();

    [Id, About("Areas. Three points or more, edges must not cross.")]
    public ValueMap<ShapeConfig> Zones { get; init; } = ValueMap.Empty<ShapeConfig>();

    [Id, About("Areas that are never looked at: a flag, a screen, the neighbour's garden; or only not for some classes.")]
    public ValueMap<MaskConfig> Masks { get; init; } = ValueMap.Empty<MaskConfig>();

    [About("What is counted, where.")]
    public ValueList<CounterConfig> Counting { get; init; } = [];

    [About("Reading of number plates.")]
    public PlatesConfig Plates { get; init; } = new();

    [Id, About("Traffic lights that rules refer to.")]
    public ValueMap<SignalConfig> Signals { get; init; } = ValueMap.Empty<SignalConfig>();

    [About("The decision by which this camera may be used for violations. Without it events carry 'use: none'.")]
    public ApprovalConfig? Approval { get; init; }

    [About("Traffic and order rules.")]
    public ValueList<RuleConfig> Rules { get; init; } = [];

    [About("Further events to publish.")]
    public ValueList<PublishedEvent> Publish { get; init; } = [];
}

/// <summary>A stream or a file.</summary>
public sealed record SourceConfig
{
    [Schemes("rtsp", "rtsps", "file"), About("rtsp://, rtsps:// or file:///path. The password as the camera knows it: ${NAME}; it is percent-encoded for you.")]
    public required SourceUrl Url { get; init; }

    [Schemes("rtsp", "rtsps", "file"), About("A small second stream of the same view for detection; the main one is then used for plates and evidence only.")]
    public SourceUrl? DetectUrl { get; init; }

    [About("auto: TCP first, then UDP.")]
    public SourceTransport Transport { get; init; } = SourceTransport.Auto;

    [Words("software", "vaapi", "qsv", "cuda", "v4l2m2m"), About("What decodes the video; all but software need the machine's hardware and driver.")]
    public string Decoder { get; init; } = "software";

    [About("Repeat a file for ever.")]
    public bool Loop { get; init; }

    [NamesFile, About("PEM file with the authority that signed the camera's certificate (rtsps).")]
    public string? CaFile { get; init; }
}

/// <summary>A place on the earth.</summary>
public sealed record PlaceConfig
{
    [About("The place in words.")]
    public string? Text { get; init; }

    [Between(-90, 90), About("Latitude, degrees, WGS 84.")]
    public double? Lat { get; init; }

    [Between(-180, 180), About("Longitude, degrees, WGS 84.")]
    public double? Lon { get; init; }
}

/// <summary>Points in the picture.</summary>
public record ShapeConfig
{
    [About("Points [x, y], x to the right, y down.")]
    public required ValueList<PairConfig> Points { get; init; }

    [About("px of the stated frame, or fraction of width and height.")]
    public required PointUnits Units { get; init; }

    [About("Width and height of the picture in which the px were taken.")]
    public SizeConfig? Frame { get; init; }
}

/// <summary>An area that is not looked at.</summary>
public sealed record MaskConfig : ShapeConfig
{
    [About("What is not looked for here, when it is not everything: [motorcycle, bicycle] on a square where only people walk.")]
    public ValueList<ObjectClass>? Classes { get; init; }
}

/// <summary>One count of people or vehicles.</summary>
public sealed record CounterConfig
{
    [Id, About("The counter's id in events and reports.")]
    public required string Id { get; init; }

    [About("The line that is counted; or give a zone.")]
    public string? Line { get; init; }

    [About("The zone whose inside is counted; or give a line.")]
    public string? Zone { get; init; }

    [About("What is counted.")]
    public ValueList<ObjectClass> Classes { get; init; } = [ObjectClass.Person];

    [BetweenTimes("1s", "24h"), About("Length of a count interval; it divides a day.")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(15);

    [About("Add this counter to the site's number of people present.")]
    public bool Occupancy { get; init; }

    [About("Add this counter to the site's totals in reports. Off for a line behind a gate, whose people were counted there already.")]
    public bool InReport { get; init; } = true;

    [Between(1, 10_000_000), About("How many may be present.")]
    public int? Capacity { get; init; }

    [Between(0.1, 1), About("Part of the capacity at which a warning is raised.")]
    public double WarnAt { get; init; } = 0.8;
}

/// <summary>Reading of number plates.</summary>
public sealed record PlatesConfig
{
    [About("Read plates on this camera.")]
    public bool Enabled { get; init; }

    [About("What is published of vehicles that did nothing: none, a keyed hash, or the text.")]
    public PassageDetail Passages { get; init; } = PassageDetail.Hash;

    [About("Send pictures with passages.")]
    public bool Pictures { get; init; }

    [Between(8, 200), About("Least height of a plate in the full picture, pixels.")]
    public int MinHeightPx { get; init; } = 16;
}

/// <summary>A traffic light.</summary>
public sealed record SignalConfig
{
    [About("picture: the camera sees the lamps; mqtt: a controller tells.")]
    public SignalSource Source { get; init; } = SignalSource.Picture;

    [About("Two corners around the lamps (source: picture).")]
    public ShapeConfig? Region { get; init; }

    [About("Topic on which the controller tells the state (source: mqtt).")]
    public string? Topic { get; init; }

    [About("How the lamps stand: vertical (red above), horizontal (red at the left), horizontalRedRight.")]
    public LampLayout Layout { get; init; } = LampLayout.Vertical;

    [BetweenTimes("500ms", "10m"), About("A state that nobody has confirmed for this long is unknown, and then nobody is accused: 2s in the picture, 5s over MQTT when not given.")]
    public TimeSpan? MaxAge { get; init; }
}

/// <summary>The officer's decision and the camera's certificate.</summary>
public sealed record ApprovalConfig
{
    [About("Number of the decision.")]
    public string? Decision { get; init; }

    [About("Number of the camera's certificate of verification.")]
    public string? Certificate { get; init; }

    [About("Last day on which the approval holds, YYYY-MM-DD.")]
    public required DateOnly ValidUntil { get; init; }

    [About("The unit that uses the camera.")]
    public string? Unit { get; init; }

    [About("The officer's number.")]
    public string? Officer { get; init; }
}
