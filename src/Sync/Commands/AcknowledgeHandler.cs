using EdgeGateway.Sync.Outbox;

namespace EdgeGateway.Sync.Commands;

/// <summary>The operations centre says what it has stored: the box lets go of it.</summary>
internal sealed class AcknowledgeHandler(ReceiptBook receipts) : ICommandHandler<AcknowledgeRequest, AcknowledgeReply>
{
    public async Task<CommandOutcome<AcknowledgeReply>> HandleAsync(AcknowledgeRequest request, CommandContext context, CancellationToken cancel)
    {
        var ids = request.Ids.Distinct(StringComparer.Ordinal).ToArray();
        var known = await receipts.AcknowledgeAsync(ids, cancel);
        return new AcknowledgeReply(known, ids.Length - known, receipts.Size.Rows);
    }
}
