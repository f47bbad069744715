using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Sync.Events;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Registration;

/// <summary>A violation whose owner is wanted.</summary>
/// <param name="Violation">Event id of the violation.</param>
/// <param name="Camera">The camera that saw it; the outcome is published under it.</param>
/// <param name="Place">Where that camera stands.</param>
/// <param name="Plate">What was read; null when nothing was.</param>
/// <param name="At">When the vehicle was seen.</param>
/// <param name="Officer">Number of the officer whose approval covers the camera; null or blank makes no look-up.</param>
/// <param name="Unit">The officer's unit.</param>
/// <param name="Purpose">In words, e.g. the act and its legal reference.</param>
/// <param name="CaseId">The case; the violation's id where no case was opened yet.</param>
/// <param name="MayLookUp">False where the evidence may not be used (trial rule, expired approval): the owner is none of our business then.</param>
public sealed record OwnerRequest(
    string Violation, string Camera, Place? Place, PlateFacts? Plate, DateTimeOffset At, string? Officer, string? Unit, string Purpose, string? CaseId, bool MayLookUp)
{
    public override string ToString() => $"owner of {Violation}";
}

/// <summary>How the desk behaves.</summary>
public sealed record OwnerDeskOptions
{
    /// <summary>First part of every request id, so that ids of several boxes differ: the gateway's id.</summary>
    public required string GatewayId { get; init; }

    /// <summary>First pause after a source was away; it doubles up to <see cref="RetryMax"/>, with jitter.</summary>
    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan RetryMax { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Within ten days of detection the owner is to be identified (TT 73/2024/TT-BCA Đ24.1); then the desk gives up.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(10);

    /// <summary>How long the id of a finished look-up is known, so that a repeat is no second outcome.</summary>
    public TimeSpan Remember { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Look-ups under way at a time.</summary>
    public int AtOnce { get; init; } = 4;

    /// <summary>Look-ups that share one commit.</summary>
    public int RoundSize { get; init; } = 64;
}

/// <summary>
/// Finds the owners of violations, over outages and restarts: a request is on the disk before it is looked up; while sources are
/// away it waits with growing pauses; it ends with exactly one <c>owner</c> event, whose bytes are on the disk before they are
/// handed over, so that a repeat after a crash carries the same id.
/// </summary>
public sealed class OwnerDesk : IAsyncDisposable
{
    private static readonly TimeSpan LongestNap = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(5);
    private const int LeastTries = 4;

    private readonly OwnerDeskOptions _options;
    private readonly DeskDatabase _database;
    private readonly RegistryLookUp _lookUp;
    private readonly GatewayEvents _events;
    private readonly Func<GatewayEvent, Task> _deliver;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private DateTimeOffset _forgotAt;
    private (string Source, DateTimeOffset Since)? _away;
    private readonly ConcurrentDictionary<string, HashSet<string>> _ignorant = new(StringComparer.Ordinal);

    /// <param name="options">Pauses and bounds.</param>
    /// <param name="database">Where requests wait; not disposed here.</param>
    /// <param name="lookUp">Asks the sources; not disposed here.</param>
    /// <param name="events">Stamps the outcomes.</param>
    /// <param name="deliver">Takes an outcome; its task ends when the event is safe (the outbox committed it). Called again with the same event after a failure.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Gets no plate and no owner.</param>
    public OwnerDesk(OwnerDeskOptions options, DeskDatabase database, RegistryLookUp lookUp, GatewayEvents events, Func<GatewayEvent, Task> deliver, TimeProvider time, ILogger logger)
    {
        (_options, _database, _lookUp, _events, _deliver, _time, _logger) = (options, database, lookUp, events, deliver, time, logger);
    }

    /// <summary>True when the case of a violation is over: nobody has a reason to know the owner any more. Set before the start.</summary>
    public Func<string, bool> IsOver { get; set; } = _ => false;

    /// <summary>How many look-ups wait.</summary>
    public long Waiting => _database.Waiting();

    /// <summary>The source for which look-ups wait, and since when none of them has got an answer; null while answers come.</summary>
    public (string Source, DateTimeOffset Since)? Away
    {
        get { lock (_lock) return _away; }
    }

    /// <summary>
    /// What a violation says of its owner when it is published: pending, or the outcome that is certain before any source is asked.
    /// </summary>
    /// <param name="request">The violation's.</param>
    /// <param name="floor">How sure a read plate must be; null for the default.</param>
    public static OwnerStatus StatusNow(OwnerRequest request, ReadFloor? floor = null) => Refused(request) is not null ? OwnerStatus.NotAttempted
        : RegistrationMatch.Before(request.Plate!, floor) is { } before ? before.Status : OwnerStatus.Pending;

    /// <summary>Begins to look up what waits, from before as well.</summary>
    public void Start()
    {
        _logger.DeskOpened(_database.Waiting());
        _running = Task.Run(() => RunAsync(_stop.Token));
    }

    /// <summary>
    /// Takes requests; on the disk when this returns (a few milliseconds, so not on a camera's thread). A violation that was taken
    /// before is left alone.
    /// </summary>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The disk does not take them.</exception>
    public void Submit(params IReadOnlyList<OwnerRequest> requests)
    {
        _database.Add([.. requests.Select(request => (request.Violation, JsonSerializer.Serialize(request, DeskJson.Default.OwnerRequest)))], _time.GetUtcNow());
        Wake();
    }

    /// <summary>Ends the look-ups under way; what waits goes on at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await HandOverAsync();
                Forget();
                var due = _database.Due(_time.GetUtcNow(), _options.RoundSize);
                if (due.Count > 0) await RoundAsync(due, stop);
                else await NapAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // Disk, log or outbox: the requests stand; try again.
                _logger.DeskFailed(fault.Message, FailurePause.TotalSeconds, fault);
                await Task.Delay(FailurePause, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RoundAsync(IReadOnlyList<WaitingRow> due, CancellationToken stop)
    {
        var round = new (string Violation, GatewayEvent? Outcome, DateTimeOffset Next)[due.Count];
        await Parallel.ForAsync(0, due.Count, new ParallelOptions { MaxDegreeOfParallelism = _options.AtOnce, CancellationToken = stop }, async (i, token) =>
            round[i] = await GuardedAsync(due[i], token));
        _database.Settle(round);
        await HandOverAsync();
    }

    // One request that cannot be handled costs itself a long wait and holds up no other; disk and log hold up all.
    private async Task<(string Violation, GatewayEvent? Outcome, DateTimeOffset Next)> GuardedAsync(WaitingRow row, CancellationToken stop)
    {
        try
        {
            return await OneAsync(row, stop);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or IOException or Microsoft.Data.Sqlite.SqliteException))
        {
            _logger.DeskFailed(fault.Message, _options.RetryMax.TotalSeconds, fault);
            return (row.Violation, null, _time.GetUtcNow() + _options.RetryMax);
        }
    }

    private async Task<(string Violation, GatewayEvent? Outcome, DateTimeOffset Next)> OneAsync(WaitingRow row, CancellationToken stop)
    {
        var request = JsonSerializer.Deserialize(row.Json, DeskJson.Default.OwnerRequest)!;
        var now = _time.GetUtcNow();
        // With its case the reason to know the owner has ended.
        if ((Refused(request) ?? (IsOver(row.Violation) ? LookUpReason.NoAuthority : (LookUpReason?)null)) is { } reason)
        {
            _ignorant.TryRemove(row.Violation, out _);
            return (row.Violation, Outcome(request, new LookUpResult(OwnerStatus.NotAttempted, reason, null, null, [], null)), now);
        }

        var audit = new AuditIdentity(request.Officer!, request.Unit ?? "", request.Purpose, request.CaseId ?? request.Violation, request.Violation);
        LookUpResult result;
        try
        {
            result = await _lookUp.LookUpAsync(new LookUpRequest(request.Plate!, request.At, audit, $"{_options.GatewayId}-{request.Violation}") { Ignorant = _ignorant.GetOrAdd(request.Violation, _ => new HashSet<string>(StringComparer.Ordinal)) }, stop);
        }
        catch (LookUpRefusedException)
        {
            result = new LookUpResult(OwnerStatus.NotAttempted, LookUpReason.NoAuthority, null, null, [], null);
        }

        lock (_lock)
        {
            if (result.Status == OwnerStatus.Pending) _away ??= (result.Source ?? "", now);
            else if (result.Source is not null) _away = null;
        }

        if (result.Status != OwnerStatus.Pending)
        {
            _ignorant.TryRemove(request.Violation, out _);
            return (row.Violation, Outcome(request, result), now);
        }

        now = _time.GetUtcNow();
        // A clock that leaps ahead makes a request of this morning ten days old; one that was tried a few times has waited in truth.
        if (now - row.Created < _options.GiveUpAfter || row.Tries < LeastTries) return (row.Violation, null, now + PauseAfter(row.Tries, result.RetryAfter));
        _ignorant.TryRemove(request.Violation, out _);
        _logger.DeskGaveUp(row.Violation, _options.GiveUpAfter.TotalDays);
        return (row.Violation, Outcome(request, new LookUpResult(OwnerStatus.NotAttempted, LookUpReason.TimeOver, null, result.Source, [], null)), now);
    }

    private GatewayEvent Outcome(OwnerRequest request, LookUpResult result) => _events.Create(
        EventOrigin.Camera(request.Camera, request.Place), _time.GetUtcNow(), new OwnerData(request.Violation, result.Status, result.Sealed, result.Source, result.CheckedAt) { Reason = EventWords.Of(result.Reason) });

    private static LookUpReason? Refused(OwnerRequest request) => request switch
    {
        { MayLookUp: false } => LookUpReason.NoAuthority,
        { Officer: null } => LookUpReason.NoAuthority,
        { Officer: var officer } when string.IsNullOrWhiteSpace(officer) => LookUpReason.NoAuthority,
        { Plate: null } => LookUpReason.NoPlate,
        _ => null,
    };

    private TimeSpan PauseAfter(int tries, TimeSpan? asked)
    {
        var pause = TimeSpan.FromTicks(Math.Min(_options.RetryMax.Ticks, _options.RetryFirst.Ticks << Math.Min(tries, 20)));
        // Jitter, so that a thousand look-ups do not come back in one second.
        pause *= 0.75 + (0.5 * Random.Shared.NextDouble());
        return asked is { } least && least > pause ? least : pause;
    }

    private async Task HandOverAsync()
    {
        while (_database.Decided(_options.RoundSize) is { Count: > 0 } decided)
        {
            await Task.WhenAll(decided.Select(row => _deliver(row.Event)));
            _database.HandedOver([.. decided.Select(row => row.Violation)]);
        }
    }

    private async Task NapAsync(CancellationToken stop)
    {
        var now = _time.GetUtcNow();
        var nap = _database.NextDue() is { } next && next - now < LongestNap ? next - now : LongestNap;
        if (nap <= TimeSpan.Zero) return;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var woken = _wake.WaitAsync(late.Token);
        await Task.WhenAny(woken, Task.Delay(nap, _time, late.Token));
        await late.CancelAsync();
        await ((Task)woken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
    }

    private void Forget()
    {
        var now = _time.GetUtcNow();
        if (now - _forgotAt < TimeSpan.FromHours(1)) return;
        _forgotAt = now;
        _database.Forget(now - _options.Remember);
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }
}

/// <summary>How requests stand in the desk's file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OwnerRequest))]
internal sealed partial class DeskJson : JsonSerializerContext;
