using System.CommandLine;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Reports;

namespace EdgeGateway.Commands;

/// <summary><c>report visitors</c>: what the tourism office reads.</summary>
internal sealed class ReportVisitorsCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var from = new Option<string>("--from") { Description = "First day (2026-07-06), or a time with offset.", Required = true };
        var to = new Option<string>("--to") { Description = "Last day, which is included, or a time that is not.", Required = true };
        var site = new Option<string?>("--site") { Description = "Site id; the gateway's own when not given." };
        var format = new Option<string>("--format") { Description = "csv, json or html.", Required = true };
        format.AcceptOnlyFromAmong("csv", "json", "html");
        var language = new Option<string>("--lang") { Description = "vi or en.", DefaultValueFactory = _ => "vi" };
        language.AcceptOnlyFromAmong("vi", "en");
        var by = new Option<string>("--by") { Description = "Stretch of a row of csv: 1m, 15m, 60m or 1d.", DefaultValueFactory = _ => "1d" };
        by.AcceptOnlyFromAmong("1m", "15m", "60m", "1d");
        var separator = new Option<string>("--separator") { Description = "Of csv: comma, or semicolon with decimal commas, as a spreadsheet set to Vietnamese reads it.", DefaultValueFactory = _ => "comma" };
        separator.AcceptOnlyFromAmong("comma", "semicolon");
        var merge = new Option<string[]>("--merge") { Description = "Exports of other gateways of the same site (edgegateway export counts).", AllowMultipleArgumentsPerToken = true };
        var key = new Option<FileInfo[]>("--key") { Description = "Public keys of the gateways whose files are merged (edgegateway keys show --pem): each file must then be signed by one of them.", HelpName = "PUBLIC.pem", AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--out") { Description = "The file to write.", Required = true };
        var command = new GatewayCommand(
            "visitors",
            "Visitors of a site as a page to print, a table or JSON. Numbers are crossings, not unique visitors.",
            "edgegateway report visitors --from 2026-07-06 --to 2026-07-12 --format html --out tuan-28.html")
        {
            config, from, to, site, format, language, by, separator, merge, key, output,
        };
        command.SetAction((parsed, stop) => Task.FromResult(Run(
            new Wanted(
                parsed.GetRequiredValue(config).FullName, parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), parsed.GetValue(site), parsed.GetRequiredValue(format),
                parsed.GetRequiredValue(language) == "en" ? ReportLanguage.En : ReportLanguage.Vi, parsed.GetRequiredValue(by), parsed.GetRequiredValue(separator) == "semicolon" ? ';' : ',', parsed.GetValue(merge) ?? [], parsed.GetValue(key) ?? [], parsed.GetRequiredValue(output)),
            parsed.InvocationConfiguration, stop)));
        return command;
    }

    private static int Run(Wanted wanted, InvocationConfiguration console, CancellationToken stop)
    {
        var loaded = LoadedConfig.Require(wanted.Config, requireSecrets: false).OnStorage();
        var gateway = loaded.Gateway;
        var now = TimeProvider.System.GetUtcNow();
        ReportRange range;
        try { range = ReportRange.Parse(wanted.From, wanted.To, gateway.TimeZone, now); }
        catch (FormatException fault) { throw new UsageException(fault.Message); }

        OutputFile.Require(wanted.Out, "--out");
        var setting = VisitorFiles.SettingOf(gateway, loaded.Cameras, loaded.AllRead, wanted.Config);
        if (wanted.Site is { } site && site != setting.Site) setting = setting with { Site = site, SiteName = site, OwnLines = null }; // the configuration knows the lines of its own site alone
        foreach (var file in wanted.Merge.Concat(wanted.Keys.Select(key => key.FullName)))
        {
            InputFile.Require(file);
            OutputFile.RequireOtherThan(file, wanted.Out, "--out");
        }

        if (wanted.Keys.Count > 0 && wanted.Merge.Count == 0) throw new UsageException("--key is for the files of --merge; there is none.");
        using var own = VisitorFiles.Archive(gateway);
        if (own is null && wanted.Merge.Count == 0) throw new UsageException($"There are no counts in {gateway.Storage.Folder} yet: the gateway archives them while it runs.");
        var keys = new List<EvidencePublicKey>();
        try
        {
            foreach (var file in wanted.Keys) keys.Add(EvidencePublicKey.Load(file.FullName));
            using var merged = wanted.Merge.Count > 0
                ? MergedCounts.Open(own, wanted.Merge, setting.Site, gateway.TimeZone, gateway.Id, keys.Count == 0 ? null : (id, hash, signature) => keys.Exists(key => key.Id == id && key.Verify(hash, signature)))
                : null;
            foreach (var (file, from, seal) in merged?.Unproven ?? []) console.Error.WriteLine(seal == ExportSeal.Unsigned ? $"{file} (gateway {from}) is not signed: nothing proves its numbers." : $"{file} (gateway {from}) is signed, and was not checked: give that gateway's public key with --key.");
            foreach (var (file, rows) in merged?.LeftOut ?? []) console.Error.WriteLine($"{file} holds {rows} intervals of this gateway ({gateway.Id}) itself: they are left out, as its own archive knows them better.");
            foreach (var one in merged?.Overlapping ?? []) console.Error.WriteLine($"{one.Intervals} intervals of counter '{one.Series.Counter}' (gateway {one.Series.Gateway}, camera {one.Series.Camera}, {one.Series.Class}) overlap from {one.From:u} to {one.To:u}, as after a change of their length: no more time was watched than there was, so they are added.");
            ICountSource counts = merged is not null ? merged : own!;
            setting = setting with { OtherNames = counts.Names };
            if (merged is null && setting.Site != gateway.Site.Id && own!.Series.All(one => one.Site != setting.Site))
            {
                string[] known = [.. own.Series.Select(one => one.Site).Append(gateway.Site.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
                throw new UsageException($"--site '{setting.Site}': there are no counts of this site; {NearestWord.Hint(setting.Site, known)}");
            }

            var report = new VisitorReportBuilder(setting, counts).Build(range, now);
            if (merged is not null) report = merged.Noted(report);
            stop.ThrowIfCancellationRequested();
            using var partial = new PartialFile(wanted.Out);
            using (var file = File.Create(partial.Path))
            {
                if (wanted.Format == "html") HtmlReport.Write(file, report, gateway.TimeZone, wanted.Language);
                else if (wanted.Format == "json") JsonReport.Write(file, report);
                else CsvReport.Write(file, report, setting, counts, LengthOf(wanted.By), wanted.Language, wanted.Separator);
            }

            stop.ThrowIfCancellationRequested();
            partial.Keep();
            JsonLines.Write(console.Output, json =>
            {
                json.WriteString("out", wanted.Out);
                json.WriteString("site", report.Site);
                json.WriteNumber("in", report.Total.In);
                json.WriteNumber("out_count", report.Total.Out);
                json.WriteNumber("coverage", report.Total.Coverage);
                json.WriteNumber("gates", report.Gates.Count);
            });
            return ExitCode.Done;
        }
        catch (Exception fault) when (fault is ExportException or EvidenceException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException(fault.Message);
        }
        finally
        {
            foreach (var key in keys) key.Dispose();
        }
    }

    private static TimeSpan LengthOf(string word) => word switch
    {
        "1m" => TimeSpan.FromMinutes(1),
        "15m" => TimeSpan.FromMinutes(15),
        "60m" => TimeSpan.FromHours(1),
        _ => TimeSpan.FromDays(1),
    };

    private sealed record Wanted(string Config, string From, string To, string? Site, string Format, ReportLanguage Language, string By, char Separator, IReadOnlyList<string> Merge, IReadOnlyList<FileInfo> Keys, string Out);
}
