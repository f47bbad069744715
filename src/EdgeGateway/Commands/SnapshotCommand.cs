using System.CommandLine;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Demo;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tamper;

namespace EdgeGateway.Commands;

/// <summary><c>snapshot</c>: one frame with what the installer drew, and whether the lens is right for the job.</summary>
internal sealed class SnapshotCommand : ICommandModule
{
    // Below these sizes the models see little; figures in models/cards.
    private const float SmallPersonPx = 40;
    private const float SureScore = 0.5f;
    private const float SmallVehiclePx = 32;
    private const float SmallPlateWidthPx = 60;
    private const float SteepestTiltDegrees = 35;

    public Command Build()
    {
        var camera = CommonOptions.Camera();
        camera.Required = true;
        var config = CommonOptions.Config();
        var output = new Option<string>("--out") { Description = "The picture, PNG.", Required = true, HelpName = "PNG" };
        var input = new Option<string?>("--input") { Description = "Take the frame from this file instead of the camera.", HelpName = "FILE" };
        var reference = new Option<bool>("--reference") { Description = "Also keep the outlines of the frame, by which a moved, covered or blurred camera is noticed." };
        var command = new GatewayCommand(
            "snapshot",
            "One frame with the camera's lines, zones, masks and lights, a pixel grid, and the sizes of what it sees.",
            "edgegateway snapshot --camera cong-binh-minh --out view.png") { camera, config, output, input, reference };
        command.SetAction((parsed, stop) => Task.FromResult(Run(
            LoadedConfig.Require(parsed.GetRequiredValue(config).FullName, requireSecrets: parsed.GetValue(input) is null), parsed.GetRequiredValue(camera),
            parsed.GetRequiredValue(output), parsed.GetValue(input), parsed.GetValue(reference), parsed.InvocationConfiguration, stop)));
        return command;
    }

    private static int Run(LoadedConfig loaded, string cameraId, string path, string? input, bool keepReference, InvocationConfiguration console, CancellationToken stop)
    {
        var camera = loaded.Camera(cameraId);
        if (input is not null) InputFile.Require(input);
        OutputFile.Require(path, "--out");
        if (input is not null) OutputFile.RequireOtherThan(input, path, "--out");
        using var models = loaded.OpenModels();
        using var logs = CommandLogs.Create(Microsoft.Extensions.Logging.LogLevel.Error);
        var options = input is null ? CaptureOptionsOf.FullSize(camera, 4) : CaptureOptionsOf.File(camera, input, Replay.DefaultStart);
        using var stream = new CameraStream(options, TimeProvider.System, logs.Logger);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(40));
        stream.Start();
        using var frame = stream.Take(limit.Token);
        stop.ThrowIfCancellationRequested();
        if (frame is null)
        {
            console.Error.WriteLine(SecretMask.Process.Apply($"Camera {cameraId} gave no picture: {stream.Status.State}. {stream.Status.Reason}"));
            return ExitCode.Failed;
        }

        var detector = models.Detector(camera.Config.Model ?? loaded.Gateway.Models.Detector);
        using var lane = detector.Open("snapshot");
        var found = new DetectionBuffer(500);
        lane.Detect(frame, detector.Model.Manifest.ScoreThreshold, found);
        // Like the camera itself: what a mask hides is not seen.
        var masks = camera.MasksFor(frame.Width, frame.Height);
        Detection[] seen = [.. found.Items.ToArray().Where(detection => !masks.Any(mask => mask.Hides(detection)))];
        var plates = PlatesOn(frame, models).Where(plate => plate.IsReadable || IsOnVehicle(plate, seen)).ToList();
        stop.ThrowIfCancellationRequested();
        Draw(frame, camera, seen, plates, path);
        if (keepReference)
        {
            var view = TamperWatch.ReferenceOf(frame, TimeProvider.System.GetUtcNow());
            StorageOwner.As(loaded.Gateway.Storage.Folder, () =>
            {
                var kept = ViewGuard.PathOf(loaded.Gateway.Storage.Folder, cameraId);
                Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
                view.Save(kept);
            });
            console.Error.WriteLine($"The reference of '{cameraId}' is kept; a gateway that runs compares with it from its next start on.");
        }

        Report(frame, camera, seen, plates, path, console.Output);
        return ExitCode.Done;
    }

    private static IReadOnlyList<PlateInImage> PlatesOn(Frame frame, SharedModels models)
    {
        if (models.Catalogue.NamesFor(ModelTasks.PlateDetect).Count == 0 || models.Catalogue.NamesFor(ModelTasks.PlateRead).Count == 0) return [];
        using var chain = new PlateImages(models.Open(models.PlateDetectorName), models.Open(models.PlateReaderName));
        return chain.Find(frame);
    }

    // A plate that is too small to be read tells of the lens; what stands on no vehicle is a pattern of the ground.
    private static bool IsOnVehicle(PlateInImage plate, Detection[] seen)
    {
        var place = plate.Spot.Box;
        return seen.Any(detection => detection.Class.IsMotorVehicle() && detection.Box.SharedWith(place) > 0.5f * place.Area);
    }

    private static void Draw(Frame frame, CameraModel camera, Detection[] seen, IReadOnlyList<PlateInImage> plates, string path)
    {
        using var annotator = new Annotator(frame);
        annotator.Grid();
        SceneDrawing.DrawGeometry(annotator, camera);
        foreach (var plate in plates) annotator.Plate(plate.Spot.Corners.ToArray(), $"{plate.Reading.Display} {plate.Spot.Corners.WidthPx:0} px");
        // The nearest first: in a crowd the small ones far away go without words.
        foreach (var detection in seen.OrderByDescending(detection => detection.Box.Height))
        {
            annotator.Box(detection.Box, detection.Class, $"{detection.Class.Name()} {detection.Box.Height:0} px");
        }

        PartialFile.Write(path, annotator.Png());
    }

    private static void Report(Frame frame, CameraModel camera, Detection[] seen, IReadOnlyList<PlateInImage> plates, string path, TextWriter output)
    {
        var people = new List<float>();
        var vehicles = new List<float>();
        foreach (var detection in seen)
        {
            // What is hardly believed may be a post or a lamp, and the lens is judged by these.
            if (detection.Score < SureScore) continue;
            if (detection.Class == ObjectClass.Person) people.Add(detection.Box.Height);
            else if (detection.Class.IsMotorVehicle()) vehicles.Add(detection.Box.Height);
        }

        var widths = plates.Select(plate => plate.Spot.Corners.WidthPx).ToList();
        var notes = new List<string>();
        if (people.Count > 0 && Median(people) < SmallPersonPx) notes.Add($"people are too small: {Median(people):0} px high, {SmallPersonPx:0} px are wanted; zoom in or move closer");
        if (vehicles.Count > 0 && Median(vehicles) < SmallVehiclePx) notes.Add($"vehicles are too small: {Median(vehicles):0} px high, {SmallVehiclePx:0} px are wanted");
        if (camera.Plates.Enabled && widths.Count > 0 && Median(widths) < SmallPlateWidthPx) notes.Add($"plates are too small: {Median(widths):0} px wide, {SmallPlateWidthPx:0} px are wanted");
        if (plates.Any(plate => plate.Spot.Corners.TiltDegrees > SteepestTiltDegrees)) notes.Add($"plates are too tilted: more than {SteepestTiltDegrees:0}°; turn the camera");
        if (people.Count + vehicles.Count == 0) notes.Add("nothing was seen on this frame; try again when people or vehicles are in view");
        JsonLines.Write(output, json =>
        {
            json.WriteString("camera", camera.Id);
            json.WriteString("out", path);
            json.WriteNumber("width", frame.Width);
            json.WriteNumber("height", frame.Height);
            json.WriteNumber("people", people.Count);
            json.WriteNumber("personHeightPx", Math.Round(Median(people)));
            json.WriteNumber("vehicles", vehicles.Count);
            json.WriteNumber("vehicleHeightPx", Math.Round(Median(vehicles)));
            json.WriteNumber("plates", widths.Count);
            json.WriteNumber("plateWidthPx", Math.Round(Median(widths)));
            json.WriteNumber("sharpness", Math.Round(Sharpness.Of(frame), 1));
            json.WriteStartArray("notes");
            foreach (var note in notes) json.WriteStringValue(note);
            json.WriteEndArray();
        });
    }

    private static float Median(List<float> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);
}
