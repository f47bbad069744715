using System.Text.Json;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tests.Evaluation;

/// <summary>A data folder like the real one, with grey pictures; gone after the test.</summary>
internal sealed class StreetFolder : IDisposable
{
    private readonly List<object> _images = [];
    private readonly List<object> _annotations = [];

    public string Path { get; } = Directory.CreateTempSubdirectory("edgegateway-street-").FullName;

    public string PathOf(string name) => System.IO.Path.Combine(Path, "detection", "val", name);

    /// <summary>Adds a picture of 80 × 50.</summary>
    /// <param name="name">File name.</param>
    /// <param name="content">Other bytes than a picture's; an empty array: no file.</param>
    /// <param name="human">Categories that people looked for.</param>
    /// <param name="saidWidth">Width by the labels.</param>
    /// <param name="labels">Category, box, crowd and source of each label.</param>
    public StreetFolder Picture(string name, byte[]? content = null, int[]? human = null, int saidWidth = 80, params (int Category, float[] Box, int Crowd, string Label)[] labels)
    {
        Directory.CreateDirectory(PathOf(""));
        if (content is null)
        {
            using var picture = new Mat(50, 80, MatType.CV_8UC3, new Scalar(90, 90, 90));
            content = picture.ImEncode(".png");
        }

        if (content.Length > 0) File.WriteAllBytes(PathOf(name), content);
        _images.Add(new { id = _images.Count + 1, file_name = name, width = saidWidth, height = 50, human_categories = human ?? [1, 2, 3, 4, 5, 6] });
        foreach (var (category, box, crowd, label) in labels)
        {
            _annotations.Add(new { id = _annotations.Count + 1, image_id = _images.Count, category_id = category, bbox = box, iscrowd = crowd, label_source = label });
        }

        return this;
    }

    public StreetFolder Write()
    {
        File.WriteAllText(System.IO.Path.Combine(Path, "detection", "val.json"), JsonSerializer.Serialize(new { images = _images, annotations = _annotations }));
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
