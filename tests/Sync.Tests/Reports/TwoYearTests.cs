using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Reports;

namespace EdgeGateway.Sync.Tests.Reports;

/// <summary>
/// A measurement, not a test: two years of 1-minute rows of eight gates, 8.4 million. Each step runs in a process of its own, so that the memory of
/// the report is its own: EDGEGATEWAY_TWO_YEARS names the folder, then -method '*.Fill_two_years' and '*.Report_two_years'.
/// </summary>
public sealed class TwoYearTests
{
    private const int Gates = 8;
    private static readonly DateTimeOffset From = ReportRange.LocalDay(new DateOnly(2024, 7, 1), SampleCounts.Zone);
    private static readonly DateTimeOffset To = ReportRange.LocalDay(new DateOnly(2026, 7, 1), SampleCounts.Zone);

    private static string Folder => Environment.GetEnvironmentVariable("EDGEGATEWAY_TWO_YEARS") ?? throw new InvalidOperationException("Name a folder in EDGEGATEWAY_TWO_YEARS.");

    [Fact(Explicit = true)]
    public void Fill_two_years()
    {
        var watch = Stopwatch.StartNew();
        var rows = 0L;
        using (var archive = CountArchive.Open(Path.Combine(Folder, CountArchive.FileName), SampleCounts.Zone, durable: false))
        {
            for (var gate = 0; gate < Gates; gate++)
            {
                var series = new CountSeries("g1", SampleCounts.Site, $"cong-{gate}", "visitors", "gate", "person");
                foreach (var part in Enumerable.Range(0, (int)(To - From).TotalMinutes).Select(minute => new ArchivedCount(
                    series, From.AddMinutes(minute), From.AddMinutes(minute + 1), (minute * 7 + gate) % 13, (minute * 5 + gate) % 13, minute % 400 == 0 ? 0.5 : 1, CountMethod.Tracks, 1)).Chunk(50_000))
                {
                    rows += archive.Add(part).New;
                }
            }
        }

        Tell($"{rows} rows in {watch.Elapsed.TotalSeconds:0.0} s ({rows / watch.Elapsed.TotalSeconds:0} a second), file {new FileInfo(Path.Combine(Folder, CountArchive.FileName)).Length >> 20} MB");
    }

    [Fact(Explicit = true)]
    public void Report_two_years()
    {
        foreach (var format in (string[])["html", "json", "csv"])
        {
            var watch = Stopwatch.StartNew();
            using var archive = CountArchive.Open(Path.Combine(Folder, CountArchive.FileName), SampleCounts.Zone);
            var report = new VisitorReportBuilder(SampleCounts.Setting, archive).Build(new ReportRange(From, To), To.AddDays(1));
            using var file = File.Create(Path.Combine(Folder, $"report.{format}"));
            if (format == "html") HtmlReport.Write(file, report, SampleCounts.Zone, ReportLanguage.Vi);
            else if (format == "json") JsonReport.Write(file, report);
            else CsvReport.Write(file, report, SampleCounts.Setting, archive, TimeSpan.FromDays(1), ReportLanguage.Vi);
            Tell($"{format}: {watch.Elapsed.TotalSeconds:0.00} s, {report.Total.In} in, peak memory of the process {Peak()} MB");
        }
    }

    private static long Peak() => long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    private static void Tell(string text)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        File.AppendAllText(Path.Combine(Folder, "figures.txt"), text + "\n");
    }
}
