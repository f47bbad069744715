using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EdgeGateway.Sync.Storage;

/// <summary>
/// <c>storage-key.json</c> of a storage folder: which key it is sealed under, and a sealed word that proves a key before anything is opened. It holds no key.
/// </summary>
public static class StorageMark
{
    public const string FileName = "storage-key.json";

    private const string Word = "edgegateway";
    private const string Purpose = "mark";

    /// <summary>True when the folder was sealed once.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Compares a key with the folder's mark. A folder without a mark is in clear, and any key fits it.</summary>
    /// <param name="folder">The storage folder.</param>
    /// <param name="seal">The key; null when there is none.</param>
    /// <exception cref="StorageSealException">The folder is sealed, and the key is absent or another. Nothing was opened or changed.</exception>
    public static void Check(string folder, StorageSeal? seal)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return;
        var (id, proof, former, _) = Read(path);

        if (seal is null)
            throw new StorageSealException($"{folder} is sealed under the storage key {id}, and no key is in reach: write storage.key in gateway.yaml, give the credential to the service, and run commands with sudo. Nothing was opened or changed.");
        try
        {
            if (seal.Id == id && Encoding.ASCII.GetString(seal.Open(proof, Purpose)) == Word)
            {
                foreach (var wrapped in former) seal.Adopt(seal.Unwrap(wrapped));
                return;
            }
        }
        catch (Exception fault) when (fault is StorageSealException or ArgumentException)
        {
            // told below
        }

        throw new StorageSealException($"{folder} is sealed under the storage key {id}, and the key given is {seal.Id}: give the right one. Nothing was opened or changed.");
    }

    /// <summary>Marks a folder that is in clear, before the first sealed byte is written. A folder that has its mark keeps it.</summary>
    /// <exception cref="IOException">The folder refuses.</exception>
    public static void Put(string folder, StorageSeal seal)
    {
        var path = Path.Combine(folder, FileName);
        if (File.Exists(path)) return;
        Write(path, seal, isResealing: false);
    }

    /// <summary>The id of the key that the folder is sealed under, and whether files under former keys may lie in it; null for a folder in clear.</summary>
    /// <exception cref="StorageSealException">The mark cannot be read.</exception>
    public static (string Key, bool IsResealing)? Look(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        var (id, _, _, resealing) = Read(path);
        return (id, resealing);
    }

    /// <summary>
    /// A new key takes the folder over: from here on it opens everything, since the mark holds the former key sealed under it, and everything new is sealed under it.
    /// What lies under the former one is sealed anew after this.
    /// </summary>
    /// <exception cref="StorageSealException">The former key is not the folder's.</exception>
    /// <exception cref="IOException">The folder refuses; nothing was changed.</exception>
    public static void TakeOver(string folder, StorageSeal former, StorageSeal next)
    {
        Check(folder, former);
        foreach (var older in former.Former) next.Adopt(older);
        next.Adopt(former);
        Write(Path.Combine(folder, FileName), next, isResealing: true);
    }

    /// <summary>All is sealed under the key.</summary>
    /// <exception cref="IOException">The folder refuses.</exception>
    public static void Complete(string folder, StorageSeal seal) => Write(Path.Combine(folder, FileName), seal, isResealing: false);

    private static (string Id, byte[] Proof, IReadOnlyList<byte[]> Former, bool IsResealing) Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            return (root.GetProperty("key").GetString()!, root.GetProperty("proof").GetBytesFromBase64(),
                root.TryGetProperty("former", out var former) ? [.. former.EnumerateArray().Select(one => one.GetBytesFromBase64())] : [],
                root.TryGetProperty("resealing", out var resealing) && resealing.GetBoolean());
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new StorageSealException($"{path} cannot be read any more; restore it from a backup. Nothing was opened or changed.", fault);
        }
    }

    private static void Write(string path, StorageSeal seal, bool isResealing)
    {
        var content = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(content, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, 1);
            json.WriteString("key"u8, seal.Id);
            json.WriteBase64String("proof"u8, seal.Seal(Encoding.ASCII.GetBytes(Word), Purpose));
            if (seal.Former.Count > 0)
            {
                // Lines of logs that are chained by their hashes cannot be written anew: they stay under the key of their day.
                json.WriteStartArray("former"u8);
                foreach (var former in seal.Former) json.WriteBase64StringValue(seal.Wrap(former));
                json.WriteEndArray();
            }

            if (isResealing) json.WriteBoolean("resealing"u8, true);
            json.WriteEndObject();
        }

        WholeFile.Write(path, content.WrittenSpan, SealedFile.OwnerAndGroup);
    }

    /// <summary>
    /// Seals files that lie in clear in a sealed folder: pictures of passages, and databases that were set aside as damaged. Returns how many. Each is
    /// written anew and on the disk before the clear one goes, so a kill costs nothing; the next start goes on. A damaged one whose rows are still to be
    /// taken over is left to the next start.
    /// </summary>
    /// <param name="folder">The storage folder.</param>
    /// <param name="seal">The key.</param>
    /// <param name="atWork">Called after each file.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static int SealLooseFiles(string folder, StorageSeal seal, Action? atWork = null)
    {
        var loose = Directory.EnumerateFiles(folder, $"*{DamagedFile.Mark}*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 })
            .Concat(Directory.Exists(Path.Combine(folder, "pictures")) ? Directory.EnumerateFiles(Path.Combine(folder, "pictures"), "*.jpg") : [])
            .Where(path => !path.EndsWith(SealedFile.Ending, StringComparison.Ordinal) && !path.EndsWith(".partial", StringComparison.Ordinal) && !DamagedFile.IsAwaited(path))
            .ToList();
        foreach (var path in loose)
        {
            SealedFile.SealInPlace(path, seal);
            atWork?.Invoke();
        }

        return loose.Count;
    }
}
