using System.Globalization;

namespace EdgeGateway;

/// <summary>
/// One gateway a storage folder. A second one, started by hand beside the service, would throw the first off the broker again and again (both have one
/// client id), send its events twice and delete its ring. The lock ends with the process, however that ends.
/// </summary>
internal static class SoleUse
{
    /// <summary>Takes the folder until disposed.</summary>
    /// <exception cref="IOException">Another gateway has it, or the file cannot be made.</exception>
    public static IDisposable Of(string folder)
    {
        // Two files: what is locked for writing .NET opens for nobody's reading.
        var (path, number) = (Path.Combine(folder, "run.lock"), Path.Combine(folder, "run.pid"));
        FileStream held;
        try
        {
            held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException taken) when (File.Exists(path))
        {
            var who = File.Exists(number) ? $" (process {File.ReadAllText(number)})" : "";
            throw new IOException($"Another gateway{who} runs on the storage folder {folder}. End it first (systemctl stop edgegateway), or give this one an id and a storage.folder of its own.", taken);
        }

        // On a full disk the number is missing from a message; the lock needs no room.
        try { File.WriteAllText(number, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)); }
        catch (IOException) { File.Delete(number); }
        return held;
    }
}
