using EdgeGateway.Bench;
using EdgeGateway.Benchmarks.Delivery;
using EdgeGateway.Benchmarks.Pipeline;

namespace EdgeGateway.Benchmarks;

/// <summary>What is allocated in a phase without events.</summary>
internal static class AllocationSection
{
    // The unit in deploy/systemd sets it; a program cannot set it for itself.
    private static string Nursery => Environment.GetEnvironmentVariable("DOTNET_GCgen0size") is { Length: > 0 } size
        ? $"DOTNET_GCgen0size={size}, as in the service's unit" : "without the unit's DOTNET_GCgen0size";

    public static string Measure()
    {
        // 30 frames a second, so that 5,000 frames do not take an hour; every frame is analysed.
        var camera = new BenchCamera(Clips.Hd25()) { AnalyseFps = 25, MotionGate = false, Events = false };
        using var broker = new BrokerProcess();
        var result = BenchRun.RunAsync(
            new BenchOptions([camera, camera], TimeSpan.FromSeconds(110)) { ModelsFolder = Checkout.Models, Detector = "street-s", WarmUp = TimeSpan.FromSeconds(15), Broker = broker.Address }, CancellationToken.None).GetAwaiter().GetResult();
        var threads = result.Cameras.Sum(one => one.ThreadBytes);
        return $"""
            {result.Analysed} frames analysed by 2 cameras without events:

            - frame threads (capture and camera): **{threads} bytes** in all (asked: 0), by GetAllocatedBytesForCurrentThread
            - whole process: **{Table.Number((double)result.AllocatedBytes / Math.Max(1, result.Analysed), 1)} bytes a frame** (asked: at most 64); housekeeping, MQTT and status included; the broker is a mosquitto in a process of its own, as it is at a roadside
            - collections: generation 0: {result.Collections[0]}, 1: {result.Collections[1]}, 2: {result.Collections[2]} (asked: 0); {Nursery}

            Per stage: section "Stages one by one".
            """;
    }
}
