namespace EdgeGateway.Vision.Inference.Decoders;

/// <summary>
/// Plates with four corners: [1, 5 + 8, A], a column a box; rows 0 to 3 are centre x, y, width and height in input pixels,
/// row 4 the score after the sigmoid, rows 5 to 12 the corners x, y: top left, top right, bottom right, bottom left of the
/// plate as it is read.
/// </summary>
internal sealed class YoloV8CornersDecoder : IDecoder
{
    private readonly int[] _hits;

    public YoloV8CornersDecoder(ModelLane lane)
    {
        var shape = lane.Shape(0);
        if (lane.Model.Manifest.Classes.Count != 1 || shape.Length != 3 || shape[0] != 1 || shape[1] != 13) throw DecoderTable.Misfit(lane, "1x13xA and exactly one class");
        Capacity = (int)shape[2];
        _hits = new int[Capacity];
    }

    public int Capacity { get; }

    public void Collect(ModelLane lane, float minScore, Candidates into)
    {
        var output = lane.Output(0);
        var anchors = Capacity;
        var scores = output.Slice(4 * anchors, anchors);
        var hits = ScoreScan.AtLeast(scores, anchors, minScore, _hits);
        foreach (var anchor in _hits.AsSpan(0, hits))
        {
            into.AddCentre(
                output[anchor], output[anchors + anchor], output[2 * anchors + anchor], output[3 * anchors + anchor],
                scores[anchor], 0, anchor);
        }
    }

    /// <summary>One corner of a box, in input pixels.</summary>
    /// <param name="lane">The lane that ran.</param>
    /// <param name="source">Place of the box in the output.</param>
    /// <param name="corner">0 top left, 1 top right, 2 bottom right, 3 bottom left.</param>
    public PointPx Corner(ModelLane lane, int source, int corner)
    {
        var output = lane.Output(0);
        return new PointPx(output[(5 + 2 * corner) * Capacity + source], output[(6 + 2 * corner) * Capacity + source]);
    }
}
