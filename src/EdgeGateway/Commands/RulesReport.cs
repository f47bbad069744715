using System.CommandLine;
using System.Globalization;
using System.Text;
using EdgeGateway.Configuration;
using EdgeGateway.Legal;
using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Evidence;

namespace EdgeGateway.Commands;

/// <summary><c>report rules</c>: the review sheet by which an officer lets a trial rule go live; of a month, the share of rejected cases per rule and camera.</summary>
internal sealed class RulesReport : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var from = new Option<string?>("--from") { Description = "First day, local; the first of last month when not given", HelpName = "YYYY-MM-DD" };
        var to = new Option<string?>("--to") { Description = "Last day, local; the end of that month when not given", HelpName = "YYYY-MM-DD" };
        var most = new Option<int>("--cases") { Description = "Cases shown with pictures for each rule and camera, 1 to 500", HelpName = "N", DefaultValueFactory = _ => 50 };
        var by = new Option<string?>("--officer") { Description = "Who makes the sheet, for the access log; the user of this shell when not given", HelpName = "NAME" };
        var output = new Option<string?>("--out") { Description = "The HTML file; report-rules-FIRST-LAST.html here when not given", HelpName = "FILE" };
        var command = new GatewayCommand(
            "rules",
            "A review sheet (HTML, A4): each rule's cases with pictures and boxes to tick, precision with its 95 % interval.",
            "edgegateway report rules --from 2026-09-01 --to 2026-09-30 --out phieu-danh-gia.html") { config, from, to, most, by, output };
        command.SetAction((parsed, stop) =>
        {
            // Before the command goes on as the owner of the storage folder: the log names a person, not the service.
            var officer = parsed.GetValue(by) ?? Environment.GetEnvironmentVariable("SUDO_USER") ?? Environment.UserName;
            var loaded = LoadedConfig.Require(parsed.GetRequiredValue(config).FullName, requireSecrets: false).OnStorage();
            if (parsed.GetValue(most) is < 1 or > 500) throw new UsageException("--cases takes 1 to 500.");
            var now = TimeProvider.System.GetUtcNow();
            var (begin, end) = Range(parsed.GetValue(from), parsed.GetValue(to), loaded.Gateway.TimeZone, now);
            var scope = new ReviewScope(loaded.Gateway.Id, loaded.Gateway.Site.Name, begin, end, loaded.Gateway.TimeZone, parsed.GetValue(most), officer, now);
            return Task.FromResult(Write(loaded.Gateway, scope, parsed.GetValue(output) ?? string.Create(CultureInfo.InvariantCulture, $"report-rules-{TimeZoneInfo.ConvertTime(begin, loaded.Gateway.TimeZone):yyyyMMdd}-{TimeZoneInfo.ConvertTime(end.AddTicks(-1), loaded.Gateway.TimeZone):yyyyMMdd}.html"), parsed.InvocationConfiguration, stop));
        });
        return command;
    }

    private static int Write(GatewayModel gateway, ReviewScope scope, string path, InvocationConfiguration console, CancellationToken stop)
    {
        OutputFile.Require(path, "--out");
        var guard = StorageGuardOf.Command(gateway);
        IReadOnlyList<Case> cases = [];
        Dictionary<string, string> notes = new(StringComparer.Ordinal);
        if (File.Exists(Path.Combine(gateway.Storage.Folder, "cases.db")))
        {
            using var book = new CaseBook(gateway.Storage.Folder, TimeProvider.System);
            cases = book.List(scope.From, scope.To);
            foreach (var judged in cases.Where(one => one.Verdict is not null))
            {
                if (book.Changes(judged.Opened.Violation).LastOrDefault(change => change.Note is not null)?.Note is { } note) notes[judged.Opened.Violation] = note;
            }
        }

        // Written down before the data leave the box: a page that nobody can account for is not made.
        if (cases.Count > 0) new AccessLog(gateway.Storage.Folder).Append(TimeProvider.System.GetUtcNow(), AccessAct.Export, Path.GetFileName(path), scope.By, $"report rules, {cases.Count} cases");
        var packages = EvidenceStore.ReadIndex(EvidenceOptionsOf.Gateway(gateway), scope.From, scope.To).ToDictionary(package => package.Event, package => package.Path, StringComparer.Ordinal);
        var deleted = EvidenceStore.ReadDeletions(EvidenceOptionsOf.Gateway(gateway));
        using var partial = new PartialFile(path);
        using (var html = new StreamWriter(partial.Path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
        {
            ReviewSheet.Write(html, scope, cases, notes, id => KeptOf(id, packages, deleted, guard), stop);
        }

        partial.Keep();
        if (cases.Count == 0)
        {
            var last = TimeZoneInfo.ConvertTime(scope.To.AddTicks(-1), scope.Zone);
            console.Error.WriteLine($"No case from {TimeZoneInfo.ConvertTime(scope.From, scope.Zone):yyyy-MM-dd} to {last:yyyy-MM-dd}; other days: --from YYYY-MM-DD --to YYYY-MM-DD.");
        }

        JsonLines.Write(console.Output, json =>
        {
            json.WriteString("report", "rules");
            json.WriteString("file", path);
            json.WriteNumber("cases", cases.Count);
        });
        return ExitCode.Done;
    }

    private static KeptEvidence KeptOf(string violation, Dictionary<string, string> packages, IReadOnlyDictionary<string, DateTimeOffset> deleted, Sync.Storage.StoreGuard guard)
    {
        if (packages.TryGetValue(violation, out var file)) return EvidenceView.TryOpen(file, guard) is { } view ? new KeptEvidence(view, IsUnreadable: false, DeletedAt: null) : new KeptEvidence(null, IsUnreadable: true, DeletedAt: null);
        return new KeptEvidence(null, IsUnreadable: false, deleted.TryGetValue(violation, out var at) ? at : null);
    }

    /// <summary>Whole local days; last month when nothing is given.</summary>
    internal static (DateTimeOffset From, DateTimeOffset To) Range(string? from, string? to, TimeZoneInfo zone, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        var first = Day(from, "--from") ?? new DateOnly(today.Year, today.Month, 1).AddMonths(-1);
        var last = Day(to, "--to") ?? new DateOnly(first.Year, first.Month, 1).AddMonths(1).AddDays(-1);
        if (last < first) throw new UsageException("--to lies before --from.");
        return (Midnight(first), Midnight(last.AddDays(1)));

        DateTimeOffset Midnight(DateOnly day)
        {
            var local = day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Unspecified);
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        }

        static DateOnly? Day(string? text, string option) => text is null ? null
            : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
            : throw new UsageException($"{option} takes a day, YYYY-MM-DD, not '{text}'.");
    }
}
