using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Vision.Evaluation;

/// <summary>Opens pictures and keeps count of those that cannot be used; each is named once.</summary>
/// <param name="report">Gets a line for each, with the file and the reason.</param>
public sealed class SkippedPictures(Action<string> report)
{
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);

    public int Count => _named.Count;

    /// <summary>The picture, or null when it is missing or damaged.</summary>
    public Frame? TryLoad(string path)
    {
        try
        {
            return ImageFile.Load(path);
        }
        catch (ImageException fault)
        {
            Skip(path, fault.Message);
            return null;
        }
    }

    /// <summary>Leaves a picture out for another reason.</summary>
    public void Skip(string path, string reason)
    {
        if (_named.Add(path)) report(reason.Contains(path, StringComparison.Ordinal) ? $"skipped: {reason}" : $"skipped {path}: {reason}");
    }
}
