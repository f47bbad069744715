using System.Diagnostics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Identity;

namespace EdgeGateway.Entry;

/// <summary>
/// Looks for cards in a camera's picture on a thread of its own, at most once in a while: the camera's thread copies a frame when this one is
/// free, and goes on. The copy is made once for a frame size.
/// </summary>
internal sealed class CardCamera : IDisposable
{
    // A card that nobody moves is looked for less often.
    private const int StillFactor = 4;

    private readonly TimeSpan _every;
    private readonly Action<string> _show;
    private readonly Action<string> _failed;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private FramePool? _pool;
    private Frame? _copy;
    private long _lookedAt;
    private volatile bool _isBusy;
    private volatile bool _isStopped;

    /// <param name="cameraId">For the thread's name.</param>
    /// <param name="every">Least time between two looks.</param>
    /// <param name="show">Takes the text of a code, on this class's thread.</param>
    /// <param name="failed">Told of a frame that could not be searched, by the kind of fault.</param>
    public CardCamera(string cameraId, TimeSpan every, Action<string> show, Action<string> failed)
    {
        (_every, _show, _failed) = (every, show, failed);
        _thread = new Thread(Run) { IsBackground = true, Name = $"cards:{cameraId}", Priority = ThreadPriority.BelowNormal };
        _thread.Start();
    }

    /// <summary>Offers a frame. On the camera's thread; never waits and allocates nothing but for a new frame size.</summary>
    public void Offer(Frame frame, bool moves)
    {
        if (_isBusy || (_lookedAt != 0 && Stopwatch.GetElapsedTime(_lookedAt) < (moves ? _every : StillFactor * _every))) return;
        _lookedAt = Stopwatch.GetTimestamp();
        if (_copy is null || _copy.Width != frame.Width || _copy.Height != frame.Height)
        {
            _copy?.Dispose();
            _pool?.Dispose();
            _pool = new FramePool(frame.Width, frame.Height, 1);
            _copy = _pool.TryRent();
        }

        if (_copy is null) return;
        frame.Pixels.CopyTo(_copy.Pixels);
        _isBusy = true;
        _wake.Set();
    }

    public void Dispose()
    {
        _isStopped = true;
        _wake.Set();
        _thread.Join();
        _copy?.Dispose();
        _pool?.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        using var reader = new QrReader();
        while (true)
        {
            _wake.WaitOne();
            if (_isStopped) return;
            try
            {
                if (reader.Read(_copy!) is { } text) _show(text);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                _failed(fault.GetType().Name); // its words could hold a number
            }
            finally
            {
                _isBusy = false;
            }
        }
    }
}
