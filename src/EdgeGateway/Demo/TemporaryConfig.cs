using EdgeGateway.Configuration;

namespace EdgeGateway.Demo;

/// <summary>
/// A configuration folder made for a demo or a measurement and thrown away with it. It goes through the same strict reader as an
/// installer's files.
/// </summary>
internal sealed class TemporaryConfig : IDisposable
{
    public TemporaryConfig(string gatewayYaml, IReadOnlyDictionary<string, string> cameraYamls)
    {
        Folder = Directory.CreateTempSubdirectory("edgegateway-").FullName;
        Storage = Directory.CreateDirectory(Path.Combine(Folder, "storage")).FullName;
        File.WriteAllText(Path.Combine(Folder, ConfigFolder.GatewayFile), gatewayYaml.Replace("{storage}", Storage, StringComparison.Ordinal));
        var cameras = Directory.CreateDirectory(Path.Combine(Folder, ConfigFolder.CamerasFolder)).FullName;
        foreach (var (id, yaml) in cameraYamls) File.WriteAllText(Path.Combine(cameras, id + ".yaml"), yaml);
    }

    public string Folder { get; }

    public string Storage { get; }

    /// <summary>Reads the folder.</summary>
    /// <exception cref="InvalidOperationException">The generated files hold a mistake: a fault of the program.</exception>
    public ConfigResult Load()
    {
        var result = new ConfigFolder(Folder, SecretMask.Process).Load();
        return result.IsRight ? result : throw new InvalidOperationException("The generated configuration is wrong: " + string.Join("; ", result.Mistakes));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
