using System.Diagnostics;
using EdgeGateway.Testing;

namespace EdgeGateway.Vision.Tests.Capture;

/// <summary>The script by which somebody tries the gateway at a desk, on a machine that lacks what it needs.</summary>
public sealed class RtspServerScriptTests
{
    [Theory]
    [InlineData("raise ImportError(\"No module named 'gi'\")")]
    [InlineData("def require_version(name, version): raise ValueError(f'Namespace {name} not available')")]
    public async Task Without_gstreamer_it_names_the_packages_in_place_of_a_traceback(string module)
    {
        var folder = Directory.CreateTempSubdirectory("edgegateway-nogi-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "gi.py"), module, TestContext.Current.CancellationToken);
        var (code, error) = await RunAsync(folder, "cam=clip.mp4");
        Assert.Equal(1, code);
        Assert.Contains("apt-get install python3-gi gir1.2-gst-rtsp-server-1.0", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Traceback", error, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_film_that_cannot_be_read_is_named_in_place_of_a_traceback()
    {
        var (code, error) = await RunAsync("", "cam=/nowhere/clip.mp4");
        Assert.Equal(1, code);
        Assert.Contains("/nowhere/clip.mp4 cannot be read as video", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Traceback", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Error)> RunAsync(string modules, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", [Repository.PathOf("scripts", "rtsp-server.py"), .. arguments]) { RedirectStandardError = true, UseShellExecute = false };
        if (modules.Length > 0) start.Environment["PYTHONPATH"] = modules;
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }
}
