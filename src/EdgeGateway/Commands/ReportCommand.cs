using System.CommandLine;

namespace EdgeGateway.Commands;

/// <summary><c>report</c>: a table of reports, one file and one line each.</summary>
internal sealed class ReportCommand : ICommandModule
{
    private static readonly ICommandModule[] Reports =
    [
        new ReportVisitorsCommand(),
        new RulesReport(),
    ];

    public Command Build()
    {
        var reports = Reports.Select(report => report.Build()).ToList();
        var command = new GatewayCommand("report", "Pages for people: what the tourism office reads, what officers judge.", string.Join('\n', reports.OfType<GatewayCommand>().Select(report => report.Example)));
        foreach (var report in reports) command.Add(report);
        return command;
    }
}
