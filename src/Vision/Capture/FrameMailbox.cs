using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// One place between the reader and the analysis. Live, the newest frame replaces the one that waits; otherwise the reader
/// waits until the place is free. Neither side allocates.
/// </summary>
internal sealed class FrameMailbox(bool newestWins)
{
    // A waiting thread looks this often whether it is to stop: cheaper than a registration with the token at every frame.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private Frame? _waiting;
    private bool _closed;
    private long _dropped;
    private long _taken;

    /// <summary>Frames replaced before anyone took them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Frames handed out.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Hands a frame in; the mailbox owns it from here on. False when closed or stopped (the frame is given back).</summary>
    public bool Put(Frame frame, CancellationToken stop)
    {
        lock (_gate)
        {
            while (!newestWins && _waiting is not null && !_closed && !stop.IsCancellationRequested) Monitor.Wait(_gate, Look);
            if (_closed || stop.IsCancellationRequested)
            {
                frame.Dispose();
                return false;
            }

            if (_waiting is { } old)
            {
                old.Dispose();
                _dropped++;
            }

            _waiting = frame;
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Waits for a frame; the caller owns it. Null when closed and empty, or stopped.</summary>
    public Frame? Take(CancellationToken stop)
    {
        TryTake(TimeSpan.MaxValue, stop, out var frame);
        return frame;
    }

    /// <summary>Waits for a frame no longer than <paramref name="patience"/>.</summary>
    /// <param name="patience">How long.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <param name="frame">The frame, which the caller owns; null when none came in that time.</param>
    /// <returns>False when closed and empty, or stopped: nothing more comes.</returns>
    public bool TryTake(TimeSpan patience, CancellationToken stop, out Frame? frame)
    {
        var began = Environment.TickCount64;
        lock (_gate)
        {
            while (_waiting is null && !_closed && !stop.IsCancellationRequested && Environment.TickCount64 - began < patience.TotalMilliseconds) Monitor.Wait(_gate, Look);
            frame = stop.IsCancellationRequested ? null : _waiting;
            if (frame is null) return !_closed && !stop.IsCancellationRequested;
            _waiting = null;
            _taken++;
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Takes the frame that waits back out of the place, to use its memory for a newer one. False when there is none.</summary>
    public bool Recall()
    {
        lock (_gate)
        {
            if (_waiting is not { } frame) return false;
            _waiting = null;
            _dropped++;
            frame.Dispose();
            return true;
        }
    }

    /// <summary>Nothing more comes: who waits is let go. A frame that still waits may be taken, unless thrown away here.</summary>
    public void Close(bool throwAway)
    {
        lock (_gate)
        {
            _closed = true;
            if (throwAway && _waiting is { } frame)
            {
                frame.Dispose();
                _waiting = null;
            }

            Monitor.PulseAll(_gate);
        }
    }
}
