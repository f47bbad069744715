using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Preprocess;

/// <summary>How easily a <see cref="MotionGate"/> opens and how long it stays open.</summary>
public sealed record MotionGateOptions
{
    public static MotionGateOptions Default { get; } = new();

    /// <summary>Off analyses every frame.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How long the gate stays open after the last change.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A still scene is analysed this often all the same.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Grey levels (of 255) by which the mean of a cell of 8×8 pixels must change to count.</summary>
    public float CellChangeLevels { get; init; } = 5;

    /// <summary>Share of all cells that must change; two cells at least.</summary>
    public float ChangedShare { get; init; } = 1f / 10000;
}

/// <summary>
/// Decides which frames are worth the network: a still scene costs one cheap look at its luma. Each frame is compared, in
/// cells of 8×8 pixels, with the last frame that was analysed, so slow motion adds up until it opens the gate. It stays
/// open for a while after the last change and as long as the caller's tracks move, and opens at least once in
/// <see cref="MotionGateOptions.LongestPause"/>, so a stopped object is seen again and again. A change common to the whole
/// picture (a cloud, exposure) is taken off. Cells that change although nothing is tracked (leaves,
/// water, a burnt-in clock) need more and more change, and forget that within about a minute. Nothing is allocated after
/// the first frame of a size. One thread at a time.
/// </summary>
public sealed class MotionGate(MotionGateOptions options)
{
    private ushort[] _now = [];
    private ushort[] _analysed = [];
    private ushort[] _noise = [];
    private (int Width, int Height) _size;
    private TimeSpan _openUntil = TimeSpan.MinValue;
    private TimeSpan _lastAnalysed;

    /// <summary>Frames that were let through.</summary>
    public long Analysed { get; private set; }

    /// <summary>Frames that were held back.</summary>
    public long Gated { get; private set; }

    /// <summary>Cells that had changed in the last frame.</summary>
    public int ChangedCells { get; private set; }

    /// <summary>Looks at a frame. When the answer is true, the caller analyses it.</summary>
    /// <param name="frame">The frame; its time decides about holding and pauses.</param>
    /// <param name="tracksAlive">True while the tracker follows something that moves.</param>
    public bool ShouldAnalyse(Frame frame, bool tracksAlive)
    {
        var analyse = Look(frame, tracksAlive);
        if (!analyse)
        {
            Gated++;
            return false;
        }

        Analysed++;
        _lastAnalysed = frame.Time.Elapsed;
        (_now, _analysed) = (_analysed, _now);
        return true;
    }

    private unsafe bool Look(Frame frame, bool tracksAlive)
    {
        var cells = frame.Width / MotionGrid.Cell * (frame.Height / MotionGrid.Cell);
        if (!options.Enabled || cells == 0) return true;
        var first = _size != (frame.Width, frame.Height) || frame.Time.Elapsed < _lastAnalysed;
        if (first) Begin(frame, cells);
        MotionGrid.Sum((byte*)frame.Address, frame.Width, frame.Height, frame.Width, _now);
        if (first) return true;

        var now = frame.Time.Elapsed;
        var shift = (short)(MotionGrid.Shift(_now, _analysed) / cells);
        // A change while nothing is tracked is the scene's own unrest, or a newcomer: he has a track after a few frames,
        // long before his cells have learnt to be quiet.
        ChangedCells = MotionGrid.Changed(_now, _analysed, _noise, shift, (ushort)(options.CellChangeLevels * MotionGrid.Samples), learn: !tracksAlive);
        var changed = ChangedCells >= Math.Max(2, (int)(cells * options.ChangedShare));
        if (changed || tracksAlive) _openUntil = now + options.Hold;
        return now <= _openUntil || now - _lastAnalysed >= options.LongestPause;
    }

    private void Begin(Frame frame, int cells)
    {
        _size = (frame.Width, frame.Height);
        _now = new ushort[cells];
        _analysed = new ushort[cells];
        _noise = new ushort[cells];
        _openUntil = TimeSpan.MinValue;
    }
}
