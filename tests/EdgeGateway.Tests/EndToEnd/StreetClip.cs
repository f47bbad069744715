using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>Twelve seconds of a real square with people: Debian's vtest.avi as a camera would send it.</summary>
internal static class StreetClip
{
    private const string Original = "/usr/share/doc/opencv-doc/examples/data/vtest.avi";

    /// <summary>H.264 without B-frames, 768x576, 10 frames a second.</summary>
    public static async Task<string> PathAsync() => await Clips.RenderAsync("square.mp4", ["-i", await LongAsync(), "-t", "12", "-an", .. Clips.Encoder("libx264", 10)]);

    /// <summary>The whole of it, 79 s, as Debian has it.</summary>
    public static Task<string> LongAsync() => File.Exists(Original)
        ? Task.FromResult(Original)
        : throw new FileNotFoundException($"{Original} is missing: install Debian's opencv-doc (scripts/dependencies.sh test does).");
}
