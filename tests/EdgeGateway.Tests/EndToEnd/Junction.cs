using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>A real junction with a red light, as a camera.</summary>
internal static class Junction
{
    public const string Rules = """
        lines:
          vach-dung: { points: [[20, 335], [575, 335]], units: px, frame: [640, 480] }
        signals:
          den-1: { source: picture, region: { points: [[540, 145], [570, 240]], units: px, frame: [640, 480] } }
        plates: { enabled: true }
        rules: [ { id: den-do, rule: red_light, mode: live, line: vach-dung, direction: out, signal: den-1, classes: [motorcycle, car, bus, truck] } ]
        """;

    /// <summary>Ten seconds in which three motorcycles cross at red.</summary>
    public static Task<string> ClipAsync()
    {
        Assert.SkipWhen(SharedData.TryPath("videos", "hanoi_junction_light.mp4") is null, "shared/data/videos/hanoi_junction_light.mp4 is not here");
        return Clips.RenderAsync("junction.mp4", ["-ss", "16", "-t", "11", "-i", SharedData.TryPath("videos", "hanoi_junction_light.mp4")!, "-an", "-c:v", "libx264", "-g", "12", "-crf", "18"]);
    }
}
