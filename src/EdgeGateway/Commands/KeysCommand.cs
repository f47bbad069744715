using System.CommandLine;
using EdgeGateway.Sync.Evidence;

namespace EdgeGateway.Commands;

/// <summary><c>keys init</c>, <c>keys show</c>: the key with which this gateway signs evidence.</summary>
internal sealed class KeysCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var force = new Option<bool>("--force") { Description = "Set the present key aside as a backup and make a new one; the operations centre then needs its public half" };
        var init = new GatewayCommand("init", "Make the gateway's signing key (ECDSA P-256) in its storage folder, readable by its user only.", "edgegateway keys init") { config, force };
        init.SetAction(parsed => Guard(() =>
        {
            using var key = GatewaySigningKey.Init(Storage(parsed.GetRequiredValue(config)), parsed.GetValue(force));
            Print(parsed.InvocationConfiguration.Output, key);
        }, parsed.InvocationConfiguration.Error));

        var show = new GatewayCommand("show", "Print the key's id and its public half for the operations centre.", "edgegateway keys show --pem > gateway.public.pem") { config };
        var pem = new Option<bool>("--pem") { Description = "Print the public half alone, as a PEM file" };
        show.Add(pem);
        show.SetAction(parsed => Guard(() =>
        {
            using var key = GatewaySigningKey.Load(Storage(parsed.GetRequiredValue(config)));
            if (parsed.GetValue(pem)) parsed.InvocationConfiguration.Output.Write(key.PublicPem);
            else Print(parsed.InvocationConfiguration.Output, key);
        }, parsed.InvocationConfiguration.Error));
        return new GatewayCommand("keys", "The key with which this gateway signs evidence.", init.Example + "\n" + show.Example) { init, show };
    }

    private static string Storage(DirectoryInfo config) => LoadedConfig.Require(config.FullName, requireSecrets: false).Gateway.Storage.Folder;

    private static void Print(TextWriter output, GatewaySigningKey key) => JsonLines.Write(output, json =>
    {
        json.WriteString("key", key.Id);
        json.WriteString("algorithm", "ECDSA P-256, SHA-256");
        json.WriteString("public", key.PublicPem);
    });

    private static int Guard(Action action, TextWriter error)
    {
        try
        {
            action();
            return ExitCode.Done;
        }
        catch (EvidenceException fault)
        {
            error.WriteLine(fault.Message);
            return ExitCode.Failed;
        }
    }
}
