using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Yaml;
using EdgeGateway.Testing;
using NJsonSchema;

namespace EdgeGateway.Tests.Configuration;

public sealed class SchemaTests
{
    [Fact]
    public void The_schemas_in_the_repository_are_those_of_the_code()
    {
        foreach (var (name, text) in ConfigSchema.All)
        {
            var path = Repository.PathOf("config", "schema", name);
            Assert.True(File.Exists(path) && File.ReadAllText(path) == text, $"config/schema/{name} is not what the code makes; run: edgegateway validate --write-schema config/schema");
        }
    }

    [Fact]
    public async Task The_samples_of_the_contract_and_of_the_repository_fit_the_schemas()
    {
        Assert.Empty(await Faults("gateway.json", ContractSamples.Gateway));
        Assert.Empty(await Faults("camera.json", ContractSamples.Camera));
        Assert.Empty(await Faults("gateway.json", await File.ReadAllTextAsync(Repository.PathOf("config", "gateway.yaml"))));
        foreach (var file in Directory.GetFiles(Repository.PathOf("config", "cameras"), "*.yaml")) Assert.Empty(await Faults("camera.json", await File.ReadAllTextAsync(file)));
    }

    [Fact]
    public async Task The_schema_refuses_what_the_loader_refuses()
    {
        Assert.NotEmpty(await Faults("camera.json", TestFolder.Camera(more: "analysFps: 8")));
        Assert.NotEmpty(await Faults("camera.json", TestFolder.Camera(more: "rules: [{ id: r, rule: no_praking, zone: z, after: 60s }]")));
        Assert.NotEmpty(await Faults("camera.json", TestFolder.Camera(more: "rules: [{ id: r, rule: no_parking, zone: z, after: 60 }]")));
        Assert.NotEmpty(await Faults("gateway.json", "id: A"));
    }

    [Fact]
    public void The_samples_of_the_repository_have_no_mistakes()
    {
        var result = new ConfigFolder(Repository.PathOf("config"), new SecretMask()).Load(requireSecrets: false);
        Assert.Empty(result.Mistakes);
        Assert.NotEmpty(result.Cameras);
        foreach (var file in Directory.GetFiles(Repository.PathOf("config"), "*.yaml", SearchOption.AllDirectories))
        {
            Assert.StartsWith("# yaml-language-server: $schema=", File.ReadLines(file).First(), StringComparison.Ordinal);
        }
    }

    private static async Task<IReadOnlyCollection<string>> Faults(string schema, string yaml)
    {
        var parsed = await JsonSchema.FromJsonAsync(ConfigSchema.All.Single(s => s.Name == schema).Text);
        var mistakes = new MistakeList();
        var node = YamlReader.Read("test.yaml", Encoding.UTF8.GetBytes(yaml), mistakes);
        Assert.Empty(mistakes.Mistakes);
        return [.. parsed.Validate(ToJson(node!)!.ToJsonString()).Select(fault => fault.ToString())];
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        MapNode map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key.Text, ToJson(entry.Value)))),
        ListNode list => new JsonArray([.. list.Items.Select(ToJson)]),
        ScalarNode { IsNull: true } => null,
        ScalarNode { IsQuoted: false, Text: "true" or "false" } scalar => scalar.Text == "true",
        ScalarNode { IsQuoted: false } scalar when int.TryParse(scalar.Text, CultureInfo.InvariantCulture, out var whole) => whole,
        ScalarNode { IsQuoted: false } scalar when double.TryParse(scalar.Text, CultureInfo.InvariantCulture, out var number) => number,
        ScalarNode scalar => scalar.Text,
        _ => throw new InvalidOperationException(),
    };
}
