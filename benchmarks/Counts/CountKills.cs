using System.Diagnostics;

namespace EdgeGateway.Benchmarks.Counts;

/// <summary>kill -9 a hundred times within counting. The test that does it is run as it is, built beside this program, and what it saw is quoted.</summary>
internal static class CountKills
{
    private const string Name = "EdgeGateway.Sync.Tests";
    private const int Kills = 100;

    public static string Measure()
    {
        var program = Path.Combine(Checkout.Root, "tests", "Sync.Tests", "bin", "Release", $"net{Environment.Version.Major}.0", Name);
        if (!File.Exists(program)) return "The tests are not built, so nothing was measured.";
        var start = new ProcessStartInfo(program, ["-method", "*.After_kill_9_the_sums_are_the_truth_less_the_stated_gaps", "-showliveoutput"]) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["EDGEGATEWAY_TEST_KILLS"] = $"{Kills}";
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var seen = said.Split('\n').FirstOrDefault(line => line.Contains($"{Kills} kills, ", StringComparison.Ordinal));
        if (process.ExitCode != 0 || seen is null) throw new InvalidOperationException($"{Name} ended with {process.ExitCode}: {said}");
        return $"""
            {seen[seen.IndexOf($"{Kills} kills", StringComparison.Ordinal)..].Trim()}

            A process that counts five people in each second into the real outbox and archive, killed at random moments. Each interval held exactly what its stated coverage says, to the last person (asked: sums equal the truth less the stated gaps, at most 2 s lost a kill).
            """;
    }
}
