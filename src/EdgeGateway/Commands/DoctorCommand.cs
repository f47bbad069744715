using System.CommandLine;
using EdgeGateway.Doctor;
using Spectre.Console;

namespace EdgeGateway.Commands;

/// <summary><c>doctor</c>: what is wrong with this box, in plain words.</summary>
internal sealed class DoctorCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var noCameras = new Option<bool>("--no-cameras") { Description = "Do not ask the cameras for pictures" };
        var all = new Option<bool>("--all") { Description = "On a terminal: also what is right" };
        var command = new GatewayCommand(
            "doctor",
            "What is wrong with this box, in Vietnamese and English: configuration, models, ffmpeg, disk, clock, outbox, service, broker, cameras. Exit 1 when something is wrong.",
            "edgegateway doctor --config /etc/edgegateway") { config, noCameras, all };
        command.SetAction((parsed, stop) => RunAsync(
            Checkup.Of(parsed.GetRequiredValue(config).FullName, !parsed.GetValue(noCameras)), parsed.GetValue(all), parsed.InvocationConfiguration.Output, stop));
        return command;
    }

    private static async Task<int> RunAsync(Patient patient, bool all, TextWriter output, CancellationToken stop)
    {
        var isTerminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        var (wrong, warnings) = (0, 0);
        await foreach (var finding in Checkup.LookAsync(patient, stop))
        {
            if (finding.Level == FindingLevel.Wrong) wrong++;
            if (finding.Level == FindingLevel.Warning) warnings++;
            if (!isTerminal) Write(output, finding);
            else if (all || finding.Level is FindingLevel.Wrong or FindingLevel.Warning) Show(finding);
        }

        if (isTerminal) AnsiConsole.MarkupLine(wrong + warnings == 0 ? "[green]Không thấy lỗi. Nothing is wrong.[/]" : $"{wrong} lỗi, {warnings} cần xem. {wrong} wrong, {warnings} to look at.");
        return wrong > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>One finding as a line of JSON.</summary>
    internal static void Write(TextWriter output, Finding finding) => JsonLines.Write(output, json =>
    {
        json.WriteString("check", finding.Check);
        json.WriteString("level", finding.Level.ToString().ToLowerInvariant());
        if (finding.Subject is { } subject) json.WriteString("subject", subject);
        json.WriteStartObject("text");
        json.WriteString("vi", finding.Text.Vi);
        json.WriteString("en", finding.Text.En);
        json.WriteEndObject();
        if (finding.Detail is { } detail) json.WriteString("detail", detail);
        if (finding.Advice is not { } advice) return;
        json.WriteStartObject("advice");
        json.WriteString("vi", advice.Vi);
        json.WriteString("en", advice.En);
        json.WriteEndObject();
    });

    private static void Show(Finding finding)
    {
        var (colour, sign) = finding.Level switch { FindingLevel.Ok => ("green", "✓"), FindingLevel.Warning => ("yellow", "!"), FindingLevel.Wrong => ("red", "✗"), _ => ("grey", "?") };
        AnsiConsole.MarkupLine($"[{colour}]{sign} {finding.Check}[/] {Markup.Escape(finding.Text.Vi)}");
        AnsiConsole.MarkupLine($"  [grey]{Markup.Escape(finding.Text.En)}[/]");
        if (finding.Detail is { } detail) AnsiConsole.MarkupLine($"  [grey]{Markup.Escape(detail)}[/]");
        if (finding.Advice is not { } advice) return;
        AnsiConsole.MarkupLine($"  → {Markup.Escape(advice.Vi)}");
        if (advice.En != advice.Vi) AnsiConsole.MarkupLine($"  [grey]→ {Markup.Escape(advice.En)}[/]");
    }
}
