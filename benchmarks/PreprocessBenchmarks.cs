using BenchmarkDotNet.Attributes;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Benchmarks;

/// <summary>Letterbox and motion gate: time and allocated bytes a frame (the latter must be 0).</summary>
[MemoryDiagnoser]
public class PreprocessBenchmarks : IDisposable
{
    private readonly float[] _tensor = new float[3 * 416 * 416];
    private readonly Letterbox _letterbox = new(new ModelInput { Name = "images", Width = 416, Height = 416 }, 416, 416);
    private readonly MotionGate _gate = new(MotionGateOptions.Default);
    private FramePool? _pool;
    private Frame? _frame;

    [Params(1080, 480)]
    public int HeightPx { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _pool = new FramePool(HeightPx * 16 / 9 / 2 * 2, HeightPx, 1);
        _frame = _pool.TryRent()!;
        new Random(1).NextBytes(_frame.Pixels);
    }

    [Benchmark]
    public LetterboxMap Letterbox() => _letterbox.Write(_frame!, _tensor);

    [Benchmark]
    public bool MotionGate() => _gate.ShouldAnalyse(_frame!, false);

    [GlobalCleanup]
    public void Dispose()
    {
        _frame?.Dispose();
        _pool?.Dispose();
        GC.SuppressFinalize(this);
    }
}
