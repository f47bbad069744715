using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.PublicModels;

/// <summary>What a fetch came to.</summary>
/// <param name="Path">The ONNX file.</param>
/// <param name="Sha256">Its hash.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Outcome"><c>fetched</c>, <c>resumed</c>, or <c>present</c> when it was there already.</param>
internal sealed record FetchedModel(string Path, string Sha256, long Bytes, string Outcome);

/// <summary>
/// Fetches a public model, checks it (hash, then opened by ONNX Runtime with the shapes and classes of its entry) and registers it in
/// <c>models.json</c> behind the models that are there. Files appear whole or not at all: everything is made in a folder
/// <c>.fetch</c> beside them and renamed.
/// </summary>
/// <param name="download">Fetches the bytes.</param>
/// <param name="folder">The models folder.</param>
internal sealed class ModelFetch(ModelDownload download, string folder)
{
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="model">What to fetch.</param>
    /// <param name="sha256">The hash to insist on: the pinned one, or the user's word for a model without one.</param>
    /// <param name="stop">Ends it; the partial file stays for the next time.</param>
    /// <exception cref="FetchException">It could not be fetched, is not what was named, or cannot be written here.</exception>
    public async Task<FetchedModel> FetchAsync(PublicModel model, string sha256, CancellationToken stop)
    {
        var target = Path.Combine(folder, model.File);
        var staging = Path.Combine(folder, ".fetch");
        try
        {
            if (IsRegistered(model.Name, target, sha256)) return new FetchedModel(target, sha256, new FileInfo(target).Length, "present");
            Directory.CreateDirectory(staging);
            await using var alone = Alone(staging);
            var part = Path.Combine(staging, model.File);
            var resumed = await CompleteAsync(model, part, sha256, stop);
            var manifests = Stage(model, staging, sha256);
            ModelTrial.Run(manifests[model.Name]);
            File.Move(part, target, overwrite: true);
            File.Move(Path.Combine(staging, "models.json"), Path.Combine(folder, "models.json"), overwrite: true);
            File.Delete(part + ".version");
            return new FetchedModel(target, sha256, new FileInfo(target).Length, resumed ? "resumed" : "fetched");
        }
        catch (Exception fault) when (DiskFaults.Of(fault) is DiskFault.ReadOnly or DiskFault.NotAllowed)
        {
            throw new FetchException($"{folder} cannot be written by this user: {fault.Message} Run the command as its owner, or copy the folder and name the copy with --models DIR.", fault);
        }
        catch (ModelException fault)
        {
            throw new FetchException(fault.Message, fault);
        }
    }

    private async Task<bool> CompleteAsync(PublicModel model, string part, string sha256, CancellationToken stop)
    {
        RequireSpace(model, part);
        var resumed = await download.CompleteAsync(new Uri(model.Url), part, model.Bytes, stop);
        var hash = ModelCatalogue.HashOf(part);
        if (hash == sha256) return resumed;
        ModelDownload.Discard(part);
        if (resumed)
        {
            // The halves of two versions: once anew, whole.
            await download.CompleteAsync(new Uri(model.Url), part, model.Bytes, stop);
            hash = ModelCatalogue.HashOf(part);
            if (hash == sha256) return false;
            ModelDownload.Discard(part);
        }

        throw new FetchException($"{model.Url} has the SHA-256 {hash}, but {sha256} was expected ({model.HashFrom}). The file was exchanged or damaged on its way; it was not kept.");
    }

    private bool IsRegistered(string name, string target, string sha256)
    {
        var catalogue = ModelCatalogue.Load(folder);
        return catalogue.Contains(name) && catalogue[name] is var known && known.Path == target && known.Sha256 == sha256 && File.Exists(target) && ModelCatalogue.HashOf(target) == sha256;
    }

    // A second fetch would write into the same partial file.
    private static FileStream Alone(string staging)
    {
        try
        {
            return new FileStream(Path.Combine(staging, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault) when (DiskFaults.Of(fault) is DiskFault.None)
        {
            throw new FetchException($"Another fetch into {Path.GetDirectoryName(staging)} is running. Wait for its end.", fault);
        }
    }

    private static void RequireSpace(PublicModel model, string part)
    {
        var missing = (model.Bytes ?? 0) - (File.Exists(part) ? new FileInfo(part).Length : 0);
        var free = new DriveInfo(Path.GetDirectoryName(part)!).AvailableFreeSpace;
        if (free < missing) throw new FetchException($"The disk of {Path.GetDirectoryName(part)} is full: {model.Name} needs {missing} bytes more, {free} are free. Make room and run the command again.");
    }

    /// <summary>The new <c>models.json</c> beside the partial file, where the whole catalogue is read once before anything is replaced.</summary>
    private ModelCatalogue Stage(PublicModel model, string staging, string sha256)
    {
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "models.json")), documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!;
        var models = root["models"]!.AsArray();
        var entry = model.Entry.DeepClone().AsObject();
        entry["sha256"] = sha256;
        var place = models.ToList().FindIndex(one => one?["name"]?.GetValue<string>() == model.Name);
        if (place < 0) models.Add(entry);
        else models[place] = entry;
        using (var file = new FileStream(Path.Combine(staging, "models.json"), FileMode.Create))
        {
            using (var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, Encoder = Written.Encoder })) root.WriteTo(json, Written);
            file.WriteByte((byte)'\n');
            file.Flush(flushToDisk: true);
        }

        return ModelCatalogue.Load(staging);
    }
}
