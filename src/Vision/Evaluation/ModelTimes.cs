using System.Diagnostics;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Evaluation;

/// <summary>What a bare run of a model costs.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Input">Width and height of its input.</param>
/// <param name="Threads">Threads inside a run.</param>
/// <param name="MedianMs">Median milliseconds.</param>
/// <param name="P10Ms">A run in ten is faster.</param>
/// <param name="TimesYardstick">The median as a multiple of the first model's on as many threads.</param>
/// <param name="BytesPerRun">Managed bytes allocated a run.</param>
public sealed record ModelTime(string Model, string Input, int Threads, double MedianMs, double P10Ms, double TimesYardstick, double BytesPerRun);

/// <summary>Runs models in turns, so that whatever else the machine does falls on all alike.</summary>
public static class ModelTimes
{
    private const int WarmUp = 10;

    /// <param name="manifests">The models; the first one is the yardstick.</param>
    /// <param name="threads">Threads inside a run.</param>
    /// <param name="rounds">Runs of each.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ModelException">A model cannot be opened.</exception>
    public static IReadOnlyList<ModelTime> Measure(IReadOnlyList<ModelManifest> manifests, int threads, int rounds = 100, CancellationToken stop = default)
    {
        List<OnnxModel> models = [];
        List<ModelLane> lanes = [];
        try
        {
            foreach (var manifest in manifests)
            {
                models.Add(OnnxModel.Open(manifest, new OnnxOptions { IntraThreads = threads }));
                lanes.Add(models[^1].OpenLane());
            }

            var (times, bytes) = Run(lanes, rounds, stop);
            return
            [
                .. lanes.Select((lane, i) => new ModelTime(
                    manifests[i].Name, $"{lane.Width}x{lane.Height}", threads, Math.Round(times[i][rounds / 2], 3), Math.Round(times[i][rounds / 10], 3),
                    Math.Round(times[i][rounds / 2] / times[0][rounds / 2], 3), bytes[i] / (double)rounds)),
            ];
        }
        finally
        {
            foreach (var lane in lanes) lane.Dispose();
            foreach (var model in models) model.Dispose();
        }
    }

    private static (double[][] SortedMs, long[] Bytes) Run(List<ModelLane> lanes, int rounds, CancellationToken stop)
    {
        foreach (var lane in lanes)
        {
            for (var i = 0; i < lane.Input.Length; i++) lane.Input[i] = i % 97 / 97f;
            for (var i = 0; i < WarmUp; i++) lane.Run();
        }

        double[][] times = [.. lanes.Select(_ => new double[rounds])];
        var bytes = new long[lanes.Count];
        for (var round = 0; round < rounds; round++)
        {
            stop.ThrowIfCancellationRequested();
            for (var i = 0; i < lanes.Count; i++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var began = Stopwatch.GetTimestamp();
                lanes[i].Run();
                times[i][round] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                bytes[i] += GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }

        foreach (var series in times) Array.Sort(series);
        return (times, bytes);
    }
}
