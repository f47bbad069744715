using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Analytics;

/// <summary>One second of wall time and whether the camera was watched in it.</summary>
/// <param name="Start">Its beginning, a whole second in UTC.</param>
/// <param name="Analysed">Frames analysed in state streaming, gated ones included.</param>
/// <param name="IsWatched">At least half of the wanted rate was analysed.</param>
public readonly record struct CoverageSecond(DateTimeOffset Start, int Analysed, bool IsWatched);

/// <summary>
/// Tells second by second whether a camera was watched (contract, <c>count</c>): at least half of <c>analyseFps</c> was analysed in
/// state streaming. Where fewer than two a second are wanted, a second is watched when one lies no further back than two of its steps.
/// A frame that the motion gate found still counts as analysed. The camera's thread reports frames, housekeeping
/// calls <see cref="Advance"/> about once a second so that a stall is seen as well, one reader takes the results. Thread-safe;
/// allocates nothing after construction.
/// </summary>
public sealed class CoverageMeter
{
    private const int Capacity = 256;
    private readonly Lock _gate = new();
    private readonly CoverageSecond[] _ready = new CoverageSecond[Capacity];
    private readonly double _wanted;
    private long _second = long.MinValue;
    private int _analysed;
    private bool _streaming = true;
    private long _lastFrame = long.MinValue;
    private int _first;
    private int _count;

    /// <param name="analyseFps">Frames a second that the configuration wants analysed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not above 0.</exception>
    public CoverageMeter(double analyseFps)
    {
        if (!(analyseFps > 0)) throw new ArgumentOutOfRangeException(nameof(analyseFps), analyseFps, "analyseFps must be above 0.");
        _wanted = analyseFps;
    }

    /// <summary>Seconds that nobody took in time and that were therefore lost; they count as unwatched.</summary>
    public long Lost { get; private set; }

    /// <summary>A frame was analysed, or was found still by the motion gate.</summary>
    public void Analysed(FrameTime at)
    {
        lock (_gate)
        {
            MoveTo(Second(at.Utc));
            if (!_streaming) return;
            _analysed++;
            _lastFrame = at.Utc.UtcTicks;
        }
    }

    /// <summary>The camera's state became streaming or stopped being so.</summary>
    public void SetStreaming(bool streaming, DateTimeOffset now)
    {
        lock (_gate)
        {
            MoveTo(Second(now));
            _streaming = streaming;
            if (!streaming) _lastFrame = long.MinValue;
        }
    }

    /// <summary>
    /// Time has come to <paramref name="now"/>, with or without frames. Give it the time up to which all frames have been reported:
    /// on a live camera the clock less the delay of the pipeline.
    /// </summary>
    public void Advance(DateTimeOffset now)
    {
        lock (_gate) MoveTo(Second(now));
    }

    /// <summary>The source has ended: the last, begun second is judged by the part of it that there was.</summary>
    public void Finish(DateTimeOffset end)
    {
        lock (_gate)
        {
            MoveTo(Second(end));
            var part = (end.UtcTicks % TimeSpan.TicksPerSecond) / (double)TimeSpan.TicksPerSecond;
            if (_second != long.MinValue && part > 0) Add(part);
            _second = long.MinValue;
            _analysed = 0;
        }
    }

    /// <summary>Takes the oldest finished second.</summary>
    public bool TryTake(out CoverageSecond second)
    {
        lock (_gate)
        {
            second = default;
            if (_count == 0) return false;
            second = _ready[_first];
            _first = (_first + 1) % Capacity;
            _count--;
            return true;
        }
    }

    private static long Second(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerSecond;

    private void MoveTo(long second)
    {
        if (_second == long.MinValue)
        {
            _second = second;
            return;
        }

        if (second == _second || second == _second - 1) return; // a frame that is a little late belongs to the second that runs
        Add(1);
        // Seconds in between without a frame are unwatched and need no word (a second is unwatched unless it is called watched), but for slow cameras.
        _analysed = 0;
        while (_wanted < 2 && _second + 1 < second && IsRecent(_second + 2))
        {
            _second++;
            Add(1);
        }

        _second = second;
        _analysed = 0;
    }

    private void Add(double part)
    {
        var start = new DateTimeOffset(_second * TimeSpan.TicksPerSecond, TimeSpan.Zero);
        var watched = _wanted < 2 ? IsRecent(_second + 1) : _analysed > 0 && _analysed >= _wanted / 2 * part;
        if (_count == Capacity)
        {
            Lost++;
            _first = (_first + 1) % Capacity;
            _count--;
        }

        _ready[(_first + _count++) % Capacity] = new CoverageSecond(start, _analysed, watched);
    }

    /// <summary>True when the last frame lies no more than two wanted steps before the end of a second.</summary>
    private bool IsRecent(long endSecond) =>
        _lastFrame != long.MinValue && endSecond * TimeSpan.TicksPerSecond - _lastFrame is var age && age >= 0 && age <= 2 / _wanted * TimeSpan.TicksPerSecond;
}
