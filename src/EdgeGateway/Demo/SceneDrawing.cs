using EdgeGateway.Configuration;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Demo;

internal static class SceneDrawing
{
    public static void Save(Frame frame, CameraModel camera, ReadOnlySpan<Track> tracks, string path) { }
}
