using EdgeGateway.Configuration.Validators;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;

namespace EdgeGateway.Configuration;

/// <summary>Points in parts of the picture's width and height, so that another stream size does no harm.</summary>
public sealed record ShapeModel(string Id, ValueList<PairConfig> Fractions)
{
    internal static ShapeModel Of(string id, ShapeConfig shape) => new(id, ShapeChecks.Fractions(shape));

    /// <summary>The points in pixels of a picture.</summary>
    public PointPx[] In(int widthPx, int heightPx) => [.. Fractions.Select(p => new PointPx((float)(p.X * widthPx), (float)(p.Y * heightPx)))];
}

/// <summary>An area that is not looked at; <paramref name="Classes"/>: what is not looked for there, null for everything.</summary>
public sealed record MaskModel(ShapeModel Shape, ValueList<ObjectClass>? Classes)
{
    /// <summary>What an installer reads on the picture: the mask's name, and what it hides when that is not everything.</summary>
    public string Title => Classes is null ? Shape.Id : $"{Shape.Id}: {string.Join(", ", Classes.Select(hidden => $"no {hidden.Name()}"))}";
}

/// <summary>One camera, checked. Two models are equal when nothing that matters differs; moved lines and comments do not.</summary>
public sealed record CameraModel
{
    internal CameraModel(CameraConfig config)
    {
        Config = config;
        Lines = [.. config.Lines.Select(line => ShapeModel.Of(line.Key, line.Value))];
        Zones = [.. config.Zones.Select(zone => ShapeModel.Of(zone.Key, zone.Value))];
        Masks = [.. config.Masks.Select(mask => new MaskModel(ShapeModel.Of(mask.Key, mask.Value), mask.Value.Classes))];
        Signals = [.. config.Signals.Where(signal => signal.Value.Region is not null).Select(signal => ShapeModel.Of(signal.Key, signal.Value.Region!))];
    }

    /// <summary>All values as the file gives them, with defaults filled in.</summary>
    public CameraConfig Config { get; }

    public string Id => Config.Id;

    /// <summary>The name for people; the id when the file gives none.</summary>
    public string Name => Config.Name ?? Config.Id;

    public bool IsEnabled => Config.Enabled;

    public SourceConfig Source => Config.Source;

    public PlaceConfig? Place => Config.Place;

    public double AnalyseFps => Config.AnalyseFps;

    public ValueList<ShapeModel> Lines { get; }

    public ValueList<ShapeModel> Zones { get; }

    public ValueList<MaskModel> Masks { get; }

    /// <summary>The lamps' regions (two corners each) of the signals that the camera sees.</summary>
    public ValueList<ShapeModel> Signals { get; }

    public ValueList<CounterConfig> Counters => Config.Counting;

    public PlatesConfig Plates => Config.Plates;

    public ValueList<RuleConfig> Rules => Config.Rules;

    public bool PublishesCrossings => Config.Publish.Contains(PublishedEvent.Crossing);

    /// <summary>The lines in pixels of the analysed frame.</summary>
    public IReadOnlyList<DirectedLine> LinesFor(int widthPx, int heightPx) =>
        [.. Lines.Select(line => line.In(widthPx, heightPx) is [var from, var to] ? new DirectedLine(line.Id, from, to) : throw new InvalidOperationException($"The line '{line.Id}' has not two points."))];

    /// <summary>The zones in pixels of the analysed frame.</summary>
    public IReadOnlyList<Zone> ZonesFor(int widthPx, int heightPx) => [.. Zones.Select(zone => new Zone(zone.Id, zone.In(widthPx, heightPx)) { Picture = (widthPx, heightPx) })];

    /// <summary>The areas that are not looked at, in pixels of the analysed frame.</summary>
    public IReadOnlyList<PictureMask> MasksFor(int widthPx, int heightPx) =>
        [.. Masks.Select(mask => new PictureMask(new Zone(mask.Title, mask.Shape.In(widthPx, heightPx)) { Picture = (widthPx, heightPx) }, mask.Classes is { } classes ? ClassSet.Of([.. classes]) : null))];
}
