using EdgeGateway.Entry;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Identity;

namespace EdgeGateway.Remote;

/// <summary>
/// <c>open_gate</c>: an operator lets one pass. Two at once are one opening, and the second is answered so; where no line tells who passes, each is one of its own. The audit log has the command, and an <c>access</c> event says who opened, and
/// which question that answered.
/// </summary>
/// <param name="office">The gates.</param>
/// <param name="events">Stamps and writes.</param>
/// <param name="delivery">Takes the event.</param>
internal sealed class OpenGateHandler(EntryOffice office, GatewayEvents events, Delivery delivery) : ICommandHandler<OpenGateRequest, OpenGateReply>
{
    private readonly Lock _reaching = new();

    public async Task<CommandOutcome<OpenGateReply>> HandleAsync(OpenGateRequest request, CommandContext context, CancellationToken cancel)
    {
        if (office.FindGate(request.Gate) is not { } gate) return CommandRefusal.Refused(CommandCode.NotFound, "Thiết bị không có cổng này.", "This gateway has no such gate.");
        if (!gate.HasOpener) return CommandRefusal.Refused(CommandCode.NotAllowed, "Cổng này không có bộ mở (http hoặc gpio) trong cấu hình.", "This gate has no opener (http or gpio) in the configuration.");
        var question = office.QuestionAt(request.Gate, request.Asked);
        if (request.Asked is not null && question is null) return CommandRefusal.Refused(CommandCode.NotFound, "Câu hỏi này không còn: xe hoặc người đó đã qua, đã đi khỏi, hoặc đã được quyết định.", "That question stands no more: whom it was about has passed, left, or been decided on.");
        try
        {
            // Where it waits for its turn behind another's, it opens and is told also after the command's time.
            return await OpenAsync(gate, request, question).WaitAsync(cancel);
        }
        catch (GateFaultException fault)
        {
            return CommandRefusal.Failed(CommandCode.Error, $"Cổng không mở được: {CauseInVietnamese.Of(fault)}.", $"The gate did not open: {fault.Message}.");
        }
    }

    private async Task<OpenGateReply> OpenAsync(EntryGate gate, OpenGateRequest request, OpenQuestion? question)
    {
        var isUnseen = !office.SeesWhoPasses(request.Gate);
        DateTimeOffset now;
        Task<DateTimeOffset> opening;
        // Stamped in the order in which they reach the gate: whose opening is older than its command has joined another's.
        lock (_reaching)
        {
            now = office.Time.GetUtcNow();
            opening = gate.OpenAsync(new Grant(question?.Who, question?.Credential) { IsByOperator = true, IsUnseen = isUnseen }, now);
        }

        try
        {
            var opened = await opening;
            if (isUnseen) office.OpenedUnseen(request.Gate, question?.Credential, now);
            var joined = opened < now;
            Tell(request, AccessDecision.Allow, joined ? "joined_opening" : "opened_by_operator", question, now);
            return new OpenGateReply(request.Gate, opened, joined);
        }
        catch (GateFaultException)
        {
            Tell(request, AccessDecision.Ask, "opener_failed", question, now);
            throw;
        }
    }

    private void Tell(OpenGateRequest request, AccessDecision decision, string reason, OpenQuestion? question, DateTimeOffset now)
    {
        var access = new AccessData(request.Gate, decision, reason, request.Officer, question?.Plate, question?.Identity) { Asked = question?.EventId, Note = IdentityMask.InWords(request.Reason) };
        EntryMetrics.Decided(request.Gate, decision, reason);
        delivery.Offer(events.Create(office.OriginOf(request.Gate), now, access));
        if (decision == AccessDecision.Allow && question is not null) office.Answered(request.Gate, question);
    }
}
