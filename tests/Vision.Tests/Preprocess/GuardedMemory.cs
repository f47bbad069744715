using System.Runtime.InteropServices;

namespace EdgeGateway.Vision.Tests.Preprocess;

/// <summary>Bytes that end where an unreadable page begins (and begin where one ends, when asked): a read or write beyond kills the test run.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int Page = 4096;
    private readonly nint _mapping;
    private readonly nuint _bytes;

    public GuardedMemory(int length, bool atStart = false)
    {
        var pages = (length + Page - 1) / Page;
        _bytes = (nuint)((pages + 2) * Page);
        _mapping = Map(0, _bytes, 3, 0x22, -1, 0);
        if (_mapping == -1) throw new InvalidOperationException("mmap failed.");
        Length = length;
        if (Protect(_mapping, Page, 0) != 0 || Protect(_mapping + (pages + 1) * Page, Page, 0) != 0) throw new InvalidOperationException("mprotect failed.");
        Address = atStart ? _mapping + Page : _mapping + (pages + 1) * Page - length;
    }

    public nint Address { get; }

    public int Length { get; }

    public Span<byte> Bytes => new((void*)Address, Length);

    public void Dispose() => _ = Unmap(_mapping, _bytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
