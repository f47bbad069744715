using EdgeGateway.Configuration.Binding;

namespace EdgeGateway.Configuration.Validators;

/// <summary>
/// Names what this version reads and checks but does not act on, so that nobody relies on silence. A line goes when its part comes.
/// </summary>
internal static class NotYet
{
    public static void Warn(CameraConfig camera, SourceMap map, MistakeList mistakes)
    {
        if (camera is { Source.DetectUrl: not null, Plates.Enabled: true })
            mistakes.Warn(map.Of(camera.Source, "detectUrl"), "with plates enabled this version detects on the main stream too; the small stream is not opened");
    }
}
