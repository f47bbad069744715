namespace EdgeGateway.Commands;

/// <summary>Places that a command is to write: looked at before the work begins, so that nobody waits an hour for "no such folder".</summary>
internal static class OutputFile
{
    /// <summary>Refuses a file that cannot be written.</summary>
    /// <param name="path">As the person gave it.</param>
    /// <param name="option">Where it was given, for the message.</param>
    /// <exception cref="UsageException">It is empty, a folder, or in a folder that is missing or closed to this user.</exception>
    public static void Require(string path, string option)
    {
        if (path.Trim().Length == 0) throw new UsageException($"{option} is empty; name a file.");
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full) || path.EndsWith('/')) throw new UsageException($"{path} of {option} is a folder; name a file in it.");
        if (full.StartsWith("/dev/", StringComparison.Ordinal)) throw new UsageException($"{path} of {option} is a device, and the file would be put in its place; name a file.");
        var home = Path.GetDirectoryName(full)!;
        RequireFolderIsThere(home, option);
        if (FaultOf(home) is { } fault) throw new UsageException($"The folder {home} of {option} cannot be written: {fault} Name a file in a folder in which this user may write.");
        if (!File.Exists(full)) return;
        try
        {
            // A file of another user in a folder open to all (/tmp) cannot be replaced.
            using var file = new FileStream(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} of {option} cannot be written: {closed.Message} Name another file.");
        }
    }

    /// <summary>Refuses to write over what the command reads.</summary>
    /// <exception cref="UsageException">Both are one file.</exception>
    public static void RequireOtherThan(string input, string path, string option)
    {
        if (IsSame(input, path)) throw new UsageException($"{path} of {option} is the file that is read, and would be lost; name another file.");
    }

    /// <summary>True where two paths name one file, links followed.</summary>
    public static bool IsSame(string one, string other)
    {
        return File.Exists(one) && File.Exists(other) && string.Equals(Real(one), Real(other), StringComparison.Ordinal);

        static string Real(string path) => Path.GetFullPath(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
    }

    /// <summary>Makes a folder for what a command writes, and refuses one that cannot be made or written.</summary>
    /// <returns>The whole path.</returns>
    /// <exception cref="UsageException">It is a file, cannot be made, or is closed to this user.</exception>
    public static string RequireFolder(string path, string option)
    {
        if (path.Trim().Length == 0) throw new UsageException($"{option} is empty; name a folder.");
        var full = Path.GetFullPath(path);
        if (File.Exists(full)) throw new UsageException($"{path} of {option} is a file; name a folder.");
        if (!Directory.Exists(full) && Path.GetExtension(full).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png") throw new UsageException($"{option} takes a folder, and {path} looks like the name of a picture; name the folder {Path.GetDirectoryName(full)}.");
        try
        {
            Directory.CreateDirectory(full);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The folder {full} of {option} cannot be made: {fault.Message} Name a folder in which this user may write.");
        }

        if (FaultOf(full) is { } closed) throw new UsageException($"The folder {full} of {option} cannot be written: {closed} Name a folder in which this user may write.");
        return full;
    }

    private static void RequireFolderIsThere(string home, string option)
    {
        if (Directory.Exists(home)) return;
        if (File.Exists(home)) throw new UsageException($"{home} of {option} is a file, no folder; name a file in a folder that exists.");
        throw new UsageException($"The folder {home} of {option} does not exist; make it (mkdir -p {home}), or name another file.");
    }

    private static string? FaultOf(string folder)
    {
        var trial = Path.Combine(folder, $".edgegateway-{Guid.NewGuid():N}");
        try
        {
            using var file = new FileStream(trial, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The trial's own name would puzzle whoever reads it.
            return fault is UnauthorizedAccessException ? "this user may not write there." : fault is FileNotFoundException ? "no file can be made there." : fault.Message.Replace($" : '{trial}'", "", StringComparison.Ordinal).TrimEnd('.') + ".";
        }
    }
}
