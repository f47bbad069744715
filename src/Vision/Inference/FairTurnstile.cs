using System.Diagnostics;

namespace EdgeGateway.Vision.Inference;

/// <summary>
/// Lets a fixed number of cameras run inference at once, strictly in the order in which they came. A camera waits with at
/// most one request, so first come, first served gives each camera that wants a turn the same share: none starves, however
/// eager another one is. Waiting blocks the camera's own thread and allocates nothing.
/// </summary>
public sealed class FairTurnstile
{
    private readonly Lock _gate = new();
    private readonly List<Turn> _turns = [];
    private Turn[] _queue = new Turn[16];
    private int _head;
    private int _waiting;
    private int _free;

    /// <param name="permits">How many may be inside at once, at least 1; as a rule the number of cores.</param>
    public FairTurnstile(int permits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        Permits = permits;
        _free = permits;
    }

    public int Permits { get; }

    /// <summary>How many wait now.</summary>
    public int Waiting
    {
        get { lock (_gate) return _waiting; }
    }

    /// <summary>Registers a camera. The turn belongs to one thread at a time and is closed by disposing it.</summary>
    public Turn Register(string cameraId)
    {
        lock (_gate)
        {
            var turn = new Turn(this, cameraId);
            _turns.Add(turn);
            // The ring holds every registered camera, so entering never grows it.
            if (_turns.Count > _queue.Length)
            {
                var larger = new Turn[_queue.Length * 2];
                for (var i = 0; i < _waiting; i++) larger[i] = _queue[(_head + i) % _queue.Length];
                _queue = larger;
                _head = 0;
            }

            return turn;
        }
    }

    /// <summary>What each camera has had so far, in order of registration.</summary>
    public IReadOnlyList<TurnShare> Shares()
    {
        lock (_gate) return [.. _turns.Select(t => new TurnShare(t.CameraId, t.Count, t.Waited, t.LongestWait))];
    }

    internal void Enter(Turn turn)
    {
        var began = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            if (turn.State != TurnState.Outside) throw new InvalidOperationException($"The turn of camera '{turn.CameraId}' was entered twice.");
            if (_free > 0 && _waiting == 0)
            {
                _free--;
                turn.State = TurnState.Inside;
            }
            else
            {
                turn.State = TurnState.Waiting;
                _queue[(_head + _waiting++) % _queue.Length] = turn;
            }
        }

        // Woken one by one: each waits on its own object, so a free permit wakes its owner only.
        lock (turn.Signal)
        {
            while (turn.State == TurnState.Waiting) Monitor.Wait(turn.Signal);
        }

        turn.Entered(Stopwatch.GetElapsedTime(began));
    }

    internal void Leave(Turn turn)
    {
        Turn? next = null;
        lock (_gate)
        {
            if (turn.State != TurnState.Inside) throw new InvalidOperationException($"The turn of camera '{turn.CameraId}' was left without being entered.");
            turn.State = TurnState.Outside;
            if (_waiting == 0)
            {
                _free++;
            }
            else
            {
                next = _queue[_head];
                _queue[_head] = null!;
                _head = (_head + 1) % _queue.Length;
                _waiting--;
            }
        }

        if (next is null) return;
        lock (next.Signal)
        {
            next.State = TurnState.Inside;
            Monitor.Pulse(next.Signal);
        }
    }

    internal void Remove(Turn turn)
    {
        lock (_gate)
        {
            if (turn.State != TurnState.Outside) throw new InvalidOperationException($"The turn of camera '{turn.CameraId}' was closed while it was in use.");
            _turns.Remove(turn);
        }
    }
}

/// <summary>What one camera had of a <see cref="FairTurnstile"/>.</summary>
public readonly record struct TurnShare(string CameraId, long Turns, TimeSpan Waited, TimeSpan LongestWait);

internal enum TurnState
{
    Outside,
    Waiting,
    Inside,
}

/// <summary>One camera's place at a <see cref="FairTurnstile"/>.</summary>
public sealed class Turn : IDisposable
{
    private readonly FairTurnstile _turnstile;
    private long _count;
    private long _waitedTicks;
    private long _longestTicks;

    internal Turn(FairTurnstile turnstile, string cameraId)
    {
        _turnstile = turnstile;
        CameraId = cameraId;
    }

    public string CameraId { get; }

    /// <summary>How often it was let in.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Time spent waiting, all in all.</summary>
    public TimeSpan Waited => new(Volatile.Read(ref _waitedTicks));

    public TimeSpan LongestWait => new(Volatile.Read(ref _longestTicks));

    internal object Signal { get; } = new();

    // Set under the turnstile's gate, except from Waiting to Inside, which is set under Signal.
    internal volatile TurnState State;

    /// <summary>Waits in line until this camera may run.</summary>
    public void Enter() => _turnstile.Enter(this);

    /// <summary>Lets the next one in. Always called after <see cref="Enter"/>, also when the work failed.</summary>
    public void Leave() => _turnstile.Leave(this);

    public void Dispose() => _turnstile.Remove(this);

    internal void Entered(TimeSpan waited)
    {
        Volatile.Write(ref _count, _count + 1);
        Volatile.Write(ref _waitedTicks, _waitedTicks + waited.Ticks);
        if (waited.Ticks > _longestTicks) Volatile.Write(ref _longestTicks, waited.Ticks);
    }
}
