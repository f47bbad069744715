using EdgeGateway.Commands;
using EdgeGateway.Tests.Configuration;

namespace EdgeGateway.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Validate_prints_every_mistake_and_ends_with_two()
    {
        using var folder = new TestFolder("id: A\nmqtt: { url: \"mqtts://h\" }");
        var (code, output, _) = await Run("validate", "--config", folder.FolderPath);
        Assert.Equal(2, code);
        Assert.Equal(
            """
            gateway.yaml:1:1: the key 'site' is missing in this file: the place that this gateway watches
            gateway.yaml:1:5: 'A' in 'id' is no id: small letters a-z, digits and '-', at most 64; 'a' would do

            """,
            output);
    }

    [Fact]
    public async Task Validate_answers_one_json_line_when_all_is_right()
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", TestFolder.Camera());
        Assert.Equal((0, """{"ok":true,"gateway":"thu-nghiem","cameras":1,"warnings":0}""" + "\n", ""), await Run("validate", "--config", folder.FolderPath));
    }

    [Fact]
    public async Task The_contracts_samples_pass_validate_from_an_installers_shell()
    {
        using var folder = new TestFolder(ContractSamples.Gateway).Write("cameras/cong-binh-minh.yaml", ContractSamples.Camera);
        var (code, output, error) = await Run("validate", "--config", folder.FolderPath);
        Assert.Equal(0, code);
        Assert.StartsWith("""{"ok":true,"gateway":"bien-cua-lo-01","cameras":1""", output, StringComparison.Ordinal);
        Assert.Contains("gateway.yaml:4:81: warning: the credential 'mqtt' is not in reach", error, StringComparison.Ordinal);
        Assert.Equal(2, (await Run("validate", "--require-secrets", "--config", folder.FolderPath)).Code);
    }

    [Theory]
    [InlineData("validat", "There is no command 'validat'; did you mean 'validate'?")]
    [InlineData("relay", "There is no command 'relay'; did you mean 'replay'?")]
    [InlineData("relay --camra cong", "There is no command 'relay'; did you mean 'replay'?")]
    [InlineData("models lst", "There is no command 'models lst'; did you mean 'list'?")]
    [InlineData("validate --confg x", "There is no option '--confg'; did you mean '--config'?")]
    [InlineData("replay --camra=hunter-zwei --input a --out b", "There is no option '--camra'; did you mean '--camera'?")]
    [InlineData("validate twice", "'twice' is one word too many.")]
    [InlineData("", "Required command was not provided.")]
    [InlineData("probe2 rtsp://u:hunter-zwei@h/x", "There is no command 'probe2'; did you mean 'probe'?")]
    [InlineData("rtsp://u:hunter-zwei@h/x", "rtsp://u:***@h/x")]
    public async Task Wrong_usage_ends_with_two_and_says_what_was_meant_and_where_help_is(string line, string told)
    {
        var (code, output, error) = await Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.Contains("--help", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter-zwei", error, StringComparison.Ordinal);
        // The sentence is not said twice in other words.
        Assert.DoesNotContain("Unrecognized", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_shows_an_example_in_its_help()
    {
        foreach (var command in CommandLine.Build().Subcommands.Where(command => !command.Hidden))
        {
            var (code, output, _) = await Run(command.Name, "--help");
            Assert.Equal(0, code);
            Assert.Contains($"Example:\n  edgegateway {command.Name}", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_version_is_printed()
    {
        var (code, output, _) = await Run("--version");
        Assert.Equal(0, code);
        Assert.Matches("^[0-9]+[.][0-9]+[.][0-9]+", output);
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
