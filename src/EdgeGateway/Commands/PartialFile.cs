namespace EdgeGateway.Commands;

/// <summary>A file that is there whole or not at all: written beside its place as <c>NAME.partial</c>, which is gone again unless it was kept.</summary>
/// <param name="target">Where it stands in the end; a file that is there stays until then.</param>
internal sealed class PartialFile(string target) : IDisposable
{
    /// <summary>Where it is written.</summary>
    public string Path { get; } = target + ".partial";

    /// <summary>Gives a written and closed file its name, in place of the one that had it.</summary>
    /// <exception cref="IOException">The folder takes no file of this name.</exception>
    public void Keep() => File.Move(Path, target, overwrite: true);

    /// <summary>Writes a small one at once.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Write(string target, byte[] content)
    {
        using var file = new PartialFile(target);
        File.WriteAllBytes(file.Path, content);
        file.Keep();
    }

    public void Dispose() => File.Delete(Path);
}
