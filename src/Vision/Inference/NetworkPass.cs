using System.Diagnostics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Inference;

/// <summary>
/// What every lane over frames does first: 1. letterbox into the input tensor, 2. wait for the turn, 3. run the network. Owns the lane and
/// the turn. Nothing is allocated by <see cref="Run"/>. One thread at a time.
/// </summary>
internal sealed class NetworkPass(ModelLane lane, Turn turn) : IDisposable
{
    private readonly Letterbox _letterbox = new(lane.Model.Manifest.Input, lane.Width, lane.Height);
    private LetterboxMap _lastMap;
    private long _began;
    private long _prepared;
    private long _entered;
    private long _ran;

    public ModelLane Lane => lane;

    public Turn Turn => turn;

    /// <summary>Fills the lane's outputs from a part of a frame.</summary>
    /// <returns>The way from places in the input back to the frame.</returns>
    public LetterboxMap Run(Frame frame, in PixelRegion region)
    {
        _began = Stopwatch.GetTimestamp();
        // The border of the input stays as it is while pictures of one shape follow each other.
        var map = _letterbox.Write(frame, region, lane.Input, borderStands: _letterbox.MapOf(region) == _lastMap);
        _lastMap = map;
        _prepared = Stopwatch.GetTimestamp();
        turn.Enter();
        try
        {
            _entered = Stopwatch.GetTimestamp();
            lane.Run();
            _ran = Stopwatch.GetTimestamp();
        }
        finally
        {
            turn.Leave();
        }

        return map;
    }

    /// <summary>How long the steps took, decoding up to now included.</summary>
    public DetectionTiming Timing() => new(
        Stopwatch.GetElapsedTime(_began, _prepared), Stopwatch.GetElapsedTime(_prepared, _entered),
        Stopwatch.GetElapsedTime(_entered, _ran), Stopwatch.GetElapsedTime(_ran));

    public void Dispose()
    {
        turn.Dispose();
        lane.Dispose();
    }
}
