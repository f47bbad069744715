using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Commands;

internal static class AnnotatedPictures
{
    public static void SaveDetections(Frame frame, IReadOnlyList<Detection> detections, IReadOnlyList<string> classes, string path) { }
}
