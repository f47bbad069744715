using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>The systemd unit as shipped, by systemd's own tools.</summary>
public sealed partial class UnitTests
{
    private static readonly string Unit = Path.Combine(Repository.Root, "deploy", "systemd", "edgegateway.service");

    [Fact]
    public void The_unit_is_exposed_less_than_2_of_10()
    {
        var said = Analyze("security", "--offline=true", "--no-pager", Unit).Said;
        var exposure = double.Parse(Exposure().Match(said).Groups["level"].Value, CultureInfo.InvariantCulture);
        Assert.InRange(exposure, 0.0, 1.99);
    }

    [Fact]
    public void Systemd_finds_no_fault_in_the_unit()
    {
        var (code, said) = Analyze("verify", "--man=no", Unit);
        // Only what the package installs may be missing on a machine that builds it.
        var faults = said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains("is not executable", StringComparison.Ordinal)).ToList();
        Assert.True(faults.Count == 0 && code is 0 or 1, said);
    }

    [Theory]
    [InlineData("KillMode=mixed")]
    [InlineData("Type=notify")]
    [InlineData("WatchdogSec=30")]
    [InlineData("User=edgegateway")]
    [InlineData("StateDirectory=edgegateway")]
    [InlineData("MemoryMax=85%")]
    [InlineData("LimitCORE=0")]
    public void The_unit_says(string line) => Assert.Contains(line, File.ReadLines(Unit));

    private static (int Code, string Said) Analyze(params string[] arguments)
    {
        var start = new ProcessStartInfo("systemd-analyze", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.SkipWhen(error.GetAwaiter().GetResult().Contains("unrecognized option", StringComparison.Ordinal), "systemd-analyze of this machine is too old for --offline.");
            return (process.ExitCode, output + error.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("systemd-analyze is not installed here (Debian package systemd).");
            throw;
        }
    }

    [GeneratedRegex("Overall exposure level for edgegateway.service: (?<level>[0-9.]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Exposure();
}
