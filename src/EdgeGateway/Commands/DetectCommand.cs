using System.CommandLine;
using System.Text.Json;
using EdgeGateway.Cameras;
using EdgeGateway.Demo;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Commands;

/// <summary><c>detect IMAGE...</c>: what a model sees on pictures, one JSON object a picture.</summary>
internal sealed class DetectCommand : ICommandModule
{
    public Command Build()
    {
        var images = new Argument<string[]>("IMAGE") { Description = "Picture files.", Arity = ArgumentArity.OneOrMore };
        var classes = new Option<string?>("--classes") { Description = "Only these classes, divided by commas: person,car." };
        var minScore = new Option<float?>("--min-score") { Description = "Least score, 0 to 1; the model's own when not given." };
        var model = new Option<string?>("--model") { Description = "A name in models.json; the street model when not given." };
        var folder = CommonOptions.Models();
        var annotate = new Option<DirectoryInfo?>("--annotate") { Description = "Also save the pictures with boxes into this folder." };
        var command = new GatewayCommand(
            "detect",
            "Find objects on pictures. A picture that notes a turn (EXIF) is looked at as a viewer shows it; boxes are [x, y, width, height] in pixels of the picture as stored.",
            "edgegateway detect street.jpg --classes person,motorcycle --annotate out/")
        {
            images, classes, minScore, model, folder, annotate,
        };
        command.SetAction((parsed, stop) => Task.FromResult(Run(
            parsed.GetValue(images)!, parsed.GetValue(classes), parsed.GetValue(minScore), parsed.GetValue(model),
            parsed.GetValue(folder)?.FullName, parsed.GetValue(annotate), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop)));
        return command;
    }

    private static int Run(string[] images, string? classes, float? minScore, string? modelName, string? folder, DirectoryInfo? annotate, TextWriter output, TextWriter error, CancellationToken stop)
    {
        if (minScore is { } least && !(least is >= 0 and <= 1)) throw new UsageException($"--min-score {minScore} lies outside 0 to 1.");
        using var models = new SharedModels(folder ?? SharedModels.DefaultFolder, OnnxOptions.Default with { IntraThreads = Environment.ProcessorCount }, 1);
        if (modelName is not null && !models.Catalogue.Contains(modelName)) throw new UsageException($"There is no model '{modelName}'. There are: {string.Join(", ", models.Catalogue.NamesFor(ModelTasks.Detect))}.");
        var detector = modelName is null ? models.Detector(null) : new ObjectDetector(models.Open(modelName), models.Turns); // plates have boxes too
        var manifest = detector.Model.Manifest;
        var wanted = Wanted(classes, manifest);
        using var lane = detector.Open("detect");
        lane.KeepOtherClasses = true;
        var found = new DetectionBuffer(1000);
        if (annotate is not null) OutputFile.RequireFolder(annotate.FullName, "--annotate");
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (failed, done) = (0, 0);
        using var progress = new ProgressLine("detect");
        foreach (var path in images)
        {
            stop.ThrowIfCancellationRequested();
            progress.Show(done++, "pictures");
            try
            {
                using var picture = InputFile.Picture(path, stop);
                var frame = picture.Frame;
                lane.Detect(frame, minScore ?? manifest.ScoreThreshold, found);
                var detections = new List<Detection>();
                foreach (ref readonly var detection in found.Items)
                {
                    if (wanted is null || wanted.Contains(detection.ClassIndex)) detections.Add(detection);
                }

                Write(output, path, picture, detections, manifest);
                if (annotate is null) continue;
                var saved = Path.Combine(annotate.FullName, NameFor(path, names, name => Path.Combine(annotate.FullName, name) is var place && File.Exists(place) && images.Any(image => OutputFile.IsSame(image, place))));
                if (Directory.Exists(saved)) throw new ImageException($"The annotated picture {saved} cannot be written: a folder has this name. Remove it, or name another folder by --annotate.");
                SceneDrawing.SaveDetections(frame, detections, manifest.Classes, saved);
            }
            catch (ImageException fault)
            {
                failed++;
                error.WriteLine(fault.Message);
            }
        }

        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    // Two pictures of one name from two folders: the second is a-2.png; and no picture that was given is written over.
    private static string NameFor(string path, HashSet<string> taken, Func<string, bool> isGiven)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        var name = stem + ".png";
        for (var next = 2; !taken.Add(name) || isGiven(name); next++) name = $"{stem}-{next}.png";
        return name;
    }

    private static HashSet<int>? Wanted(string? classes, ModelManifest manifest)
    {
        if (classes is null) return null;
        if (classes.AsSpan().Trim(", ").IsEmpty) throw new UsageException($"--classes is empty. The model '{manifest.Name}' knows: {string.Join(", ", manifest.Classes)}.");
        var wanted = new HashSet<int>();
        foreach (var word in classes.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var index = manifest.Classes.ToList().FindIndex(name => name == word || ObjectClasses.Parse(word) is var value && value != ObjectClass.Other && ClassNames.ToObjectClass(name) == value);
            if (index < 0) throw new UsageException($"The model '{manifest.Name}' knows no class '{word}'. It knows: {string.Join(", ", manifest.Classes)}.");
            wanted.Add(index);
        }

        return wanted;
    }

    private static void Write(TextWriter output, string path, UprightPicture picture, List<Detection> detections, ModelManifest manifest) =>
        JsonLines.Write(output, json =>
        {
            json.WriteString("image", path);
            json.WriteNumber("width", picture.StoredWidth);
            json.WriteNumber("height", picture.StoredHeight);
            json.WriteStartArray("detections");
            foreach (var detection in detections)
            {
                json.WriteStartObject();
                json.WriteString("class", detection.Class == ObjectClass.Other ? manifest.Classes[detection.ClassIndex] : detection.Class.Name());
                json.WriteNumber("score", Math.Round((decimal)detection.Score, 3));
                json.WriteBox("box", picture.ToStored(detection.Box));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
}
