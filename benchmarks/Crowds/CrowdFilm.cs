using System.Diagnostics;

namespace EdgeGateway.Benchmarks.Crowds;

/// <summary>One crossing of the truth: seconds of the film, and whether it goes down the picture.</summary>
internal readonly record struct TrueCrossing(double At, bool Down);

/// <summary>
/// Crowds with a known truth, rendered from real walkers: <c>plaza_walkers.mp4</c> laid over itself many times, each layer begun at another
/// moment and half of them mirrored. What differs from the empty square (the median of the clip) is a walker and is painted over what
/// lies behind, so people hide each other as they do in life. The line of the truth is symmetric, so a mirrored layer keeps its truth.
/// Grey, 960×540, 8 pictures a second.
/// </summary>
internal sealed class CrowdFilm
{
    public const int Width = 960;
    public const int Height = 540;
    public const int Fps = 8;
    private const int Size = Width * Height;

    private CrowdFilm(string path, IReadOnlyList<(double Start, bool Mirrored)> layers, IReadOnlyList<TrueCrossing> truth, double seconds) => (Path, Layers, Truth, Seconds) = (path, layers, truth, seconds);

    public string Path { get; }

    /// <summary>When each layer begins, and whether it is mirrored.</summary>
    public IReadOnlyList<(double Start, bool Mirrored)> Layers { get; }

    public IReadOnlyList<TrueCrossing> Truth { get; }

    public double Seconds { get; }

    /// <summary>The clip's pictures, grey.</summary>
    public static byte[][] Read(string clip)
    {
        var pictures = new List<byte[]>();
        using var ffmpeg = Start("-i", clip, "-vf", $"fps={Fps},scale={Width}:{Height}", "-f", "rawvideo", "-pix_fmt", "gray", "-");
        while (true)
        {
            var picture = new byte[Size];
            if (ffmpeg.StandardOutput.BaseStream.ReadAtLeast(picture, Size, throwOnEndOfStream: false) < Size) break;
            pictures.Add(picture);
        }

        return [.. pictures];
    }

    /// <summary>The square without its walkers: the median of every fifth picture.</summary>
    public static byte[] Empty(byte[][] pictures)
    {
        var every = pictures.Where((_, i) => i % 5 == 0).ToArray();
        var empty = new byte[Size];
        var values = new byte[every.Length];
        for (var i = 0; i < Size; i++)
        {
            for (var j = 0; j < every.Length; j++) values[j] = every[j][i];
            Array.Sort(values);
            empty[i] = values[values.Length / 2];
        }

        return empty;
    }

    /// <summary>Where a picture shows somebody: pixels that differ from the empty square, with their neighbours.</summary>
    public static bool[] Somebody(ReadOnlySpan<byte> picture, byte[] empty)
    {
        var mask = new bool[Size];
        for (var y = 2; y < Height - 2; y++)
        {
            for (var x = 2; x < Width - 2; x++)
            {
                var i = (y * Width) + x;
                if (Math.Abs(picture[i] - empty[i]) < 24) continue;
                for (var dy = -2; dy <= 2; dy++)
                {
                    for (var dx = -1; dx <= 1; dx++) mask[i + (dy * Width) + dx] = true;
                }
            }
        }

        return mask;
    }

    /// <summary>Renders a crowd.</summary>
    /// <param name="pictures">The clip's.</param>
    /// <param name="masks">Who is in them.</param>
    /// <param name="empty">The empty square.</param>
    /// <param name="truth">The clip's crossings.</param>
    /// <param name="layers">How many times the clip is laid over itself at any moment, on average.</param>
    /// <param name="seconds">Length of the film.</param>
    /// <param name="seed">Of the moments.</param>
    public static CrowdFilm Render(byte[][] pictures, bool[][] masks, byte[] empty, IReadOnlyList<TrueCrossing> truth, int layers, double seconds, int seed)
    {
        var random = new Random(seed);
        var clip = pictures.Length / (double)Fps;
        var count = (int)Math.Round(layers * (seconds + clip) / clip);
        // Whole pictures apart, so that a layer's truth moves with it.
        var begun = Enumerable.Range(0, count).Select(_ => (Start: Math.Round(((random.NextDouble() * (seconds + clip)) - clip) * Fps) / Fps, Mirrored: random.Next(2) == 0)).ToList();
        return Render(pictures, masks, empty, truth, begun, seconds, $"crowd-{layers}-{seed}.mp4");
    }

    /// <summary>One layer alone, from its beginning to its end.</summary>
    public static CrowdFilm Alone(byte[][] pictures, bool[][] masks, byte[] empty) => Render(pictures, masks, empty, [], [(0, false)], pictures.Length / (double)Fps, "crowd-alone.mp4");

    private static CrowdFilm Render(byte[][] pictures, bool[][] masks, byte[] empty, IReadOnlyList<TrueCrossing> truth, IReadOnlyList<(double Start, bool Mirrored)> begun, double seconds, string name)
    {
        var path = System.IO.Path.Combine(Checkout.Cache, name);
        using (var ffmpeg = Start("-f", "rawvideo", "-pix_fmt", "gray", "-s", $"{Width}x{Height}", "-r", $"{Fps}", "-i", "-", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-bf", "0", "-g", "16", "-pix_fmt", "yuv420p", path))
        {
            var made = new byte[Size];
            for (var frame = 0; frame < seconds * Fps; frame++)
            {
                empty.CopyTo(made, 0);
                foreach (var (start, mirrored) in begun)
                {
                    var index = frame - (int)Math.Round(start * Fps);
                    if (index < 0 || index >= pictures.Length) continue;
                    Paint(made, pictures[index], masks[index], mirrored);
                }

                ffmpeg.StandardInput.BaseStream.Write(made);
            }

            ffmpeg.StandardInput.Close();
            ffmpeg.WaitForExit();
        }

        return new CrowdFilm(path, begun, [.. begun.SelectMany(layer => truth.Select(one => one with { At = one.At + layer.Start })).Where(one => one.At > 0 && one.At < seconds).OrderBy(one => one.At)], seconds);
    }

    private static void Paint(byte[] made, byte[] picture, bool[] mask, bool mirrored)
    {
        for (var i = 0; i < Size; i++)
        {
            if (!mask[i]) continue;
            made[mirrored ? i + Width - 1 - (2 * (i % Width)) : i] = picture[i];
        }
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("ffmpeg", ["-v", "error", "-y", .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        return Process.Start(start)!;
    }
}
