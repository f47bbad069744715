using System.CommandLine;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;

namespace EdgeGateway.Commands;

/// <summary><c>verify</c>: checks evidence offline, on any machine.</summary>
internal sealed class VerifyCommand : ICommandModule
{
    public Command Build()
    {
        var packages = new Argument<FileInfo[]>("EVIDENCE.zip") { Description = "Packages", Arity = ArgumentArity.OneOrMore };
        var key = new Option<FileInfo[]>("--key") { Description = "The gateway's public key; several after a change of key", HelpName = "PUBLIC.pem", Required = true };
        var chain = new Option<FileInfo?>("--chain") { Description = "The gateway's evidence-chain.log", HelpName = "LOG" };
        var command = new GatewayCommand(
            "verify",
            "Check evidence offline: hashes of every file, the signature by that key, and its place in the chain. One JSON object a package; exit 1 when one fails.",
            "edgegateway verify 20260901T010203.456Z_nga-tu_01K42N6QC0.zip --key gateway.public.pem --chain evidence-chain.log") { packages, key, chain };
        command.SetAction((parsed, stop) => Task.FromResult(Verify(parsed.GetRequiredValue(packages), parsed.GetRequiredValue(key), parsed.GetValue(chain), parsed.InvocationConfiguration.Output, stop)));
        return command;
    }

    private static int Verify(FileInfo[] packages, FileInfo[] keyFiles, FileInfo? chainFile, TextWriter output, CancellationToken stop)
    {
        foreach (var file in keyFiles.Append(chainFile).OfType<FileInfo>()) InputFile.Require(file.FullName);
        var keys = new List<EvidencePublicKey>();
        try
        {
            foreach (var file in keyFiles) keys.Add(EvidencePublicKey.Load(file.FullName));
            var chain = chainFile is null ? null : VerifiedChain.Read(chainFile.FullName, keys);
            var worst = ExitCode.Done;
            foreach (var package in packages)
            {
                var result = EvidenceVerifier.Verify(package.FullName, keys, chain, stop);
                if (!result.Ok) worst = ExitCode.Failed;
                Print(output, result, package.Name);
            }

            return worst;
        }
        catch (EvidenceException fault)
        {
            throw new UsageException(fault.Message);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The chain {chainFile?.FullName} cannot be read: {fault.Message}");
        }
        finally
        {
            foreach (var key in keys) key.Dispose();
        }
    }

    private static void Print(TextWriter output, VerificationResult result, string name) => JsonLines.Write(output, json =>
    {
        json.WriteString("package", name);
        json.WriteBoolean("ok", result.Ok);
        if (result.Fault is { } fault) json.WriteString("fault", EventWords.Of(fault));
        if (result.File is not null) json.WriteString("file", result.File);
        json.WriteString("message", result.Message);
        if (result.Event is not null) json.WriteString("event", result.Event);
        if (result.Sha256 is not null) json.WriteString("sha256", result.Sha256);
        if (result.Sequence is { } sequence) json.WriteNumber("sequence", sequence);
    });
}
