namespace EdgeGateway.Vision.Inference.Decoders;

/// <summary>
/// YOLOv8, v11 and the gateway's own street models: [1, 4 + C, A], a column a box; rows 0 to 3 are centre x, y, width and
/// height in input pixels, the rest class scores after the sigmoid. There is no objectness.
/// </summary>
internal sealed class YoloV8Decoder : IDecoder
{
    private readonly int _classes;
    private readonly int[] _hits;

    public YoloV8Decoder(ModelLane lane)
    {
        _classes = lane.Model.Manifest.Classes.Count;
        var shape = lane.Shape(0);
        if (_classes < 1 || shape.Length != 3 || shape[0] != 1 || shape[1] != 4 + _classes) throw DecoderTable.Misfit(lane, $"1x{4 + _classes}xA");
        Capacity = (int)shape[2];
        _hits = new int[Capacity];
    }

    public int Capacity { get; }

    public void Collect(ModelLane lane, float minScore, Candidates into)
    {
        var output = lane.Output(0);
        var anchors = Capacity;
        var scores = output.Slice(4 * anchors, _classes * anchors);
        var hits = ScoreScan.AtLeast(scores, anchors, minScore, _hits);
        foreach (var anchor in _hits.AsSpan(0, hits))
        {
            var best = 0;
            for (var c = 1; c < _classes; c++)
            {
                if (scores[c * anchors + anchor] > scores[best * anchors + anchor]) best = c;
            }

            into.AddCentre(
                output[anchor], output[anchors + anchor], output[2 * anchors + anchor], output[3 * anchors + anchor],
                scores[best * anchors + anchor], best, anchor);
        }
    }
}
