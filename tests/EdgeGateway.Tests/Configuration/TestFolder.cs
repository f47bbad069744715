using EdgeGateway.Configuration;

namespace EdgeGateway.Tests.Configuration;

/// <summary>A configuration folder on disk that goes away with the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public const string Gateway = """
        id: thu-nghiem
        site: { id: bai-bien, name: Bãi biển }
        mqtt: { url: "mqtt://127.0.0.1:1883" }
        """;

    private readonly Dictionary<string, string> _environment = new() { ["CAM_BINH_MINH"] = "mat-khau-camera" };

    public TestFolder(string gateway = Gateway)
    {
        FolderPath = Directory.CreateTempSubdirectory("edgegateway-config-").FullName;
        Directory.CreateDirectory(Path.Combine(FolderPath, "cameras"));
        Write("gateway.yaml", gateway);
    }

    public string FolderPath { get; }

    public SecretMask Mask { get; } = new();

    public ConfigFolder Folder => new(FolderPath, Mask, name => _environment.GetValueOrDefault(name));

    public TestFolder With(string name, string value)
    {
        _environment[name] = value;
        return this;
    }

    /// <summary>Writes a file whole, as a careful editor does: beside, then renamed over.</summary>
    public TestFolder Write(string file, string text)
    {
        var path = Path.Combine(FolderPath, file);
        File.WriteAllText(path + "~", text);
        File.Move(path + "~", path, overwrite: true);
        return this;
    }

    public TestFolder WriteBytes(string file, byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(FolderPath, file), bytes);
        return this;
    }

    public ConfigResult Load(bool requireSecrets = true) => Folder.Load(requireSecrets);

    public void Dispose() => Directory.Delete(FolderPath, recursive: true);

    /// <summary>A camera with nothing but what is required, then <paramref name="more"/>.</summary>
    public static string Camera(string id = "cong-1", string more = "") => $"id: {id}\nsource: {{ url: \"rtsp://10.0.0.1/main\" }}\n{more}";

    /// <summary>The mistakes of one camera file.</summary>
    public static string[] MistakesOf(string camera)
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", camera);
        return [.. folder.Load().Mistakes.Select(mistake => mistake.ToString())];
    }
}
