using BenchmarkDotNet.Attributes;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Benchmarks;

/// <summary>Frame to detections: time and allocated bytes (the latter must be 0). The model is the first detector of EDGEGATEWAY_MODELS, or of ./models.</summary>
[MemoryDiagnoser]
public class InferenceBenchmarks : IDisposable
{
    private readonly DetectionBuffer _found = new(300);
    private FramePool? _pool;
    private Frame? _frame;
    private OnnxModel? _model;
    private DetectorLane? _lane;

    [GlobalSetup]
    public void Setup()
    {
        var catalogue = ModelCatalogue.Load(Environment.GetEnvironmentVariable("EDGEGATEWAY_MODELS") ?? "models");
        _model = OnnxModel.Open(catalogue.Models.First(m => m.Task == "detect"), OnnxOptions.Default);
        _lane = new ObjectDetector(_model, new FairTurnstile(1)).Open("benchmark");
        _pool = new FramePool(1920, 1080, 1);
        _frame = _pool.TryRent()!;
        new Random(1).NextBytes(_frame.Pixels);
    }

    [Benchmark]
    public int Detect()
    {
        _lane!.Detect(_frame!, 0.1f, _found);
        return _found.Count;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _lane?.Dispose();
        _model?.Dispose();
        _frame?.Dispose();
        _pool?.Dispose();
        GC.SuppressFinalize(this);
    }
}
