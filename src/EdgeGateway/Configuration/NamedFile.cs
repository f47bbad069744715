namespace EdgeGateway.Configuration;

/// <summary>Files that the configuration or a command line names.</summary>
internal static class NamedFile
{
    /// <summary>Why a file cannot be read, to follow its name in a sentence; null where it can.</summary>
    public static string? FaultOf(string path)
    {
        if (Directory.Exists(path)) return "is a folder";
        if (!File.Exists(path)) return "does not exist";
        try
        {
            using var file = File.OpenRead(path);
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return "may not be read by this user";
        }
        catch (IOException fault)
        {
            return $"cannot be read: {fault.Message.TrimEnd('.')}";
        }
    }
}
