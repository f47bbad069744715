using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeGateway.Vision.Inference.Decoders;

namespace EdgeGateway.Vision.Inference;

/// <summary>The models of one folder as its <c>models.json</c> lists them. Files are looked at when a model is opened.</summary>
public sealed class ModelCatalogue
{
    private readonly FrozenDictionary<string, ModelManifest> _byName;

    private ModelCatalogue(string folder, IReadOnlyList<ModelManifest> models)
    {
        Folder = folder;
        Models = models;
        _byName = models.ToFrozenDictionary(m => m.Name, StringComparer.Ordinal);
    }

    /// <summary>The folder, as an absolute path.</summary>
    public string Folder { get; }

    /// <summary>All entries in the order of the file.</summary>
    public IReadOnlyList<ModelManifest> Models { get; }

    /// <summary>The entry of that name.</summary>
    /// <exception cref="ModelException">No entry has it; the message lists those there are.</exception>
    public ModelManifest this[string name] => _byName.TryGetValue(name, out var found)
        ? found
        : throw new ModelException($"No model is called '{name}' in {Path.Combine(Folder, "models.json")}. There are: {string.Join(", ", Models.Select(m => m.Name))}.");

    /// <summary>True when an entry of that name exists.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Reads and checks <c>models.json</c>.</summary>
    /// <exception cref="ModelException">The file is absent, is not JSON, or holds an entry that cannot be; every fault is named at once.</exception>
    public static ModelCatalogue Load(string modelsFolder)
    {
        var folder = Path.GetFullPath(modelsFolder);
        var path = Path.Combine(folder, "models.json");
        if (!File.Exists(path)) throw new ModelException($"There is no {path}. Point to the folder that holds models.json and the ONNX files.");
        ModelsFile file;
        try
        {
            using var stream = File.OpenRead(path);
            file = JsonSerializer.Deserialize(stream, ModelsJson.Default.ModelsFile) ?? throw new JsonException("The file holds only 'null'.");
        }
        catch (JsonException fault)
        {
            throw new ModelException($"{path}:{fault.LineNumber + 1}:{fault.BytePositionInLine + 1}: {fault.Message} Correct the file or take the one that came with the gateway.", fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new ModelException($"{path} cannot be read by this user. Give it read permission.", fault);
        }

        var faults = FaultsOf(file).ToList();
        if (faults.Count > 0) throw new ModelException($"{path}: {string.Join(" ", faults)}");
        return new ModelCatalogue(folder, [.. file.Models.Select(m => m with { Path = Path.GetFullPath(Path.Combine(folder, m.File)), Sha256 = m.Sha256.ToLowerInvariant() })]);
    }

    /// <summary>SHA-256 of a file in small hexadecimal digits.</summary>
    public static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static IEnumerable<string> FaultsOf(ModelsFile file)
    {
        if (file.Version != 1) yield return $"version {file.Version} is unknown; this gateway reads version 1.";
        foreach (var twice in file.Models.GroupBy(m => m.Name, StringComparer.Ordinal).Where(g => g.Count() > 1)) yield return $"Two models are called '{twice.Key}'.";
        foreach (var model in file.Models)
        {
            var input = model.Input;
            if (model.Sha256.Length != 64 || !model.Sha256.All(char.IsAsciiHexDigit)) yield return $"Model '{model.Name}': sha256 must be 64 hexadecimal digits.";
            if (!DecoderTable.IsKnown(model.Decoder)) yield return $"Model '{model.Name}': decoder '{model.Decoder}' is unknown; there are {string.Join(", ", DecoderTable.Names)}.";
            if (input.Width is < 1 or > 8192 || input.Height is < 1 or > 8192) yield return $"Model '{model.Name}': the input size {input.Width}x{input.Height} is outside 1 to 8192.";
            if (input.Colour is not ("rgb" or "bgr")) yield return $"Model '{model.Name}': colour '{input.Colour}' is unknown; there are rgb, bgr.";
            if (input.Placement is not ("top_left" or "centre" or "stretch")) yield return $"Model '{model.Name}': placement '{input.Placement}' is unknown; there are top_left, centre, stretch.";
            if (input.Mean.Count != 3 || input.Std.Count != 3) yield return $"Model '{model.Name}': mean and std need three values each.";
            else if (input.Std.Any(s => !(s > 0))) yield return $"Model '{model.Name}': std must be above 0.";
            if (!(model.ScoreThreshold is >= 0 and <= 1)) yield return $"Model '{model.Name}': scoreThreshold must lie between 0 and 1.";
            if (!(model.NmsIou is > 0 and <= 1)) yield return $"Model '{model.Name}': nmsIou must lie between 0 and 1.";
        }
    }
}
