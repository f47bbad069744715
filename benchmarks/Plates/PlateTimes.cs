using System.Diagnostics;
using System.Text.Json;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Benchmarks.Plates;

/// <summary>What one look at one vehicle costs, step by step: medians in milliseconds on one thread, and bytes allocated. Prints one JSON object.</summary>
internal static class PlateTimes
{
    public static void Run(string models)
    {
        var catalogue = ModelCatalogue.Load(models);
        using var detectModel = OnnxModel.Open(catalogue["plate-detect"], OnnxOptions.Default);
        using var readModel = OnnxModel.Open(catalogue["plate-read"], OnnxOptions.Default);
        var turns = new FairTurnstile(1);
        using var detector = new PlateDetector(detectModel, turns, "bench");
        using var reader = new PlateReader(readModel, turns, "bench");
        using var pool = new FramePool(1920, 1080, 1);
        using var frame = pool.TryRent()!;
        new Random(1).NextBytes(frame.Pixels);
        var spots = new PlateSpot[8];
        var read = new PlateRead();
        var rectifier = new PlateRectifier(readModel.Manifest.Input);
        var tensor = new float[3 * 64 * 128];
        var quad = new PlateQuad(new(800, 500), new(920, 510), new(918, 560), new(798, 548));
        var spot = new PlateSpot(quad.Bounds, 0.9f, quad, true);
        var vote = new PlateVote();
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                findOnVehicle = Measure(() => detector.Find(frame, new BoxPx(600, 300, 500, 400), 0.3f, spots)),
                rectify = Measure(() => rectifier.Write(frame, quad, 0.03f, tensor)),
                rectifyAndReadTwice = Measure(() => reader.Read(frame, spot, read)),
                vote = Measure(() =>
                {
                    vote.Add(read, ObjectClass.Car, 1);
                    vote.IsSettled(ObjectClass.Car, 3, 0.9f);
                }),
            },
            Table.Indented));
    }

    private static object Measure(Action work)
    {
        for (var i = 0; i < 30; i++) work();
        var times = new double[200];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < times.Length; i++)
        {
            var began = Stopwatch.GetTimestamp();
            work();
            times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Array.Sort(times);
        return new { medianMs = Math.Round(times[times.Length / 2], 3), leastMs = Math.Round(times[0], 3), bytesEach = bytes / times.Length };
    }
}
