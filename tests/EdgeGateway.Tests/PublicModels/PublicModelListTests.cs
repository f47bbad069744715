using EdgeGateway.PublicModels;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Tests.PublicModels;

public sealed class PublicModelListTests : IDisposable
{
    private const string Good = """
        { "version": 1, "models": [ { "url": "https://example.org/a.onnx", "bytes": 10, "hashFrom": "x", "entry": { "name": "a", "file": "a.onnx", "sha256": "", "licence": "MIT" } } ] }
        """;

    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void The_packaged_list_pins_every_file_and_states_its_licence()
    {
        var models = PublicModelList.Load(PublicModelList.DefaultFile).Models;
        Assert.Equal(["yolox-nano", "yolox-tiny", "yolox-s"], models.Select(model => model.Name));
        Assert.All(models, model => Assert.True(model.Sha256 is not null && model.Bytes is not null && model.Url.StartsWith("https://", StringComparison.Ordinal)));
        Assert.All(models, model => Assert.Equal((80, "Apache-2.0"), (model.Entry["classes"]!.AsArray().Count, (string?)model.Entry["licence"])));
    }

    [Fact]
    public void The_packaged_entries_are_entries_of_models_json()
    {
        var folder = Directory.CreateTempSubdirectory("edgegateway-list-").FullName;
        var entries = PublicModelList.Load(PublicModelList.DefaultFile).Models.Select(model => model.Entry.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "models.json"), $$"""{ "version": 1, "models": [ {{string.Join(',', entries)}} ] }""");
        Assert.Equal(3, ModelCatalogue.Load(folder).Models.Count);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", "version 2 is unknown")]
    [InlineData("\"hashFrom\"", "\"hashOf\"", "hashOf")]
    [InlineData("https://example.org", "http://example.org", "only https://")]
    [InlineData("\"a.onnx\"", "\"../a.onnx\"", "no plain file name")]
    [InlineData("\"bytes\": 10", "\"bytes\": -1", "-1 bytes")]
    [InlineData("\"sha256\": \"\"", "\"sha256\": \"abc\"", "64 hexadecimal digits")]
    [InlineData(", \"licence\": \"MIT\"", "", "licence")]
    [InlineData("] }", "", ":1:")]
    public void A_wrong_list_is_refused_by_place_and_reason(string part, string instead, string told)
    {
        File.WriteAllText(_file, Good);
        Assert.Single(PublicModelList.Load(_file).Models);
        File.WriteAllText(_file, Good.Trim().Replace(part, instead, StringComparison.Ordinal));
        var fault = Assert.Throws<FetchException>(() => PublicModelList.Load(_file));
        Assert.Contains(told, fault.Message, StringComparison.Ordinal);
        Assert.Contains(_file, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_list_is_said() => Assert.Contains("--list FILE", Assert.Throws<FetchException>(() => PublicModelList.Load("/nowhere/list.json")).Message, StringComparison.Ordinal);

    public void Dispose() => File.Delete(_file);
}
