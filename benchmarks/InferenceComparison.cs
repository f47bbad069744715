using System.Diagnostics;
using System.Text.Json;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Benchmarks;

/// <summary>
/// Every model of a folder on 1 and 2 threads, in turns, beside a yardstick: another folder's models (YOLOX-nano with its
/// models.json). Prints one JSON line a model and thread count: median milliseconds of a bare run through a lane, bytes
/// allocated a run, and the time as a multiple of the first yardstick's on as many threads.
/// </summary>
internal static class InferenceComparison
{
    public static int Run(string modelsFolder, string? yardstickFolder, int rounds = 100)
    {
        var manifests = new List<ModelManifest>();
        if (yardstickFolder is not null) manifests.AddRange(ModelCatalogue.Load(yardstickFolder).Models);
        manifests.AddRange(ModelCatalogue.Load(modelsFolder).Models);
        foreach (var threads in new[] { 1, 2 }) Compare(manifests, threads, rounds, yardstickFolder is not null);
        return 0;
    }

    private static void Compare(List<ModelManifest> manifests, int threads, int rounds, bool hasYardstick)
    {
        var models = manifests.Select(m => OnnxModel.Open(m, new OnnxOptions { IntraThreads = threads })).ToList();
        var lanes = models.Select(m => m.OpenLane()).ToList();
        var times = lanes.Select(_ => new double[rounds]).ToList();
        var bytes = new long[lanes.Count];
        foreach (var lane in lanes)
        {
            for (var i = 0; i < lane.Input.Length; i++) lane.Input[i] = i % 97 / 97f;
            for (var i = 0; i < 10; i++) lane.Run();
        }

        for (var round = 0; round < rounds; round++)
        {
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
        for (var i = 0; i < lanes.Count; i++)
        {
            var median = times[i][rounds / 2];
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                benchmark = "inference", model = manifests[i].Name, input = $"{lanes[i].Width}x{lanes[i].Height}", threads,
                medianMs = Math.Round(median, 3), p10Ms = Math.Round(times[i][rounds / 10], 3),
                timesYardstick = hasYardstick ? Math.Round(median / times[0][rounds / 2], 3) : (double?)null,
                bytesPerRun = bytes[i] / (double)rounds, rounds,
            }));
        }

        foreach (var lane in lanes) lane.Dispose();
        foreach (var model in models) model.Dispose();
    }
}
