using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Identity;

namespace EdgeGateway.Remote;

/// <summary><c>case_update</c>: the operations centre tells how a case moved on.</summary>
/// <param name="cases">Null where this gateway watches no rules.</param>
internal sealed class CaseUpdateHandler(Func<CaseBook?> cases) : ICommandHandler<CaseUpdateRequest, CaseUpdateReply>
{
    public Task<CommandOutcome<CaseUpdateReply>> HandleAsync(CaseUpdateRequest request, CommandContext context, CancellationToken cancel) => Task.FromResult(Update(request, context));

    private CommandOutcome<CaseUpdateReply> Update(CaseUpdateRequest request, CommandContext context)
    {
        var before = cases()?.Find(request.Violation);
        if (before is null) return CommandRefusal.Refused(CommandCode.NotFound, "Thiết bị không có vi phạm này.", "This gateway knows no such violation.");
        var to = Enum.Parse<Sync.Cases.CaseState>(request.State.ToString());
        if (request.Verdict is not null && to != Sync.Cases.CaseState.Cancelled) return CommandRefusal.Refused(CommandCode.NotAllowed, "Chỉ ghi verdict khi hủy hồ sơ (CANCELLED).", "A verdict belongs to CANCELLED.");
        // Of a centre that tells none: cancelled without words is a withdrawal; with a reason the officer has rejected the detection.
        CaseVerdict? verdict = to switch
        {
            Sync.Cases.CaseState.Cancelled => request.Verdict is { } told ? told : request.Reason is null ? CaseVerdict.Withdrawn : CaseVerdict.Rejected,
            Sync.Cases.CaseState.Forwarded => CaseVerdict.Established,
            _ => null,
        };
        var answer = cases()!.Update(new CaseUpdate(context.Id, request.Violation, to, request.Officer, context.At, verdict, request.Reason is { } reason ? IdentityMask.InWords(reason) : null));
        var onTrial = before.Opened.Mode == RuleMode.Trial && to == Sync.Cases.CaseState.Forwarded ? " Quy tắc đang chạy thử nên không được chuyển hồ sơ đi; kết thúc bằng CANCELLED kèm verdict." : "";
        return answer.Outcome switch
        {
            CaseOutcome.Applied => new CaseUpdateReply(request.Violation, Word(before.State), Word(to), before.Opened.Use),
            // The case may have moved on since the request came first.
            CaseOutcome.Repeated => new CaseUpdateReply(request.Violation, Word(before.State), Word(before.State), before.Opened.Use),
            _ when answer.State is null => CommandRefusal.Refused(CommandCode.NotAllowed, "Mã (id) của lệnh này đã dùng cho một thay đổi khác; mỗi thay đổi cần một mã riêng.", answer.Message),
            _ when CaseTransitions.IsClosed(before.State) => CommandRefusal.Refused(CommandCode.NotAllowed, $"Hồ sơ đã đóng ({CaseTransitions.Word(before.State)}) nên không được chuyển sang {CaseTransitions.Word(to)}.", answer.Message),
            _ => CommandRefusal.Refused(CommandCode.NotAllowed, $"Hồ sơ đang ở {CaseTransitions.Word(before.State)} nên không được chuyển sang {CaseTransitions.Word(to)}; bước tiếp theo: {string.Join(", ", CaseTransitions.From(before.State, before.Opened.Mode).Select(CaseTransitions.Word))}.{onTrial}", answer.Message),
        };
    }

    private static Sync.Commands.CaseState Word(Sync.Cases.CaseState state) => Enum.Parse<Sync.Commands.CaseState>(state.ToString());
}
