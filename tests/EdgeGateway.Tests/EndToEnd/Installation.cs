using EdgeGateway.Sync.Counting;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>A configuration folder and a storage folder as an installer makes them; both go away with the test.</summary>
internal sealed class Installation : IDisposable
{
    public const string Id = "thu-nghiem";

    /// <param name="brokerPort">Port of a broker on loopback.</param>
    /// <param name="more">Further keys of gateway.yaml.</param>
    /// <param name="mqtt">Further keys of its mqtt section, with the leading comma.</param>
    /// <param name="storage">Another storage folder than its own.</param>
    /// <param name="models">The models section.</param>
    /// <param name="siteKeys">Further keys of its site section, with the leading comma.</param>
    /// <param name="zone">Its local time, where a test names times of its own; else one in which it is not about midnight now.</param>
    public Installation(int brokerPort = 1, string more = "", string mqtt = "", string? storage = null, string models = "{ detector: street-s }", string listen = "off", string siteKeys = "", TimeZoneInfo? zone = null)
    {
        Folder = Directory.CreateTempSubdirectory("edgegateway-e2e-").FullName;
        Storage = storage ?? Path.Combine(Folder, "storage");
        Directory.CreateDirectory(Path.Combine(Folder, "cameras"));
        // Days are the intervals of these tests; where it is midnight just now is not where they run.
        Zone = zone ?? (DateTime.UtcNow.Hour is 16 or 17 ? TimeZoneInfo.Utc : IntervalGrid.HoChiMinh);
        Write("gateway.yaml", $$"""
            id: {{Id}}
            site: { id: bai-bien, name: Bãi biển, timeZone: {{Zone.Id}}{{siteKeys}} }
            mqtt: { url: "mqtt://127.0.0.1:{{brokerPort}}"{{mqtt}} }
            storage: { folder: "{{Storage}}" }
            http: { listen: "{{listen}}" }
            models: {{models}}
            {{more}}
            """);
    }

    /// <summary>Its local time.</summary>
    public TimeZoneInfo Zone { get; }

    public string Folder { get; }

    public string Storage { get; }

    /// <summary>Environment of the gateway's process.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>A camera that counts people over a line across the middle of the picture, and publishes every crossing.</summary>
    public static string CameraYaml(string id, string url, string more = "") => $$"""
        id: {{id}}
        source: { url: "{{url}}"{{(url.StartsWith("file:", StringComparison.Ordinal) ? ", loop: true" : "")}} }
        analyseFps: 5
        lines: { gate: { points: [[0.02, 0.5], [0.98, 0.5]], units: fraction } }
        counting: [ { id: visitors, line: gate, classes: [person], interval: 1d } ]
        publish: [crossing]
        {{more}}
        """;

    /// <summary>A file as a camera's address.</summary>
    public static string UrlOf(string path) => new Uri(path).AbsoluteUri;

    public Installation Camera(string id, string url, string more = "") => Write($"cameras/{id}.yaml", CameraYaml(id, url, more));

    /// <summary>Writes a file whole, as a careful editor does.</summary>
    public Installation Write(string file, string text)
    {
        var path = Path.Combine(Folder, file);
        File.WriteAllText(path + "~", text);
        File.Move(path + "~", path, overwrite: true);
        return this;
    }

    public void Remove(string file) => File.Delete(Path.Combine(Folder, file));

    /// <summary>A models folder like the packaged one, in which one ONNX file has another byte at its end.</summary>
    public static string DamagedModels(string file)
    {
        var folder = Directory.CreateTempSubdirectory("edgegateway-models-").FullName;
        foreach (var path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "models"), "*.*").Where(path => path.EndsWith(".json", StringComparison.Ordinal) || path.EndsWith(".onnx", StringComparison.Ordinal)))
        {
            File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
        }

        using var damaged = new FileStream(Path.Combine(folder, file), FileMode.Append);
        damaged.WriteByte(1);
        return folder;
    }

    public void Dispose()
    {
        // A child that was killed may still be letting go of its files.
        try { Directory.Delete(Folder, recursive: true); }
        catch (IOException) { /* a temporary folder that stays does no harm */ }
    }
}
