using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Commands;

/// <summary>A configuration folder that a command needs to be right.</summary>
internal sealed record LoadedConfig(GatewayModel Gateway, IReadOnlyList<CameraModel> Cameras, string Folder)
{
    /// <summary>False when a camera's file holds a mistake and is left out.</summary>
    public bool AllRead { get; private init; }

    private IReadOnlyList<Mistake> LawMistakes { get; init; } = [];

    /// <summary>Reads the folder. A camera whose file holds a mistake is left out, wrong legal data are passed by; both are told on standard error.</summary>
    /// <exception cref="UsageException">gateway.yaml holds a mistake; all of them are in the message, one a line.</exception>
    public static LoadedConfig Require(string folder, bool requireSecrets = true)
    {
        var result = FolderOf(folder).Load(requireSecrets);
        if (result.Gateway is null || result.Mistakes.Any(mistake => mistake.Place.File == ConfigFolder.GatewayFile)) throw new UsageException(string.Join('\n', result.Mistakes));
        var ofCameras = result.Files.Select(file => file.File).ToHashSet(StringComparer.Ordinal);
        foreach (var mistake in result.Mistakes)
        {
            var what = ofCameras.Contains(mistake.Place.File) ? "this camera is left out" : "rules that accuse publish nothing until this is mended";
            Console.Error.WriteLine(SecretMask.Process.Apply($"{mistake.Place}: warning: {what}: {mistake.Message}"));
        }

        return new LoadedConfig(result.Gateway, result.Cameras, folder) { AllRead = result.Files.All(file => file.Camera is not null), LawMistakes = [.. result.Mistakes.Where(mistake => !ofCameras.Contains(mistake.Place.File))] };
    }

    /// <summary>For what cannot be done without the law.</summary>
    /// <exception cref="UsageException">The legal data hold mistakes; all of them are in the message, one a line.</exception>
    public LoadedConfig WithLaw() => LawMistakes.Count == 0 ? this : throw new UsageException(string.Join('\n', LawMistakes));

    /// <summary>The folder, knowing what models.json lists: a camera that names another model is a mistake with file and line.</summary>
    /// <param name="path">The configuration folder.</param>
    /// <param name="looksAtFiles">Also judges the files of models and lists.</param>
    public static ConfigFolder FolderOf(string path, bool looksAtFiles = false)
    {
        var folder = new ConfigFolder(path, SecretMask.Process);
        if (folder.Load(requireSecrets: false).Gateway is not { } gateway) return folder;
        try
        {
            return new ConfigFolder(path, SecretMask.Process) { LooksAtFiles = looksAtFiles, Models = ModelCatalogue.Load(gateway.Models.Folder ?? SharedModels.DefaultFolder) };
        }
        catch (ModelException fault)
        {
            return new ConfigFolder(path, SecretMask.Process) { LooksAtFiles = looksAtFiles, ModelsFault = fault.Message };
        }
    }

    /// <summary>For commands that work in the storage folder: from here on, one that root started goes on as the folder's owner.</summary>
    public LoadedConfig OnStorage()
    {
        StorageOwner.Become(Gateway.Storage.Folder);
        return this;
    }

    /// <summary>The camera with that id.</summary>
    /// <exception cref="UsageException">There is none; the message names those there are.</exception>
    public CameraModel Camera(string id) => Cameras.FirstOrDefault(camera => camera.Id == id)
        ?? throw new UsageException($"There is no camera '{id}' in {Folder}. {(Cameras.Count == 0 ? "No camera there can be used." : $"There are: {string.Join(", ", Cameras.Select(camera => camera.Id))}.")}");

    /// <summary>The models that the gateway's configuration names.</summary>
    /// <exception cref="ModelException">models.json is absent or wrong.</exception>
    public SharedModels OpenModels() => SharedModelsOf(Gateway);

    /// <summary>The models that a gateway's configuration names.</summary>
    /// <exception cref="ModelException">models.json is absent or wrong.</exception>
    public static SharedModels SharedModelsOf(GatewayModel gateway) => new(
        gateway.Models.Folder ?? SharedModels.DefaultFolder,
        OnnxOptions.Default with { IntraThreads = gateway.Limits.InferenceThreads, Provider = gateway.Models.Provider },
        gateway.Limits.InferencesAtOnce ?? Environment.ProcessorCount)
    {
        PlateDetectorName = gateway.Models.PlateDetector!,
        PlateReaderName = gateway.Models.PlateReader!,
    };
}
