using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeGateway.Vision.Inference.Decoders;

namespace EdgeGateway.Vision.Inference;

/// <summary>The models of one folder as its <c>models.json</c> lists them. Files are looked at when a model is opened.</summary>
public sealed class ModelCatalogue
{
    private const string FileName = "models.json";

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly string[] RequiredKeys = ["name", "task", "file", "sha256", "input", "decoder"];
    private static readonly string[] RequiredInputKeys = ["name", "width", "height"];

    private readonly FrozenDictionary<string, ModelManifest> _byName;

    private ModelCatalogue(string folder, IReadOnlyList<ModelManifest> models, IReadOnlyList<ModelFault> faults)
    {
        Folder = folder;
        Models = models;
        Faults = faults;
        _byName = models.ToFrozenDictionary(m => m.Name, StringComparer.Ordinal);
    }

    /// <summary>The folder, as an absolute path.</summary>
    public string Folder { get; }

    /// <summary>The entries that can be used, in the order of the file.</summary>
    public IReadOnlyList<ModelManifest> Models { get; }

    /// <summary>The entries that cannot be, each with everything that is wrong with it; they hide no other.</summary>
    public IReadOnlyList<ModelFault> Faults { get; }

    /// <summary>The entry of that name.</summary>
    /// <exception cref="ModelException">No entry has it, or it is one of <see cref="Faults"/>; the message says which and lists those there are.</exception>
    public ModelManifest this[string name] => _byName.TryGetValue(name, out var found)
        ? found
        : throw new ModelException(FaultOf(name) ?? $"No model is called '{name}' in {Path.Combine(Folder, FileName)}. There are: {string.Join(", ", Models.Select(m => m.Name))}.");

    /// <summary>True when a usable entry of that name exists.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>What is wrong with the entry of that name; null where nothing is, or where there is none.</summary>
    public string? FaultOf(string name) => Faults.FirstOrDefault(fault => fault.Name == name)?.Message;

    /// <summary>The first model for a task.</summary>
    /// <exception cref="ModelException">There is none.</exception>
    public string NameFor(string task) => Models.FirstOrDefault(model => model.Task == task)?.Name
        ?? throw new ModelException($"{Path.Combine(Folder, FileName)} lists no model for the task '{task}'. Add one, or take the file that came with the gateway.");

    /// <summary>The names of the models for a task.</summary>
    public IReadOnlyList<string> NamesFor(string task) => [.. Models.Where(model => model.Task == task).Select(model => model.Name)];

    /// <summary>Why the entry of that name does not do a task, in words; null when it does.</summary>
    /// <exception cref="ModelException">There is no such entry.</exception>
    public string? MisfitOf(string name, string task) => this[name].Task is var other && other == task
        ? null
        : $"the model '{name}' is for the task '{other}', and '{task}' is wanted here; {(NamesFor(task) is { Count: > 0 } names ? $"for '{task}' there are: {string.Join(", ", names)}" : $"there is none for '{task}'")}";

    /// <summary>Reads and checks <c>models.json</c>. An entry that cannot be is set aside under <see cref="Faults"/>.</summary>
    /// <exception cref="ModelException">The file is absent, cannot be read, is no JSON or holds no list of models.</exception>
    public static ModelCatalogue Load(string modelsFolder)
    {
        var folder = Path.GetFullPath(modelsFolder);
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new ModelException($"There is no {path}. Point to the folder that holds models.json and the ONNX files.");
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream, Lenient);
            return Read(folder, path, document.RootElement);
        }
        catch (JsonException fault)
        {
            throw new ModelException($"{path}:{fault.LineNumber + 1}:{fault.BytePositionInLine + 1}: this is no JSON from here on. Correct the file or take the one that came with the gateway.", fault);
        }
        catch (Exception fault) when (fault is UnauthorizedAccessException or IOException)
        {
            throw new ModelException($"{path} cannot be read by this user: {fault.Message} Give it read permission.", fault);
        }
    }

    /// <summary>SHA-256 of a file in small hexadecimal digits.</summary>
    public static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static ModelCatalogue Read(string folder, string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("models", out var entries) || entries.ValueKind != JsonValueKind.Array)
            throw new ModelException($"{path} holds no list \"models\". Take the file that came with the gateway as a pattern.");
        if (!root.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number != 1)
            throw new ModelException($"{path}: this gateway reads version 1. Write \"version\": 1.");
        var models = new List<ModelManifest>();
        var faults = new List<ModelFault>();
        var index = 0;
        foreach (var entry in entries.EnumerateArray())
        {
            index++;
            var called = entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("name", out var word) && word.ValueKind == JsonValueKind.String ? word.GetString() : null;
            var (model, wrong) = ReadEntry(entry);
            if (model is not null) models.Add(model with { Path = Path.GetFullPath(Path.Combine(folder, model.File)), Sha256 = model.Sha256.ToLowerInvariant() });
            else faults.Add(Fault(called, wrong));

            ModelFault Fault(string? name, IReadOnlyList<string> reasons) => new(name, $"{path}, entry {index}{(name is null ? "" : $" ('{name}')")}: {string.Join(" ", reasons)}");
        }

        // Which of them was meant nobody knows.
        foreach (var twice in models.GroupBy(m => m.Name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key).ToList())
        {
            models.RemoveAll(model => model.Name == twice);
            faults.Add(new ModelFault(twice, $"{path}: Two models are called '{twice}'. Give each a name of its own."));
        }

        return new ModelCatalogue(folder, models, faults);
    }

    private static (ModelManifest? Model, IReadOnlyList<string> Faults) ReadEntry(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object) return (null, ["This is no entry in braces."]);
        var missing = Missing(entry, RequiredKeys, "");
        if (entry.TryGetProperty("input", out var input) && input.ValueKind == JsonValueKind.Object) missing.AddRange(Missing(input, RequiredInputKeys, "input."));
        if (missing.Count > 0) return (null, [$"{string.Join(", ", missing)} {(missing.Count == 1 ? "is" : "are")} missing."]);
        try
        {
            var model = entry.Deserialize(ModelsJson.Default.ModelManifest)!;
            string[] faults = [.. FaultsOf(model)];
            return faults.Length == 0 ? (model, []) : (null, faults);
        }
        catch (JsonException fault)
        {
            return (null, [$"'{fault.Path?.TrimStart('$', '.')}' holds another kind of value than it takes (text, number, list, true or false). See docs/models.md."]);
        }
    }

    private static List<string> Missing(JsonElement entry, string[] keys, string before) =>
        [.. keys.Where(key => !entry.TryGetProperty(key, out _)).Select(key => $"'{before}{key}'")];

    private static IEnumerable<string> FaultsOf(ModelManifest model)
    {
        var input = model.Input;
        if (model.Sha256.Length != 64 || !model.Sha256.All(char.IsAsciiHexDigit)) yield return "sha256 must be 64 hexadecimal digits.";
        if (!ModelTasks.All.Contains(model.Task, StringComparer.Ordinal)) yield return $"task '{model.Task}' is unknown; there are {string.Join(", ", ModelTasks.All)}.";
        if (!DecoderTable.IsKnown(model.Decoder)) yield return $"decoder '{model.Decoder}' is unknown; there are {string.Join(", ", DecoderTable.Names)}.";
        if (input.Width is < 1 or > 8192 || input.Height is < 1 or > 8192) yield return $"the input size {input.Width}x{input.Height} is outside 1 to 8192.";
        if (input.Colour is not ("rgb" or "bgr")) yield return $"colour '{input.Colour}' is unknown; there are rgb, bgr.";
        if (input.Placement is not ("top_left" or "centre" or "stretch")) yield return $"placement '{input.Placement}' is unknown; there are top_left, centre, stretch.";
        if (input.Mean.Count != 3 || input.Std.Count != 3) yield return "mean and std need three values each.";
        else if (input.Std.Any(s => !(s > 0))) yield return "std must be above 0.";
        if (!(model.ScoreThreshold is >= 0 and <= 1)) yield return "scoreThreshold must lie between 0 and 1.";
        if (!(model.NmsIou is > 0 and <= 1)) yield return "nmsIou must lie between 0 and 1.";
    }
}

/// <summary>An entry of <c>models.json</c> that cannot be used.</summary>
/// <param name="Name">Its name; null where it has none.</param>
/// <param name="Message">File, entry, all that is wrong with it.</param>
public sealed record ModelFault(string? Name, string Message);
