using System.Runtime.CompilerServices;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>Working memory that does not move and only grows. Its first element lies on a 64-byte boundary.</summary>
internal sealed unsafe class PinnedScratch<T>
    where T : unmanaged
{
    private byte[] _memory = [];
    private int _length;

    /// <summary>The memory; the address changes only with <see cref="Reserve"/>.</summary>
    public T* Pointer { get; private set; }

    /// <summary>Makes room for so many elements. What stood there is lost when it has to grow.</summary>
    public T* Reserve(int length)
    {
        if (length <= _length) return Pointer;
        _memory = GC.AllocateArray<byte>(length * sizeof(T) + 64, pinned: true);
        _length = length;
        var start = (nuint)Unsafe.AsPointer(ref _memory[0]);
        Pointer = (T*)((start + 63) & ~(nuint)63);
        return Pointer;
    }
}
