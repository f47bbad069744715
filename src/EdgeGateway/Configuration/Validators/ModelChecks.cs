using EdgeGateway.Configuration.Binding;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Configuration.Validators;

/// <summary>Checks the models that files name against <c>models.json</c>, and on demand against the ONNX files themselves.</summary>
/// <param name="catalogue">What models.json lists.</param>
/// <param name="opensFiles">True: each named model is opened once, as a camera would; for <c>validate</c>.</param>
internal sealed class ModelChecks(ModelCatalogue catalogue, bool opensFiles)
{
    private readonly Dictionary<string, string?> _opened = new(StringComparer.Ordinal);

    /// <summary>
    /// Models whose files are missing, cut or exchanged. Kept apart from the mistakes of the files that name them: those are right, and what needs
    /// no model goes on.
    /// </summary>
    public List<Mistake> Unusable { get; } = [];

    /// <summary>Checks a model that a key names; nothing where it names none.</summary>
    public void Check(SourceMap map, MistakeList mistakes, object owner, string key, string? name, string task)
    {
        if (name is null) return;
        var place = map.Of(owner, key);
        if (!catalogue.Contains(name)) mistakes.Add(place, catalogue.FaultOf(name) ?? $"unknown model '{name}' in '{key}'; {NearestWord.Hint(name, catalogue.NamesFor(task))}");
        else if (catalogue.MisfitOf(name, task) is { } misfit) mistakes.Add(place, misfit);
        else Open(place, name);
    }

    /// <summary>Checks the models that cameras use without naming them.</summary>
    public void CheckDefaults(SourceMap map, ModelsConfig config, IReadOnlyCollection<CameraFile> cameras)
    {
        // A camera whose file cannot be read may need them all.
        if (cameras.Any(file => file.Camera is not { Config.Model: not null })) Default("detector", config.Detector, ModelTasks.Detect);
        if (!cameras.Any(file => file.Camera is { Plates.Enabled: true })) return;
        Default("plateDetector", config.PlateDetector, ModelTasks.PlateDetect);
        Default("plateReader", config.PlateReader, ModelTasks.PlateRead);

        void Default(string key, string? named, string task)
        {
            if (named is not null) return;
            var place = map.Of(config, key);
            try { Open(place, catalogue.NameFor(task)); }
            catch (ModelException none) { Unusable.Add(new Mistake(place, none.Message)); }
        }
    }

    private void Open(Place place, string name)
    {
        if (!opensFiles) return;
        if (!_opened.TryGetValue(name, out var problem)) _opened[name] = problem = ModelTrial.Look(catalogue[name]).Problem;
        if (problem is not null) Unusable.Add(new Mistake(place, problem));
    }
}
