using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Cameras;

/// <summary>
/// The models of this gateway: each ONNX file is opened once and shared by all cameras, whose turns at it are fair.
/// Thread-safe; dispose it after the cameras.
/// </summary>
internal sealed class SharedModels : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OnnxModel> _open = new(StringComparer.Ordinal);
    private readonly OnnxOptions _options;
    private readonly FairTurnstile _turns;

    /// <param name="folder">The folder that holds models.json.</param>
    /// <param name="options">Threads and execution provider.</param>
    /// <param name="atOnce">How many inferences may run at the same time; the number of cores as a rule.</param>
    /// <exception cref="ModelException">models.json is absent or wrong.</exception>
    public SharedModels(string folder, OnnxOptions options, int atOnce)
    {
        Catalogue = ModelCatalogue.Load(folder);
        _options = options;
        _turns = new FairTurnstile(atOnce);
    }

    /// <summary>Name of the model that finds plates.</summary>
    public string PlateDetectorName { get => field ?? NameFor(ModelTasks.PlateDetect); init; }

    /// <summary>Name of the model that reads them.</summary>
    public string PlateReaderName { get => field ?? NameFor(ModelTasks.PlateRead); init; }

    /// <summary>What models.json lists.</summary>
    public ModelCatalogue Catalogue { get; }

    /// <summary>Who may run when; its shares show that no camera starves.</summary>
    public FairTurnstile Turns => _turns;

    /// <summary>The folder of the models that came with the program.</summary>
    public static string DefaultFolder { get; } = Path.Combine(AppContext.BaseDirectory, "models");

    /// <summary>A detector over the named model, opened at the first call.</summary>
    /// <exception cref="ModelException">There is no such model, it is for another task, or its file is not what models.json says.</exception>
    public ObjectDetector Detector(string? name)
    {
        var chosen = name ?? NameFor(ModelTasks.Detect);
        if (Catalogue.MisfitOf(chosen, ModelTasks.Detect) is { } misfit) throw new ModelException($"Model '{chosen}': {misfit}.");
        return new ObjectDetector(Open(chosen), _turns);
    }

    /// <summary>The named model, opened at the first call.</summary>
    /// <exception cref="ModelException">There is no such model, or its file is not what models.json says.</exception>
    public OnnxModel Open(string name)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(name, out var known)) return known;
            var opened = OnnxModel.Open(Catalogue[name], _options);
            _open[name] = opened;
            return opened;
        }
    }

    /// <summary>The first model in the catalogue for a task.</summary>
    /// <exception cref="ModelException">The catalogue has none.</exception>
    public string NameFor(string task) => Catalogue.NameFor(task);

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var model in _open.Values) model.Dispose();
            _open.Clear();
        }
    }
}
