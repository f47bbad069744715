using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Commands;

/// <summary>What a handler may know of the command beside its request.</summary>
/// <param name="Id">The sender's id of the command.</param>
/// <param name="Signed">True when a configured key signed it.</param>
public sealed record CommandContext(string Id, DateTimeOffset At, bool Signed);

/// <summary>Does one kind of command. One file, one line where the gateway composes its table.</summary>
public interface ICommandHandler<in TRequest, TReply>
    where TRequest : class
    where TReply : class
{
    /// <summary>Does it, or says why not. What is thrown becomes <c>failed</c>; the token ends at the command's time limit.</summary>
    Task<CommandOutcome<TReply>> HandleAsync(TRequest request, CommandContext context, CancellationToken cancel);
}

/// <summary>How a handler ended: done, with its data, or not, with the reason.</summary>
public sealed record CommandOutcome<TReply>(CommandStatus Status, TReply? Data, CommandCode? Code, TwoLanguages? Reason)
    where TReply : class
{
    public static implicit operator CommandOutcome<TReply>(TReply data) => new(CommandStatus.Ok, data, null, null);

    public static implicit operator CommandOutcome<TReply>(CommandRefusal refusal) => new(refusal.Status, null, refusal.Code, refusal.Reason);
}

/// <summary>Why a command was not done.</summary>
public sealed record CommandRefusal(CommandStatus Status, CommandCode Code, TwoLanguages Reason)
{
    public static CommandRefusal Refused(CommandCode code, string vi, string en) => new(CommandStatus.Refused, code, new TwoLanguages(vi, en));

    public static CommandRefusal Failed(CommandCode code, string vi, string en) => new(CommandStatus.Failed, code, new TwoLanguages(vi, en));
}
