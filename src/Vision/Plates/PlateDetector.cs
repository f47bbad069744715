using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Plates;

/// <summary>
/// Finds plates in a region of a frame at its full resolution. Allocates nothing once it has seen its largest region. One thread
/// at a time.
/// </summary>
public sealed class PlateDetector : IDisposable
{
    // A region that would be enlarged by more than this is widened instead: blur holds no plate, surroundings may.
    private const float MostEnlarged = 3;

    private const int MostPlates = 100;

    private readonly CornerDetectorLane _lane;
    private readonly CornerDetectionBuffer _found = new(MostPlates);
    private readonly float _leastWidth;
    private readonly float _leastHeight;

    /// <param name="model">A model whose decoder is <c>yolov8_corners</c>; outlives this object.</param>
    /// <param name="turns">Where every inference of the gateway queues.</param>
    /// <param name="cameraId">Whose turns they are.</param>
    /// <param name="width">Width of the network's input in pixels, or 0 for the manifest's.</param>
    /// <param name="height">Height of the network's input in pixels, or 0 for the manifest's.</param>
    /// <exception cref="ModelException">The model has another decoder, or does not take that size.</exception>
    public PlateDetector(OnnxModel model, FairTurnstile turns, string cameraId, int width = 0, int height = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(turns);
        var manifest = model.Manifest;
        if (manifest.Decoder != "yolov8_corners")
        {
            throw new ModelException($"Model '{manifest.Name}' has the decoder '{manifest.Decoder}', but plates are found by a model with 'yolov8_corners'. Choose one with the task 'plate-detect'.");
        }

        _lane = CornerDetectorLane.Open(model, turns, cameraId + "/plate-detect", width, height);
        _leastWidth = (width > 0 ? width : manifest.Input.Width) / MostEnlarged;
        _leastHeight = (height > 0 ? height : manifest.Input.Height) / MostEnlarged;
    }

    /// <summary>Below this score the manifest calls a detection none.</summary>
    public float ScoreThreshold => _lane.Model.Manifest.ScoreThreshold;

    /// <summary>Finds plates around a box.</summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="around">Where to look: a vehicle, a tile, the whole frame. Surroundings may be seen too.</param>
    /// <param name="minScore">Weaker ones are left out, 0 to 1.</param>
    /// <param name="into">Filled from the start, strongest first.</param>
    /// <returns>How many were found, at most the length of <paramref name="into"/>.</returns>
    public int Find(Frame frame, in BoxPx around, float minScore, Span<PlateSpot> into)
    {
        _lane.Detect(frame, RegionFor(frame, around), minScore, _found);
        var count = 0;
        foreach (ref readonly var one in _found.Items)
        {
            if (count == into.Length) break;
            var corners = new PlateQuad(one.TopLeft, one.TopRight, one.BottomRight, one.BottomLeft);
            var seen = corners.Fits(one.Box);
            into[count++] = new PlateSpot(one.Box, one.Score, seen ? corners : PlateQuad.Of(one.Box), seen);
        }

        return count;
    }

    public void Dispose() => _lane.Dispose();

    private PixelRegion RegionFor(Frame frame, in BoxPx around)
    {
        var width = MathF.Max(around.Width, _leastWidth);
        var height = MathF.Max(around.Height, _leastHeight);
        return PixelRegion.Around(new BoxPx(around.Centre.X - width / 2, around.Centre.Y - height / 2, width, height), frame.Width, frame.Height);
    }
}
