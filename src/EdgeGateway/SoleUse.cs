using System.Globalization;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway;

/// <summary>
/// One gateway a storage folder. A second one, started by hand beside the service, would throw the first off the broker again and again (both have one
/// client id), send its events twice and delete its ring. The lock ends with the process, however that ends.
/// </summary>
internal static class SoleUse
{
    // EWOULDBLOCK of flock, which .NET puts into HResult.
    private const int HeldByAnother = 11;

    /// <summary>Takes the folder until disposed. A disk that takes no file stops no gateway: it counts, tells of the disk, and what it would write waits in memory.</summary>
    /// <exception cref="IOException">Another gateway has it, or the folder is not this user's.</exception>
    public static IDisposable Of(string folder)
    {
        // Two files: what is locked for writing .NET opens for nobody's reading.
        var (path, number) = (Path.Combine(folder, "run.lock"), Path.Combine(folder, "run.pid"));
        FileStream held;
        try
        {
            held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"The storage folder {folder} (storage.folder in gateway.yaml), or run.lock in it, may not be written by this user. Give it to the service's user: sudo chown -R edgegateway: {folder}", fault);
        }
        catch (IOException bad) when (DiskFaults.Of(bad) is not (DiskFault.None or DiskFault.NotAllowed))
        {
            return new MemoryStream();
        }
        catch (IOException taken) when ((taken.HResult & 0xFFFF) == HeldByAnother)
        {
            var who = File.Exists(number) ? $" (process {File.ReadAllText(number)})" : "";
            throw new IOException($"Another gateway{who} runs on the storage folder {folder}. End it first (systemctl stop edgegateway), or give this one an id and a storage.folder of its own.", taken);
        }

        // On a full disk the number is missing from a message; the lock needs no room.
        try { File.WriteAllText(number, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)); }
        catch (IOException) { File.Delete(number); }
        catch (UnauthorizedAccessException fault)
        {
            held.Dispose();
            throw new IOException($"{number} may not be written by this user. Give the storage folder to the service's user: sudo chown -R edgegateway: {folder}", fault);
        }

        return held;
    }
}
