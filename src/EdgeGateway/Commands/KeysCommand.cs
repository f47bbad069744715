using System.CommandLine;
using System.Text.RegularExpressions;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Commands;

/// <summary><c>keys init</c>, <c>keys show</c>: the key with which this gateway signs evidence.</summary>
internal sealed partial class KeysCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var force = new Option<bool>("--force") { Description = "Set the present key aside as a backup and make a new one; the operations centre then needs its public half" };
        var init = new GatewayCommand("init", "Make the gateway's signing key (ECDSA P-256) in its storage folder, readable by its user only.", "edgegateway keys init") { config, force };
        init.SetAction(parsed => Guard(() =>
        {
            var (gateway, seal) = Open(parsed.GetRequiredValue(config));
            var hadOne = GatewaySigningKey.Exists(gateway.Storage.Folder);
            using var key = GatewaySigningKey.Init(gateway.Storage.Folder, parsed.GetValue(force), seal);
            Print(parsed.InvocationConfiguration.Output, key);
            if (hadOne) parsed.InvocationConfiguration.Error.WriteLine("A gateway that is running signs with the former key until it is started again: systemctl restart edgegateway.");
        }, parsed.InvocationConfiguration.Error));

        var show = new GatewayCommand("show", "Print the key's id and its public half for the operations centre.", "edgegateway keys show --pem > gateway.public.pem") { config };
        var pem = new Option<bool>("--pem") { Description = "Print the public half alone, as a PEM file" };
        show.Add(pem);
        show.SetAction(parsed => Guard(() =>
        {
            var (gateway, seal) = Open(parsed.GetRequiredValue(config));
            using var key = GatewaySigningKey.Load(gateway.Storage.Folder, seal);
            if (parsed.GetValue(pem)) parsed.InvocationConfiguration.Output.Write(key.PublicPem);
            else Print(parsed.InvocationConfiguration.Output, key);
        }, parsed.InvocationConfiguration.Error));

        var enroll = new GatewayCommand(
            "enroll",
            "Print a request (PKCS#10, PEM) by which the operations centre takes this box's key on: the public half, signed by the private half. The key's id goes to standard error, to be compared by telephone or on site.",
            "edgegateway keys enroll --challenge 7F3K-2026 > bien-cua-lo-01.csr") { config };
        var challenge = new Option<string?>("--challenge") { Description = "The word that the operations centre gave for this enrolment, 1 to 64 letters, digits or '-'", HelpName = "WORD" };
        enroll.Add(challenge);
        enroll.SetAction(parsed => Guard(() =>
        {
            var word = parsed.GetValue(challenge);
            if (word is not null && !Challenge().IsMatch(word)) throw new UsageException("--challenge takes 1 to 64 letters, digits or '-'.");
            var (gateway, seal) = Open(parsed.GetRequiredValue(config));
            using var key = GatewaySigningKey.Exists(gateway.Storage.Folder) ? GatewaySigningKey.Load(gateway.Storage.Folder, seal) : GatewaySigningKey.Init(gateway.Storage.Folder, force: false, seal);
            parsed.InvocationConfiguration.Output.Write(key.EnrolmentRequest(gateway.Id, word));
            parsed.InvocationConfiguration.Error.WriteLine($"{gateway.Id}: the key's id is {key.Id}");
        }, parsed.InvocationConfiguration.Error));
        return new GatewayCommand("keys", "The key with which this gateway signs evidence.", $"{init.Example}\n{show.Example}\n{enroll.Example}") { init, show, enroll };
    }

    private static (GatewayModel Gateway, StorageSeal? Seal) Open(DirectoryInfo config)
    {
        var gateway = LoadedConfig.Require(config.FullName, requireSecrets: false).OnStorage().Gateway;
        return (gateway, StorageGuardOf.Command(gateway).Seal);
    }

    [GeneratedRegex("^[A-Za-z0-9-]{1,64}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Challenge();

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
