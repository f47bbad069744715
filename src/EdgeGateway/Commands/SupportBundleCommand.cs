using System.CommandLine;
using System.Globalization;
using EdgeGateway.Doctor;

namespace EdgeGateway.Commands;

/// <summary><c>support-bundle</c>: what doctor sees and more, packed for a person far away, without secrets or personal data.</summary>
internal sealed class SupportBundleCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var output = new Option<string?>("--out") { Description = "The ZIP; edgegateway-support-<time>.zip here when not given.", HelpName = "ZIP" };
        var log = new Option<string?>("--log") { Description = "A file with the service's log, where there is no journal.", HelpName = "FILE" };
        var noCameras = new Option<bool>("--no-cameras") { Description = "Do not ask the cameras for pictures" };
        var command = new GatewayCommand(
            "support-bundle",
            "Pack doctor's findings, the masked configuration, versions, figures, recent logs and the form of the databases as a ZIP, without secrets or personal data.",
            "edgegateway support-bundle --out support.zip") { config, output, log, noCameras };
        command.SetAction((parsed, stop) => RunAsync(
            Checkup.Of(parsed.GetRequiredValue(config).FullName, !parsed.GetValue(noCameras)), parsed.GetValue(output), parsed.GetValue(log), parsed.InvocationConfiguration.Output, stop));
        return command;
    }

    private static async Task<int> RunAsync(Patient patient, string? path, string? log, TextWriter output, CancellationToken stop)
    {
        if (log is not null) InputFile.Require(log);
        path ??= $"edgegateway-support-{TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}.zip";
        if (File.Exists(path)) throw new UsageException($"{path} is there already; name another file by --out.");
        OutputFile.Require(path, "--out");
        using var partial = new PartialFile(path);
        File.Delete(partial.Path); // of a command that was killed
        var parts = await new SupportBundle(patient, log).WriteAsync(partial.Path, stop);
        partial.Keep();
        JsonLines.Write(output, json =>
        {
            json.WriteString("out", Path.GetFullPath(path));
            json.WriteStartArray("parts");
            foreach (var (name, bytes) in parts)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteNumber("bytes", bytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return ExitCode.Done;
    }
}
