using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Commands;

/// <summary><c>validate</c>: every mistake of a configuration folder at once.</summary>
internal sealed partial class ValidateCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var requireSecrets = new Option<bool>("--require-secrets") { Description = "A secret that is not in reach is a mistake (it always is for `run`), not a warning" };
        var writeSchema = new Option<DirectoryInfo>("--write-schema") { Description = "Write the JSON Schema of both files to DIR and do nothing else", HelpName = "DIR", Hidden = true };
        var command = new GatewayCommand(
            "validate",
            "Check gateway.yaml, cameras/*.yaml, legal/*.yaml and the models they need: every mistake at once as file:line:column: message, exit 2 when there is any.",
            "edgegateway validate --config /etc/edgegateway\nedgegateway validate --probe");
        var probe = new Option<bool>("--probe") { Description = "Also ask each enabled camera that has rules for its stream, and warn of key frames more than 2 s apart: evidence clips begin at one" };
        command.Add(config);
        command.Add(probe);
        command.Add(requireSecrets);
        command.Add(writeSchema);
        command.SetAction(async (parsed, stop) => parsed.GetValue(writeSchema) is { } folder
            ? WriteSchema(folder.FullName)
            : await ValidateAsync(parsed.GetRequiredValue(config).FullName, parsed.GetValue(requireSecrets), parsed.GetValue(probe), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop));
        return command;
    }

    private static async Task<int> ValidateAsync(string folder, bool requireSecrets, bool probe, TextWriter output, TextWriter error, CancellationToken stop)
    {
        var mask = SecretMask.Process;
        var result = LoadedConfig.FolderOf(folder, looksAtFiles: true).Load(requireSecrets || probe);
        foreach (var warning in result.Warnings) error.WriteLine(mask.Apply($"{warning.Place}: warning: {warning.Message}"));
        foreach (var mistake in result.Mistakes) output.WriteLine(mask.Apply(mistake.ToString()));
        if (!result.IsRight) return ExitCode.WrongUsage;
        var probed = 0;
        foreach (var camera in probe ? result.Cameras.Where(camera => camera.IsEnabled && camera.Rules.Count > 0) : [])
        {
            if (await ProbeAsync(camera, stop) is not { } warning) continue;
            probed++;
            await error.WriteLineAsync(mask.Apply($"camera {camera.Id}: warning: {warning}"));
        }

        var summary = new Summary(true, result.Gateway!.Id, result.Cameras.Count, result.Warnings.Count + probed);
        output.WriteLine(JsonSerializer.Serialize(summary, ValidateJson.Default.Summary));
        return ExitCode.Done;
    }

    // The stream that the ring keeps is the one that clips are cut from.
    private static async Task<string?> ProbeAsync(CameraModel camera, CancellationToken stop)
    {
        var stream = CaptureOptionsOf.FullSize(camera, 4);
        try
        {
            return ProbeCommand.KeyFrameWarning(await StreamProbe.ProbeAsync(stream.Url, stream.Transport, stream.CaFile, TimeProvider.System, NullLogger.Instance, stop));
        }
        catch (StreamProbeException fault)
        {
            return $"its stream was not looked at: {ProbeCommand.WordsOf(fault.State)}: {fault.Message}";
        }
    }

    private static int WriteSchema(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in ConfigSchema.All) File.WriteAllText(Path.Combine(folder, name), text);
        return ExitCode.Done;
    }

    internal sealed record Summary(bool Ok, string Gateway, int Cameras, int Warnings);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Summary))]
    private sealed partial class ValidateJson : JsonSerializerContext;
}
