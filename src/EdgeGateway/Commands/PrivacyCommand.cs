using System.CommandLine;
using EdgeGateway.Legal;

namespace EdgeGateway.Commands;

/// <summary><c>privacy</c>: which personal data this box holds, for how long, who read or exported what, and the sign text.</summary>
internal sealed class PrivacyCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var format = new Option<string>("--format") { Description = "text or html", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "html");
        var command = new GatewayCommand(
            "privacy",
            "One page: which personal data this box holds, for how long, who read or exported what, and the sign text for the site.",
            "edgegateway privacy --format html > privacy.html") { config, format };
        command.SetAction(parsed =>
        {
            var loaded = LoadedConfig.Require(parsed.GetRequiredValue(config).FullName, requireSecrets: false).OnStorage();
            var page = PrivacyPage.Of(loaded.Gateway, loaded.Cameras);
            parsed.InvocationConfiguration.Output.Write(parsed.GetValue(format) == "html" ? page.ToHtml() : page.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
