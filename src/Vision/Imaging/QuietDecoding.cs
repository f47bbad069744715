using System.Runtime.InteropServices;

namespace EdgeGateway.Vision.Imaging;

/// <summary>
/// While it stands, what native libraries write to standard error goes nowhere. libpng and libjpeg speak of a damaged picture there by themselves and OpenCV
/// logs it, and none can be told otherwise from here: a person shall read our one sentence alone. Our own lines still come through, as .NET writes them
/// to a descriptor of its own. For commands that read files; one at a time.
/// </summary>
internal sealed partial class QuietDecoding : IDisposable
{
    private const int StandardError = 2;
    private const int WriteOnlyClosedInChildren = 0x80001;
    private const int DuplicateClosedInChildren = 1030;
    private const int FirstFree = 3;
    private const int None = -1;

    private static readonly Lock Gate = new();
    private readonly int _kept = None;

    public QuietDecoding()
    {
        Gate.Enter();
        if (!OperatingSystem.IsLinux()) return;
        // Before: .NET takes its own descriptor at the first use.
        _ = Console.Error;
        var nowhere = Open("/dev/null", WriteOnlyClosedInChildren);
        if (nowhere == None) return;
        _kept = Control(StandardError, DuplicateClosedInChildren, FirstFree);
        if (_kept != None) _ = Replace(nowhere, StandardError);
        _ = Close(nowhere);
    }

    public void Dispose()
    {
        if (_kept != None)
        {
            _ = Replace(_kept, StandardError);
            _ = Close(_kept);
        }

        Gate.Exit();
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Replace(int descriptor, int by);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
