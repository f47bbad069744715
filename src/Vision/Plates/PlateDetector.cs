using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Inference.Decoders;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Plates;

/// <summary>
/// Finds plates in a region of a frame at its full resolution. Allocates nothing once it has seen its largest region. One thread
/// at a time.
/// </summary>
public sealed class PlateDetector : IDisposable
{
    private const int StrongestCandidates = 200;

    // A region that would be enlarged by more than this is widened instead: blur holds no plate, surroundings may.
    private const float MostEnlarged = 3;

    private readonly ModelLane _lane;
    private readonly Turn _turn;
    private readonly YoloV8CornersDecoder _decoder;
    private readonly Candidates _candidates;
    private readonly NonMaximumSuppression _suppression;
    private readonly Letterbox _letterbox;
    private readonly float _iou;

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
        if (model.Manifest.Decoder != "yolov8_corners")
        {
            throw new ModelException($"Model '{model.Manifest.Name}' has the decoder '{model.Manifest.Decoder}', but plates are found by a model with 'yolov8_corners'. Choose one with the task 'plate-detect'.");
        }

        _lane = model.OpenLane(width > 0 ? width : model.Manifest.Input.Width, height > 0 ? height : model.Manifest.Input.Height);
        try
        {
            _decoder = new YoloV8CornersDecoder(_lane);
        }
        catch
        {
            _lane.Dispose();
            throw;
        }

        _letterbox = new Letterbox(model.Manifest.Input, _lane.Width, _lane.Height);
        _candidates = new Candidates(_decoder.Capacity);
        _suppression = new NonMaximumSuppression(_decoder.Capacity, StrongestCandidates);
        _iou = model.Manifest.NmsIou;
        _turn = turns.Register(cameraId + "/plate-detect");
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
        var map = _letterbox.Write(frame, RegionFor(frame, around), _lane.Input);
        _turn.Enter();
        try
        {
            _lane.Run();
        }
        finally
        {
            _turn.Leave();
        }

        _candidates.Clear();
        _decoder.Collect(_lane, minScore, _candidates);
        var count = 0;
        foreach (var at in _suppression.Apply(_candidates, _iou, into.Length))
        {
            var box = BoxIn(frame, map.ToFrame(_candidates.Left[at], _candidates.Top[at]), map.ToFrame(_candidates.Right[at], _candidates.Bottom[at]));
            if (box.Width < 1 || box.Height < 1) continue;
            var source = _candidates.Source[at];
            var corners = new PlateQuad(Corner(map, source, 0), Corner(map, source, 1), Corner(map, source, 2), Corner(map, source, 3));
            var seen = corners.Fits(box);
            into[count++] = new PlateSpot(box, MathF.Min(1, _candidates.Score[at]), seen ? corners : PlateQuad.Of(box), seen);
        }

        return count;
    }

    public void Dispose()
    {
        _turn.Dispose();
        _lane.Dispose();
    }

    private PixelRegion RegionFor(Frame frame, in BoxPx around)
    {
        var width = MathF.Max(around.Width, _lane.Width / MostEnlarged);
        var height = MathF.Max(around.Height, _lane.Height / MostEnlarged);
        return PixelRegion.Around(new BoxPx(around.Centre.X - width / 2, around.Centre.Y - height / 2, width, height), frame.Width, frame.Height);
    }

    private static BoxPx BoxIn(Frame frame, PointPx topLeft, PointPx bottomRight)
    {
        var left = Math.Clamp(topLeft.X, 0, frame.Width);
        var top = Math.Clamp(topLeft.Y, 0, frame.Height);
        return new BoxPx(left, top, Math.Clamp(bottomRight.X, 0, frame.Width) - left, Math.Clamp(bottomRight.Y, 0, frame.Height) - top);
    }

    private PointPx Corner(in LetterboxMap map, int source, int corner)
    {
        var point = _decoder.Corner(_lane, source, corner);
        return map.ToFrame(point.X, point.Y);
    }
}
