using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference.Decoders;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Inference;

/// <summary>
/// One camera's way from frame to detections: 1. letterbox into the input tensor, 2. wait for the turn, 3. run the network,
/// 4. decode and drop overlapping boxes, 5. back to frame pixels. All memory is made once; nothing is allocated a frame.
/// One thread at a time.
/// </summary>
public sealed class DetectorLane : IDisposable
{
    private const int StrongestCandidates = 1000;

    private readonly NetworkPass _pass;
    private readonly IDecoder _decoder;
    private readonly Candidates _candidates;
    private readonly NonMaximumSuppression _suppression;
    private readonly ObjectClass[] _classes;
    private readonly float _iou;

    internal DetectorLane(ModelLane lane, Turn turn)
    {
        var manifest = lane.Model.Manifest;
        try
        {
            _pass = new NetworkPass(lane, turn);
            _decoder = DecoderTable.For(lane);
        }
        catch
        {
            turn.Dispose();
            throw;
        }

        _candidates = new Candidates(_decoder.Capacity);
        // A network that drops overlapping boxes itself is believed.
        _iou = manifest.Decoder == "end_to_end" ? 1 : manifest.NmsIou;
        _classes = ClassNames.ToObjectClasses(manifest.Classes);
        _suppression = new NonMaximumSuppression(_decoder.Capacity, StrongestCandidates, [.. _classes.Select((value, i) => value == ObjectClass.Other ? byte.MaxValue + i : (int)value)]);
    }

    public string CameraId => _pass.Turn.CameraId;

    public OnnxModel Model => _pass.Lane.Model;

    /// <summary>Keeps objects of classes that the gateway has no word for (<see cref="ObjectClass.Other"/>). Off by default: trackers and counters do not want them.</summary>
    public bool KeepOtherClasses { get; set; }

    /// <summary>How long the last <see cref="Detect(Frame, float, DetectionBuffer)"/> took, step by step.</summary>
    public DetectionTiming LastTiming { get; private set; }

    /// <summary>Finds objects in a whole frame.</summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="minScore">Weaker detections are left out, 0 to 1. Trackers ask for less than <see cref="ModelManifest.ScoreThreshold"/>.</param>
    /// <param name="into">Cleared, then filled strongest first, in frame pixels cut to the frame; the weakest beyond its capacity are dropped.</param>
    public void Detect(Frame frame, float minScore, DetectionBuffer into) =>
        Detect(frame, new PixelRegion(0, 0, frame.Width, frame.Height), minScore, into);

    /// <summary>Finds objects in a part of a frame; places are still those of the whole frame.</summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="region">The part, inside the frame.</param>
    /// <param name="minScore">Weaker detections are left out, 0 to 1.</param>
    /// <param name="into">Cleared, then filled strongest first; the weakest beyond its capacity are dropped.</param>
    public void Detect(Frame frame, in PixelRegion region, float minScore, DetectionBuffer into)
    {
        var map = _pass.Run(frame, region);

        _candidates.Clear();
        _decoder.Collect(_pass.Lane, minScore, _candidates);
        into.Clear();
        foreach (var at in _suppression.Apply(_candidates, _iou, StrongestCandidates))
        {
            var classIndex = _candidates.Class[at];
            var objectClass = _classes[classIndex];
            if (objectClass == ObjectClass.Other && !KeepOtherClasses) continue;
            var box = BoxInFrame(map, _candidates, at, frame);
            if (box.Width <= 0 || box.Height <= 0) continue;
            if (!into.TryAdd(new Detection(box, MathF.Min(_candidates.Score[at], 1), classIndex, objectClass))) break;
        }

        LastTiming = _pass.Timing();
    }

    public void Dispose() => _pass.Dispose();

    /// <summary>A candidate's box in frame pixels, cut to the frame; its area may be nothing.</summary>
    internal static BoxPx BoxInFrame(in LetterboxMap map, Candidates candidates, int at, Frame frame)
    {
        var topLeft = map.ToFrame(candidates.Left[at], candidates.Top[at]);
        var bottomRight = map.ToFrame(candidates.Right[at], candidates.Bottom[at]);
        var left = Math.Clamp(topLeft.X, 0, frame.Width);
        var top = Math.Clamp(topLeft.Y, 0, frame.Height);
        return new BoxPx(left, top, Math.Clamp(bottomRight.X, 0, frame.Width) - left, Math.Clamp(bottomRight.Y, 0, frame.Height) - top);
    }
}
