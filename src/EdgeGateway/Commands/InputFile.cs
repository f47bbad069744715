namespace EdgeGateway.Commands;

/// <summary>Files that a command is to read: looked at before the work begins.</summary>
internal static class InputFile
{
    /// <summary>Refuses a file that is not there, is a folder, or is closed to this user.</summary>
    /// <exception cref="UsageException">It is; the message says which.</exception>
    public static void Require(string path)
    {
        if (Directory.Exists(path)) throw new UsageException($"{path} is a folder; name a file.");
        if (!File.Exists(path)) throw new UsageException($"{path} does not exist.");
        try
        {
            using var file = File.OpenRead(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {(fault is UnauthorizedAccessException ? "this user may not open it." : fault.Message)}");
        }
    }
}
