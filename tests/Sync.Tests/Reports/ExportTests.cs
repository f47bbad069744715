using System.Security.Cryptography;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Reports;
using EdgeGateway.Sync.Tests.Counting;

namespace EdgeGateway.Sync.Tests.Reports;

public sealed class ExportTests : IDisposable
{
    private static readonly DateTimeOffset Day = SampleCounts.Monday;
    private readonly string _folder = TestEvents.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Export(string gateway, IEnumerable<ArchivedCount> rows, string site = "bai-bien", ExportSigner? signer = null)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():N}.jsonl");
        using var file = File.Create(path);
        CountExport.Write(file, new ExportHead(CountExport.Format, gateway, site, Day, Day.AddDays(1), Day.AddDays(2)), rows, signer);
        return path;
    }

    [Fact]
    public void Several_gateways_are_added_and_no_interval_counts_twice()
    {
        using var own = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        own.Add([CountArchiveTests.Row(Day, 5), CountArchiveTests.Row(Day.AddMinutes(15), 6)]);
        var mine = Export("g1", [CountArchiveTests.Row(Day, 7, revision: 2), CountArchiveTests.Row(Day.AddMinutes(15), 6)]);
        var other = Export("g2", [CountArchiveTests.Row(Day, 10, gateway: "g2", camera: "cong-nam")]);
        var older = Export("g2", [CountArchiveTests.Row(Day, 9, gateway: "g2", camera: "cong-nam"), CountArchiveTests.Row(Day.AddHours(1), 1, gateway: "g2", camera: "cong-nam")]);
        using var merged = MergedCounts.Open(own, [mine, other, other, older], "bai-bien", SampleCounts.Zone, "g1");
        var report = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, merged).Build(new ReportRange(Day, Day.AddDays(1)), Day.AddDays(2));
        Assert.Equal(5 + 6 + 10 + 1, report.Total.In); // its own archive knows its own intervals, whatever revision a file claims
        Assert.Equal([(mine, 2L)], merged.LeftOut);
        Assert.Equal(["g1", "g2"], report.Gateways);
    }

    [Fact]
    public void A_file_with_intervals_of_a_gateway_that_its_first_line_does_not_name_is_refused()
    {
        var path = Export("g2", [CountArchiveTests.Row(Day, 10, gateway: "g2"), CountArchiveTests.Row(Day, 9, gateway: "g3")]);
        var fault = Assert.Throws<ExportException>(() => MergedCounts.Open(null, [path], "bai-bien", SampleCounts.Zone, "g1"));
        Assert.Contains(":3: the interval is of gateway 'g3', and the file of 'g2'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gateway_that_sums_a_site_names_those_it_heard_and_its_export_is_taken()
    {
        using var own = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        own.Add([CountArchiveTests.Row(Day, 5)]);
        var path = Path.Combine(_folder, "sums.jsonl");
        using (var file = File.Create(path))
            CountExport.Write(file, new ExportHead(CountExport.Format, "g2", "bai-bien", Day, Day.AddDays(1), Day.AddDays(2), ["g1", "g3"]), [CountArchiveTests.Row(Day, 90, revision: 9), CountArchiveTests.Row(Day, 3, gateway: "g3")], null);
        using var merged = MergedCounts.Open(own, [path], "bai-bien", SampleCounts.Zone, "g1");
        Assert.Equal(5 + 3, merged.Hours(Day, Day.AddDays(1), "bai-bien").Sum(sum => sum.In));
        Assert.Equal([(path, 1L)], merged.LeftOut);
    }

    [Fact]
    public void Intervals_that_lie_over_each_other_with_more_watched_time_than_there_was_are_refused_within_a_file_and_among_files()
    {
        var quarter = Export("g2", [CountArchiveTests.Row(Day, 10, gateway: "g2"), CountArchiveTests.Row(Day.AddMinutes(7), 10, gateway: "g2")]);
        var fault = Assert.Throws<ExportException>(() => MergedCounts.Open(null, [quarter], "bai-bien", SampleCounts.Zone, "g1"));
        Assert.StartsWith($"{quarter}: 2 intervals of counter 'visitors' (gateway g2, camera cong-bac, person) lie over each other from 2026-04-20 00:00 to 2026-04-20 00:22 and say that 30 of 22 minutes were watched", fault.Message, StringComparison.Ordinal);
        var (first, second) = (Export("g2", [CountArchiveTests.Row(Day, 10, gateway: "g2")]), Export("g2", [CountArchiveTests.Row(Day.AddMinutes(7), 10, gateway: "g2")]));
        MergedCounts.Open(null, [first], "bai-bien", SampleCounts.Zone, "g1").Dispose();
        Assert.StartsWith(second, Assert.Throws<ExportException>(() => MergedCounts.Open(null, [first, second], "bai-bien", SampleCounts.Zone, "g1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quarter_of_an_hour_that_stands_twice_in_a_whole_day_is_found()
    {
        var day = Enumerable.Range(0, 96).Select(quarter => CountArchiveTests.Row(Day.AddMinutes(15 * quarter), 1, gateway: "g2", coverage: quarter == 0 ? 0 : 1));
        var path = Export("g2", [.. day, CountArchiveTests.Row(Day.AddSeconds(1), 9, gateway: "g2", coverage: 0.022, minutes: 1439)]);
        Assert.Contains("say that 1457 of 1440 minutes", Assert.Throws<ExportException>(() => MergedCounts.Open(null, [path], "bai-bien", SampleCounts.Zone, "g1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Intervals_that_overlap_because_their_length_was_changed_are_added_and_named_in_the_report()
    {
        // Quarters until 00:20, then hours: the second quarter was watched for five minutes, the hour for the forty that were left.
        var path = Export("g2", [CountArchiveTests.Row(Day.AddMinutes(15), 4, gateway: "g2", coverage: 0.333), CountArchiveTests.Row(Day, 9, gateway: "g2", coverage: 0.667) with { To = Day.AddHours(1) }]);
        using var merged = MergedCounts.Open(null, [path], "bai-bien", SampleCounts.Zone, "g1");
        var report = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, merged).Build(new ReportRange(Day, Day.AddDays(1)), Day.AddDays(2));
        Assert.Equal(13, report.Total.In);
        Assert.Contains(merged.Noted(report).Notes, note => note.En.StartsWith("Intervals of the counter visitors (gateway g2, camera cong-bac) overlap at 1 place", StringComparison.Ordinal));
        Assert.DoesNotContain(merged.Noted(report with { From = Day.AddDays(1), To = Day.AddDays(2) }).Notes, note => note.En.Contains("overlap", StringComparison.Ordinal));
    }

    [Fact]
    public void An_export_tells_what_its_gates_are_called()
    {
        var path = Path.Combine(_folder, "names.jsonl");
        using (var file = File.Create(path))
            CountExport.Write(file, new ExportHead(CountExport.Format, "g2", "bai-bien", Day, Day.AddDays(1), Day.AddDays(2), Names: new Dictionary<string, string>(StringComparer.Ordinal) { ["cong-nam"] = "Cổng Nam", ["cong-dai"] = new('x', 5000) }), [CountArchiveTests.Row(Day, 3, gateway: "g2", camera: "cong-nam"), CountArchiveTests.Row(Day, 4, gateway: "g2", camera: "cong-dai")], null);
        using var merged = MergedCounts.Open(null, [path], "bai-bien", SampleCounts.Zone, "g1");
        var setting = SampleCounts.Setting with { Site = "bai-bien", Gateway = "g1", OtherNames = merged.Names };
        var report = new VisitorReportBuilder(setting, merged).Build(new ReportRange(Day, Day.AddDays(1)), Day.AddDays(2));
        Assert.Equal(["cong-dai", "Cổng Nam"], report.Gates.Select(gate => gate.Name)); // what is too long to be a name is none
    }

    [Fact]
    public void An_export_of_another_site_is_refused_by_name()
    {
        var fault = Assert.Throws<ExportException>(() => MergedCounts.Open(null, [Export("g9", [], "dao-ngu")], "bai-bien", SampleCounts.Zone, "g1"));
        Assert.Contains("site 'dao-ngu' (gateway g9)", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_was_cut_changed_or_is_something_else_is_refused_whole()
    {
        var good = File.ReadAllLines(Export("g2", [CountArchiveTests.Row(Day, 10, gateway: "g2"), CountArchiveTests.Row(Day.AddHours(1), 3, gateway: "g2")]));
        (string Name, string Text, string Word)[] bad =
        [
            ("cut", string.Join('\n', good[..^1]) + "\n", "cut"),
            ("less", string.Join('\n', [good[0], good[1], good[3]]) + "\n", "changed"),
            ("more", string.Join('\n', good).Replace("\"in\":10", "\"in\":99", StringComparison.Ordinal) + "\n", "changed"),
            ("behind", string.Join('\n', good) + "\n" + good[1] + "\n", "changed"),
            ("other", "a;b;c\n", "no export"),
            ("empty", "", "empty"),
        ];
        foreach (var (name, text, word) in bad)
        {
            var path = Path.Combine(_folder, name);
            File.WriteAllText(path, text);
            Assert.Contains(word, Assert.Throws<ExportException>(() => MergedCounts.Open(null, [path], "bai-bien", SampleCounts.Zone, "g1")).Message, StringComparison.Ordinal);
        }

        var impossible = Export("g2", [CountArchiveTests.Row(Day, -4, gateway: "g2")]);
        Assert.Contains(":2: a count is below zero", Assert.Throws<ExportException>(() => MergedCounts.Open(null, [impossible], "bai-bien", SampleCounts.Zone, "g1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signature_is_checked_where_a_key_is_known()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        bool Verify(string id, byte[] hash, byte[] signature) => id == "k1" && key.VerifyHash(hash, signature);
        var signed = Export("g2", [CountArchiveTests.Row(Day, 10, gateway: "g2")], signer: new ExportSigner("k1", key.SignHash));
        MergedCounts.Open(null, [signed], "bai-bien", SampleCounts.Zone, "g1", Verify).Dispose();
        var forged = Export("g2", [CountArchiveTests.Row(Day, 10, gateway: "g2")], signer: new ExportSigner("k1", stranger.SignHash));
        foreach (var path in (string[])[forged, Export("g2", [])]) Assert.Throws<ExportException>(() => MergedCounts.Open(null, [path], "bai-bien", SampleCounts.Zone, "g1", Verify));
    }

    [Fact]
    public void The_report_names_each_file_that_no_checked_signature_stands_behind()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = Export("g2", [CountArchiveTests.Row(Day, 10, gateway: "g2", camera: "cong-nam")], signer: new ExportSigner("k1", key.SignHash));
        var unsigned = Export("g3", [CountArchiveTests.Row(Day, 10, gateway: "g3", camera: "cong-tay")]);
        var notes = Notes([signed, unsigned], verify: null);
        Assert.Contains($"The signature of the file {Path.GetFileName(signed)} (gateway g2) was not checked", notes, StringComparison.Ordinal);
        Assert.Contains($"The file {Path.GetFileName(unsigned)} of gateway g3 is not signed", notes, StringComparison.Ordinal);
        var another = Export("g4", [CountArchiveTests.Row(Day, 10, gateway: "g4", camera: "cong-dong")]);
        Assert.Contains($"The files {Path.GetFileName(unsigned)} (gateway g3), {Path.GetFileName(another)} (gateway g4) are not signed", Notes([unsigned, another], verify: null), StringComparison.Ordinal);
        Assert.DoesNotContain("sign", Notes([signed], (id, hash, signature) => id == "k1" && key.VerifyHash(hash, signature)), StringComparison.Ordinal);

        string Notes(string[] files, Func<string, byte[], byte[], bool>? verify)
        {
            using var merged = MergedCounts.Open(null, files, "bai-bien", SampleCounts.Zone, "g1", verify);
            var report = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, merged).Build(new ReportRange(Day, Day.AddDays(1)), Day.AddDays(2));
            return string.Join('\n', merged.Noted(report).Notes.Select(note => note.En));
        }
    }
}
