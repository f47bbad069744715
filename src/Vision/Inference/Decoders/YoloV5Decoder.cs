namespace EdgeGateway.Vision.Inference.Decoders;

/// <summary>
/// YOLOv5 and its like with the grid worked out inside the network: [1, A, 5 + C], a row a box with centre x, y, width and
/// height in input pixels, objectness and class scores. Score is objectness times class score.
/// </summary>
internal sealed class YoloV5Decoder : IDecoder
{
    private readonly int _classes;

    public YoloV5Decoder(ModelLane lane)
    {
        _classes = lane.Model.Manifest.Classes.Count;
        var shape = lane.Shape(0);
        if (_classes < 1 || shape.Length != 3 || shape[0] != 1 || shape[2] != 5 + _classes) throw DecoderTable.Misfit(lane, $"1xAx{5 + _classes}");
        Capacity = (int)shape[1];
    }

    public int Capacity { get; }

    public void Collect(ModelLane lane, float minScore, Candidates into)
    {
        var output = lane.Output(0);
        var width = 5 + _classes;
        for (var anchor = 0; anchor < Capacity; anchor++)
        {
            var objectness = output[anchor * width + 4];
            if (!(objectness >= minScore)) continue;
            var row = output.Slice(anchor * width, width);
            var (best, classScore) = ScoreScan.Largest(row[5..]);
            var score = objectness * classScore;
            if (score >= minScore) into.AddCentre(row[0], row[1], row[2], row[3], score, best, anchor);
        }
    }
}
