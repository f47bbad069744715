using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeGateway.Cameras;
using EdgeGateway.Vision.Evaluation;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Commands;

/// <summary><c>models evaluate --data DIR</c>: accuracy and speed of the models through the product's own code, one JSON object a model and set.</summary>
internal static class ModelsEvaluate
{
    private static readonly JsonSerializerOptions Written = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] StreetSets = ["held-out", "val"];
    private static readonly int[] PlateSides = [320, 416, 640];
    private static readonly int[] ThreadCounts = [1, 2];
    private const int FewestRounds = 20;
    private const int MostRounds = 100;

    public static Command Build()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "Folder that holds detection/ and plates/ with labelled pictures.", HelpName = "DIR", Required = true };
        var model = new Option<string?>("--model") { Description = "Only this model; all of models.json when not given.", HelpName = "NAME" };
        var atMost = new Option<int?>("--pictures") { Description = "At most so many pictures of each set, evenly spread, and runs of a measurement of speed: for a quick look.", HelpName = "N" };
        var folder = CommonOptions.Models();
        var command = new GatewayCommand(
            "evaluate",
            "Measure accuracy and speed on labelled pictures through the gateway's own code. Pictures that cannot be used are named and counted.",
            "edgegateway models evaluate --data ../shared/data --model street") { data, model, atMost, folder };
        command.SetAction((parsed, stop) => Task.FromResult(new Run(
            parsed.GetValue(data)!.FullName, parsed.GetValue(model), parsed.GetValue(atMost), parsed.GetValue(folder)?.FullName ?? SharedModels.DefaultFolder,
            parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop).All()));
        return command;
    }

    /// <summary>One evaluation.</summary>
    private sealed class Run(string data, string? only, int? atMost, string folder, TextWriter output, TextWriter error, CancellationToken stop)
    {
        private readonly HashSet<string> _told = new(StringComparer.Ordinal);
        private int _failed;

        public int All()
        {
            if (atMost is < 1) throw new UsageException($"--pictures {atMost} must be at least 1.");
            if (!Directory.Exists(data)) throw new UsageException($"There is no data folder at {data}: expected is a folder with detection/ and plates/, as described in their README.md. Name it with --data DIR.");
            using var models = new SharedModels(folder, OnnxOptions.Default, 1);
            if (only is not null && !models.Catalogue.Contains(only)) throw new UsageException($"There is no model '{only}'. There are: {string.Join(", ", models.Catalogue.Models.Select(one => one.Name))}.");
            var wanted = models.Catalogue.Models.Where(one => only is null || one.Name == only).ToList();
            foreach (var manifest in wanted) Evaluate(models, manifest);
            foreach (var threads in ThreadCounts) Try(() => Speed(wanted, threads));
            return _failed == 0 ? ExitCode.Done : ExitCode.Failed;
        }

        private void Evaluate(SharedModels models, ModelManifest manifest)
        {
            switch (manifest.Task)
            {
                case ModelTasks.Detect:
                    foreach (var set in StreetSets) Try(() => Street(models, manifest, set));
                    break;
                case ModelTasks.PlateDetect:
                    Try(() => FindPlates(models, manifest));
                    Try(() => ReadScenes(models, manifest.Name, models.PlateReaderName));
                    break;
                case ModelTasks.PlateRead:
                    Try(() => ReadCrops(models, models.PlateDetectorName, manifest.Name));
                    break;
                default:
                    error.WriteLine($"{manifest.Name}: no pictures are labelled for the task '{manifest.Task}'; only its speed is measured.");
                    break;
            }
        }

        // One set that is missing or one model that cannot be opened does not keep the others from being measured.
        private void Try(Action work)
        {
            try
            {
                work();
            }
            catch (Exception fault) when (fault is DirectoryNotFoundException or InvalidDataException or ModelException)
            {
                _failed++;
                if (_told.Add(fault.Message)) error.WriteLine(fault.Message); // each model asks for the same set
            }
        }

        private void Street(SharedModels models, ModelManifest manifest, string set)
        {
            var pictures = Spread(StreetEvaluation.PicturesOf(data, set));
            var evaluation = new StreetEvaluation(models.Detector(manifest.Name));
            var skipped = new SkippedPictures(error.WriteLine);
            using var progress = Progress(manifest.Name, set);
            var looked = evaluation.Look(pictures, set != "val", skipped, done => progress.Show(done, pictures.Count, "pictures"), stop);
            Write(manifest, set, $"{manifest.Input.Width}x{manifest.Input.Height}", evaluation.Measure(looked, skipped.Count));
        }

        private void FindPlates(SharedModels models, ModelManifest manifest)
        {
            var scenes = Spread(PlateSet.Scenes(data).Where(scene => scene.HeldOut).ToList());
            foreach (var side in manifest.Input.Dynamic ? PlateSides : [manifest.Input.Width])
            {
                using var progress = Progress(manifest.Name, $"scenes at {side}");
                var figures = new PlateFindEvaluation(models.Open(manifest.Name)).Find(
                    scenes, side, new SkippedPictures(error.WriteLine), done => progress.Show(done, scenes.Count, "pictures"), stop);
                Write(manifest, "scenes", $"{side}x{side}", figures);
            }
        }

        private void ReadScenes(SharedModels models, string finder, string reader)
        {
            var scenes = Spread(PlateSet.Scenes(data).Where(scene => scene.HeldOut).ToList());
            using var plates = new PlateEvaluation(models.Open(finder), models.Open(reader));
            using var progress = Progress($"{finder} and {reader}", "scenes");
            var figures = plates.Chain(scenes, new SkippedPictures(error.WriteLine), done => progress.Show(done, scenes.Count, "pictures"), stop);
            Write($"{finder} + {reader}", "plate-chain", "scenes", "as the command plates", figures);
        }

        private void ReadCrops(SharedModels models, string finder, string reader)
        {
            var crops = Spread(PlateSet.Crops(data).Where(plate => plate.HeldOut).ToList());
            using var plates = new PlateEvaluation(models.Open(finder), models.Open(reader));
            using var progress = Progress(reader, "crops");
            var figures = plates.Read(crops, new SkippedPictures(error.WriteLine), done => progress.Show(done, crops.Count, "pictures"), stop);
            var manifest = models.Catalogue[reader];
            Write(manifest, "crops", $"{manifest.Input.Width}x{manifest.Input.Height}", figures);
        }

        private void Speed(List<ModelManifest> wanted, int threads)
        {
            error.WriteLine($"speed on {threads} of {Environment.ProcessorCount} cores …");
            foreach (var time in ModelTimes.Measure(wanted, threads, Math.Clamp(atMost ?? MostRounds, FewestRounds, MostRounds), stop))
            {
                Write(time.Model, "speed", null, time.Input, new { time.Threads, time.MedianMs, time.P10Ms, time.BytesPerRun, Cores = Environment.ProcessorCount });
            }
        }

        private List<T> Spread<T>(IReadOnlyList<T> all) => atMost is { } most && all.Count > most ? [.. Enumerable.Range(0, most).Select(i => all[(int)((long)all.Count * i / most)])] : [.. all];

        private static ProgressLine Progress(string model, string set) => new($"{model} on {set}");

        private void Write(ModelManifest manifest, string set, string input, object figures) => Write(manifest.Name, manifest.Task, set, input, figures);

        private void Write(string model, string task, string? set, string input, object figures) => JsonLines.Write(output, json =>
        {
            json.WriteString("model", model);
            json.WriteString("task", task);
            if (set is not null) json.WriteString("set", set);
            json.WriteString("input", input);
            foreach (var property in JsonSerializer.SerializeToElement(figures, figures.GetType(), Written).EnumerateObject()) property.WriteTo(json);
        });
    }
}
