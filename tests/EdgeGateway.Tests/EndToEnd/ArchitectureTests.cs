using System.Reflection;
using System.Xml.Linq;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>What holds the house together: one-way references, log lines that can be told apart, help that helps.</summary>
public sealed class ArchitectureTests
{
    public static TheoryData<string, int, string> CommandLines => new()
    {
        { "--help", 0, "run" },
        { "models list", 0, "\"street\"" },
        { "detect /nowhere/at-all.jpg", 1, "/nowhere/at-all.jpg" },
        { "probe /nowhere/at-all.mp4", 1, "/nowhere/at-all.mp4" },
        { "run --config /nowhere/at-all", 2, "gateway.yaml:1:1" },
        { "validate --config /nowhere/at-all", 2, "gateway.yaml:1:1" },
        { "replay --camera a --input x.mp4", 2, "--out" },
        { "runn", 2, "run" },
    };

    [Theory]
    [InlineData("Vision")]
    [InlineData("Sync")]
    public void Vision_and_sync_know_no_other_project(string project) => Assert.Empty(ReferencesOf(project));

    [Fact]
    public void Only_the_gateway_knows_both() => Assert.Equal(["Sync", "Vision"], ReferencesOf("EdgeGateway").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_test_that_a_proof_runs_exists()
    {
        using var check = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(Repository.PathOf("tests", "Faults", "run.sh"), ["--check"]) { RedirectStandardError = true, UseShellExecute = false })!;
        var missing = check.StandardError.ReadToEnd();
        check.WaitForExit();
        Assert.Equal(("", 0), (missing, check.ExitCode));
    }

    [Fact]
    public void Every_log_line_has_a_number_of_its_own()
    {
        var numbers = from assembly in new[] { typeof(Gateway).Assembly, typeof(Sync.Delivery).Assembly, typeof(Vision.BoxPx).Assembly }
                      from type in assembly.GetTypes()
                      from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                      where method.GetCustomAttribute<LoggerMessageAttribute>() is not null
                      select (method.GetCustomAttribute<LoggerMessageAttribute>()!.EventId, Name: $"{type.Name}.{method.Name}");
        var twice = numbers.GroupBy(line => line.EventId).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {string.Join(", ", group.Select(line => line.Name))}");
        Assert.Empty(twice);
    }

    [Theory]
    [MemberData(nameof(CommandLines))]
    public async Task The_exit_code_says_done_failed_or_wrong(string line, int code, string told)
    {
        var ended = await GatewayProcess.RunAsync(line.Split(' '));
        Assert.True(ended.Code == code, $"{line} ended with {ended.Code}: {ended.Error}{ended.Output}");
        Assert.Contains(told, ended.Output + ended.Error, StringComparison.Ordinal);
        if (code != 0) Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    private static string[] ReferencesOf(string project) =>
    [
        .. from reference in XDocument.Load(Repository.PathOf("src", project, project + ".csproj")).Descendants("ProjectReference")
           select Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')),
    ];
}
