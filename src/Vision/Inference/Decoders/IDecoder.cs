namespace EdgeGateway.Vision.Inference.Decoders;

/// <summary>Reads boxes from the outputs of one family of networks. Made once a lane; keeps what it works out from the shapes.</summary>
internal interface IDecoder
{
    /// <summary>The most boxes that the output can hold.</summary>
    int Capacity { get; }

    /// <summary>Adds every box whose score is at least <paramref name="minScore"/>.</summary>
    void Collect(ModelLane lane, float minScore, Candidates into);
}
