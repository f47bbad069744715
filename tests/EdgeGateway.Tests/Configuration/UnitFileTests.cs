using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.Configuration;

public sealed class UnitFileTests
{
    private const string Analyze = "/usr/bin/systemd-analyze";

    private static string Unit => Repository.PathOf("deploy", "systemd", "edgegateway.service");

    [Fact]
    public void Systemd_understands_every_line_of_the_unit()
    {
        Assert.SkipUnless(File.Exists(Analyze), "systemd-analyze is not installed here");
        var folder = Directory.CreateTempSubdirectory("edgegateway-unit-");
        try
        {
            // The program is not installed on the machine that tests; verify would name that only.
            var copy = Path.Combine(folder.FullName, "edgegateway.service");
            File.WriteAllText(copy, File.ReadAllText(Unit).Replace("/usr/lib/edgegateway/edgegateway", "/bin/true", StringComparison.Ordinal));
            var (code, text) = Run("verify", "--man=no", copy);
            Assert.Equal(0, code);
            Assert.DoesNotContain("edgegateway.service", text, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_unit_leaves_little_exposed()
    {
        Assert.SkipUnless(File.Exists(Analyze), "systemd-analyze is not installed here");
        var (_, text) = Run("security", "--offline=true", "--no-pager", Unit);
        var level = double.Parse(text.Split("exposure level for edgegateway.service: ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.InRange(level, 0, 2);
    }

    [Fact]
    public void The_unit_lets_the_runtime_compile_and_the_children_outlive_the_signal()
    {
        var lines = File.ReadAllLines(Unit).Where(line => !line.StartsWith('#')).ToList();
        Assert.DoesNotContain(lines, line => line.StartsWith("MemoryDenyWriteExecute", StringComparison.Ordinal));
        Assert.Contains("KillMode=mixed", lines);
        Assert.Contains("Type=notify", lines);
        Assert.Contains("TimeoutStopSec=15", lines);
        Assert.Contains(lines, line => line.StartsWith("WatchdogSec=", StringComparison.Ordinal));
    }

    private static (int Code, string Text) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Analyze, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + error.Result);
    }
}
