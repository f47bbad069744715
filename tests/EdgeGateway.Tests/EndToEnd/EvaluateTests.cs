using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeGateway.Testing;
using OpenCvSharp;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary><c>models evaluate</c>: figures as JSON lines; what is missing or unusable is said.</summary>
public sealed class EvaluateTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("edgegateway-evaluate-").FullName;

    [Fact]
    public async Task Every_model_is_measured_on_its_pictures_and_on_one_and_two_threads()
    {
        Assert.SkipWhen(SharedData.TryPath("plates", "crops") is null || SharedData.TryPath("detection", "train") is null, "shared/data/detection and shared/data/plates are not beside this checkout.");
        var ended = await GatewayProcess.RunAsync("models", "evaluate", "--data", SharedData.Folder!, "--pictures", "12");
        Assert.True(ended.Code == 0, ended.Error);
        var lines = ended.Output.Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(
            ["street held-out", "street val", "street-s held-out", "street-s val", "plate-detect scenes", "plate-detect scenes", "plate-detect scenes", "plate-detect + plate-read scenes", "plate-read crops"],
            lines.Where(line => line["set"] is not null).Select(line => $"{line["model"]} {line["set"]}"));
        Assert.All(lines.Where(line => line["set"] is not null), line => Assert.Equal((12, 0), ((int)line["pictures"]!, (int)line["skipped"]!)));
        var street = lines[0]["classes"]!;
        Assert.Equal(["person", "bicycle", "car", "motorcycle", "bus", "truck"], street.AsObject().Select(one => one.Key));
        Assert.InRange((double)street["car"]!["ap50"]!, 0.05, 1);
        var speed = lines.Where(line => (string)line["task"]! == "speed").ToList();
        Assert.Equal([1, 1, 1, 1, 2, 2, 2, 2], speed.Select(line => (int)line["threads"]!));
        Assert.All(speed, line => Assert.True((double)line["medianMs"]! > 0));
        var chain = lines.Single(line => (string)line["task"]! == "plate-chain")["shares"]!;
        Assert.InRange((double)chain["total"]!["grammar"]!, 0.3, 1);
        Assert.NotEmpty(chain["byFamily"]!.AsObject());
        Assert.Contains("speed on 2 of", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sets_that_are_missing_are_said_and_the_others_are_measured()
    {
        Street(("coco_a.png", Picture()));
        var ended = await GatewayProcess.RunAsync("models", "evaluate", "--data", _data, "--pictures", "12");
        Assert.Equal(1, ended.Code);
        Assert.Contains(Path.Combine(_data, "detection", "train.json"), ended.Error, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_data, "plates", "scenes", "scenes.jsonl"), ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
        Assert.Contains("\"set\":\"val\"", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Corrupt_and_mislabelled_pictures_are_named_and_counted()
    {
        Street(("coco_a.png", Picture()), ("coco_torn.png", "không phải ảnh"u8.ToArray()), ("coco_small.png", Picture(20)));
        Directory.CreateDirectory(Path.Combine(_data, "plates", "crops"));
        await File.WriteAllLinesAsync(Path.Combine(_data, "plates", "crops", "crops.jsonl"), HeldOutTexts(2).Select((text, i) => $$"""{"image":"ve{{i}}.png","text":"{{text}}","lines":1}"""));
        await File.WriteAllBytesAsync(Path.Combine(_data, "plates", "crops", "ve0.png"), Picture());
        var street = await GatewayProcess.RunAsync("models", "evaluate", "--data", _data, "--model", "street-s", "--pictures", "12");
        var val = JsonNode.Parse(street.Output.Split('\n').Single(line => line.Contains("\"set\":\"val\"", StringComparison.Ordinal)))!;
        Assert.Equal((1, 2), ((int)val["pictures"]!, (int)val["skipped"]!));
        Assert.Contains("coco_torn.png", street.Error, StringComparison.Ordinal);
        Assert.Contains("coco_small.png: is 20x50, its labels say 80x50", street.Error, StringComparison.Ordinal);

        var read = await GatewayProcess.RunAsync("models", "evaluate", "--data", _data, "--model", "plate-read", "--pictures", "12");
        Assert.True(read.Code == 0, read.Error);
        var crops = JsonNode.Parse(read.Output.Split('\n')[0])!;
        Assert.Equal((1, 1), ((int)crops["pictures"]!, (int)crops["skipped"]!));
        Assert.Contains("ve1.png does not exist", read.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--data", "/nowhere/at-all", "There is no data folder at /nowhere/at-all")]
    [InlineData("--model", "strete", "street, street-s")]
    [InlineData("--pictures", "0", "at least 1")]
    public async Task Wrong_words_end_with_two(string option, string word, string told)
    {
        string[] given = option == "--data" ? [option, word] : ["--data", _data, option, word];
        var ended = await GatewayProcess.RunHereAsync(["models", "evaluate", .. given]);
        Assert.Equal((2, ""), (ended.Code, ended.Output));
        Assert.Contains(told, ended.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_data, recursive: true);

    private static byte[] Picture(int width = 80)
    {
        using var picture = new Mat(50, width, MatType.CV_8UC3, new Scalar(90, 90, 90));
        return picture.ImEncode(".png");
    }

    // Invented texts that the trainers' rule keeps from training.
#pragma warning disable CA5351 // Not for secrecy: the same split as the training scripts.
    private static IEnumerable<string> HeldOutTexts(int count) =>
        Enumerable.Range(10000, 1000).Select(number => $"37A{number}").Where(text => System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(text))[0] % 8 == 0).Take(count);
#pragma warning restore CA5351

    private void Street(params (string Name, byte[] Content)[] pictures)
    {
        Directory.CreateDirectory(Path.Combine(_data, "detection", "val"));
        foreach (var (name, content) in pictures) File.WriteAllBytes(Path.Combine(_data, "detection", "val", name), content);
        File.WriteAllText(Path.Combine(_data, "detection", "val.json"), JsonSerializer.Serialize(new
        {
            images = pictures.Select((picture, i) => new { id = i, file_name = picture.Name, width = 80, height = 50 }),
            annotations = pictures.Select((_, i) => new { id = i, image_id = i, category_id = 3, bbox = new[] { 5, 5, 20, 20 } }),
        }));
    }
}
