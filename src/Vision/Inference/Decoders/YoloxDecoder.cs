namespace EdgeGateway.Vision.Inference.Decoders;

/// <summary>
/// YOLOX as its authors export it: [1, A, 5 + C], a row an anchor with x, y as offsets in grid cells, the logarithms of
/// width and height in cells, objectness and class scores already through the sigmoid. A row's grid cell follows from its
/// number: strides 8, 16 and 32, each grid row by row. Score is objectness times class score. (Ge et al. 2021,
/// "YOLOX: Exceeding YOLO Series in 2021", section 2.1.)
/// </summary>
internal sealed class YoloxDecoder : IDecoder
{
    private readonly int _classes;
    private readonly float[] _cellX;
    private readonly float[] _cellY;
    private readonly float[] _stride;

    public YoloxDecoder(ModelLane lane)
    {
        _classes = lane.Model.Manifest.Classes.Count;
        var anchors = 0;
        foreach (var stride in (ReadOnlySpan<int>)[8, 16, 32]) anchors += (lane.Width / stride) * (lane.Height / stride);
        if (_classes < 1 || !lane.Shape(0).SequenceEqual([1, anchors, 5 + _classes])) throw DecoderTable.Misfit(lane, $"1x{anchors}x{5 + _classes}");
        _cellX = new float[anchors];
        _cellY = new float[anchors];
        _stride = new float[anchors];
        var at = 0;
        foreach (var stride in (ReadOnlySpan<int>)[8, 16, 32])
        {
            for (var y = 0; y < lane.Height / stride; y++)
            {
                for (var x = 0; x < lane.Width / stride; x++, at++) (_cellX[at], _cellY[at], _stride[at]) = (x, y, stride);
            }
        }
    }

    public int Capacity => _stride.Length;

    public void Collect(ModelLane lane, float minScore, Candidates into)
    {
        var output = lane.Output(0);
        var width = 5 + _classes;
        for (var anchor = 0; anchor < _stride.Length; anchor++)
        {
            // A class score is at most 1, so a weak objectness settles it without looking at the classes.
            var objectness = output[anchor * width + 4];
            if (!(objectness >= minScore)) continue;
            var row = output.Slice(anchor * width, width);
            var (best, classScore) = ScoreScan.Largest(row[5..]);
            var score = objectness * classScore;
            if (!(score >= minScore)) continue;
            var stride = _stride[anchor];
            into.AddCentre(
                (row[0] + _cellX[anchor]) * stride, (row[1] + _cellY[anchor]) * stride,
                MathF.Exp(row[2]) * stride, MathF.Exp(row[3]) * stride, score, best, anchor);
        }
    }
}
