using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>Twelve seconds of a real square with people: Debian's vtest.avi as a camera would send it.</summary>
internal static class StreetClip
{
    private const string Original = "/usr/share/doc/opencv-doc/examples/data/vtest.avi";

    /// <summary>H.264 without B-frames, 768x576, 10 frames a second.</summary>
    public static Task<string> PathAsync() => File.Exists(Original)
        ? Clips.RenderAsync("square.mp4", ["-i", Original, "-t", "12", "-an", .. Clips.Encoder("libx264", 10)])
        : throw new FileNotFoundException($"{Original} is missing: install Debian's opencv-doc (scripts/dependencies.sh test does).");
}
