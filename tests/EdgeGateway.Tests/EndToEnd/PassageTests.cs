using System.Text.Json;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>Vehicles and their plates through the whole pipeline, on the packaged rendered clip (its plates belong to nobody).</summary>
public sealed class PassageTests : IDisposable
{
    private readonly Installation _site = new(models: "{ detector: street }");

    [Fact]
    public async Task A_passage_carries_the_plate_as_text_where_the_camera_asks_for_it()
    {
        var events = await EventContract.ReadLinesAsync(await ReplayAsync("text"));
        var plates = Plates(events);
        Assert.NotEmpty(plates);
        Assert.Contains(plates, plate => Truth().Contains(plate.GetProperty("text").GetString()!));
        Assert.All(plates, plate =>
        {
            Assert.Equal(plate.GetProperty("text").GetString()!.Length, plate.GetProperty("charConfidences").GetArrayLength());
            Assert.False(plate.TryGetProperty("hash", out _));
        });
    }

    [Fact]
    public async Task Hashed_passages_hold_no_plate_in_any_form_and_stay_the_same()
    {
        var text = await ReplayAsync("hash");
        var plates = Plates(await EventContract.ReadLinesAsync(text));
        Assert.NotEmpty(plates);
        Assert.All(plates, plate =>
        {
            Assert.Matches("^[0-9a-f]{64}$", plate.GetProperty("hash").GetString());
            Assert.All(["text", "display", "alternatives"], key => Assert.False(plate.TryGetProperty(key, out _)));
        });
        foreach (var plate in Truth())
        {
            // The number alone would do to find the vehicle.
            Assert.DoesNotContain(plate, text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(plate[..3] + "-", text, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(text, await ReplayAsync("hash"));
    }

    [Fact]
    public async Task Passages_none_publishes_none() => Assert.Empty((await EventContract.ReadLinesAsync(await ReplayAsync("none"))).Of("passage"));

    public void Dispose() => _site.Dispose();

    private static List<JsonElement> Plates(IEnumerable<JsonElement> events) =>
        [.. events.Of("passage").Select(passage => passage.GetProperty("plate")).Where(plate => plate.ValueKind == JsonValueKind.Object)];

    private static List<string> Truth()
    {
        using var truth = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("models", "clips", "traffic.json")));
        return [.. truth.RootElement.GetProperty("vehicles").EnumerateArray().Select(vehicle => vehicle.GetProperty("plate").GetString()!)];
    }

    private async Task<string> ReplayAsync(string passages)
    {
        var clip = await Clips.RenderAsync("traffic-8s.mp4", ["-i", Repository.PathOf("models", "clips", "traffic.mp4"), "-t", "8", "-c", "copy"]);
        _site.Camera("duong", "rtsp://10.0.0.1/main", $"plates: {{ enabled: true, passages: {passages} }}");
        var output = Path.Combine(_site.Folder, "out.jsonl");
        var ended = await GatewayProcess.RunAsync("replay", "--config", _site.Folder, "--camera", "duong", "--input", clip, "--out", output);
        Assert.True(ended.Code == 0, ended.Error);
        return await File.ReadAllTextAsync(output);
    }
}
