using EdgeGateway.Vision.Frames;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// The full-resolution stream of a camera whose small stream is analysed. A thread of its own takes its frames and holds the newest few,
/// so that a look at a plate gets the one that was taken at the same moment as the analysed frame. Bounded: the pool holds
/// <see cref="Kept"/> frames and three on their way, and the oldest goes back for each new one.
/// </summary>
public sealed class MainStream : IDisposable
{
    // A quarter of a second: a car in town then is four metres further, and its plate is another one's.
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(250);

    private readonly CameraStream _stream;
    private readonly Frame?[] _kept;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread? _thread;
    private int _next;
    private long _asked;
    private long _missed;

    /// <param name="options">The main stream, with <see cref="CaptureOptions.ClockOrigin"/> of the small one; its pool's size is set here.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For changes of state.</param>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    public MainStream(CaptureOptions options, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        // Half a second: an analysed frame is as late as its turn at the model.
        _kept = new Frame?[options.KeyFramesOnly ? 0 : (int)Math.Clamp(Math.Ceiling(options.AnalyseFps / 2), 3, 6)];
        _stream = new CameraStream(options with { PoolFrames = _kept.Length + 3 }, time, logger);
        if (!options.KeyFramesOnly) _thread = new Thread(Keep) { IsBackground = true, Name = "main:" + options.CameraId };
    }

    /// <summary>How many frames are held for looks; 0 where the stream is there for evidence alone.</summary>
    public int Kept => _kept.Length;

    /// <summary>The stream itself: its state, its counts and its ring.</summary>
    public CameraStream Stream => _stream;

    /// <summary>Frames asked for, and how many of them were not there.</summary>
    public (long Asked, long Missed) Looks => (Interlocked.Read(ref _asked), Interlocked.Read(ref _missed));

    /// <summary>Opens the stream.</summary>
    public void Start()
    {
        _stream.Start();
        _thread?.Start();
    }

    /// <summary>
    /// The frame taken nearest to an instant, at most 250 ms away; null when there is none. The caller disposes it. Never waits,
    /// allocates nothing.
    /// </summary>
    /// <param name="time">Time of the analysed frame, of the same clock.</param>
    public Frame? NearestTo(FrameTime time)
    {
        Interlocked.Increment(ref _asked);
        lock (_gate)
        {
            Frame? nearest = null;
            foreach (var frame in _kept)
            {
                if (frame is not null && (nearest is null || Away(frame, time) < Away(nearest, time))) nearest = frame;
            }

            if (nearest is not null && Away(nearest, time) <= Apart) return nearest.Share();
        }

        Interlocked.Increment(ref _missed);
        return null;
    }

    /// <summary>Ends the stream and gives back what is held; frames that somebody else holds stay valid until disposed.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        if (_thread is { IsAlive: true }) _thread.Join();
        lock (_gate)
        {
            foreach (ref var frame in _kept.AsSpan())
            {
                frame?.Dispose();
                frame = null;
            }
        }

        _stream.Dispose();
        _stop.Dispose();
    }

    private static TimeSpan Away(Frame frame, FrameTime time) => (frame.Time.Elapsed - time.Elapsed).Duration();

    private void Keep()
    {
        while (_stream.Take(_stop.Token) is { } frame)
        {
            lock (_gate)
            {
                _kept[_next]?.Dispose();
                _kept[_next] = frame;
                _next = (_next + 1) % _kept.Length;
            }
        }
    }
}
