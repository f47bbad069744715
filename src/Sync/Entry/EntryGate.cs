using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Entry;

/// <summary>
/// One barrier: one opening lets one pass. Two openings wanted at once are one; one wanted for another vehicle, or for another card's holder, while the
/// first has not passed waits for its turn. Where nobody sees who passes, each opening wanted is one. While something that a fail-open gate needs has failed, it is held open. Knows no wall clock of its own: who calls says
/// what time it is, so that a replay decides as it was. Thread-safe; the opener is called from a task of its own and never twice at once.
/// </summary>
public sealed class EntryGate : IAsyncDisposable
{
    private const int MostQueued = 32;
    private static readonly TimeSpan HoldAgain = TimeSpan.FromSeconds(5);
    private static readonly TwoLanguages Stopping = new("thiết bị đang dừng", "the gateway is stopping");

    private readonly IGateOpener? _opener;
    private readonly PassbackBook _passback;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<Opening> _queue = [];
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private Opening? _current;
    private DateTimeOffset _lastUsed = DateTimeOffset.MinValue;
    private string? _lastCredential;
    private string? _lastWho;
    private DateTimeOffset _heldUntilTried = DateTimeOffset.MinValue;
    private Task _holding = Task.CompletedTask;
    private bool _isHeld;
    private bool _isReleased;

    /// <param name="options">What it is told to do.</param>
    /// <param name="opener">Moves the barrier; disposed with the gate. Null: decisions are made and nothing is moved.</param>
    public EntryGate(GateOptions options, IGateOpener? opener)
    {
        ArgumentNullException.ThrowIfNull(options);
        (Options, _opener) = (options, opener);
        _passback = new PassbackBook(options.AntiPassback);
        _isReleased = !options.FailsOpen;
    }

    public GateOptions Options { get; }

    /// <summary>False: nothing is moved, whatever is decided.</summary>
    public bool HasOpener => _opener is not null;

    /// <summary>True while it stays open because something failed.</summary>
    public bool IsHeldOpen { get { lock (_lock) return _isHeld; } }

    /// <summary>Pulses sent since the start.</summary>
    public long Openings { get; private set; }

    /// <summary>The opener failed, with the reason, or null when it works again. From a task.</summary>
    public Action<TwoLanguages?> OpenerChanged { get; init; } = _ => { };

    /// <summary>
    /// Lets one pass. Moves the opener each time where nothing sees who passes. Else joins the opening under way when that is for the same or for whoever comes next; waits for its turn behind another's.
    /// </summary>
    /// <returns>When the barrier was told to open.</returns>
    /// <exception cref="GateFaultException">The opener failed, too many wait, or the gate is being closed down.</exception>
    public Task<DateTimeOffset> OpenAsync(Grant grant, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(grant);
        lock (_lock)
        {
            if (_stop.IsCancellationRequested) return Task.FromException<DateTimeOffset>(new GateFaultException(Stopping));
            Expire(now);
            // A second camera decides on it when it is through already.
            if (HasJustPassed(grant.Who, grant.Credential, now)) return Task.FromResult(_lastUsed);
            var opening = new Opening(grant);
            if (_current is null or { Grant.IsUnseen: true })
            {
                // Whoever the unseen one was, it may be through and the door shut.
                Begin(opening, now);
                return opening.Done.Task;
            }

            if (grant.IsUnseen)
            {
                // What somebody else is seen to use stays that one's.
                Move(opening, now);
                return opening.Done.Task;
            }

            if (Joins(_current.Grant, grant))
            {
                // An opening for anybody that a vehicle joins becomes that vehicle's: still one.
                if (_current.Grant.IsForAnybody) _current.Grant = grant with { IsForOne = grant.IsForOne || _current.Grant.IsForOne, IsByOperator = grant.IsByOperator || _current.Grant.IsByOperator };
                return _current.Done.Task;
            }

            if (_queue.Find(waiting => IsSame(waiting.Grant, grant)) is { } same)
            {
                // Its newest track stands for it: the end of an older one must not cost its turn.
                same.Grant = grant with { IsByOperator = grant.IsByOperator || same.Grant.IsByOperator };
                return same.Done.Task;
            }

            if (_queue.Count < MostQueued) _queue.Add(opening);
            else return Task.FromException<DateTimeOffset>(new GateFaultException(new TwoLanguages("quá nhiều lượt mở đang chờ ở cổng này", "too many openings wait at this gate")));
            return opening.Done.Task;
        }
    }

    /// <summary>Somebody crossed the gate's line in its direction.</summary>
    /// <param name="who">As in <see cref="Grant.Who"/>.</param>
    /// <param name="credential">Plate or hash; null when unknown.</param>
    /// <param name="isRefused">A decision against it stands: another's opening is none for it.</param>
    /// <param name="now">When.</param>
    public PassVerdict Passed(string who, string? credential, bool isRefused, DateTimeOffset now) => Passed(who, ref credential, isRefused, now);

    /// <summary>The same; where a card opened, <paramref name="holder"/> becomes the one whose holder has passed.</summary>
    public PassVerdict Passed(string who, ref string? holder, bool isRefused, DateTimeOffset now)
    {
        lock (_lock)
        {
            var credential = holder;
            Expire(now);
            // A second camera sees the same vehicle pass: it has used its opening, and the next one's stays.
            if (WasUsedBy(credential, now))
            {
                if (_current?.Grant.Credential == credential)
                {
                    _current = null;
                    Next(now);
                }

                return PassVerdict.Opened;
            }

            var verdict = Judge(who, credential, isRefused, now);
            // A person has no plate: the one whose card opened has come in.
            if (credential is null && verdict == PassVerdict.Opened && _current is { Grant: { Who: null } card }) holder = credential = card.Credential;
            if (verdict is PassVerdict.Opened or PassVerdict.HeldOpen && credential is not null) _passback.Entered(credential, now);
            var waited = _queue.RemoveAll(waiting => (waiting.Grant.Who == who || (credential is not null && waiting.Grant.Credential == credential)) && (waiting.Grant.IsByOperator ? LetGo(waiting, now) : End(waiting, new TwoLanguages("xe đã qua rồi", "it has passed already"))));
            if (verdict == PassVerdict.Opened)
            {
                // Who waited for an opening of its own and went through on another's leaves that one its turn.
                if (waited > 0 && _current is { Grant: { IsForAnybody: false, IsByOperator: false } } other) _queue.Insert(0, new Opening(other.Grant));
                (_lastUsed, _lastCredential, _lastWho) = (now, credential, who);
                _current = null;
                Next(now);
            }

            return verdict;
        }
    }

    /// <summary>Whoever was let in has come in, where nothing tells who passes: anti-passback begins. The opening still ends with its time.</summary>
    public void Used(string? credential, DateTimeOffset now)
    {
        if (credential is null) return;
        lock (_lock) _passback.Entered(credential, now);
    }

    /// <summary>It has left without passing: what waits for it is given up. An opening that was made for it stays for its second track.</summary>
    public void Gone(string who)
    {
        lock (_lock)
        {
            // A person has looked: the vehicle stands there, whatever became of its track.
            foreach (var asked in _queue.Where(waiting => waiting.Grant.IsByOperator && waiting.Grant.Who == who)) asked.Grant = asked.Grant with { Who = null };
            _queue.RemoveAll(waiting => waiting.Grant.Who == who && End(waiting, new TwoLanguages("xe đã đi khỏi", "the vehicle has left")));
        }
    }

    /// <summary>True when this plate or card came in within the anti-passback time and was not seen leaving.</summary>
    /// <param name="credential">Plate or hash.</param>
    /// <param name="now">When.</param>
    /// <param name="who">As in <see cref="Grant.Who"/>: what another camera has just let in is the same vehicle still.</param>
    public bool IsInside(string credential, DateTimeOffset now, string? who = null)
    {
        lock (_lock) return !HasJustPassed(who, credential, now) && _passback.IsInside(credential, now);
    }

    /// <summary>Seen leaving, at this gate or at its exit.</summary>
    public void Left(string credential)
    {
        lock (_lock)
        {
            _passback.Left(credential);
            if (credential == _lastCredential) _lastCredential = null;
        }
    }

    /// <summary>Something that the gate needs has failed or works again (a camera, a service). Only a gate that fails open acts on it.</summary>
    public void SetFailed(string cause, bool isFailed)
    {
        lock (_lock)
        {
            if (isFailed) _failed.Add(cause);
            else _failed.Remove(cause);
        }
    }

    /// <summary>Once a second: unused openings end, the next one begins, and what is to be held open is.</summary>
    public void Advance(DateTimeOffset now)
    {
        lock (_lock)
        {
            Expire(now);
            if (!Options.FailsOpen || _opener is null || _stop.IsCancellationRequested) return;
            var wanted = _failed.Count > 0;
            // At the start too: what the last run left open is let go of, once.
            if ((wanted == _isHeld && _isReleased) || !_holding.IsCompleted) return;
            // A wait longer than was ever set is what a clock left behind that has stepped back.
            if (now < _heldUntilTried && _heldUntilTried - now <= HoldAgain) return;
            _heldUntilTried = now + HoldAgain;
            _holding = Task.Run(() => HoldAsync(wanted, _stop.Token));
        }
    }

    /// <summary>The gateway stops: a gate that fails open is left open.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        lock (_lock)
        {
            foreach (var waiting in _queue) End(waiting, Stopping);
            _queue.Clear();
        }

        await _holding;
        if (Options.FailsOpen && _opener is not null) await HoldAsync(open: true, CancellationToken.None);
        else await _turn.WaitAsync(Options.OpenerLimit); // the pulse under way ends
        if (_opener is not null) await _opener.DisposeAsync();
        _stop.Dispose();
        _turn.Dispose();
    }

    private PassVerdict Judge(string who, string? credential, bool isRefused, DateTimeOffset now)
    {
        if (_current is { } current)
        {
            // Its own; or the next one's; or one made for a track that broke, taken up by its second track.
            if (current.Grant.Who is null || current.Grant.IsByOperator || current.Grant.Who == who || (credential is not null && credential == current.Grant.Credential) || !isRefused) return PassVerdict.Opened;
        }

        if (_isHeld) return PassVerdict.HeldOpen;
        return (now - _lastUsed).Duration() < Options.PassTime ? PassVerdict.Tailgating : PassVerdict.NoOpening;
    }

    private static bool IsSame(Grant one, Grant other) => (one.Who is not null && one.Who == other.Who) || (one.Credential is not null && one.Credential == other.Credential);

    private static bool Joins(Grant current, Grant grant) => IsSame(current, grant) || ((grant.IsForAnybody || current.IsForAnybody) && !(grant.IsForOne && current.IsForOne));

    // As another camera saw it, which asks late. A card shown again, or a second vehicle before the same camera, is another matter.
    private bool HasJustPassed(string? who, string? credential, DateTimeOffset now) =>
        who is not null && _lastWho is not null && CameraOf(who) != CameraOf(_lastWho) && WasUsedBy(credential, now);

    private bool WasUsedBy(string? credential, DateTimeOffset now) =>
        credential is not null && credential == _lastCredential && (now - _lastUsed).Duration() < Options.PassTime;

    private static string CameraOf(string who) => who[..Math.Max(0, who.IndexOf('/'))];

    private void Expire(DateTimeOffset now)
    {
        // Crossings are told with times a little back. What lies further ahead was begun by a clock that has stepped back since.
        if (_current is not { } current || (now < current.Until && current.Until - now <= 2 * Options.PassTime)) return;
        _current = null;
        Next(now);
    }

    private void Next(DateTimeOffset now)
    {
        if (_queue.Count == 0) return;
        var next = _queue[0];
        _queue.RemoveAt(0);
        Begin(next, now);
    }

    private void Begin(Opening opening, DateTimeOffset now)
    {
        opening.Until = now + Options.PassTime;
        _current = opening;
        Move(opening, now);
    }

    private void Move(Opening opening, DateTimeOffset now)
    {
        Openings++;
        if (_opener is null || _isHeld) opening.Done.SetResult(now);
        else _ = Task.Run(() => PulseAsync(opening, now));
    }

    private async Task PulseAsync(Opening opening, DateTimeOffset now)
    {
        if (await DriveAsync(token => _opener!.OpenAsync(token), CancellationToken.None) is not { } fault)
        {
            opening.Done.TrySetResult(now);
            return;
        }

        lock (_lock)
        {
            if (_current == opening)
            {
                _current = null;
                Next(now);
            }
        }

        opening.Done.TrySetException(fault);
    }

    private async Task HoldAsync(bool open, CancellationToken cancel)
    {
        var fault = await DriveAsync(token => _opener!.HoldAsync(open, token), cancel);
        lock (_lock)
        {
            if (fault is null) (_isHeld, _isReleased) = (open, true);
            // The answer may be lost where the order was not: what may stand open is let go of once nothing is failed any more.
            else if (open) _isReleased = false;
        }
    }

    /// <summary>One call of the opener in its turn and its time; the fault, or null.</summary>
    private async Task<GateFaultException?> DriveAsync(Func<CancellationToken, Task> call, CancellationToken cancel)
    {
        GateFaultException? fault = null;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(Options.OpenerLimit);
        try
        {
            await _turn.WaitAsync(late.Token);
            try { await call(late.Token); }
            finally { _turn.Release(); }
        }
        catch (GateFaultException known) { fault = known; }
        catch (OperationCanceledException) { fault = new GateFaultException(new TwoLanguages($"bộ mở không làm xong trong {Options.OpenerLimit.TotalSeconds:0.#} giây", $"the opener did not end within {Options.OpenerLimit.TotalSeconds:0.#} s")); }
        catch (Exception unknown) when (unknown is not OutOfMemoryException) { fault = new GateFaultException(new TwoLanguages(CauseInVietnamese.Of(unknown), unknown.Message), unknown); }
        if (!cancel.IsCancellationRequested) OpenerChanged(fault?.Told);
        return fault;
    }

    // Whom an operator wanted in is in: what was asked for has come about.
    private static bool LetGo(Opening waiting, DateTimeOffset now)
    {
        waiting.Done.TrySetResult(now);
        return true;
    }

    private static bool End(Opening waiting, TwoLanguages why)
    {
        // Observed here: nobody may wait for it any more.
        if (waiting.Done.TrySetException(new GateFaultException(why))) _ = waiting.Done.Task.Exception;
        return true;
    }

    private sealed class Opening(Grant grant)
    {
        public Grant Grant { get; set; } = grant;

        public DateTimeOffset Until { get; set; }

        public TaskCompletionSource<DateTimeOffset> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
