using System.Collections.Concurrent;
using System.Diagnostics;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Preprocess;
using EdgeGateway.Vision.Tamper;
using Microsoft.Extensions.Logging.Abstractions;
using OpenCvSharp;

namespace EdgeGateway.Benchmarks.Tamper;

/// <summary>A real clip played before a watch again and again, as fast as it goes, with what is done to its pictures.</summary>
internal sealed class TamperScene : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 8, 15, 5, 0, 0, TimeSpan.Zero);
    private static readonly ConcurrentDictionary<(string Path, double Fps), Lazy<IReadOnlyList<Mat>>> Decoded = new();
    private readonly IReadOnlyList<Mat> _pictures;
    private readonly List<double> _ms = [];
    private TimeSpan _now;

    private TamperScene(IReadOnlyList<Mat> pictures) => _pictures = pictures;

    /// <summary>Clips of cameras that stand still: by day, in a crowd, at a junction, and by infrared light at night.</summary>
    public static IReadOnlyList<string> StillClips { get; } = ["lobby_one_by_one.mp4", "plaza_walkers.mp4", "hanoi_junction_light.mp4", "night_ir_path.mp4"];

    public List<TamperChange> Changes { get; } = [];

    public TamperWatch Watch { get; private set; } = null!;

    /// <summary>Milliseconds of each check.</summary>
    public IReadOnlyList<double> Ms => _ms;

    /// <summary>Pictures of a clip, one each three seconds (or as given), before a watch whose reference is the first picture, or which has none.</summary>
    public static TamperScene Open(string path, bool withReference = true, double fps = 1 / 3.0)
    {
        var pictures = Decoded.GetOrAdd((path, fps), key => new Lazy<IReadOnlyList<Mat>>(() => Decode(key.Path, key.Fps))).Value;
        var scene = new TamperScene(pictures);
        using var first = ImageFile.ToFrame(pictures[0]);
        scene.Watch = new TamperWatch(withReference ? TamperWatch.ReferenceOf(first, Noon) : null);
        return scene;
    }

    /// <summary>Plays on for some time; <paramref name="change"/> alters each picture (its number since the start of this call is given).</summary>
    /// <param name="seconds">How long.</param>
    /// <param name="change">What is done to a picture.</param>
    /// <param name="untilChanged">True to end as soon as the state is another one.</param>
    /// <returns>How long until the state was first another one, or null.</returns>
    public TimeSpan? Play(double seconds, Action<Mat, int>? change = null, bool untilChanged = false)
    {
        TimeSpan? changed = null;
        var began = _now;
        for (var i = 0; _now - began < TimeSpan.FromSeconds(seconds); i++)
        {
            // Forth and back, so that no cut is seen where the clip begins again.
            var at = (int)(_now / TamperWatch.Every) % Math.Max(1, 2 * _pictures.Count - 2);
            using var picture = _pictures[at < _pictures.Count ? at : 2 * _pictures.Count - 2 - at].Clone();
            change?.Invoke(picture, i);
            using var frame = ImageFile.ToFrame(picture);
            var watch = Stopwatch.GetTimestamp();
            var found = Watch.Look(frame, new FrameTime(_now, Noon + _now));
            _ms.Add(Stopwatch.GetElapsedTime(watch).TotalMilliseconds);
            if (found is not null)
            {
                Changes.Add(found);
                changed ??= _now - began;
            }

            _now += TamperWatch.Every;
            if (untilChanged && changed is not null) break;
        }

        return changed;
    }

    public void Dispose() => Watch.Dispose();

    private static List<Mat> Decode(string path, double fps)
    {
        var pictures = new List<Mat>();
        using var stream = new CameraStream(new CaptureOptions { CameraId = "tamper", Url = SecretUrl.Parse(path), RealTime = false, AnalyseFps = fps }, TimeProvider.System, NullLogger.Instance);
        stream.Start();
        while (stream.Take(CancellationToken.None) is { } frame)
        {
            using (frame) pictures.Add(PixelConversion.ToBgr(frame, new PixelRegion(0, 0, frame.Width, frame.Height)));
        }

        return pictures;
    }
}
