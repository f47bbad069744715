using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// Remembers for the frames of the last minutes which presentation time became which <see cref="FrameTime"/>: the bridge from
/// a frame that a rule saw to the same picture in the compressed stream. Frames that were not analysed lie between two that
/// were, so theirs is interpolated. Fixed memory; thread-safe.
/// </summary>
internal sealed class RingTimes(int capacity)
{
    private readonly Entry[] _entries = new Entry[capacity];
    private readonly Lock _gate = new();
    private long _written;

    /// <summary>Keeps one frame's times. Called per frame on the reader thread: no allocation.</summary>
    public void Note(int run, TimeSpan presentation, FrameTime time)
    {
        var pts = (presentation.Ticks * 9 + 500) / 1000;
        lock (_gate)
        {
            _entries[_written % _entries.Length] = new Entry(run, pts, time);
            _written++;
        }
    }

    /// <summary>The time of the picture with this presentation time (1/90000 s); null before a frame of that run came.</summary>
    public FrameTime? TimeOf(int run, long pts)
    {
        lock (_gate)
        {
            // Runs and times within a run only grow, so the newest entry at or before is found by halving.
            var (low, high) = (Math.Max(0, _written - _entries.Length), _written);
            var first = low;
            while (low < high)
            {
                var middle = (low + high) / 2;
                ref readonly var entry = ref _entries[middle % _entries.Length];
                if (entry.Run < run || (entry.Run == run && entry.Pts <= pts)) low = middle + 1;
                else high = middle;
            }

            Entry? before = low > first && _entries[(low - 1) % _entries.Length] is { } left && left.Run == run ? left : null;
            Entry? after = low < _written && _entries[low % _entries.Length] is { } right && right.Run == run ? right : null;
            return (before, after) switch
            {
                ({ } b, _) when b.Pts == pts => b.Time,
                ({ } b, { } a) => a.Time.InterpolatedFrom(b.Time, (double)(pts - b.Pts) / (a.Pts - b.Pts)),
                ({ } b, null) => Moved(b, pts),
                (null, { } a) => Moved(a, pts),
                _ => null,
            };
        }
    }

    private static FrameTime Moved(in Entry from, long pts)
    {
        var by = new TimeSpan((pts - from.Pts) * 1000 / 9);
        return new FrameTime(from.Time.Elapsed + by, from.Time.Utc + by);
    }

    private readonly record struct Entry(int Run, long Pts, FrameTime Time);
}
