using EdgeGateway.Sync.Commands;

namespace EdgeGateway.Configuration;

/// <summary>A PEM file with a public key whose owner may command this gateway.</summary>
internal static class CommandKeyFile
{
    private const int LargestBytes = 64 * 1024;

    /// <summary>The text of a file, or why it is no command key.</summary>
    public static (string? Pem, string? Fault) Read(string path)
    {
        if (!Path.IsPathRooted(path)) return (null, $"the path of the command key '{path}' must begin with '/': the service has no folder of its own to start from");
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > LargestBytes) return (null, $"the command key {path} has {file.Length / 1024} kB; a key has at most {LargestBytes / 1024} kB");
            var pem = File.ReadAllText(path);
            return CommandKeys.FaultOf(pem) is { } fault ? (null, $"the command key {path} {fault}") : (pem, null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return (null, fault switch
            {
                FileNotFoundException or DirectoryNotFoundException => $"the command key {path} is not there",
                UnauthorizedAccessException => $"the command key {path} may not be read by this user, or is a folder",
                _ => $"the command key {path} cannot be read: {fault.Message}",
            });
        }
    }
}
