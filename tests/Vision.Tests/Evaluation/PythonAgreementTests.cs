using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Evaluation;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tests.Evaluation;

/// <summary>
/// The cards' figures come from Python, the gateway's detections from C#: on the same 50 pictures both find the same with the network as it
/// lies in models/ now. Both see colours after 4:2:0; letterbox, decoder, suppression and counting are each side's own.
/// </summary>
public sealed class PythonAgreementTests
{
    private const int Pictures = 50;
    private const float ClearScore = 0.3f;

    private sealed record Found(string Class, float Score, BoxPx Box);

    [Theory]
    [InlineData("street", 0.96, 0.9f, 0.02f, 1)]
    // In 8-bit integers every layer rounds anew, and pixels that differ by a level end up some levels apart: measured 0.94 of the boxes within
    // these bounds, while over all 714 held-out pictures AP50 is that of float32 to a thousandth.
    [InlineData("street-s", 0.92, 0.8f, 0.08f, 1.6)]
    public async Task Csharp_and_python_find_the_same_in_fifty_pictures(string name, double share, float iou, float score, double slack)
    {
        Assert.SkipWhen(SharedData.TryPath("detection", "train.json") is null, "shared/data/detection is not beside this checkout.");
        Assert.SkipUnless(await PythonAsync("-c", "import torch, cv2") is { Code: 0 }, "python3-torch and python3-opencv are not installed.");
        var data = SharedData.Folder!;
        var all = StreetEvaluation.PicturesOf(data, "held-out");
        List<StreetPicture> pictures = [.. Enumerable.Range(0, Pictures).Select(i => all[i * all.Count / Pictures])];
        var manifest = ModelCatalogue.Load(Repository.PathOf("models"))[name];
        var (ap50, theirs) = await TheirsAsync(data, manifest, pictures);

        using var model = OnnxModel.Open(manifest, OnnxOptions.Default);
        var looked = new StreetEvaluation(new ObjectDetector(model, new FairTurnstile(1))).Look(pictures, true, new SkippedPictures(line => Assert.Fail(line)), stop: TestContext.Current.CancellationToken);
        var ours = looked.ToDictionary(one => one.Picture.Name, FoundOf, StringComparer.Ordinal);

        var (theirsFound, theirsClear) = Agreeing(theirs, ours, iou, score);
        var (oursFound, oursClear) = Agreeing(ours, theirs, iou, score);
        var told = $"{theirsFound} of {theirsClear} of Python's and {oursFound} of {oursClear} of our clear boxes are found by the other; AP50 "
            + string.Join(", ", ap50.Select(one => $"{one.Key} {one.Value:0.000}/{StreetEvaluation.Ap50(looked, ObjectClasses.Parse(one.Key)):0.000}"));
        TestContext.Current.SendDiagnosticMessage("{0}: {1}", name, told);
        Assert.True(theirsClear >= 50, told);
        Assert.True(theirsFound >= share * theirsClear && oursFound >= share * oursClear, told);
        foreach (var (word, value) in ap50)
        {
            var own = StreetEvaluation.Ap50(looked, ObjectClasses.Parse(word));
            Assert.Equal(value is null, own is null);
            // One box that is found by one side only, or changes its rank, moves a class of few boxes by about its share.
            var boxes = pictures.Sum(picture => picture.Boxes.Count(one => one.Class == ObjectClasses.Parse(word)));
            if (value is { } known) Assert.True(Math.Abs(known - own!.Value) <= slack * Math.Clamp(1.5 / boxes, 0.04, 0.0625), $"{told}; {boxes} boxes of {word}");
        }
    }

    // Of the clear boxes of one side, how many the other has too: same class, nearly the same place and score.
    private static (int Found, int Clear) Agreeing(Dictionary<string, List<Found>> one, Dictionary<string, List<Found>> other, float iou, float score)
    {
        var clear = one.SelectMany(picture => picture.Value.Where(box => box.Score >= ClearScore).Select(box => (picture.Key, Box: box))).ToList();
        return (clear.Count(item => other[item.Key].Exists(box => box.Class == item.Box.Class && box.Box.Iou(item.Box.Box) >= iou && Math.Abs(box.Score - item.Box.Score) <= score)), clear.Count);
    }

    private static List<Found> FoundOf(StreetEvaluation.Looked looked)
    {
        var scale = MathF.Min(1, StreetEvaluation.LongSide / (float)Math.Max(looked.Picture.Width, looked.Picture.Height));
        return [.. looked.Found.SelectMany((boxes, kind) => boxes.Select(one => new Found(
            ((ObjectClass)kind).Name(), one.Score, new BoxPx(one.Box.X / scale, one.Box.Y / scale, one.Box.Width / scale, one.Box.Height / scale))))];
    }

    private static async Task<(Dictionary<string, double?> Ap50, Dictionary<string, List<Found>> Found)> TheirsAsync(string data, ModelManifest manifest, List<StreetPicture> pictures)
    {
        var names = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(names, string.Join('\n', pictures.Select(picture => picture.Name)));
            var ended = await PythonAsync(
                "-m", "street.agree", "--data", data, "--model", manifest.Path, "--size", manifest.Input.Width.ToString(CultureInfo.InvariantCulture), "--names", names);
            Assert.True(ended.Code == 0, ended.Error);
            using var json = JsonDocument.Parse(ended.Output);
            return (
                json.RootElement.GetProperty("ap50").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.ValueKind == JsonValueKind.Null ? (double?)null : one.Value.GetDouble(), StringComparer.Ordinal),
                json.RootElement.GetProperty("pictures").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.EnumerateArray().Select(RowOf).ToList(), StringComparer.Ordinal));
        }
        finally
        {
            File.Delete(names);
        }
    }

    private static Found RowOf(JsonElement row) =>
        new(row[0].GetString()!, row[1].GetSingle(), new BoxPx(row[2].GetSingle(), row[3].GetSingle(), row[4].GetSingle(), row[5].GetSingle()));

    private static async Task<(int Code, string Output, string Error)> PythonAsync(params string[] arguments)
    {
        const string Python = "/usr/bin/python3";
        if (!File.Exists(Python)) return (127, "", "");
        var start = new ProcessStartInfo(Python, arguments)
        {
            WorkingDirectory = Repository.PathOf("models", "training"), RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            Environment = { ["OMP_NUM_THREADS"] = "1" },
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
