using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tests.Inference;

public sealed class ModelCatalogueTests : IDisposable
{
    private const string Good = """
        {"version":1,"models":[{"name":"street","task":"detect","file":"street.onnx","sha256":"AB000000000000000000000000000000000000000000000000000000000000CD",
        "input":{"name":"images","width":416,"height":320,"dynamic":false,"colour":"rgb","scale":0.003921568859368563,"mean":[0,0,0],"std":[1,1,1],"pad":114,"placement":"top_left"},
        "decoder":"yolov8","outputs":["output"],"classes":["person","bicycle"],"scoreThreshold":0.3,"nmsIou":0.6,
        "licence":"Apache-2.0","source":"here","data":"none","figures":{"ap50":0.5}}]}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("models").FullName;

    [Fact]
    public void An_entry_is_read_with_all_it_says()
    {
        var model = Load(Good)["street"];
        Assert.Equal(Path.Combine(_folder, "street.onnx"), model.Path);
        Assert.Equal((416, 320), (model.Input.Width, model.Input.Height));
        Assert.Equal(["person", "bicycle"], model.Classes);
        Assert.StartsWith("ab00", model.Sha256, StringComparison.Ordinal);
        Assert.Equal(0.5, model.Figures!.Value.GetProperty("ap50").GetDouble());
    }

    [Fact]
    public void What_an_entry_leaves_out_has_its_default()
    {
        const string Entry = """
            {"version":1,"models":[{"name":"a","task":"detect","file":"a.onnx","sha256":"00","decoder":"yolox","classes":["person"],
            "input":{"name":"images","width":416,"height":416}}]}
            """;
        var model = Load(Entry.Replace("\"00\"", $"\"{new string('0', 64)}\"", StringComparison.Ordinal))["a"];
        Assert.Equal((0.3f, 0.6f, 1f / 255, 114f), (model.ScoreThreshold, model.NmsIou, model.Input.Scale, model.Input.Pad));
        Assert.Equal(("rgb", "top_left"), (model.Input.Colour, model.Input.Placement));
        Assert.Equal([1, 1, 1], model.Input.Std);
        Assert.Empty(model.Outputs);
    }

    [Fact]
    public void A_missing_catalogue_says_where_it_was_looked_for()
    {
        var fault = Assert.Throws<ModelException>(() => ModelCatalogue.Load(_folder));
        Assert.Contains(Path.Combine(_folder, "models.json"), fault.Message);
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones() =>
        Assert.Contains("There are: street", Assert.Throws<ModelException>(() => Load(Good)["stret"]).Message);

    [Fact]
    public void Broken_json_is_named_by_line()
    {
        var fault = Assert.Throws<ModelException>(() => Load(Good.Replace("\"input\":", "\"input\"", StringComparison.Ordinal)));
        Assert.Contains("models.json:2:", fault.Message);
    }

    [Fact]
    public void A_missing_key_is_named() =>
        Assert.Contains("'decoder' is missing", Assert.Single(Load(Good.Replace("\"decoder\":\"yolov8\",", "", StringComparison.Ordinal)).Faults).Message);

    [Theory]
    [InlineData("\"width\":416", "\"width\":\"416\"", "'input.width' holds another kind of value")]
    [InlineData("\"name\":\"images\",", "", "'input.name' is missing")]
    [InlineData("\"classes\":[\"person\",\"bicycle\"]", "\"classes\":\"person\"", "'classes' holds another kind of value")]
    [InlineData("\"task\":\"detect\"", "\"task\":\"detct\"", "task 'detct' is unknown; there are detect, plate-detect, plate-read")]
    [InlineData("\"file\":\"street.onnx\"", "\"file\":null", "'file' holds another kind of value")]
    public void One_bad_entry_is_named_in_plain_words_and_hides_no_other(string good, string bad, string told)
    {
        var other = Good[(Good.IndexOf('[', StringComparison.Ordinal) + 1)..^2].Replace("\"name\":\"street\"", "\"name\":\"other\"", StringComparison.Ordinal);
        var catalogue = Load(Good.Replace(good, bad, StringComparison.Ordinal)[..^2] + "," + other + "]}");
        Assert.Equal("other", Assert.Single(catalogue.Models).Name);
        var fault = Assert.Single(catalogue.Faults);
        Assert.Equal("street", fault.Name);
        Assert.Contains($"models.json, entry 1 ('street'): {told}", fault.Message);
        Assert.DoesNotContain("System.", fault.Message);
        Assert.Equal(fault.Message, Assert.Throws<ModelException>(() => catalogue["street"]).Message);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"version\":2,\"models\":[]}")]
    [InlineData("{\"version\":\"1\",\"models\":[]}")]
    public void A_file_that_is_no_catalogue_is_refused(string json) => Assert.Contains("models.json", Assert.Throws<ModelException>(() => Load(json)).Message);

    [Fact]
    public void A_model_for_another_task_is_told_with_those_that_would_do() =>
        Assert.Equal("the model 'street' is for the task 'detect', and 'plate-read' is wanted here; there is none for 'plate-read'", Load(Good).MisfitOf("street", "plate-read"));

    [Fact]
    public void All_mistakes_are_named_at_once()
    {
        var text = Good.Replace("yolov8", "yolov99", StringComparison.Ordinal).Replace("\"rgb\"", "\"hsv\"", StringComparison.Ordinal).Replace("AB00", "ZZ00", StringComparison.Ordinal)
            .Replace("\"std\":[1,1,1]", "\"std\":[1,0,1]", StringComparison.Ordinal).Replace("top_left", "corner", StringComparison.Ordinal).Replace("416", "0", StringComparison.Ordinal);
        var message = Assert.Single(Load(text).Faults).Message;
        foreach (var word in new[] { "'yolov99' is unknown", "'hsv' is unknown", "64 hexadecimal", "std must be above 0", "'corner' is unknown", "0x320" }) Assert.Contains(word, message);
    }

    [Fact]
    public void Two_models_of_one_name_are_refused()
    {
        var entry = Good[(Good.IndexOf('[', StringComparison.Ordinal) + 1)..^2];
        var catalogue = Load($$"""{"version":1,"models":[{{entry}},{{entry}}]}""");
        Assert.Empty(catalogue.Models);
        Assert.Contains("Two models are called 'street'", Assert.Throws<ModelException>(() => catalogue["street"]).Message);
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private ModelCatalogue Load(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "models.json"), json);
        return ModelCatalogue.Load(_folder);
    }
}
