using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeGateway.Testing;
using EdgeGateway.Tests.EndToEnd;

namespace EdgeGateway.Tests.Commands;

/// <summary>Models that cannot be used are told before a camera needs them, in the words with which it would be refused.</summary>
public sealed class ModelFileTests : IDisposable
{
    private readonly string _models = Directory.CreateTempSubdirectory("edgegateway-models-").FullName;
    private readonly Installation _site;

    public ModelFileTests()
    {
        foreach (var path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "models")).Where(path => Path.GetExtension(path) is ".json" or ".onnx")) File.Copy(path, Path.Combine(_models, Path.GetFileName(path)));
        _site = new Installation(models: $"{{ folder: \"{_models}\" }}").Camera("cong", "rtsp://127.0.0.1:1/main");
    }

    public void Dispose()
    {
        _site.Dispose();
        Directory.Delete(_models, recursive: true);
    }

    [Fact]
    public async Task A_plate_reader_is_no_detector_and_the_line_says_which_models_are()
    {
        _site.Camera("cong", "rtsp://127.0.0.1:1/main", "model: plate-read");
        var ended = await GatewayProcess.RunAsync("validate", "--config", _site.Folder);
        Assert.Equal((2, "cameras/cong.yaml:7:8: the model 'plate-read' is for the task 'plate-read', and 'detect' is wanted here; for 'detect' there are: street, street-s"), (ended.Code, ended.Output));
    }

    [Fact]
    public async Task A_cut_file_is_told_by_validate_as_by_whoever_needs_it()
    {
        using (var cut = new FileStream(Path.Combine(_models, "street.onnx"), FileMode.Open)) cut.SetLength(100_000);
        var validate = await GatewayProcess.RunAsync("validate", "--config", _site.Folder);
        var detect = await GatewayProcess.RunAsync("detect", "a.jpg", "--models", _models);
        Assert.Equal(2, validate.Code);
        Assert.Equal(1, detect.Code);
        Assert.Contains("was cut short or exchanged. Fetch it again", detect.Error, StringComparison.Ordinal);
        Assert.Equal("gateway.yaml:6:9: " + detect.Error, validate.Output);
        // Work that needs no model goes on.
        Assert.Equal(0, (await GatewayProcess.RunAsync("keys", "init", "--config", _site.Folder)).Code);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_told_where_a_camera_names_its_model()
    {
        _site.Camera("cong", "rtsp://127.0.0.1:1/main", "model: street");
        File.Delete(Path.Combine(_models, "street.onnx"));
        var ended = await GatewayProcess.RunAsync("validate", "--config", _site.Folder);
        Assert.Equal((2, $"cameras/cong.yaml:7:8: Model 'street': {_models}/street.onnx does not exist. Put the file there, or choose another model."), (ended.Code, ended.Output));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task A_cut_file_whose_hash_fits_is_broken_in_the_list(int bytes)
    {
        var file = Path.Combine(_models, "plate-read.onnx");
        using (var cut = new FileStream(file, FileMode.Open)) cut.SetLength(bytes);
        Change(models => models.Single(one => (string)one!["name"]! == "plate-read")!["sha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))));
        var ended = await GatewayProcess.RunAsync("models", "list", "--models", _models);
        Assert.Equal(1, ended.Code);
        var states = ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(one => one.GetProperty("name").GetString()!, StringComparer.Ordinal);
        Assert.Equal(["broken", "ok", "ok", "ok"], states.Values.Select(one => one.GetProperty("state").GetString()).Order(StringComparer.Ordinal));
        Assert.Contains(file, states["plate-read"].GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_bad_entry_is_named_and_the_others_are_listed()
    {
        Change(models => models[1]!["input"]!["width"] = "416");
        var list = await GatewayProcess.RunAsync("models", "list", "--models", _models);
        Assert.Equal(1, list.Code);
        Assert.Equal(["street", "plate-detect", "plate-read", "street-s"], list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()));
        Assert.Contains("entry 2 ('street-s'): 'input.width' holds another kind of value", list.Output, StringComparison.Ordinal);

        // Nobody uses it: a warning. A camera that does is refused, by run too, and the others go on.
        Assert.Contains("gateway.yaml:6:19: warning: ", (await GatewayProcess.RunAsync("validate", "--config", _site.Folder)).Error, StringComparison.Ordinal);
        _site.Camera("bai", "rtsp://127.0.0.1:1/main", "model: street-s");
        Assert.Contains("cameras/bai.yaml:7:8: ", (await GatewayProcess.RunAsync("validate", "--config", _site.Folder)).Output, StringComparison.Ordinal);
        await using var gateway = GatewayProcess.Run(_site);
        await Wait.Until("the gateway runs with one camera", () => gateway.Error.Any(line => line.Contains("started with 1 cameras", StringComparison.Ordinal)), Ioc.Patience);
        Assert.Contains(gateway.Error, line => line.Contains("cameras/bai.yaml", StringComparison.Ordinal) && line.Contains("entry 2 ('street-s')", StringComparison.Ordinal));
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
    }

    [Fact]
    public async Task A_folder_without_a_list_of_models_is_a_wrong_configuration()
    {
        File.Delete(Path.Combine(_models, "models.json"));
        foreach (var command in new[] { "validate", "run" })
        {
            var ended = await GatewayProcess.RunAsync(command, "--config", _site.Folder);
            Assert.Equal(2, ended.Code);
            Assert.Contains($"There is no {_models}/models.json.", ended.Output + ended.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", ended.Output + ended.Error, StringComparison.Ordinal);
        }
    }

    private void Change(Action<JsonArray> change)
    {
        var path = Path.Combine(_models, "models.json");
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        change(root["models"]!.AsArray());
        File.WriteAllText(path, root.ToJsonString());
    }
}
