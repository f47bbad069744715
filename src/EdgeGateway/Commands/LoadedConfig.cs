using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Commands;

/// <summary>A configuration folder that a command needs to be right.</summary>
internal sealed record LoadedConfig(GatewayModel Gateway, IReadOnlyList<CameraModel> Cameras, string Folder)
{
    /// <summary>Reads the folder. A camera whose file holds a mistake is left out and told on standard error.</summary>
    /// <exception cref="UsageException">gateway.yaml holds a mistake; all of them are in the message, one a line.</exception>
    public static LoadedConfig Require(string folder, bool requireSecrets = true)
    {
        var result = FolderOf(folder).Load(requireSecrets);
        var ofCameras = result.Files.SelectMany(file => file.Mistakes).ToHashSet();
        if (result.Gateway is null || result.Mistakes.Any(mistake => !ofCameras.Contains(mistake))) throw new UsageException(string.Join('\n', result.Mistakes));
        foreach (var mistake in ofCameras.Order(Comparer<Mistake>.Create((a, b) => a.Place.CompareTo(b.Place)))) Console.Error.WriteLine(SecretMask.Process.Apply($"{mistake.Place}: warning: this camera is left out: {mistake.Message}"));
        return new LoadedConfig(result.Gateway, result.Cameras, folder);
    }

    /// <summary>The folder, knowing the names in models.json: a camera that names another model is a mistake with file and line.</summary>
    public static ConfigFolder FolderOf(string path)
    {
        var folder = new ConfigFolder(path, SecretMask.Process);
        if (folder.Load(requireSecrets: false).Gateway is not { } gateway) return folder;
        try
        {
            var catalogue = ModelCatalogue.Load(gateway.Models.Folder ?? SharedModels.DefaultFolder);
            return new ConfigFolder(path, SecretMask.Process) { KnownModels = [.. catalogue.Models.Select(model => model.Name)] };
        }
        catch (ModelException)
        {
            return folder; // what is wrong with models.json is told where models are opened
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
        ?? throw new UsageException($"There is no camera '{id}' in {Folder}. There are: {string.Join(", ", Cameras.Select(camera => camera.Id))}.");

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
