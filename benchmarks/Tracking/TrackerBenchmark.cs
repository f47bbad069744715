using BenchmarkDotNet.Attributes;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Benchmarks.Tracking;

/// <summary>Time and memory of one update with 10, 50 and 200 people who walk, meet and are missed now and then.</summary>
[MemoryDiagnoser]
public class TrackerBenchmark
{
    private const int Frames = 512;
    private readonly TrackBuffer _tracks = new();
    private readonly AppearanceBuffer _looks = new(TrackerOptions.DefaultCapacity);
    private FramePool _pool = null!;
    private Frame _picture = null!;
    private ByteTracker _tracker = null!;
    private Detection[][] _frames = null!;
    private int _next;

    /// <summary>People in the picture.</summary>
    [Params(10, 50, 200)]
    public int Tracks { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _frames = Crowd(Tracks, Frames);
        _tracker = new ByteTracker();
        _next = 0;
        _pool = new FramePool(1920, 1080, 1);
        _picture = _pool.TryRent()!;
        new Random(2).NextBytes(_picture.Pixels);
        for (var i = 0; i < 100; i++) Update();
    }

    /// <summary>One frame at 10 frames a second.</summary>
    [Benchmark]
    public int Update()
    {
        var time = TimeSpan.FromSeconds(_next / 10.0);
        _tracker.Update(_frames[Bounce(_next++)], new FrameTime(time, DateTimeOffset.UnixEpoch + time), _tracks);
        return _tracks.Count;
    }

    /// <summary>How each of a frame's detections looks, in a frame of 1080p.</summary>
    [Benchmark]
    public float Look() => _looks.Look(_picture, _frames[Bounce(_next++)])[0].DistanceTo(default);

    [GlobalCleanup]
    public void Cleanup()
    {
        _picture.Dispose();
        _pool.Dispose();
    }

    // To and fro, so that the end of the list joins its beginning without a jump.
    private static int Bounce(int frame)
    {
        var place = frame % (2 * Frames - 2);
        return place < Frames ? place : 2 * Frames - 2 - place;
    }

    private static Detection[][] Crowd(int people, int frames)
    {
        var random = new Random(1);
        var walkers = Enumerable.Range(0, people).Select(_ => (
            X: random.NextDouble() * 1800, Y: 100 + random.NextDouble() * 700, V: (random.NextDouble() - 0.5) * 16, H: 60 + random.NextDouble() * 120)).ToArray();
        return Enumerable.Range(0, frames).Select(f => walkers
            .Where(_ => random.NextDouble() > 0.1)
            .Select(w => new Detection(
                new BoxPx(
                    (float)(w.X + w.V * f + random.NextDouble() * 3), (float)(w.Y + random.NextDouble() * 3),
                    (float)(w.H * 0.4), (float)w.H),
                (float)(0.25 + 0.7 * random.NextDouble()), 0, ObjectClass.Person))
            .ToArray()).ToArray();
    }
}
