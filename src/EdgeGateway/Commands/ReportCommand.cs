using System.CommandLine;

namespace EdgeGateway.Commands;

/// <summary><c>report</c>: one line a kind of report.</summary>
internal sealed class ReportCommand : ICommandModule
{
    private static readonly ICommandModule[] Kinds = [new ReportVisitorsCommand()];

    public Command Build()
    {
        var command = new Command("report", "Reports for people who read no JSON.");
        foreach (var kind in Kinds) command.Add(kind.Build());
        return command;
    }
}
