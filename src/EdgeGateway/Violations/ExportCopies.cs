using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Preprocess;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Violations;

/// <summary>
/// The copies of stills that may leave the case file: other people's heads and other plates are hidden. They are looked for in the still
/// itself, whole and in parts: what a tracker lost, and who is small or cut by the picture's edge, is hidden all the same.
/// </summary>
/// <param name="camera">Whose lights stay visible.</param>
/// <param name="models">Detector and plate models.</param>
/// <param name="defaultModel">The detector for cameras that name none; null for the catalogue's first.</param>
internal sealed class ExportCopies(CameraModel camera, SharedModels models, string? defaultModel) : IDisposable
{
    /// <summary>Four corners and the middle below, overlapping, two thirds of a side each: a person is half as large again to the model.</summary>
    private static readonly (float X, float Y)[] Parts = [(0, 0), (1, 0), (0, 1), (1, 1), (0.5f, 1)];

    private const float PartShare = 0.62f;
    private readonly DetectionBuffer _found = new(TrackerOptions.DefaultCapacity);
    private readonly List<Detection> _seen = [];
    private DetectorLane? _detector;
    private PlateImages? _plates;

    /// <summary>Makes the copy. One at a time.</summary>
    /// <param name="jpeg">The still.</param>
    /// <param name="act">The act: whose vehicle and light stay.</param>
    /// <param name="accused">The vehicle's box in this still.</param>
    /// <exception cref="ImageException">The still is no picture.</exception>
    public byte[] Make(byte[] jpeg, ActSuspected act, BoxPx accused)
    {
        using var frame = EvidencePictures.ToFrame(jpeg);
        _detector ??= models.Detector(camera.Config.Model ?? defaultModel).Open($"{camera.Id}/evidence");
        _plates ??= new PlateImages(models.Open(models.PlateDetectorName), models.Open(models.PlateReaderName));
        var certain = _detector.Model.Manifest.ScoreThreshold;
        _seen.Clear();
        Look(new PixelRegion(0, 0, frame.Width, frame.Height));
        var (width, height) = ((int)(PartShare * frame.Width), (int)(PartShare * frame.Height));
        foreach (var (x, y) in Parts) Look(new PixelRegion((int)(x * (frame.Width - width)), (int)(y * (frame.Height - height)), width, height));
        var places = BystanderPlaces.Of(_seen, [.. _plates.Find(frame).Select(plate => plate.Spot.Box)], accused, act.Class, certain, frame.Width, frame.Height);
        List<BoxPx> kept = [.. places.OwnPlate is { } plate ? [plate] : Array.Empty<BoxPx>()];
        if (camera.Rules.FirstOrDefault(one => one.Id == act.RuleId) is SignalRule signal && camera.Signals.FirstOrDefault(shape => shape.Id == signal.Signal)?.In(frame.Width, frame.Height) is [var a, var b])
            kept.Add(new BoxPx(MathF.Min(a.X, b.X), MathF.Min(a.Y, b.Y), MathF.Abs(b.X - a.X), MathF.Abs(b.Y - a.Y)));
        return EvidencePictures.ForExport(jpeg, places.Hidden, kept);

        void Look(PixelRegion part)
        {
            _detector.Detect(frame, part, certain * 0.6f, _found);
            foreach (ref readonly var one in _found.Items)
            {
                // What the part's own edge cuts is seen whole elsewhere, and here is often taken for something else.
                if (!IsCutWithin(one.Box, part, frame.Width, frame.Height)) _seen.Add(one);
            }
        }
    }

    private static bool IsCutWithin(BoxPx box, PixelRegion part, int width, int height) =>
        (part.X > 0 && box.X <= part.X + 2) || (part.Y > 0 && box.Y <= part.Y + 2)
        || (part.X + part.Width < width && box.Right >= part.X + part.Width - 2) || (part.Y + part.Height < height && box.Bottom >= part.Y + part.Height - 2);

    public void Dispose()
    {
        _detector?.Dispose();
        _plates?.Dispose();
    }
}
