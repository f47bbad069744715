using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Sites;

/// <summary>
/// What went through one gate since the last correction. Crossings come at once, one by one, where a gateway publishes them; intervals
/// come later and are right: an interval takes the place of the crossings of its time, and of its own earlier revision. So the same
/// person, told twice, counts once, and a crossing that was lost on the way is mended by the interval. Where intervals are corrected by a
/// count by hand, the crossings that none covers yet are taken times as much as the last intervals were: a site fills up now, not when the interval ends.
/// </summary>
internal sealed class GateTally
{
    private readonly SortedList<long, Interval> _intervals = [];
    private readonly Dictionary<long, (int In, int Out)> _seconds = []; // only those that no interval covers
    private string? _counter;
    private bool _tellsEach;
    private (long In, long Out) _inIntervals;
    private (long In, long Out) _inSeconds;
    private Correction _correction;

    public long In => _inIntervals.In + Correction.Apply(_inSeconds.In, _correction.In, _correction.RawIn);

    public long Out => _inIntervals.Out + Correction.Apply(_inSeconds.Out, _correction.Out, _correction.RawOut);

    /// <summary>Notes one crossing.</summary>
    public void Cross(bool inwards, DateTimeOffset at)
    {
        _tellsEach = true;
        var second = at.ToUnixTimeSeconds();
        if (IsCovered(second)) return;
        var (into, outOf) = _seconds.GetValueOrDefault(second);
        _seconds[second] = inwards ? (into + 1, outOf) : (into, outOf + 1);
        _inSeconds = inwards ? (_inSeconds.In + 1, _inSeconds.Out) : (_inSeconds.In, _inSeconds.Out + 1);
    }

    /// <summary>A crossing that was noted before was none. In an interval that has been told already, its revision will say so.</summary>
    public void TakeBack(bool inwards, DateTimeOffset at)
    {
        var second = at.ToUnixTimeSeconds();
        if (!_seconds.TryGetValue(second, out var sums) || (inwards ? sums.In : sums.Out) == 0) return;
        _seconds[second] = inwards ? (sums.In - 1, sums.Out) : (sums.In, sums.Out - 1);
        _inSeconds = inwards ? (_inSeconds.In - 1, _inSeconds.Out) : (_inSeconds.In, _inSeconds.Out - 1);
    }

    /// <summary>The gate after a correction; null when nothing of it need be remembered.</summary>
    public GateTally? Anew() => _tellsEach ? new GateTally { _tellsEach = true, _correction = _correction } : null;

    /// <summary>Takes an interval. Of several counters over the same line the first one heard is believed: their sums are the same people.</summary>
    /// <param name="since">The last correction: what an interval holds from before it is in the corrected number already.</param>
    public void Take(CountData count, DateTimeOffset since)
    {
        var (counter, from, to, into, outOf, revision) = (count.Counter, count.From, count.To, count.In, count.Out, count.Revision);
        if (_counter is null || IsSilentBefore(from, to - from))
        {
            if (_counter != counter) _correction = default;
            _counter = counter;
        }

        if (_counter != counter || to <= since) return;
        if (from < since)
        {
            // Crossings know on which side of the correction they lie; where none are told, the interval is shared out by time.
            if (_tellsEach) return;
            var share = (to - since) / (to - from);
            (into, outOf) = ((int)Math.Round(into * share), (int)Math.Round(outOf * share));
        }

        var (begin, end) = (from.ToUnixTimeSeconds(), to.ToUnixTimeSeconds());
        if (_intervals.TryGetValue(begin, out var known) && known.Revision >= revision) return;
        // An interval that was not corrected ends the correction.
        _correction = count is { Method: CountMethod.Calibrated, RawIn: { } rawIn, RawOut: { } rawOut } ? _correction.With(count.In, rawIn, count.Out, rawOut) : default;
        _intervals[begin] = new Interval(end, into, outOf, revision);
        foreach (var second in _seconds.Keys.Where(one => one >= begin && one < end).ToList()) _seconds.Remove(second);
        Sum();
    }

    /// <summary>True when nothing was heard for two intervals: the counter goes on under another name.</summary>
    private bool IsSilentBefore(DateTimeOffset from, TimeSpan length)
    {
        if (_intervals.Count == 0) return false;
        var (begin, end) = (_intervals.GetKeyAtIndex(_intervals.Count - 1), _intervals.GetValueAtIndex(_intervals.Count - 1).To);
        return from.ToUnixTimeSeconds() - end >= 2 * Math.Max(end - begin, length.TotalSeconds);
    }

    private bool IsCovered(long second)
    {
        // Almost always later than the last interval, so the search begins there.
        for (var i = _intervals.Count - 1; i >= 0; i--)
        {
            if (_intervals.GetKeyAtIndex(i) <= second) return second < _intervals.GetValueAtIndex(i).To;
        }

        return false;
    }

    private void Sum()
    {
        (_inIntervals, _inSeconds) = (default, default);
        foreach (var interval in _intervals.Values) _inIntervals = (_inIntervals.In + interval.In, _inIntervals.Out + interval.Out);
        foreach (var (into, outOf) in _seconds.Values) _inSeconds = (_inSeconds.In + into, _inSeconds.Out + outOf);
    }

    /// <summary>State for the next start.</summary>
    public GateState Save() => new()
    {
        Counter = _counter,
        TellsEach = _tellsEach,
        Correction = [_correction.In, _correction.RawIn, _correction.Out, _correction.RawOut],
        Intervals = [.. _intervals.Select(one => (long[])[one.Key, one.Value.To, one.Value.In, one.Value.Out, one.Value.Revision])],
        Seconds = [.. _seconds.Select(one => (long[])[one.Key, one.Value.In, one.Value.Out])],
    };

    /// <summary>The tally as it was saved; what is damaged is left out.</summary>
    public static GateTally Load(GateState state)
    {
        var tally = new GateTally { _counter = state.Counter, _tellsEach = state.TellsEach };
        if (state.Correction is [>= 0 and var correctedIn, >= 0 and var rawIn, >= 0 and var correctedOut, >= 0 and var rawOut]) tally._correction = new Correction(correctedIn, rawIn, correctedOut, rawOut);
        foreach (var one in state.Intervals ?? [])
        {
            if (one is [var from, var to, >= 0 and <= int.MaxValue and var into, >= 0 and <= int.MaxValue and var outOf, >= 0 and <= int.MaxValue and var revision] && to > from)
                tally._intervals[from] = new Interval(to, (int)into, (int)outOf, (int)revision);
        }

        foreach (var one in state.Seconds ?? [])
        {
            if (one is [var second, >= 0 and <= int.MaxValue and var into, >= 0 and <= int.MaxValue and var outOf]) tally._seconds[second] = ((int)into, (int)outOf);
        }

        tally.Sum();
        return tally;
    }

    private readonly record struct Interval(long To, int In, int Out, int Revision);

    /// <summary>The last corrected intervals together: their factor, free of what rounding does to each.</summary>
    private readonly record struct Correction(double In, double RawIn, double Out, double RawOut)
    {
        // What is far back fades, so that a new factor holds within some intervals.
        private const double Fading = 0.8;

        public Correction With(long into, long rawIn, long outOf, long rawOut) =>
            new((Fading * In) + into, (Fading * RawIn) + rawIn, (Fading * Out) + outOf, (Fading * RawOut) + rawOut);

        public static long Apply(long count, double corrected, double raw) => raw < 0.5 ? count : (long)Math.Round(count * corrected / raw);
    }
}

/// <summary>A gate as it is kept over restarts.</summary>
internal sealed class GateState
{
    public string Gateway { get; set; } = "";

    public string Camera { get; set; } = "";

    public string Line { get; set; } = "";

    public string? Counter { get; set; }

    /// <summary>Crossings are told one by one at this gate.</summary>
    public bool TellsEach { get; set; }

    /// <summary>In, raw in, out and raw out of corrected intervals.</summary>
    public List<double>? Correction { get; set; }

    public List<long[]>? Intervals { get; set; }

    public List<long[]>? Seconds { get; set; }
}
