using System.Runtime.InteropServices;

namespace EdgeGateway.Vision.Frames;

/// <summary>
/// A fixed number of equally large frames in native memory, made once. When all are out, renting fails and the caller drops
/// the frame and counts it: the pool never grows.
/// </summary>
public sealed unsafe class FramePool : IDisposable
{
    private readonly byte* _memory;
    private readonly Frame[] _free;
    private readonly Lock _gate = new();
    private int _freeCount;
    private bool _closed;

    /// <summary>Allocates the memory of all frames.</summary>
    /// <param name="width">Width of each frame in pixels, 1 to 16384.</param>
    /// <param name="height">Height of each frame in pixels, 1 to 16384.</param>
    /// <param name="capacity">How many frames may be out at once, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is outside its range.</exception>
    public FramePool(int width, int height, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, 16384);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, 16384);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Width = width;
        Height = height;
        Capacity = capacity;
        FrameBytes = checked(width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2));
        // Room behind each frame lets vector code load whole registers at the last row.
        var stride = (nuint)((FrameBytes + 63 + 64) / 64 * 64);
        _memory = (byte*)NativeMemory.AlignedAlloc(stride * (nuint)capacity, 64);
        _free = new Frame[capacity];
        for (var i = 0; i < capacity; i++) _free[i] = new Frame(this, _memory + (nuint)i * stride);
        _freeCount = capacity;
    }

    /// <summary>Width of each frame in pixels.</summary>
    public int Width { get; }

    /// <summary>Height of each frame in pixels.</summary>
    public int Height { get; }

    /// <summary>How many frames may be out at once.</summary>
    public int Capacity { get; }

    /// <summary>Bytes of one frame: Y, U and V without gaps.</summary>
    public int FrameBytes { get; }

    /// <summary>How many frames are out now. Zero when every holder kept its promise.</summary>
    public int Outstanding
    {
        get { lock (_gate) return Capacity - _freeCount; }
    }

    /// <summary>Lends a frame, or returns null when all are out.</summary>
    /// <exception cref="ObjectDisposedException">The pool is closed.</exception>
    public Frame? TryRent()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_freeCount == 0) return null;
            var frame = _free[--_freeCount];
            frame.Lend();
            return frame;
        }
    }

    /// <summary>Closes the pool. The memory is freed at once, or when the last frame that is still out comes back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            if (_freeCount == Capacity) NativeMemory.AlignedFree(_memory);
        }
    }

    internal void Return(Frame frame)
    {
        lock (_gate)
        {
            _free[_freeCount++] = frame;
            if (_closed && _freeCount == Capacity) NativeMemory.AlignedFree(_memory);
        }
    }
}
