using EdgeGateway.Cameras;
using EdgeGateway.Commands;
using EdgeGateway.Configuration;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Demo;

/// <summary>Draws what a camera's configuration and pipeline say on a frame: lines, zones, masks, lights, tracks, detections.</summary>
internal static class SceneDrawing
{
    /// <summary>Lines, zones and confirmed tracks with the plates read so far, as PNG. On the camera's thread.</summary>
    public static void Save(Frame frame, CameraModel camera, CameraStages stages, string path)
    {
        using var annotator = new Annotator(frame);
        DrawGeometry(annotator, camera);
        // Who has a plate first, then the nearest: in a crowd the small ones far away go without words.
        foreach (var track in stages.Tracks.ToArray().Where(track => track.IsMatched).OrderBy(track => stages.PlateOf(track.Id) is null).ThenByDescending(track => track.Box.Height))
        {
            var plate = stages.PlateOf(track.Id) is { } reading ? $"  {reading.Display}" : "";
            annotator.Box(track.Box, track.Class, $"{track.Class.Name()} #{track.Id}{plate}");
        }

        PartialFile.Write(path, annotator.Png());
    }

    /// <summary>Detections with their scores, as PNG.</summary>
    public static void SaveDetections(Frame frame, IReadOnlyList<Detection> detections, IReadOnlyList<string> classes, string path)
    {
        using var annotator = new Annotator(frame);
        foreach (var detection in detections) annotator.Detection(detection, classes[detection.ClassIndex]);
        PartialFile.Write(path, annotator.Png());
    }

    /// <summary>What the installer drew: masks below, then zones, lights and lines.</summary>
    public static void DrawGeometry(Annotator annotator, CameraModel camera)
    {
        foreach (var mask in camera.MasksFor(annotator.Width, annotator.Height)) annotator.Mask(mask.Area, isPartial: mask.Classes is not null);
        foreach (var zone in camera.ZonesFor(annotator.Width, annotator.Height)) annotator.Zone(zone);
        foreach (var signal in camera.Signals)
        {
            if (signal.In(annotator.Width, annotator.Height) is [var a, var b, ..])
                annotator.Light(new Zone(signal.Id, [a, new PointPx(b.X, a.Y), b, new PointPx(a.X, b.Y)]));
        }

        foreach (var line in camera.LinesFor(annotator.Width, annotator.Height)) annotator.Line(line);
    }
}
