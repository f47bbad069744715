using EdgeGateway.Configuration;

namespace EdgeGateway.Commands;

/// <summary>Files that a command is to read: looked at before the work begins.</summary>
internal static class InputFile
{
    /// <summary>Refuses a file that is not there, is a folder, or is closed to this user.</summary>
    /// <exception cref="UsageException">It is; the message says which.</exception>
    public static void Require(string path)
    {
        if (NamedFile.FaultOf(path) is { } fault) throw new UsageException($"{path} {fault}{(Directory.Exists(path) ? "; name a file" : "")}.");
    }
}
