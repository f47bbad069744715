using System.CommandLine;
using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Migration;

namespace EdgeGateway.Commands;

/// <summary><c>migrate</c>: a configuration of an earlier version; the package does it at an upgrade.</summary>
internal sealed class MigrateCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var dry = new Option<bool>("--dry-run") { Description = "Tell what would be moved and write nothing" };
        var command = new GatewayCommand(
            "migrate",
            "Move keys of an earlier version's gateway.yaml to where this version reads them; the old file is kept in backup-TIME beside it. Exit 1 when something is left to do by hand.",
            "edgegateway migrate --dry-run") { config, dry };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(config).FullName, parsed.GetValue(dry), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(string folder, bool isDry, TextWriter output)
    {
        try
        {
            var (moved, backup) = ConfigMigration.Run(folder, TimeProvider.System.GetUtcNow(), isDry);
            foreach (var one in moved)
            {
                JsonLines.Write(output, json =>
                {
                    json.WriteString("place", one.Place.ToString());
                    json.WriteString("old", one.Key.Old);
                    json.WriteString("new", one.Key.New);
                    json.WriteBoolean("moved", one.Fault is null && !isDry);
                    if (one.Fault is not null) json.WriteString("fault", one.Fault);
                });
            }

            JsonLines.Write(output, json =>
            {
                json.WriteNumber("moved", isDry ? 0 : moved.Count(one => one.Fault is null));
                json.WriteString("backup", backup);
            });
            return moved.Any(one => one.Fault is not null) ? ExitCode.Failed : ExitCode.Done;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            var file = Path.Combine(folder, ConfigFolder.GatewayFile);
            throw new UsageException(File.Exists(file) ? $"{file} was not changed: {fault.Message}" : $"There is no {file}; name the folder of gateway.yaml by --config DIR.");
        }
    }
}
