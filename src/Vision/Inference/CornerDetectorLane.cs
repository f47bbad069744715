using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference.Decoders;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Inference;

/// <summary>
/// One camera's way from a region of a frame to four-cornered objects; the twin of <see cref="DetectorLane"/> for models
/// whose decoder is <c>yolov8_corners</c>. Nothing is allocated by <see cref="Detect"/>. One thread at a time.
/// </summary>
public sealed class CornerDetectorLane : IDisposable
{
    private const int StrongestCandidates = 300;

    private readonly NetworkPass _pass;
    private readonly YoloV8CornersDecoder _decoder;
    private readonly Candidates _candidates;
    private readonly NonMaximumSuppression _suppression;

    private CornerDetectorLane(ModelLane lane, YoloV8CornersDecoder decoder, Turn turn)
    {
        _pass = new NetworkPass(lane, turn);
        _decoder = decoder;
        _candidates = new Candidates(decoder.Capacity);
        _suppression = new NonMaximumSuppression(decoder.Capacity, StrongestCandidates);
    }

    public OnnxModel Model => _pass.Lane.Model;

    /// <summary>How long the last <see cref="Detect"/> took, step by step.</summary>
    public DetectionTiming LastTiming { get; private set; }

    /// <summary>Makes the buffers of one camera.</summary>
    /// <param name="model">The model; the caller keeps owning it.</param>
    /// <param name="turns">Who may run when.</param>
    /// <param name="cameraId">Whose turns are counted.</param>
    /// <param name="inputWidth">Width of the network's input in pixels; 0: the manifest's.</param>
    /// <param name="inputHeight">Height of the network's input in pixels; 0: the manifest's.</param>
    /// <exception cref="ModelException">The model has another decoder, does not take that size, or its output has another shape.</exception>
    public static CornerDetectorLane Open(OnnxModel model, FairTurnstile turns, string cameraId, int inputWidth = 0, int inputHeight = 0)
    {
        var input = model.Manifest.Input;
        var lane = model.OpenLane(inputWidth > 0 ? inputWidth : input.Width, inputHeight > 0 ? inputHeight : input.Height);
        try
        {
            if (DecoderTable.For(lane) is not YoloV8CornersDecoder decoder)
            {
                throw new ModelException($"Model '{model.Manifest.Name}': decoder '{model.Manifest.Decoder}' gives no corners. Choose a model whose decoder is 'yolov8_corners'.");
            }

            return new CornerDetectorLane(lane, decoder, turns.Register(cameraId));
        }
        catch
        {
            lane.Dispose();
            throw;
        }
    }

    /// <summary>Finds objects in a part of a frame; places are those of the whole frame.</summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="region">The part, inside the frame.</param>
    /// <param name="minScore">Weaker ones are left out, 0 to 1.</param>
    /// <param name="into">Cleared, then filled strongest first; the weakest beyond its capacity are dropped.</param>
    public void Detect(Frame frame, in PixelRegion region, float minScore, CornerDetectionBuffer into)
    {
        var map = _pass.Run(frame, region);

        _candidates.Clear();
        _decoder.Collect(_pass.Lane, minScore, _candidates);
        into.Clear();
        foreach (var at in _suppression.Apply(_candidates, Model.Manifest.NmsIou, StrongestCandidates))
        {
            var box = DetectorLane.BoxInFrame(map, _candidates, at, frame);
            if (box.Width <= 0 || box.Height <= 0) continue;
            var detection = new CornerDetection(
                box, MathF.Min(_candidates.Score[at], 1), Corner(map, at, 0), Corner(map, at, 1), Corner(map, at, 2), Corner(map, at, 3));
            if (!into.TryAdd(detection)) break;
        }

        LastTiming = _pass.Timing();
    }

    public void Dispose() => _pass.Dispose();

    private PointPx Corner(in LetterboxMap map, int at, int corner)
    {
        var place = _decoder.Corner(_pass.Lane, _candidates.Source[at], corner);
        return map.ToFrame(place.X, place.Y);
    }
}
