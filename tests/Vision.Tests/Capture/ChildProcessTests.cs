using System.Diagnostics;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class ChildProcessTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_ffmpeg_outlives_a_gateway_that_was_killed(bool withRing)
    {
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync());
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "EdgeGateway.CaptureHost.dll"));
        var ring = Directory.CreateTempSubdirectory("ring-test-").FullName;
        if (withRing) start.ArgumentList.Add(ring);
        using var host = Process.Start(start)!;
        await host.StandardInput.WriteLineAsync(server.Url("cam"));
        for (var line = ""; !line!.StartsWith("frame", StringComparison.Ordinal); line = await host.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))
        {
        }

        var children = Processes.Below(host.Id).Where(p => p.CommandLine.Contains("ffmpeg", StringComparison.Ordinal)).Select(p => p.Id).ToList();
        Assert.Single(children);
        if (withRing) await Wait.Until("the ring is written", () => Directory.GetFiles(ring).Length > 0, TimeSpan.FromSeconds(60));
        host.Kill();
        await Wait.Until("ffmpeg is gone", () => !children.Any(Processes.Runs), TimeSpan.FromSeconds(60));
        Directory.Delete(ring, recursive: true);
    }

    [Fact]
    public async Task No_child_dies_because_the_thread_that_asked_for_it_has_ended()
    {
        Process? child = null;
        var thread = "";
        var asking = new Thread(() =>
        {
            thread = "/proc/" + new FileInfo("/proc/thread-self").LinkTarget;
            child = ChildLauncher.Start("sleep", ["60"]);
            SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{child.Id}/cmdline").Contains("sleep\u000060", StringComparison.Ordinal) && !File.ReadAllText($"/proc/{child.Id}/cmdline").Contains("setpriv", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        });
        asking.Start();
        asking.Join();
        await Wait.Until("the kernel has let go of the thread", () => !Directory.Exists(thread), TimeSpan.FromSeconds(60));
        using (child)
        {
            Assert.True(Processes.Runs(child!.Id));
            child.Kill();
        }
    }
}
