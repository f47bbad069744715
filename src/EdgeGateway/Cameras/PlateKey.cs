using System.Security.Cryptography;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Cameras;

/// <summary>
/// The key of the hash that stands in place of a plate's text: made once on this box, readable by its user only, sealed where there is a storage key.
/// Without it a hash cannot be turned back by trying all plates.
/// </summary>
internal static class PlateKey
{
    private const string Purpose = "plate hash key";
    private const int KeyBytes = 32;

    /// <summary>Reads the key of a storage folder, or makes one.</summary>
    /// <exception cref="StorageSealException">It is sealed, and the storage key is absent or another.</exception>
    public static byte[] Of(string folder, StoreGuard guard)
    {
        var path = PathOf(folder);
        if (File.Exists(path) && guard.Reveal(File.ReadAllBytes(path), Purpose) is { Length: KeyBytes } known) return known;
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        Write(path, guard.Protect(key, Purpose));
        return key;
    }

    /// <summary>Seals a key that lies in clear.</summary>
    public static void Seal(string folder, StorageSeal seal)
    {
        var path = PathOf(folder);
        if (File.Exists(path) && File.ReadAllBytes(path) is { Length: KeyBytes } clear) Write(path, seal.Seal(clear, Purpose));
    }

    /// <summary>Seals a key anew that lies under a former storage key.</summary>
    public static void Reseal(string folder, StorageSeal seal)
    {
        var path = PathOf(folder);
        if (File.Exists(path) && File.ReadAllBytes(path) is var key && StorageSeal.IsSealed(key)) Write(path, seal.Seal(seal.Open(key, Purpose), Purpose));
    }

    private static string PathOf(string folder) => Path.Combine(folder, "plate-hash.key");

    private static void Write(string path, byte[] content)
    {
        var partial = path + ".partial";
        File.Delete(partial);
        SealedFile.Write(partial, null, file => file.Write(content), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(partial, path, overwrite: true);
    }
}
