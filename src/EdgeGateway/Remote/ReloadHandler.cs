using EdgeGateway.Configuration;
using EdgeGateway.Sync.Commands;

namespace EdgeGateway.Remote;

/// <summary><c>reload</c>: the configuration folder is read now, whether the file system has given a hint or not.</summary>
/// <param name="reload">Reads and takes up; null where nothing watches a folder (demo).</param>
internal sealed class ReloadHandler(Func<Func<CancellationToken, Task<ReloadOutcome>>?> reload) : ICommandHandler<ReloadRequest, ReloadReply>
{
    /// <summary>A folder can hold any number of mistakes; a reply cannot.</summary>
    private const int MostMistakes = 100;

    public async Task<CommandOutcome<ReloadReply>> HandleAsync(ReloadRequest request, CommandContext context, CancellationToken cancel)
    {
        if (reload() is not { } read) return CommandRefusal.Refused(CommandCode.Unsupported, "Cấu hình của thiết bị này không nằm trong thư mục.", "This gateway reads no configuration folder.");
        var outcome = await read(cancel);
        var mistakes = outcome.Mistakes.Take(MostMistakes).Select(mistake => SecretMask.Process.Apply(mistake.ToString())).ToList();
        if (outcome.Mistakes.Count > MostMistakes) mistakes.Add($"… and {outcome.Mistakes.Count - MostMistakes} more: run 'edgegateway validate' on the box");
        return new ReloadReply(outcome.Changed, mistakes, outcome.RestartNeeded);
    }
}
