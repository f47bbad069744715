using System.Runtime.InteropServices;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Configuration;

/// <summary>Files that the configuration or a command line names.</summary>
internal static partial class NamedFile
{
    private const int Read = 4;

    /// <summary>Why a file cannot be read, to follow its name in a sentence; null where it can. It is not opened: that would wait for the writer of a named pipe.</summary>
    public static string? FaultOf(string path)
    {
        if (Directory.Exists(path)) return "is a folder";
        if (!File.Exists(path)) return "does not exist";
        if (Access(path, Read) == 0) return null;
        var error = Marshal.GetLastPInvokeError();
        return DiskFaults.Of(error) == DiskFault.NotAllowed ? "may not be read by this user" : $"cannot be read: {Marshal.GetPInvokeErrorMessage(error)}";
    }

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
