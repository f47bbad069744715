using System.Diagnostics;
using System.Text.Json;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Preprocess;
using OpenCvSharp;
using OpenCvSharp.Dnn;

namespace EdgeGateway.Benchmarks;

/// <summary>
/// The letterbox pass beside OpenCV's cvtColor, resize, copyMakeBorder and blobFromImage, on one thread, in turns, with
/// OpenCV's pictures made once. Prints one JSON line a case; ratios are OpenCV's median divided by ours.
/// </summary>
internal static class PreprocessComparison
{
    private const int Side = 416;

    public static int Run(int rounds = 200)
    {
        Cv2.SetNumThreads(1);
        foreach (var (width, height) in new[] { (1920, 1080), (1280, 720), (3840, 2160), (848, 480), (640, 360), (320, 240) })
        {
            using var scene = new OpenCvLetterbox(width, height, Side);
            foreach (var interpolation in new[] { Interpolation.Bilinear, Interpolation.Area })
            {
                if (interpolation == Interpolation.Area && width < Side) continue;
                Compare(scene, interpolation, rounds);
            }
        }

        return 0;
    }

    private static void Compare(OpenCvLetterbox scene, Interpolation interpolation, int rounds)
    {
        var input = new ModelInput { Name = "images", Width = Side, Height = Side, Scale = 1f / 255 };
        var letterbox = new Letterbox(input, Side, Side, interpolation);
        var tensor = new float[3 * Side * Side];
        var ours = new double[rounds];
        var linear = new double[rounds];
        var same = new double[rounds];
        for (var round = -20; round < rounds; round++)
        {
            var a = Time(() => letterbox.Write(scene.Frame, tensor));
            var b = Time(() => scene.Run(InterpolationFlags.Linear));
            var c = interpolation == Interpolation.Area ? Time(() => scene.Run(InterpolationFlags.Area)) : b;
            if (round >= 0) (ours[round], linear[round], same[round]) = (a, b, c);
        }

        var (oursMs, linearMs, sameMs) = (Median(ours), Median(linear), Median(same));
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "letterbox", frame = $"{scene.Frame.Width}x{scene.Frame.Height}", input = $"{Side}x{Side}",
            interpolation = interpolation.ToString(), usedByDefault = interpolation == Interpolation.Area == scene.Frame.Width >= 2 * Side,
            oursMs = Math.Round(oursMs, 4), opencvSameMs = Math.Round(sameMs, 4), opencvLinearMs = Math.Round(linearMs, 4),
            ratioSame = Math.Round(sameMs / oursMs, 2), ratioLinear = Math.Round(linearMs / oursMs, 2), rounds,
        }));
    }

    private static double Time(Action work)
    {
        var began = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}

/// <summary>A frame of noise and OpenCV's way with it: all pictures between the steps are made once.</summary>
internal sealed class OpenCvLetterbox : IDisposable
{
    private readonly FramePool _pool;
    private readonly Mat _planar;
    private readonly Mat _colour = new();
    private readonly Mat _small = new();
    private readonly Mat _boxed = new();
    private readonly int _side;
    private readonly Size _size;

    public OpenCvLetterbox(int width, int height, int side)
    {
        _pool = new FramePool(width, height, 1);
        Frame = _pool.TryRent()!;
        new Random(1).NextBytes(Frame.Pixels);
        _planar = Mat.FromPixelData(height * 3 / 2, width, MatType.CV_8UC1, Frame.Address);
        _side = side;
        var map = new LetterboxMap(new PixelRegion(0, 0, width, height), side, side, Placement.TopLeft);
        _size = new Size(map.Width, map.Height);
    }

    public Frame Frame { get; }

    public void Run(InterpolationFlags interpolation)
    {
        Cv2.CvtColor(_planar, _colour, ColorConversionCodes.YUV2BGR_I420);
        Cv2.Resize(_colour, _small, _size, 0, 0, interpolation);
        Cv2.CopyMakeBorder(_small, _boxed, 0, _side - _size.Height, 0, _side - _size.Width, BorderTypes.Constant, new Scalar(114, 114, 114));
        using var blob = CvDnn.BlobFromImage(_boxed, 1.0 / 255, new Size(_side, _side), default, true, false);
    }

    public void Dispose()
    {
        _planar.Dispose();
        _colour.Dispose();
        _small.Dispose();
        _boxed.Dispose();
        Frame.Dispose();
        _pool.Dispose();
    }
}
