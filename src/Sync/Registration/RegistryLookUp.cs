using EdgeGateway.Sync.Events;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Registration;

/// <summary>
/// One look-up from the officer's name to its outcome: 1. who asks; 2. what the reading alone says; 3. the sources in their
/// order, each asked only after the log holds the question; 4. the outcome, logged. There is no way to ask for many plates.
/// </summary>
/// <param name="sources">In the order in which they are asked.</param>
/// <param name="log">Takes every look-up before it is made.</param>
/// <param name="agreement">How strictly vehicle kinds must agree.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets no plate and no owner.</param>
/// <param name="floor">How sure a read plate must be; null for the default.</param>
public sealed class RegistryLookUp(
    IReadOnlyList<IRegistrySource> sources, LookUpLog log, VehicleAgreement agreement, TimeProvider time, ILogger logger, ReadFloor? floor = null) : IDisposable
{
    /// <summary>Looks a vehicle up.</summary>
    /// <exception cref="LookUpRefusedException">Officer, purpose or case is missing.</exception>
    /// <exception cref="IOException">The log of look-ups cannot be written: nothing was asked.</exception>
    public async Task<LookUpResult> LookUpAsync(LookUpRequest request, CancellationToken stop)
    {
        if (request.Audit.Fault() is { } fault) throw new LookUpRefusedException(fault);
        var result = RegistrationMatch.Before(request.Plate, floor) is { } before
            ? new LookUpResult(before.Status, before.Reason, null, null, CandidatesOf(request.Plate, before.Reason), before.Status == OwnerStatus.NotAttempted ? null : time.GetUtcNow())
            : await AskAsync(request, stop);
        // While every source rests nothing was asked and nothing ended: a thousand that wait would fill the log.
        if (result is not { Status: OwnerStatus.Pending, WasAsked: false }) await log.EndedAsync(request, result);
        RegistrationMetrics.LookedUp(result);
        return result;
    }

    /// <summary>Ends what the sources hold.</summary>
    public void Dispose()
    {
        foreach (var source in sources.OfType<IDisposable>()) source.Dispose();
    }

    private async Task<LookUpResult> AskAsync(LookUpRequest request, CancellationToken stop)
    {
        RegistryWords.TryFold(request.Plate.Text, out var plate);
        var query = new RegistryQuery(plate, request.Plate.Colour, request.Plate.Vehicle, request.At, request.Audit, request.RequestId);
        LookUpResult? withoutOwner = null;
        TimeSpan? retryAfter = null;
        string? away = null;
        var (spared, asked) = (false, false);
        foreach (var source in sources)
        {
            if (request.Ignorant.Contains(source.Name)) continue;
            // No answer could name an owner: nothing of anybody is fetched, and no quota spent.
            if (source.IsRemote && RegistrationMatch.IsIncomplete(query))
            {
                spared = true;
                continue;
            }

            // What is not asked does not stand in the log of questions.
            if (source.Rest is { } rest)
            {
                away ??= source.Name;
                if (retryAfter is null || rest < retryAfter) retryAfter = rest;
                continue;
            }

            await log.AskedAsync(request, source.Name);
            asked = true;
            var answer = await source.LookUpAsync(query, stop);
            if (answer.Rows is not { } rows)
            {
                logger.SourceAway(source.Name, request.RequestId, answer.Fault ?? "");
                RegistrationMetrics.SourceAway(source.Name);
                away ??= source.Name;
                if (answer.RetryAfter is { } pause && (retryAfter is null || pause < retryAfter)) retryAfter = pause;
                continue;
            }

            var (status, reason, row) = RegistrationMatch.Judge(query, rows, agreement);
            if (status == OwnerStatus.NotFound)
            {
                request.Ignorant.Add(source.Name);
                continue;
            }

            if (status == OwnerStatus.Found && !source.AsksForTheTime && row?.ValidFrom is null) (status, reason, row) = (OwnerStatus.Ambiguous, LookUpReason.IncompleteKey, null);
            var result = new LookUpResult(status, reason, row?.Sealed(), source.Name, CandidatesOf(rows, query.At, status), time.GetUtcNow());
            // A replica without owners confirms the vehicle; the next source may name the owner.
            if (status == OwnerStatus.Found && result.Sealed is null) withoutOwner ??= result;
            else return result;
        }

        if (spared) return new LookUpResult(OwnerStatus.Ambiguous, LookUpReason.IncompleteKey, null, null, [], time.GetUtcNow());
        if (away is not null) return new LookUpResult(OwnerStatus.Pending, LookUpReason.SourceAway, null, away, [], null, retryAfter) { WasAsked = asked };
        return withoutOwner ?? new LookUpResult(OwnerStatus.NotFound, LookUpReason.Unknown, null, sources.Count > 0 ? sources[^1].Name : null, [], time.GetUtcNow());
    }

    private static IReadOnlyList<string> CandidatesOf(PlateFacts plate, LookUpReason reason) => reason switch
    {
        LookUpReason.TwoKinds => [.. plate.Kinds.Select(kind => $"{plate.Text} ({EventWords.Of(kind)})")],
        // A whole text that is only not sure enough is the first candidate itself.
        LookUpReason.DoubtfulText when plate.Alternatives.Count == 0 && RegistryWords.TryFold(plate.Text, out var folded) && RegistryWords.IsWhole(folded) => [plate.Text],
        LookUpReason.DoubtfulText => plate.Alternatives,
        _ => [],
    };

    // Which vehicles carry the plate, for the officer; whose they are is not said.
    private static IReadOnlyList<string> CandidatesOf(IReadOnlyList<RegistryRow> rows, DateTimeOffset at, OwnerStatus status) => status == OwnerStatus.Found
        ? []
        : [.. rows.Where(row => row.HoldsAt(at)).Select(row => $"{EventWords.Of(row.Vehicle)}, {EventWords.Of(row.Colour)}").Take(10)];
}
