namespace EdgeGateway.Vision.Inference.Decoders;

/// <summary>
/// Networks that drop overlapping boxes themselves: [1, N, 6], a row a box with left, top, right, bottom in input pixels,
/// score and class number. Unused rows have score 0.
/// </summary>
internal sealed class EndToEndDecoder : IDecoder
{
    private readonly int _classes;

    public EndToEndDecoder(ModelLane lane)
    {
        _classes = lane.Model.Manifest.Classes.Count;
        var shape = lane.Shape(0);
        if (_classes < 1 || shape.Length != 3 || shape[0] != 1 || shape[2] != 6) throw DecoderTable.Misfit(lane, "1xNx6");
        Capacity = (int)shape[1];
    }

    public int Capacity { get; }

    public void Collect(ModelLane lane, float minScore, Candidates into)
    {
        var output = lane.Output(0);
        for (var box = 0; box < Capacity; box++)
        {
            var row = output.Slice(box * 6, 6);
            var classIndex = (int)row[5];
            // A class that models.json does not list cannot be named: the box is left out.
            if (!(row[4] >= minScore) || row[4] <= 0 || classIndex < 0 || classIndex >= _classes) continue;
            into.AddCorners(row[0], row[1], row[2], row[3], row[4], classIndex, box);
        }
    }
}
