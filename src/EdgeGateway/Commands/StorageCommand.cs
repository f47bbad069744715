using System.CommandLine;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Commands;

/// <summary><c>storage unseal</c>: files of a sealed storage folder in clear, for whoever has to hand them on by hand; <c>storage rekey</c>: a new key for the folder.</summary>
internal sealed class StorageCommand : ICommandModule
{
    public Command Build()
    {
        var files = new Argument<FileInfo[]>("FILE") { Description = "Sealed files of the storage folder: packages, pictures, damaged databases", Arity = ArgumentArity.OneOrMore };
        var config = CommonOptions.Config();
        var output = new Option<DirectoryInfo>("--out") { Description = "Folder for the files in clear", HelpName = "DIR", Required = true };
        var by = new Option<string>("--officer") { Description = "Who takes them out, for the access log", HelpName = "NAME", Required = true };
        var purpose = new Option<string>("--purpose") { Description = "Why, for the access log", HelpName = "P", Required = true };
        var unseal = new GatewayCommand(
            "unseal",
            "Write sealed files in clear, and who did so into the access log; what comes out verifies as usual.",
            "edgegateway storage unseal /var/lib/edgegateway/evidence/20260901T010203.456Z_nga-tu_01K42N6QC0.zip.sealed --out /tmp/ho-so --officer A-204 --purpose \"HS-118\"") { files, config, output, by, purpose };
        unseal.SetAction(parsed => Unseal(
            LoadedConfig.Require(parsed.GetRequiredValue(config).FullName, requireSecrets: false), parsed.GetRequiredValue(files), parsed.GetRequiredValue(output).FullName,
            parsed.GetRequiredValue(by).Trim(), parsed.GetRequiredValue(purpose).Trim(), parsed.InvocationConfiguration.Output));
        return new GatewayCommand("storage", "The storage folder of this gateway.", unseal.Example) { unseal, Rekey() };
    }

    private static GatewayCommand Rekey()
    {
        var config = CommonOptions.Config();
        var rekey = new GatewayCommand(
            "rekey",
            "Seal the storage folder anew under storage.key, from storage.formerKey; the service must not run. Killed, it goes on when it is started again.",
            "sudo edgegateway storage rekey") { config };
        rekey.SetAction(parsed => Rekey(LoadedConfig.Require(parsed.GetRequiredValue(config).FullName), parsed.InvocationConfiguration.Output));
        return rekey;
    }

    private static int Rekey(LoadedConfig loaded, TextWriter output)
    {
        var gateway = loaded.OnStorage().Gateway;
        var folder = gateway.Storage.Folder;
        try
        {
            StorageOwner.As(folder, () =>
            {
                Resealing.RefuseWhileUsed(folder);
                using var seal = StorageGuardOf.TakeOver(gateway);
                Cameras.PlateKey.Reseal(folder, seal);
                Tell("resealing", Resealing.Run(folder, seal, RegistrationOf.DeskFile(gateway), done => Tell("resealing", done)));
                StorageMark.Complete(folder, seal);
                Tell("done", default);

                void Tell(string state, ResealedSoFar done) => JsonLines.Write(output, json =>
                {
                    json.WriteString("state", state);
                    json.WriteString("key", seal.Id);
                    if (state == "done") return;
                    json.WriteNumber("files", done.Files);
                    json.WriteNumber("rows", done.Rows);
                });
            });
            return ExitCode.Done;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or EvidenceException or Microsoft.Data.Sqlite.SqliteException)
        {
            throw new UsageException($"{folder} could not be sealed anew: {fault.Message} What is done is done; run the command again.");
        }
    }

    private static int Unseal(LoadedConfig loaded, FileInfo[] files, string folder, string by, string purpose, TextWriter output)
    {
        if (by.Length == 0 || purpose.Length == 0) throw new UsageException("--officer and --purpose may not be empty: taking personal data out of the box is written down.");
        var guard = StorageGuardOf.Command(loaded.OnStorage().Gateway);
        var access = new AccessLog(loaded.Gateway.Storage.Folder);
        folder = OutputFile.RequireFolder(folder, "--out");
        try
        {
            foreach (var file in files)
            {
                var name = file.Name.EndsWith(SealedFile.Ending, StringComparison.Ordinal) ? file.Name[..^SealedFile.Ending.Length] : file.Name;
                var target = Path.Combine(folder, name);
                using var content = guard.OpenRead(file.FullName);
                // Written down before the data leave the box.
                access.Append(TimeProvider.System.GetUtcNow(), AccessAct.Export, name, by, purpose);
                SealedFile.Write(target, null, content.CopyTo);
                JsonLines.Write(output, json =>
                {
                    json.WriteString("file", file.FullName);
                    json.WriteString("out", target);
                    json.WriteNumber("bytes", content.Length);
                });
            }

            return ExitCode.Done;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or EvidenceException)
        {
            throw new UsageException(fault.Message);
        }
    }
}
