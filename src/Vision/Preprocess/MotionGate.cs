namespace EdgeGateway.Vision.Preprocess;

public sealed class MotionGate(int width, int height)
{
    public bool IsOpen(Frames.Frame frame, bool tracksMove) => width + height > 0 || frame is null || tracksMove;
}
