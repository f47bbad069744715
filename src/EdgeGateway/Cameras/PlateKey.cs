using System.Security.Cryptography;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Cameras;

/// <summary>
/// The key of the hash that stands in place of a plate's text: made once on this box, readable by its user only, sealed where there is a storage key.
/// Without it a hash cannot be turned back by trying all plates. A disk that takes no file stops no gateway: a key made then is kept once the disk takes it.
/// </summary>
internal sealed class PlateKey
{
    private const string Purpose = "plate hash key";
    private const int KeyBytes = 32;

    private readonly string _folder;
    private readonly StoreGuard _guard;
    private bool _isKept;

    private PlateKey(string folder, StoreGuard guard, byte[] bytes) => (_folder, _guard, Bytes) = (folder, guard, bytes);

    public byte[] Bytes { get; }

    /// <summary>Reads the key of a storage folder, or makes one and tries to keep it.</summary>
    /// <exception cref="StorageSealException">It is sealed, and the storage key is absent or another.</exception>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    public static PlateKey Of(string folder, StoreGuard guard)
    {
        if (Read(folder, guard) is { } known) return new PlateKey(folder, guard, known) { _isKept = true };
        var made = new PlateKey(folder, guard, RandomNumberGenerator.GetBytes(KeyBytes));
        made.Keep();
        return made;
    }

    /// <summary>Writes a key that is not kept yet, where the disk takes it. One that has come with its disk stays, and holds from the next start on.</summary>
    public void Keep()
    {
        if (_isKept) return;
        try
        {
            if (Read(_folder, _guard) is null) WholeFile.Write(PathOf(_folder), _guard.Protect(Bytes, Purpose), WholeFile.Secret);
            _isKept = true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The outbox lies on the same disk and tells of it.
        }
    }

    /// <summary>Seals a key that lies in clear.</summary>
    public static void Seal(string folder, StorageSeal seal)
    {
        var path = PathOf(folder);
        if (File.Exists(path) && File.ReadAllBytes(path) is { Length: KeyBytes } clear) WholeFile.Write(path, seal.Seal(clear, Purpose), WholeFile.Secret);
    }

    /// <summary>Seals a key anew that lies under a former storage key.</summary>
    public static void Reseal(string folder, StorageSeal seal)
    {
        var path = PathOf(folder);
        if (File.Exists(path) && File.ReadAllBytes(path) is var key && StorageSeal.IsSealed(key)) WholeFile.Write(path, seal.Seal(seal.Open(key, Purpose), Purpose), WholeFile.Secret);
    }

    private static byte[]? Read(string folder, StoreGuard guard) =>
        PathOf(folder) is var path && File.Exists(path) && guard.Reveal(File.ReadAllBytes(path), Purpose) is { Length: KeyBytes } known ? known : null;

    private static string PathOf(string folder) => Path.Combine(folder, "plate-hash.key");
}
