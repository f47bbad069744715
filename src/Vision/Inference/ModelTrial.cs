using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Vision.Inference;

/// <summary>Opens a model as a camera would, so that what is wrong with it is told before a camera needs it.</summary>
public static class ModelTrial
{
    /// <summary>Checks the file against its entry, loads it, and lets the lane of its task look at its outputs.</summary>
    /// <exception cref="ModelException">The words with which a camera that needs the model is refused.</exception>
    public static void Run(ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        const string Nobody = "trial";
        using var model = OnnxModel.Open(manifest, OnnxOptions.Default);
        var turns = new FairTurnstile(1);
        using IDisposable lane = manifest.Task switch
        {
            ModelTasks.PlateRead => new PlateReader(model, turns, Nobody),
            ModelTasks.PlateDetect => new PlateDetector(model, turns, Nobody),
            _ => new ObjectDetector(model, turns).Open(Nobody),
        };
    }

    /// <summary>How a model's file stands: <c>ok</c>, <c>missing</c>, <c>changed</c> (another hash) or <c>broken</c> (the very file, and no model), with what is wrong in words.</summary>
    public static (string State, string? Problem) Look(ModelManifest manifest)
    {
        try
        {
            Run(manifest);
            return ("ok", null);
        }
        catch (ModelException fault)
        {
            if (!File.Exists(manifest.Path)) return ("missing", fault.Message);
            return (IsAsNamed(manifest) ? "broken" : "changed", fault.Message);
        }
    }

    private static bool IsAsNamed(ModelManifest manifest)
    {
        try { return ModelCatalogue.HashOf(manifest.Path) == manifest.Sha256; }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException) { return false; }
    }
}
