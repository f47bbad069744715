using System.Runtime.InteropServices;

namespace EdgeGateway.Testing;

/// <summary>A disk below SQLite (tests/Faults/disk.c) for a process of its own: it does what the test orders while the process runs.</summary>
public sealed class BadDisk
{
    public const int InputOutputError = 5; // EIO
    public const int ReadOnlyFileSystem = 30; // EROFS

    private readonly string _library;
    private readonly string _orders;

    private BadDisk(string library, string orders)
    {
        (_library, _orders) = (library, orders);
        Order();
    }

    /// <summary>What the process needs in its environment.</summary>
    public IReadOnlyList<(string Name, string Value)> Environment => [("LD_PRELOAD", _library), ("EDGEGATEWAY_TEST_DISK", _orders)];

    /// <summary>Makes one that does no harm yet; null, with the reason, where there is no compiler.</summary>
    /// <param name="folder">Where library and orders lie.</param>
    /// <param name="reason">Why there is none.</param>
    public static BadDisk? TryMake(string folder, out string reason) =>
        PreloadedFault.TryCompile("disk.c", folder, out reason) is { } library ? new BadDisk(library, Path.Combine(folder, "orders")) : null;

    /// <summary>What the disk shall do from now on; without arguments it is well.</summary>
    /// <param name="writeMs">Pause before each write.</param>
    /// <param name="syncMs">Pause before each fsync.</param>
    /// <param name="tornAfter">So many writes from now one is written by half and the power is gone; 0: never.</param>
    /// <param name="error">The errno with which writing ends; 0: none.</param>
    public void Order(int writeMs = 0, int syncMs = 0, int tornAfter = 0, int error = 0)
    {
        using var file = new FileStream(_orders, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(MemoryMarshal.AsBytes<int>([writeMs, syncMs, tornAfter, error]));
    }
}
