using System.CommandLine;

namespace EdgeGateway.Commands;

/// <summary>One command of the program: one file, one line in the table of <see cref="CommandLine"/>.</summary>
internal interface ICommandModule
{
    Command Build();
}

/// <summary>A command whose help ends with an example that can be pasted.</summary>
internal sealed class GatewayCommand(string name, string description, string example) : Command(name, description)
{
    /// <summary>One or more whole command lines, a line each.</summary>
    public string Example { get; } = example;
}

/// <summary>Wrong usage or configuration, found after parsing: the program ends with code 2 and this message.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The exit codes of every command.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;
}

/// <summary>Options that several commands share; each command gets its own copy.</summary>
internal static class CommonOptions
{
    public const string DefaultConfigFolder = "/etc/edgegateway";

    /// <summary><c>--config DIR</c></summary>
    public static Option<DirectoryInfo> Config() => new("--config")
    {
        Description = "Folder with gateway.yaml and cameras/*.yaml",
        HelpName = "DIR",
        DefaultValueFactory = _ => new DirectoryInfo(DefaultConfigFolder),
    };

    /// <summary><c>--camera ID</c></summary>
    public static Option<string> Camera() => new("--camera")
    {
        Description = "Id of a camera of the configuration",
        HelpName = "ID",
    };

    /// <summary><c>--models DIR</c>, for commands that need no configuration.</summary>
    public static Option<DirectoryInfo?> Models() => new("--models")
    {
        Description = "Folder with models.json; the one that came with the program when not given",
        HelpName = "DIR",
    };
}
