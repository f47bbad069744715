using EdgeGateway.Cameras;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Preprocess;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Violations;

/// <summary>
/// Looks for whom a picture that leaves the box must not show: heads of people and plates, whole and in parts, so that who is small or cut by
/// the picture's edge is hidden all the same. One search for copies of evidence and for snapshots. One picture at a time.
/// </summary>
/// <param name="models">Detector and plate models.</param>
/// <param name="model">The detector's name; null for the catalogue's first.</param>
/// <param name="turn">Under which name it waits for the model.</param>
internal sealed class BystanderSearch(SharedModels models, string? model, string turn) : IDisposable
{
    /// <summary>A head too many is covered rather than one too few: half of the usual threshold.</summary>
    private const float ShareOfThreshold = 0.5f;

    /// <summary>Four corners and the middle below, overlapping, two thirds of a side each: a person is half as large again to the model.</summary>
    private static readonly (float X, float Y)[] Parts = [(0, 0), (1, 0), (0, 1), (1, 1), (0.5f, 1)];

    private const float PartShare = 0.62f;
    private readonly DetectionBuffer _found = new(TrackerOptions.DefaultCapacity);
    private readonly List<Detection> _seen = [];
    private DetectorLane? _detector;
    private PlateImages? _plates;

    /// <summary>What to hide in a picture.</summary>
    /// <param name="frame">The picture; held by the caller.</param>
    /// <param name="accused">The accused vehicle's box; default where nobody is accused, and everybody is hidden.</param>
    /// <param name="kind">What the accused vehicle is.</param>
    /// <param name="stop">Ends the search between two looks.</param>
    public BystanderPlaces In(Frame frame, BoxPx accused = default, ObjectClass kind = ObjectClass.Other, CancellationToken stop = default)
    {
        _detector ??= models.Detector(model).Open(turn);
        if (_plates is null && models.Catalogue.Models.Any(one => one.Task == "plate-detect") && models.Catalogue.Models.Any(one => one.Task == "plate-read"))
            _plates = new PlateImages(models.Open(models.PlateDetectorName), models.Open(models.PlateReaderName));
        var certain = _detector.Model.Manifest.ScoreThreshold;
        _seen.Clear();
        Look(new PixelRegion(0, 0, frame.Width, frame.Height));
        var (width, height) = ((int)(PartShare * frame.Width), (int)(PartShare * frame.Height));
        foreach (var (x, y) in Parts) Look(new PixelRegion((int)(x * (frame.Width - width)), (int)(y * (frame.Height - height)), width, height));
        BoxPx[] plates = _plates is null ? [] : [.. _plates.Find(frame).Select(plate => plate.Spot.Box)];
        return BystanderPlaces.Of(_seen, plates, accused, kind, certain, frame.Width, frame.Height);

        void Look(PixelRegion part)
        {
            stop.ThrowIfCancellationRequested();
            _detector.Detect(frame, part, certain * ShareOfThreshold, _found);
            foreach (ref readonly var one in _found.Items)
            {
                // What the part's own edge cuts is seen whole elsewhere, and here is often taken for something else.
                if (!IsCutWithin(one.Box, part, frame.Width, frame.Height)) _seen.Add(one);
            }
        }
    }

    public void Dispose()
    {
        _detector?.Dispose();
        _plates?.Dispose();
    }

    private static bool IsCutWithin(BoxPx box, PixelRegion part, int width, int height) =>
        (part.X > 0 && box.X <= part.X + 2) || (part.Y > 0 && box.Y <= part.Y + 2)
        || (part.X + part.Width < width && box.Right >= part.X + part.Width - 2) || (part.Y + part.Height < height && box.Bottom >= part.Y + part.Height - 2);
}
