using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Reports;

namespace EdgeGateway.Benchmarks.Reports;

/// <summary>A report over two years of 1-minute rows of eight gates: the product's own command, in a process of its own.</summary>
internal static class TwoYearReport
{
    private const int Gates = 8;
    private const int Runs = 3;
    private static readonly DateOnly First = new(2024, 7, 1);
    private static readonly DateOnly Last = new(2026, 6, 30);

    public static string Measure()
    {
        var folder = Directory.CreateTempSubdirectory("edgegateway-two-years-").FullName;
        try
        {
            var file = Path.Combine(folder, CountArchive.FileName);
            var rows = Fill(file);
            Directory.CreateDirectory(Path.Combine(folder, "cameras"));
            File.WriteAllText(Path.Combine(folder, "gateway.yaml"), $"id: g1\nsite: {{ id: bai-bien, name: Bãi biển }}\nmqtt: {{ url: \"mqtt://127.0.0.1:1\" }}\nstorage: {{ folder: {folder} }}\n");
            string[] kinds = ["html", "json", "csv"];
            var table = kinds.Select(kind =>
            {
                var runs = Enumerable.Range(0, Runs).Select(_ => Run(folder, kind)).OrderBy(run => run.Seconds).ToList();
                return (IReadOnlyList<string>)[kind, Table.Number(runs[Runs / 2].Seconds), Table.Number(runs[^1].Seconds), Table.Number(runs.Max(run => run.PeakMb), 0)];
            }).ToList();
            return $"""
                {rows.ToString("N0", CultureInfo.InvariantCulture)} rows in {new FileInfo(file).Length >> 20} MB; `edgegateway report visitors` from its start to its end, {Runs} times each, the file in the system's cache (asked: 3 s and 300 MB).

                {Table.Of(["format", "s, median", "s, longest", "memory at most, MB"], table)}
                """;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static long Fill(string file)
    {
        using var archive = CountArchive.Open(file, IntervalGrid.HoChiMinh, durable: false);
        var from = ReportRange.LocalDay(First, IntervalGrid.HoChiMinh);
        var minutes = (Last.DayNumber - First.DayNumber + 1) * 24 * 60;
        var rows = 0L;
        for (var gate = 0; gate < Gates; gate++)
        {
            var series = new CountSeries("g1", "bai-bien", $"cong-{gate}", "visitors", "gate", "person");
            foreach (var part in Enumerable.Range(0, minutes).Select(minute => new ArchivedCount(
                series, from.AddMinutes(minute), from.AddMinutes(minute + 1), (minute * 7 + gate) % 13, (minute * 5 + gate) % 13, minute % 400 == 0 ? 0.5 : 1, CountMethod.Tracks, 1)).Chunk(50_000))
            {
                rows += archive.Add(part).New;
            }
        }

        return rows;
    }

    private static (double Seconds, double PeakMb) Run(string folder, string kind)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "edgegateway"), ["report", "visitors", "--config", folder, "--from", Day(First), "--to", Day(Last), "--format", kind, "--out", Path.Combine(folder, $"report.{kind}")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var peak = 0L;
        while (!process.WaitForExit(10)) peak = Math.Max(peak, PeakKb(process.Id));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (process.ExitCode != 0) throw new InvalidOperationException($"report visitors failed: {error.Result} {output.Result}");
        return (seconds, peak / 1024.0);
    }

    private static long PeakKb(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(one => one.StartsWith("VmHWM", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // it has just ended
        }
    }

    private static string Day(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
