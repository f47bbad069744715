namespace EdgeGateway.Benchmarks.Pipeline;

/// <summary>Clips for measuring, made once by ffmpeg from real ones and kept in .cache.</summary>
internal static class Clips
{
    /// <summary>A busy real scene as 1080p at 25 frames a second, H.264 as cameras send it, 40 s.</summary>
    public static string Hd25() => Make("hd25.mp4", RealClip(), "scale=1920:1080:force_original_aspect_ratio=increase,crop=1920:1080,fps=25", 40, 0);

    /// <summary>The same scene in 4K.</summary>
    public static string Uhd25() => Make("uhd25.mp4", RealClip(), "scale=3840:2160:force_original_aspect_ratio=increase,crop=3840:2160,fps=25", 40, 0);

    /// <summary>The clip from another moment on, so that cameras do not see the same at once.</summary>
    public static string Hd25From(int offsetSeconds) => Make($"hd25-{offsetSeconds}.mp4", RealClip(), "scale=1920:1080:force_original_aspect_ratio=increase,crop=1920:1080,fps=25", 40, offsetSeconds);

    /// <summary>
    /// A busy street as 1080p25 from a moment on, that holds its breath for 5 s twice in 40 s, with a sensor's noise, so that the motion
    /// gate has something to do: motion three quarters of the time.
    /// </summary>
    public static string StreetFrom(int offsetSeconds) => Make($"halting-{offsetSeconds}.mp4", StreetClip(), Filter(1920, 1080) + Still, 40, offsetSeconds);

    /// <summary>The same in 4K.</summary>
    public static string StreetUhd(int offsetSeconds) => Make($"halting-uhd-{offsetSeconds}.mp4", StreetClip(), Filter(3840, 2160) + Still, 40, offsetSeconds);

    /// <summary>The same from a camera that sends 2.5 pictures a second.</summary>
    public static string StreetSlow(int offsetSeconds) => Make($"halting-slow-{offsetSeconds}.mp4", StreetClip(), Filter(1920, 1080) + Still + ",fps=5/2", 40, offsetSeconds);

    // The times are counted anew: "loop" leaves a gap of the whole loop behind it, and the clip would end at the first halt.
    private const string Still = ",loop=loop=125:size=1:start=250,loop=loop=125:size=1:start=625,setpts=N/25/TB,noise=alls=3:allf=t";

    private static string Filter(int width, int height) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height},fps=25");

    private static string StreetClip() => Checkout.Data is { } data && Path.Combine(data, "videos", "hanoi_junction_light.mp4") is var clip && File.Exists(clip) ? clip : RealClip();

    /// <summary>Makes every clip that a measurement uses.</summary>
    public static void MakeAll()
    {
        Short(Hd25(), 2);
        Uhd25();
        for (var i = 0; i < 7; i++) Hd25From(2 * i);
        for (var i = 0; i < 6; i++) StreetFrom(5 * i);
        StreetSlow(30);
        StreetUhd(35);
    }

    /// <summary>The first seconds of a clip, not encoded again.</summary>
    public static string Short(string clip, int seconds)
    {
        var path = Path.Combine(Checkout.Cache, $"{Path.GetFileNameWithoutExtension(clip)}-first{seconds}.mp4");
        if (File.Exists(path)) return path;
        OtherProgram.CpuSeconds("ffmpeg", "-nostdin", "-v", "error", "-y", "-i", clip, "-t", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture), "-c", "copy", path);
        return path;
    }

    private static string RealClip()
    {
        string[] candidates =
        [
            .. Checkout.Data is { } data ? new[] { Path.Combine(data, "videos", "plaza_walkers.mp4") } : [],
            "/usr/share/doc/opencv-doc/examples/data/vtest.avi",
        ];
        return candidates.FirstOrDefault(File.Exists) ?? throw new FileNotFoundException("No real clip: install Debian's opencv-doc, or put the data folder beside the checkout.");
    }

    private static string Make(string name, string source, string filter, int seconds, int offset)
    {
        var path = Path.Combine(Checkout.Cache, name);
        if (File.Exists(path)) return path;
        var part = path + ".part.mp4";
        OtherProgram.CpuSeconds(
            "ffmpeg", "-nostdin", "-v", "error", "-y", "-stream_loop", "-1", "-ss", offset.ToString(System.Globalization.CultureInfo.InvariantCulture), "-i", source,
            "-t", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture), "-vf", filter, "-an",
            "-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-profile:v", "main", "-g", "50", "-b:v", "4M", "-pix_fmt", "yuv420p", part);
        File.Move(part, path, overwrite: true);
        return path;
    }
}
