using System.Numerics;
using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// Notices a picture that stands still while frames arrive. The mean luma of each block of a grid is followed: over 8 s a live
/// camera's noise and light move nearly all of them by more than a quarter of a grey level, even at night, while a repeated
/// picture, encoded again and again, moves hardly any (measured: 94 % of the blocks of an encoded still stay within 0.15; 90 %
/// of the blocks of the quietest real clip move by 0.37 and more). A burnt-in clock moves a few blocks in one band and is left out.
/// </summary>
internal sealed class FrozenPicture
{
    /// <summary>How long nothing may move: longer than two usual key-frame intervals, short enough to be told within 10 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private const float MovedGreyLevels = 0.25f;
    private const double ClockShare = 0.0625;
    private const int ClockBand = 3;
    private const int RowsPerBlock = 16;

    private readonly int _columns;
    private readonly int _rows;
    private readonly float[] _lowest;
    private readonly float[] _highest;
    private readonly float[] _means;
    private TimeSpan _since;
    private TimeSpan _now;
    private bool _started;

    /// <summary>Prepares for frames of one size; below 64 pixels either way nothing is ever called frozen.</summary>
    public FrozenPicture(int width, int height)
    {
        var side = Math.Min(width, height);
        (_columns, _rows) = side < 64 ? (0, 0) : side < 400 ? (8, 8) : (16, 16);
        _lowest = new float[_columns * _rows];
        _highest = new float[_lowest.Length];
        _means = new float[_lowest.Length];
    }

    /// <summary>True once the picture was seen to move since the start or the last <see cref="Reset"/>.</summary>
    public bool HasMoved { get; private set; }

    /// <summary>How long nothing has moved.</summary>
    public TimeSpan StillFor => _now - _since;

    /// <summary>Forgets all, after a pause in the stream.</summary>
    public void Reset()
    {
        _started = false;
        HasMoved = false;
    }

    /// <summary>Looks at the next frame and says whether the picture has stood still for <see cref="Patience"/>. No allocation.</summary>
    public bool Look(Frame frame)
    {
        if (_means.Length == 0) return false;
        Measure(frame.Y, frame.Width, frame.Height);
        var now = frame.Time.Elapsed;
        _now = now;
        if (!_started)
        {
            _started = true;
            Restart(now);
            return false;
        }

        int moved = 0, top = int.MaxValue, bottom = 0;
        for (var i = 0; i < _means.Length; i++)
        {
            _lowest[i] = MathF.Min(_lowest[i], _means[i]);
            _highest[i] = MathF.Max(_highest[i], _means[i]);
            if (_highest[i] - _lowest[i] <= MovedGreyLevels) continue;
            moved++;
            top = Math.Min(top, i / _columns);
            bottom = Math.Max(bottom, i / _columns);
        }

        var onlyAClock = moved <= Math.Max(4, (int)(ClockShare * _means.Length)) && bottom - top < ClockBand;
        if (moved > 0 && !onlyAClock)
        {
            HasMoved = true;
            Restart(now);
            return false;
        }

        return now - _since >= Patience;
    }

    private void Restart(TimeSpan now)
    {
        _since = now;
        _means.CopyTo(_lowest, 0);
        _means.CopyTo(_highest, 0);
    }

    private void Measure(ReadOnlySpan<byte> luma, int width, int height)
    {
        var (blockWidth, blockHeight) = (width / _columns, height / _rows);
        var step = Math.Max(1, blockHeight / RowsPerBlock);
        for (var row = 0; row < _rows; row++)
        {
            var means = _means.AsSpan(row * _columns, _columns);
            means.Clear();
            var lines = 0;
            for (var y = 0; y < blockHeight; y += step, lines++)
            {
                var line = luma.Slice((row * blockHeight + y) * width, width);
                for (var column = 0; column < means.Length; column++) means[column] += Sum(line.Slice(column * blockWidth, blockWidth));
            }

            // Sums stay below 2^24, so single precision holds them exactly up to here.
            for (var column = 0; column < means.Length; column++) means[column] /= lines * blockWidth;
        }
    }

    /// <summary>The sum of the bytes, with vectors.</summary>
    internal static uint Sum(ReadOnlySpan<byte> values)
    {
        var total = Vector<uint>.Zero;
        while (values.Length >= Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(values), out var low, out var high);
            Vector.Widen(low + high, out var first, out var second);
            total += first + second;
            values = values[Vector<byte>.Count..];
        }

        return Vector.Sum(total) + SumScalar(values);
    }

    /// <summary>The plain twin of <see cref="Sum"/>.</summary>
    internal static uint SumScalar(ReadOnlySpan<byte> values)
    {
        var sum = 0u;
        foreach (var value in values) sum += value;
        return sum;
    }
}
