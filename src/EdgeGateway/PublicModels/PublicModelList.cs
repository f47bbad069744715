using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.PublicModels;

/// <summary>One public model: where its file is, and the entry of <c>models.json</c> by which it is used.</summary>
internal sealed record PublicModel
{
    /// <summary>Address of the ONNX file: https, or http on this machine.</summary>
    public required string Url { get; init; }

    /// <summary>Size of the file in bytes; null where nobody states it.</summary>
    public long? Bytes { get; init; }

    /// <summary>Who says that the hash is this one.</summary>
    public required string HashFrom { get; init; }

    /// <summary>The entry as it is written into <c>models.json</c>; its <c>sha256</c> is empty where no hash is known.</summary>
    public required JsonObject Entry { get; init; }

    [JsonIgnore]
    public string Name => Word("name");

    /// <summary>File name in the models folder.</summary>
    [JsonIgnore]
    public string File => Word("file");

    /// <summary>The pinned hash, or null.</summary>
    [JsonIgnore]
    public string? Sha256 => Word("sha256") is { Length: > 0 } hash ? hash.ToLowerInvariant() : null;

    private string Word(string key) => Entry[key] is JsonValue value && value.TryGetValue<string>(out var word) ? word : "";
}

/// <summary>The public models that <c>models fetch</c> knows: <c>public-models.json</c>, read strictly.</summary>
internal sealed record PublicModelList
{
    public required int Version { get; init; }

    public required IReadOnlyList<PublicModel> Models { get; init; }

    /// <summary>The list that came with the program.</summary>
    public static string DefaultFile { get; } = Path.Combine(AppContext.BaseDirectory, "models", "public-models.json");

    /// <summary>Reads and checks the list; every fault is named at once.</summary>
    /// <exception cref="FetchException">The file is absent, is not JSON of this shape, or holds an entry that cannot be.</exception>
    public static PublicModelList Load(string path)
    {
        PublicModelList list;
        try
        {
            using var stream = System.IO.File.OpenRead(path);
            list = JsonSerializer.Deserialize(stream, PublicModelsJson.Default.PublicModelList) ?? throw new JsonException("The file holds only 'null'.");
        }
        catch (JsonException fault)
        {
            throw new FetchException($"{path}:{fault.LineNumber + 1}:{fault.BytePositionInLine + 1}: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new FetchException($"The list of public models cannot be read: {fault.Message} Install the program again, or name a list with --list FILE.", fault);
        }

        var faults = list.Faults().ToList();
        return faults.Count == 0 ? list : throw new FetchException($"{path}: {string.Join(' ', faults)}");
    }

    private IEnumerable<string> Faults()
    {
        if (Version != 1) yield return $"version {Version} is unknown; this program reads version 1.";
        foreach (var twice in Models.GroupBy(model => model.Name, StringComparer.Ordinal).Where(group => group.Count() > 1)) yield return $"Two models are called '{twice.Key}'.";
        foreach (var model in Models)
        {
            if (model.Name.Length == 0) yield return $"The model at {model.Url} has no name.";
            if (!IsFetchable(model.Url)) yield return $"Model '{model.Name}': '{model.Url}' is no address to fetch from; only https:// (http:// on this machine alone).";
            if (model.Bytes is < 1 or > ModelDownload.MostBytes) yield return $"Model '{model.Name}': {model.Bytes} bytes lie outside 1 to {ModelDownload.MostBytes}.";
            if (model.Sha256 is { } hash && !IsHash(hash)) yield return $"Model '{model.Name}': sha256 must be 64 hexadecimal digits, or empty.";
            if (model.File.Length == 0 || Path.GetFileName(model.File) != model.File || !model.File.EndsWith(".onnx", StringComparison.Ordinal)) yield return $"Model '{model.Name}': '{model.File}' is no plain file name that ends with .onnx.";
            if (model.Entry["licence"] is null) yield return $"Model '{model.Name}': the licence is not stated.";
        }
    }

    /// <summary>True for a SHA-256 in hexadecimal digits.</summary>
    public static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);

    private static bool IsFetchable(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PublicModelList))]
internal sealed partial class PublicModelsJson : JsonSerializerContext;
