using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using EdgeGateway.Benchmarks.Tracking;

namespace EdgeGateway.Benchmarks;

/// <summary>Time and memory of each stage, by BenchmarkDotNet's short job.</summary>
internal static class StagesSection
{
    private static readonly Type[] Stages = [typeof(PreprocessBenchmarks), typeof(InferenceBenchmarks), typeof(TrackerBenchmark)];

    public static string Measure()
    {
        Environment.SetEnvironmentVariable("EDGEGATEWAY_MODELS", Checkout.Models);
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance)
            .WithArtifactsPath(Path.Combine(Checkout.Cache, "benchmarkdotnet"));
        var rows = new List<IReadOnlyList<string>>();
        foreach (var stage in Stages)
        {
            foreach (var report in BenchmarkRunner.Run(stage, config).Reports)
            {
                if (report.ResultStatistics is not { } times) throw new InvalidOperationException($"{report.BenchmarkCase.DisplayInfo} gave no figure.");
                var bytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase);
                rows.Add([
                    $"{stage.Name}.{report.BenchmarkCase.Descriptor.WorkloadMethod.Name}", report.BenchmarkCase.Parameters.DisplayInfo.Trim('[', ']'),
                    Table.Number(times.Mean / 1000, 1), Table.Number(times.StandardDeviation / 1000, 1), bytes?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?",
                ]);
            }
        }

        return Table.Of(["stage", "of", "mean, µs", "deviation, µs", "bytes an operation"], rows)
            + "\nBenchmarkDotNet, short job with its memory diagnoser; `benchmarks micro` runs the same classes at length.";
    }
}
