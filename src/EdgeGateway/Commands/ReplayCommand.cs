using System.CommandLine;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Entry;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Violations;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Commands;

/// <summary><c>replay</c>: one recorded file through a camera's whole pipeline, deterministic to the byte.</summary>
internal sealed class ReplayCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var camera = CommonOptions.Camera();
        camera.Required = true;
        var input = new Option<string>("--input") { Description = "The recorded file.", Required = true };
        var output = new Option<string>("--out") { Description = "Where the events are written, one JSON object a line.", Required = true };
        var start = new Option<string?>("--start") { Description = "UTC instant of the first frame; 2026-01-01T00:00:00Z when not given." };
        var command = new GatewayCommand(
            "replay",
            "Run one recorded file through a camera's whole pipeline as fast as it goes; the same bytes each time on the same build and machine.",
            "edgegateway replay --camera cong-binh-minh --input gate.mp4 --out events.jsonl --start 2026-06-01T06:00:00+07:00")
        {
            config, camera, input, output, start,
        };
        command.SetAction((parsed, stop) => RunAsync(
            parsed.GetRequiredValue(config).FullName, parsed.GetRequiredValue(camera), parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.GetValue(start), parsed.InvocationConfiguration, stop));
        return command;
    }

    private static async Task<int> RunAsync(string configFolder, string cameraId, string input, string output, string? start, InvocationConfiguration console, CancellationToken stop)
    {
        var time = ParseStart(start);
        InputFile.Require(input);
        OutputFile.Require(output, "--out");
        OutputFile.RequireOtherThan(input, output, "--out");
        var loaded = LoadedConfig.Require(configFolder, requireSecrets: false);
        var camera = loaded.Camera(cameraId);
        if (RuleModels.AreIn(camera)) loaded.WithLaw();
        using var models = loaded.OpenModels();
        using var logs = CommandLogs.Create();
        var evidence = output + ".evidence";
        // Half a replay must not pass for a whole one.
        using var partial = new PartialFile(output);
        EnforcementOffice? office = null;
        try
        {
            ReplaySummary summary;
            if (Directory.Exists(evidence)) Directory.Delete(evidence, recursive: true); // of the last replay: packages of this one begin a chain of their own
            office = !RuleModels.AreIn(camera) ? null : new EnforcementOffice(loaded.Gateway, configFolder, models, evidence, StorageGuardOf.Command(loaded.Gateway), TimeProvider.System, isReplay: true);
            await using var entry = new EntryOffice(loaded.Gateway, configFolder, TimeProvider.System, logs.Logger, isReplay: true);
            using (var file = File.Create(partial.Path))
            using (var progress = new ProgressLine("replay"))
            {
                void Write(Sync.Events.GatewayEvent item)
                {
                    file.Write(item.Json.AsSpan());
                    file.WriteByte((byte)'\n');
                }

                summary = Replay.Run(
                    new ReplaySite(loaded.Gateway.Id, loaded.Gateway.TimeZone), camera, models, loaded.Gateway.Models.Detector, input, time, Write,
                    logs.Logger, office: office, entry: entry, inspect: (frame, _) => progress.Show(frame.Sequence), stop: stop);
            }

            if (office is not null) await office.DisposeAsync();
            partial.Keep();
            JsonLines.Write(console.Output, json =>
            {
                json.WriteString("out", output);
                json.WriteNumber("frames", summary.Received);
                json.WriteNumber("analysed", summary.Analysed);
                json.WriteNumber("gated", summary.Gated);
                json.WriteNumber("failed", summary.Failed);
                json.WriteNumber("damaged", summary.Meter.DamagedFrames);
                json.WriteNumber("events", summary.Events);
            });
            if (summary.Meter.DamagedFrames is > 0 and { } damaged)
                console.Error.WriteLine($"{input}: the decoder reported damage before {damaged} of {summary.Received} frames; they do not count as watched (coverage). Copy the recording again, or look at the line to the camera.");
            if (summary.CutOff is not { } reason) return ExitCode.Done;
            console.Error.WriteLine(SecretMask.Process.Apply($"{reason} What it holds was replayed; the events are in {output}."));
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            if (office is not null) await office.DisposeAsync();
            if (Directory.Exists(evidence)) Directory.Delete(evidence, recursive: true);
            throw;
        }
        catch (Exception fault) when (fault is CameraBrokenException or ModelException or FootageException or EvidenceException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine(SecretMask.Process.Apply(fault.Message));
            return ExitCode.Failed;
        }
    }

    private static DateTimeOffset ParseStart(string? text) => text is null ? Replay.DefaultStart : InputTime.Parse("--start", text);
}
