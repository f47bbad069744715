using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Identity;

namespace EdgeGateway.Remote;

/// <summary><c>hold</c>: evidence is kept beyond its time, until an end or for good, or let go of again.</summary>
/// <param name="store">Null where this gateway watches no rules.</param>
/// <param name="time">Tells an end that has passed.</param>
internal sealed class HoldHandler(Func<EvidenceStore?> store, TimeProvider time) : ICommandHandler<HoldRequest, HoldReply>
{
    public async Task<CommandOutcome<HoldReply>> HandleAsync(HoldRequest request, CommandContext context, CancellationToken cancel)
    {
        if (request is { On: true, Until: { } until } && until <= time.GetUtcNow())
            return CommandRefusal.Refused(CommandCode.NotAllowed, "Thời hạn giữ (until) đã qua; hãy gửi lại với thời điểm trong tương lai.", "The end of the hold (until) has passed; send it again with a time to come.");
        if (string.IsNullOrWhiteSpace(request.Reason)) return CommandRefusal.Refused(CommandCode.NotAllowed, "Cần nêu lý do (reason) bằng chữ.", "A reason in words is needed.");
        var known = store() is { } evidence && await Task.Run(
            () => request.On ? evidence.Hold(request.Violation, IdentityMask.InWords(request.Reason), request.Officer, request.Until) : evidence.Release(request.Violation, IdentityMask.InWords(request.Reason), request.Officer), cancel);
        return known
            ? new HoldReply(request.Violation, request.On, request.On ? request.Until : null)
            : CommandRefusal.Refused(CommandCode.NotFound, "Không có chứng cứ của vi phạm này (hoặc đã hết hạn lưu).", "There is no evidence of this violation, or its time is over.");
    }
}
