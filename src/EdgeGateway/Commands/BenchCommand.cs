using System.CommandLine;
using System.Text.Json;
using EdgeGateway.Bench;
using EdgeGateway.Cameras;

namespace EdgeGateway.Commands;

/// <summary><c>bench</c>: N copies of streams through the whole pipeline; one JSON object with the figures.</summary>
internal sealed class BenchCommand : ICommandModule
{
    public Command Build()
    {
        var input = new Option<string[]>("--input") { Description = "Video files, used in turn; the packaged clip when not given.", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };
        var cameras = new Option<int>("--cameras") { Description = "How many cameras.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var seconds = new Option<double>("--seconds") { Description = "How long, after 8 s of warm-up.", DefaultValueFactory = _ => 30, HelpName = "S" };
        var fps = new Option<double>("--fps") { Description = "Frames analysed a second.", DefaultValueFactory = _ => 5 };
        var plates = new Option<bool>("--plates") { Description = "Read plates too." };
        var noGate = new Option<bool>("--no-gate") { Description = "Analyse still scenes too." };
        var noEvents = new Option<bool>("--no-events") { Description = "No lines, no counters: nothing but frames." };
        var models = CommonOptions.Models();
        var model = new Option<string?>("--model") { Description = "A name in models.json." };
        var command = new GatewayCommand(
            "bench",
            "N copies of streams through the whole pipeline; JSON with frames, CPU by stage, allocations, memory and latency.",
            "edgegateway bench --cameras 4 --seconds 30\nedgegateway bench --input gate.mp4 --cameras 8 --seconds 60 --no-events")
        {
            input, cameras, seconds, fps, plates, noGate, noEvents, models, model,
        };
        command.SetAction((parsed, stop) =>
        {
            var (count, length) = (parsed.GetValue(cameras), parsed.GetValue(seconds));
            if (count is < 1 or > 256) throw new UsageException("--cameras must lie between 1 and 256.");
            if (!(length is > 0 and <= 86400)) throw new UsageException("--seconds must be above 0 and at most 86400.");
            var files = parsed.GetValue(input) is { Length: > 0 } given ? given : [Path.Combine(AppContext.BaseDirectory, "models", "clips", "traffic.mp4")];
            foreach (var file in files)
            {
                if (!File.Exists(file)) throw new UsageException($"{file} does not exist.");
            }

            var catalogue = Vision.Inference.ModelCatalogue.Load(parsed.GetValue(models)?.FullName ?? SharedModels.DefaultFolder);
            if (parsed.GetValue(model) is { } name && !catalogue.Contains(name)) throw new UsageException($"There is no model '{name}'. There are: {string.Join(", ", catalogue.Models.Select(entry => entry.Name))}.");
            var one = new BenchCamera("")
            {
                AnalyseFps = parsed.GetValue(fps), MotionGate = !parsed.GetValue(noGate), Plates = parsed.GetValue(plates), Events = !parsed.GetValue(noEvents),
            };
            var options = new BenchOptions([.. Enumerable.Range(0, count).Select(i => one with { File = files[i % files.Length] })], TimeSpan.FromSeconds(length))
            {
                ModelsFolder = parsed.GetValue(models)?.FullName, Detector = parsed.GetValue(model),
            };
            return RunAsync(options, parsed.InvocationConfiguration, stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(BenchOptions options, InvocationConfiguration console, CancellationToken stop)
    {
        try
        {
            using var progress = new ProgressLine("bench");
            var result = await BenchRun.RunAsync(options, stop, watched => progress.Show(watched));
            JsonLines.Write(console.Output, json => Write(json, result));
            return ExitCode.Done;
        }
        catch (CameraBrokenException fault)
        {
            await console.Error.WriteLineAsync(fault.Message);
            return ExitCode.Failed;
        }
    }

    private static void Write(Utf8JsonWriter json, BenchResult result)
    {
        var watched = Math.Max(1, result.Watched);
        json.WriteNumber("cameras", result.Cameras.Count);
        json.WriteNumber("seconds", Math.Round(result.Seconds, 1));
        json.WriteNumber("decoded", result.Cameras.Sum(camera => camera.Decoded));
        json.WriteNumber("analysed", result.Analysed);
        json.WriteNumber("gated", result.Cameras.Sum(camera => camera.Gated));
        json.WriteNumber("dropped", result.Cameras.Sum(camera => camera.Dropped));
        json.WriteNumber("fps", Math.Round(result.Watched / result.Seconds, 2));
        json.WriteStartObject("cpuMsPerFrame");
        foreach (var (stage, time) in result.StageCpu) json.WriteNumber(stage.ToString().ToLowerInvariant(), Math.Round(time.TotalMilliseconds / watched, 3));
        json.WriteNumber("own", Math.Round(result.OwnCpu.TotalMilliseconds / watched, 3));
        json.WriteNumber("children", Math.Round(result.ChildrenCpu.TotalMilliseconds / watched, 3));
        json.WriteEndObject();
        json.WriteNumber("allocatedBytesPerFrame", Math.Round((double)result.AllocatedBytes / watched, 1));
        json.WriteNumber("frameThreadBytesPerFrame", Math.Round((double)result.Cameras.Sum(camera => camera.ThreadBytes) / watched, 1));
        json.WriteStartArray("collections");
        foreach (var count in result.Collections) json.WriteNumberValue(count);
        json.WriteEndArray();
        json.WriteStartObject("rssMb");
        json.WriteNumber("own", result.OwnRssBytes >> 20);
        json.WriteNumber("children", result.ChildrenRssBytes >> 20);
        json.WriteEndObject();
        Write(json, "crossingToMqttMs", result.CrossingToMqttMs);
        Write(json, "decidedToMqttMs", result.DecidedToMqttMs);
        json.WriteStartArray("perCamera");
        foreach (var camera in result.Cameras)
        {
            json.WriteStartObject();
            json.WriteString("camera", camera.Id);
            json.WriteNumber("decoded", camera.Decoded);
            json.WriteNumber("analysed", camera.Analysed);
            json.WriteNumber("gated", camera.Gated);
            json.WriteNumber("dropped", camera.Dropped);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<double> sorted)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", sorted.Count);
        foreach (var (label, share) in new[] { ("p50", 0.5), ("p95", 0.95), ("p99", 0.99) })
        {
            if (BenchResult.Percentile(sorted, share) is { } value) json.WriteNumber(label, Math.Round(value, 1));
            else json.WriteNull(label);
        }

        json.WriteEndObject();
    }
}
