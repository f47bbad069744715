using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Evidence;

namespace EdgeGateway.Remote;

/// <summary><c>hold</c>: evidence is kept beyond its time, or let go of again.</summary>
/// <param name="store">Null where this gateway watches no rules.</param>
internal sealed class HoldHandler(Func<EvidenceStore?> store) : ICommandHandler<HoldRequest, HoldReply>
{
    public async Task<CommandOutcome<HoldReply>> HandleAsync(HoldRequest request, CommandContext context, CancellationToken cancel)
    {
        var known = store() is { } evidence && await Task.Run(
            () => request.On ? evidence.Hold(request.Violation, request.Reason, request.Officer) : evidence.Release(request.Violation, request.Reason, request.Officer), cancel);
        return known
            ? new HoldReply(request.Violation, request.On, null) // without an end: a hold is let go of by a person
            : CommandRefusal.Refused(CommandCode.NotFound, "Không có chứng cứ của vi phạm này (hoặc đã hết hạn lưu).", "There is no evidence of this violation, or its time is over.");
    }
}
