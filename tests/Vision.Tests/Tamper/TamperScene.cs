using System.Collections.Concurrent;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Preprocess;
using EdgeGateway.Vision.Tamper;
using EdgeGateway.Vision.Tests.Capture;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tests.Tamper;

/// <summary>A real clip played before a watch again and again, with what a test does to its pictures.</summary>
internal sealed class TamperScene : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 8, 15, 5, 0, 0, TimeSpan.Zero);
    private static readonly ConcurrentDictionary<(string Path, double Fps), Lazy<IReadOnlyList<Mat>>> Decoded = new();
    private readonly IReadOnlyList<Mat> _pictures;
    private TimeSpan _now;

    private TamperScene(IReadOnlyList<Mat> pictures) => _pictures = pictures;

    public List<TamperChange> Changes { get; } = [];

    public TamperWatch Watch { get; private set; } = null!;

    public double MsPerCheck => Checks == 0 ? 0 : Spent.TotalMilliseconds / Checks;

    public TimeSpan Spent { get; private set; }

    public int Checks { get; private set; }

    /// <summary>Pictures of a clip, one each three seconds (or as given), before a watch whose reference is the first picture, or which has none.</summary>
    public static TamperScene Open(string clip, bool withReference = true, double fps = 1 / 3.0)
    {
        var path = SharedData.TryPath("videos", clip);
        Assert.SkipWhen(path is null, "shared/data is not beside this checkout: the real clips are not there.");
        var pictures = Decoded.GetOrAdd((path, fps), key => new Lazy<IReadOnlyList<Mat>>(() => Decode(key.Path, key.Fps))).Value;
        var scene = new TamperScene(pictures);
        using var first = ImageFile.ToFrame(pictures[0]);
        var reference = TamperWatch.ReferenceOf(first, Noon);
        scene.Watch = new TamperWatch(withReference ? reference : null);
        return scene;
    }

    /// <summary>Plays on for some time; <paramref name="change"/> alters each picture (its number since the start of this call is given).</summary>
    /// <returns>How long until the state was first another one, or null.</returns>
    public TimeSpan? Play(double seconds, Action<Mat, int>? change = null)
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
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var found = Watch.Look(frame, new FrameTime(_now, Noon + _now));
            Spent += watch.Elapsed;
            Checks++;
            if (found is not null)
            {
                Changes.Add(found);
                changed ??= _now - began;
            }

            _now += TamperWatch.Every;
        }

        return changed;
    }

    public void Dispose() => Watch.Dispose();

    private static List<Mat> Decode(string path, double fps)
    {
        var pictures = new List<Mat>();
        using var stream = Streams.Open(path, o => o with { RealTime = false, AnalyseFps = fps });
        while (stream.Stream.Take(CancellationToken.None) is { } frame)
        {
            using (frame) pictures.Add(PixelConversion.ToBgr(frame, new PixelRegion(0, 0, frame.Width, frame.Height)));
        }

        return pictures;
    }
}
