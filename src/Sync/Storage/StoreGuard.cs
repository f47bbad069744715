using System.Diagnostics.CodeAnalysis;

namespace EdgeGateway.Sync.Storage;

/// <summary>A database was damaged: it was set aside and a new one begun.</summary>
/// <param name="Path">The database.</param>
/// <param name="Aside">Where the damaged file lies now.</param>
/// <param name="Rows">Rows that could be read and lie in the new one.</param>
/// <param name="GivenUp">Why the rest is not tried any more, though the disk may still give it; null where all was read that can be.</param>
public sealed record DamagedDatabase(string Path, string Aside, long Rows, string? GivenUp = null);

/// <summary>
/// What all stores of a storage folder share: the seal under which personal data lie on the disk, and who may mend the folder. The service owns
/// it: it sets damaged databases aside and seals what still lies in clear. A command beside it only reads and adds. Thread-safe.
/// </summary>
public sealed class StoreGuard
{
    private readonly Action<DamagedDatabase>? _damaged;
    private readonly Action<IReadOnlyList<string>>? _gone;
    private readonly Action? _atWork;

    private StoreGuard(StorageSeal? seal, Action<DamagedDatabase>? damaged, Action<IReadOnlyList<string>>? gone = null, Action? atWork = null) =>
        (Seal, _damaged, _gone, _atWork) = (seal, damaged, gone, atWork);

    /// <summary>No seal, and no right to mend: tests, replays, single files.</summary>
    public static StoreGuard None { get; } = new(null, null);

    /// <summary>The key under which things are sealed; null where the folder is kept in clear.</summary>
    public StorageSeal? Seal { get; }

    /// <summary>True for the service.</summary>
    public bool IsOwner => _damaged is not null;

    /// <summary>For the service.</summary>
    /// <param name="seal">The key; null where the folder is kept in clear.</param>
    /// <param name="damaged">Told of each database that had to be begun anew, on whatever thread met it.</param>
    /// <param name="gone">Told the names of older damaged files that were deleted for it.</param>
    /// <param name="atWork">Called again and again while what was kept in clear is sealed, or a damaged database rescued, which takes minutes where much was kept.</param>
    public static StoreGuard ForService(StorageSeal? seal, Action<DamagedDatabase> damaged, Action<IReadOnlyList<string>>? gone = null, Action? atWork = null) => new(seal, damaged, gone, atWork);

    /// <summary>For a command beside the service.</summary>
    public static StoreGuard ForCommand(StorageSeal? seal) => new(seal, null);

    /// <summary>What goes to the disk in place of these bytes: sealed, or themselves where there is no key.</summary>
    public byte[] Protect(byte[] plain, string purpose) => Seal is null ? plain : Seal.Seal(plain, purpose);

    /// <summary>The bytes themselves, whether they lie sealed or in clear.</summary>
    /// <exception cref="StorageSealException">They are sealed, and the key is absent or another.</exception>
    [return: NotNullIfNotNull(nameof(stored))]
    public byte[]? Reveal(byte[]? stored, string purpose)
    {
        if (stored is null || !StorageSeal.IsSealed(stored)) return stored;
        return Seal is null ? throw StorageSealException.NoKey($"a row ({purpose})") : Seal.Open(stored, purpose);
    }

    /// <summary>Where a new file of this name goes: the same, or with the ending of sealed files.</summary>
    public string NameOf(string path) => Seal is null ? path : path + SealedFile.Ending;

    /// <summary>Databases of a storage folder that were damaged and set aside since a moment: their name, and that of the file which was damaged.</summary>
    public static IReadOnlyList<(string Name, string Aside)> SetAsideSince(string folder, DateTimeOffset since) => DamagedFile.AsideSince(folder, since);

    /// <summary>Whether a file lies here, sealed or in clear.</summary>
    public static bool Holds(string path) => File.Exists(path) || File.Exists(path + SealedFile.Ending);

    /// <summary>A file to read, whether it lies sealed or in clear; it can seek. Who noted its name before it was sealed finds it all the same.</summary>
    /// <exception cref="IOException">It cannot be read, or is sealed and the key is absent or another.</exception>
    public Stream OpenRead(string path) => SealedFile.OpenRead(File.Exists(path) || !File.Exists(path + SealedFile.Ending) ? path : path + SealedFile.Ending, Seal);

    /// <summary>Writes a new file, readable by its user and group, sealed where there is a key, down to the disk.</summary>
    /// <exception cref="IOException">The disk refuses, or the file exists.</exception>
    public void Write(string path, Action<Stream> write, UnixFileMode mode = SealedFile.OwnerAndGroup) => SealedFile.Write(path, Seal, write, mode);

    internal void AtWork() => _atWork?.Invoke();

    internal void Tell(DamagedDatabase damage) => _damaged?.Invoke(damage);

    internal void TellGone(IReadOnlyList<string> names) => _gone?.Invoke(names);
}
