using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Demo;

/// <summary>
/// Keeps, for each camera, the frame on which most could be seen, drawn with boxes, tracks and lines. A frame is drawn only when it beats
/// the last one, so the demo costs little more than the gateway.
/// </summary>
internal sealed class DemoPicture(IReadOnlyList<CameraModel> cameras, string folder)
{
    private readonly Dictionary<string, int> _best = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>The pictures saved so far.</summary>
    public IReadOnlyList<string> Saved
    {
        get { lock (_gate) return [.. _best.Keys.Order(StringComparer.Ordinal).Select(PathOf)]; }
    }

    /// <summary>Looks at a frame on the camera's thread.</summary>
    public void Look(string cameraId, Frame frame, CameraStages stages)
    {
        var seen = 0;
        foreach (ref readonly var track in stages.Tracks)
        {
            // People count one; a vehicle counts when its plate is known, and then more.
            if (track.IsMatched) seen += stages.PlateOf(track.Id) is not null ? 3 : track.Class == ObjectClass.Person ? 1 : 0;
        }

        lock (_gate)
        {
            if (seen == 0 || seen <= _best.GetValueOrDefault(cameraId)) return;
            _best[cameraId] = seen;
        }

        var camera = cameras.First(camera => camera.Id == cameraId);
        Directory.CreateDirectory(folder);
        SceneDrawing.Save(frame, camera, stages, PathOf(cameraId));
    }

    private string PathOf(string cameraId) => Path.Combine(folder, $"annotated-{cameraId}.png");
}
