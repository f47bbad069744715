using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Inference;

/// <summary>
/// A second detector that looks at parts of a frame, such as a third party's model for helmets and heads at motorcycles. Its classes are
/// its own words: what the gateway has no name for is kept. Working memory grows with the largest crops of a shape; after that
/// <see cref="Detect"/> allocates nothing.
/// One thread at a time.
/// </summary>
public sealed class CropDetector : IDisposable
{
    private readonly DetectorLane _lane;
    private readonly DetectionBuffer _found;
    private readonly float _margin;

    /// <param name="detector">The model and the turns at it; outlives this object.</param>
    /// <param name="cameraId">Whose turns are counted.</param>
    /// <param name="margin">Surroundings to see on each side, as a share of the box's longer side: a rider's head stands above the motorcycle's box.</param>
    /// <param name="capacity">Most objects in one crop; weaker ones are dropped.</param>
    /// <exception cref="ModelException">The outputs do not have the shape that the decoder reads.</exception>
    public CropDetector(ObjectDetector detector, string cameraId, float margin = 0.25f, int capacity = 64)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        _lane = detector.Open($"{cameraId}/{detector.Model.Manifest.Name}");
        _lane.KeepOtherClasses = true;
        _found = new DetectionBuffer(capacity);
        _margin = margin;
    }

    /// <summary>The model's own words for its classes, by <see cref="Detection.ClassIndex"/>.</summary>
    public IReadOnlyList<string> Classes => _lane.Model.Manifest.Classes;

    /// <summary>How long the last <see cref="Detect"/> took.</summary>
    public DetectionTiming LastTiming => _lane.LastTiming;

    /// <summary>The places in <see cref="Classes"/> of words that a rule needs; asked once, when the camera starts.</summary>
    /// <exception cref="ModelException">The model lacks one; the message lists those it has.</exception>
    public int[] IndicesOf(params IReadOnlyList<string> words)
    {
        var manifest = _lane.Model.Manifest;
        return [.. words.Select(word =>
        {
            for (var i = 0; i < Classes.Count; i++)
            {
                if (string.Equals(Classes[i], word, StringComparison.OrdinalIgnoreCase)) return i;
            }

            throw new ModelException($"Model '{manifest.Name}' knows no class '{word}'; models.json lists {string.Join(", ", Classes)}. Write the class under its own name there, or choose another model.");
        })];
    }

    /// <summary>Finds objects in and around a box.</summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="box">Where to look, pixels of the frame; may stick out of it.</param>
    /// <param name="minScore">Weaker ones are left out, 0 to 1; null asks for the model's own threshold.</param>
    /// <returns>Strongest first, places of the whole frame; valid until the next call.</returns>
    public ReadOnlySpan<Detection> Detect(Frame frame, in BoxPx box, float? minScore = null)
    {
        var around = _margin * MathF.Max(box.Width, box.Height);
        var region = PixelRegion.Around(new BoxPx(box.X - around, box.Y - around, box.Width + 2 * around, box.Height + 2 * around), frame.Width, frame.Height);
        _lane.Detect(frame, region, minScore ?? _lane.Model.Manifest.ScoreThreshold, _found);
        return _found.Items;
    }

    public void Dispose() => _lane.Dispose();
}
