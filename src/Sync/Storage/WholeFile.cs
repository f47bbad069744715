namespace EdgeGateway.Sync.Storage;

/// <summary>
/// A small file that is there whole, as it was before or as it is now: written beside its place, down to the disk, then moved over it. A power cut leaves
/// neither half of it nor an empty one.
/// </summary>
public static class WholeFile
{
    /// <summary>Read and written by its user alone.</summary>
    public const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Puts a file in its place, or another in place of the one that stands there; it is on the disk when this returns.</summary>
    /// <param name="path">Where it stands in the end; its folder is there.</param>
    /// <param name="content">All of it.</param>
    /// <param name="mode">Who may read it; null: as the process makes files.</param>
    /// <exception cref="IOException">The disk does not take it; what stood there stays.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written; the same.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
    {
        var partial = path + ".partial";
        File.Delete(partial); // of a run that was killed here: it would keep its own mode
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (mode is { } asked && !OperatingSystem.IsWindows()) options.UnixCreateMode = asked;
            using (var file = new FileStream(partial, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
