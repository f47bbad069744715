using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Configuration;

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
            "edgegateway validate --config /etc/edgegateway");
        command.Add(config);
        command.Add(requireSecrets);
        command.Add(writeSchema);
        command.SetAction(parsed => parsed.GetValue(writeSchema) is { } folder
            ? WriteSchema(folder.FullName)
            : Validate(parsed.GetRequiredValue(config).FullName, parsed.GetValue(requireSecrets), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }

    private static int Validate(string folder, bool requireSecrets, TextWriter output, TextWriter error)
    {
        var mask = SecretMask.Process;
        var result = LoadedConfig.FolderOf(folder, looksAtFiles: true).Load(requireSecrets);
        foreach (var warning in result.Warnings) error.WriteLine(mask.Apply($"{warning.Place}: warning: {warning.Message}"));
        foreach (var mistake in result.Mistakes) output.WriteLine(mask.Apply(mistake.ToString()));
        if (!result.IsRight) return ExitCode.WrongUsage;
        var summary = new Summary(true, result.Gateway!.Id, result.Cameras.Count, result.Warnings.Count);
        output.WriteLine(JsonSerializer.Serialize(summary, ValidateJson.Default.Summary));
        return ExitCode.Done;
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
