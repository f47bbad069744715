using System.Runtime.InteropServices;

namespace EdgeGateway.Commands;

/// <summary>What native libraries would write to standard error by themselves: a damaged picture is told in one sentence of ours, not in two.</summary>
internal static partial class QuietLibraries
{
    private const int KeepWhatIsSet = 0;

    /// <summary>
    /// Before OpenCV is loaded, which reads its level once, from the process's own environment and not from .NET's copy of it. Its function would load the
    /// library into commands that look at no picture. A level that somebody has set stays.
    /// </summary>
    public static void Hush()
    {
        if (OperatingSystem.IsLinux()) _ = SetEnvironment("OPENCV_LOG_LEVEL", "SILENT", KeepWhatIsSet);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
