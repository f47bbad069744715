using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace EdgeGateway.Testing;

/// <summary>Clips that ffmpeg renders for tests, once each, under the temporary folder.</summary>
public static class Clips
{
    private static readonly string Folder = Directory.CreateTempSubdirectory("edgegateway-clips-").FullName;
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Made = new(StringComparer.Ordinal);

    static Clips() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A temporary folder that stays does no harm.
        }
    };

    /// <summary>A moving test picture without B-frames, as cameras send it.</summary>
    public static Task<string> MovingAsync(int width = 320, int height = 240, int fps = 10, double seconds = 4, string codec = "libx264", int keyFrameEvery = 10)
        => RenderAsync(
            $"moving-{width}x{height}-{fps}-{seconds.ToString(CultureInfo.InvariantCulture)}-{codec}-{keyFrameEvery}.mp4",
            ["-f", "lavfi", "-i", $"testsrc2=size={width}x{height}:rate={fps}", "-t", seconds.ToString(CultureInfo.InvariantCulture), .. Encoder(codec, keyFrameEvery)]);

    /// <summary>The arguments that encode as a camera does.</summary>
    public static string[] Encoder(string codec, int keyFrameEvery)
    {
        var g = keyFrameEvery.ToString(CultureInfo.InvariantCulture);
        return codec == "libx265"
            ? ["-c:v", codec, "-preset", "ultrafast", "-x265-params", $"bframes=0:keyint={g}:log-level=error", "-pix_fmt", "yuv420p"]
            : ["-c:v", codec, "-preset", "ultrafast", "-bf", "0", "-g", g, "-pix_fmt", "yuv420p"];
    }

    /// <summary>Renders a file by ffmpeg arguments (without the output), unless a test did so before.</summary>
    public static Task<string> RenderAsync(string name, IReadOnlyList<string> arguments)
        => Made.GetOrAdd(name, key => new Lazy<Task<string>>(() => MakeAsync(Path.Combine(Folder, key), arguments))).Value;

    /// <summary>A file with these bytes.</summary>
    public static string Bytes(string name, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(Folder, Guid.NewGuid().ToString("N") + "-" + name);
        File.WriteAllBytes(path, bytes.ToArray());
        return path;
    }

    /// <summary>A path in the temporary folder that nobody else has.</summary>
    public static string NewPath(string name) => Path.Combine(Folder, Guid.NewGuid().ToString("N") + "-" + name);

    private static async Task<string> MakeAsync(string path, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var argument in (string[])["-nostdin", "-v", "error", "-y", .. arguments, path]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("ffmpeg did not start.");
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? path : throw new InvalidOperationException($"ffmpeg could not render {Path.GetFileName(path)}: {errors}");
    }
}
