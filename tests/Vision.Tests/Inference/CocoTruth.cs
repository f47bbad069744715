using System.Text.Json;

namespace EdgeGateway.Vision.Tests.Inference;

/// <summary>The boxes of a COCO-format file whose categories 1 to 6 are the gateway's classes; ignore regions left out.</summary>
internal static class CocoTruth
{
    public static List<(string File, List<(BoxPx Box, ObjectClass Class)> Boxes)> Load(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var boxes = json.RootElement.GetProperty("annotations").EnumerateArray()
            .Where(a => !a.TryGetProperty("iscrowd", out var crowd) || crowd.GetInt32() == 0)
            .ToLookup(a => a.GetProperty("image_id").GetInt64(), a => (Box: BoxOf(a.GetProperty("bbox")), Class: (ObjectClass)(a.GetProperty("category_id").GetInt32() - 1)));
        return [.. json.RootElement.GetProperty("images").EnumerateArray().Select(i => (i.GetProperty("file_name").GetString()!, boxes[i.GetProperty("id").GetInt64()].ToList()))];
    }

    private static BoxPx BoxOf(JsonElement box) => new(box[0].GetSingle(), box[1].GetSingle(), box[2].GetSingle(), box[3].GetSingle());
}
