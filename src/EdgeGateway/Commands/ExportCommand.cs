using System.CommandLine;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Reports;

namespace EdgeGateway.Commands;

/// <summary><c>export counts</c>: this gateway's intervals for another one's report.</summary>
internal sealed class ExportCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var from = new Option<string>("--from") { Description = "First day (2026-07-06), or a time with offset.", Required = true };
        var to = new Option<string>("--to") { Description = "Last day, which is included, or a time that is not.", Required = true };
        var output = new Option<string>("--out") { Description = "The file to write.", Required = true };
        var counts = new GatewayCommand(
            "counts",
            "Write the archived count intervals with a hash, to be added to another gateway's report by --merge.",
            "edgegateway export counts --from 2026-07-06 --to 2026-07-12 --out cong-bac.jsonl")
        {
            config, from, to, output,
        };
        counts.SetAction((parsed, stop) => Task.FromResult(Run(parsed.GetRequiredValue(config).FullName, parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), parsed.GetRequiredValue(output), parsed.InvocationConfiguration, stop)));
        return new GatewayCommand("export", "Data of this gateway for other programs.", counts.Example) { counts };
    }

    private static int Run(string configFolder, string from, string to, string output, InvocationConfiguration console, CancellationToken stop)
    {
        var loaded = LoadedConfig.Require(configFolder, requireSecrets: false).OnStorage();
        var gateway = loaded.Gateway;
        var leftOut = VisitorFiles.LeftOut(gateway, loaded.Cameras);
        var now = TimeProvider.System.GetUtcNow();
        ReportRange range;
        try { range = ReportRange.Parse(from, to, gateway.TimeZone, now); }
        catch (FormatException fault) { throw new UsageException(fault.Message); }

        OutputFile.Require(output, "--out");
        using var archive = VisitorFiles.Archive(gateway) ?? throw new UsageException($"There are no counts in {gateway.Storage.Folder} yet: the gateway archives them while it runs.");
        using var key = GatewaySigningKey.Exists(gateway.Storage.Folder) ? GatewaySigningKey.Load(gateway.Storage.Folder, StorageGuardOf.Command(gateway).Seal) : null;
        var signer = key is null ? null : new ExportSigner(key.Id, hash => key.SignHash(hash));
        long rows;
        using var partial = new PartialFile(output);
        using (var file = File.Create(partial.Path))
        {
            string[] heard = [.. archive.Series.Where(one => one.Site == gateway.Site.Id && one.Gateway != gateway.Id).Select(one => one.Gateway).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            var head = new ExportHead(CountExport.Format, gateway.Id, gateway.Site.Id, range.From, range.To, now, heard.Length > 0 ? heard : null, loaded.Cameras.Where(camera => camera.Counters.Count > 0).ToDictionary(camera => camera.Id, camera => camera.Name, StringComparer.Ordinal));
            rows = CountExport.Write(file, head, archive.Intervals(range.From, range.To, gateway.Site.Id).Where(row => !leftOut.Contains((row.Series.Gateway, row.Series.Camera, row.Series.Counter))), signer);
        }

        stop.ThrowIfCancellationRequested();
        partial.Keep();
        JsonLines.Write(console.Output, json =>
        {
            json.WriteString("out", output);
            json.WriteString("gateway", gateway.Id);
            json.WriteString("site", gateway.Site.Id);
            json.WriteNumber("rows", rows);
        });
        return ExitCode.Done;
    }
}
