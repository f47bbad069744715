using System.Diagnostics;

namespace EdgeGateway.Vision.Frames;

/// <summary>
/// One decoded picture in planar YUV 4:2:0 (I420, BT.601 limited range) at the source's full resolution, in native memory
/// that belongs to a <see cref="FramePool"/>. Whoever holds a frame disposes it once; who needs it longer calls
/// <see cref="Share"/> first and disposes that too. The memory goes back to the pool with the last holder.
/// </summary>
public sealed unsafe class Frame : IDisposable
{
    private readonly FramePool _pool;
    private readonly byte* _pixels;
    private int _holders;

    internal Frame(FramePool pool, byte* pixels)
    {
        _pool = pool;
        _pixels = pixels;
    }

    /// <summary>Width of the picture in pixels.</summary>
    public int Width => _pool.Width;

    /// <summary>Height of the picture in pixels.</summary>
    public int Height => _pool.Height;

    /// <summary>Width of each chroma plane: half of <see cref="Width"/>, rounded up.</summary>
    public int ChromaWidth => (Width + 1) / 2;

    /// <summary>Height of each chroma plane: half of <see cref="Height"/>, rounded up.</summary>
    public int ChromaHeight => (Height + 1) / 2;

    /// <summary>When the picture was taken.</summary>
    public FrameTime Time { get; set; }

    /// <summary>Number of the frame in its source, from 0, counting the dropped ones too.</summary>
    public long Sequence { get; set; }

    /// <summary>All three planes, one after the other without gaps: Y, U, V. This is what a decoder writes into.</summary>
    public Span<byte> Pixels => new(Pointer, _pool.FrameBytes);

    /// <summary>Luma, <see cref="Width"/> × <see cref="Height"/> bytes, rows without gaps.</summary>
    public ReadOnlySpan<byte> Y => new(Pointer, Width * Height);

    /// <summary>First chroma plane (Cb), <see cref="ChromaWidth"/> × <see cref="ChromaHeight"/> bytes.</summary>
    public ReadOnlySpan<byte> U => new(Pointer + Width * Height, ChromaWidth * ChromaHeight);

    /// <summary>Second chroma plane (Cr), <see cref="ChromaWidth"/> × <see cref="ChromaHeight"/> bytes.</summary>
    public ReadOnlySpan<byte> V => new(Pointer + Width * Height + ChromaWidth * ChromaHeight, ChromaWidth * ChromaHeight);

    /// <summary>Address of the first byte of <see cref="Pixels"/>, for native libraries; valid while the frame is held.</summary>
    public nint Address => (nint)Pointer;

    private byte* Pointer
    {
        get
        {
            Debug.Assert(Volatile.Read(ref _holders) > 0, "A frame was used after it went back to its pool.");
            return _pixels;
        }
    }

    /// <summary>Adds a holder: the same frame, to be disposed once more.</summary>
    public Frame Share()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    /// <summary>Gives up this holder's claim; the last one returns the memory to the pool.</summary>
    /// <exception cref="InvalidOperationException">The frame was disposed more often than it was held.</exception>
    public void Dispose()
    {
        var left = Interlocked.Decrement(ref _holders);
        if (left == 0) _pool.Return(this);
        else if (left < 0) throw new InvalidOperationException("A frame was disposed more often than it was held.");
    }

    internal void Lend()
    {
        Time = default;
        Sequence = 0;
        Volatile.Write(ref _holders, 1);
    }
}
