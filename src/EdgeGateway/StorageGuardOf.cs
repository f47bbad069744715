using EdgeGateway.Cameras;
using EdgeGateway.Commands;
using EdgeGateway.Configuration;
using EdgeGateway.Health;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway;

/// <summary>How <c>storage.key</c> becomes the guard of a storage folder. A key that does not fit stops everything before anything is opened.</summary>
internal static class StorageGuardOf
{
    /// <summary>The guard of a command beside the service: it reads and adds, sealed where the folder is.</summary>
    /// <exception cref="UsageException">The folder is sealed, and the key is absent or another.</exception>
    public static StoreGuard Command(GatewayModel gateway) => StoreGuard.ForCommand(Checked(gateway));

    /// <summary>
    /// The service's guard. With a key for the first time, the folder is marked and what lies in clear is sealed: keys and loose files here, the rows of each
    /// database and the packages when they are opened.
    /// </summary>
    /// <param name="gateway">The configuration.</param>
    /// <param name="damaged">Told of each database that had to be begun anew.</param>
    /// <param name="gone">Told the names of older damaged files that were deleted.</param>
    /// <exception cref="UsageException">The folder is sealed, and the key is absent or another.</exception>
    /// <exception cref="IOException">The folder refuses.</exception>
    public static StoreGuard Service(GatewayModel gateway, Action<DamagedDatabase> damaged, Action<IReadOnlyList<string>> gone)
    {
        var seal = Checked(gateway);
        if (seal is not null)
        {
            var folder = gateway.Storage.Folder;
            Directory.CreateDirectory(folder);
            StorageMark.Put(folder, seal);
            GatewaySigningKey.SealKeys(folder, seal);
            PlateKey.Seal(folder, seal);
            StorageMark.SealLooseFiles(folder, seal, StartPatience.AskFor);
        }

        return StoreGuard.ForService(seal, damaged, gone, StartPatience.AskFor);
    }

    /// <summary>
    /// The new key of a folder that is to be sealed anew, with the folder taken over from <c>storage.formerKey</c> where that has not happened yet.
    /// </summary>
    /// <exception cref="UsageException">A key is absent or not the folder's, or the folder is in clear.</exception>
    public static StorageSeal TakeOver(GatewayModel gateway)
    {
        var folder = gateway.Storage.Folder;
        try
        {
            var next = Sealing(gateway.Storage.Key) ?? throw new UsageException("storage.key is not in reach: write the new key there, and run the command with sudo.");
            if (StorageMark.Look(folder) is not { } mark) throw new UsageException($"{folder} is not sealed yet: the service seals it under storage.key at its next start.");
            if (mark.Key == next.Id)
            {
                StorageMark.Check(folder, next);
                return next;
            }

            var former = Sealing(gateway.Storage.FormerKey) ?? throw new UsageException($"{folder} is sealed under the storage key {mark.Key}: give it as storage.formerKey, and the new one as storage.key.");
            StorageMark.TakeOver(folder, former, next);
            return next;
        }
        catch (Exception fault) when (fault is StorageSealException or FormatException)
        {
            throw new UsageException(fault.Message);
        }
    }

    // A command may be started where the secret is not in reach: that is no key.
    private static StorageSeal? Sealing(Secret? key) => key?.Open() is { } text && text != SecretSource.StandIn ? StorageSeal.FromText(text) : null;

    private static StorageSeal? Checked(GatewayModel gateway)
    {
        try
        {
            var seal = Sealing(gateway.Storage.Key);
            if (seal is not null && StorageMark.Look(gateway.Storage.Folder) is { } mark && mark.Key != seal.Id && Sealing(gateway.Storage.FormerKey)?.Id == mark.Key)
                throw new UsageException($"{gateway.Storage.Folder} still lies under storage.formerKey: run edgegateway storage rekey. Nothing was opened or changed.");
            StorageMark.Check(gateway.Storage.Folder, seal);
            return seal;
        }
        catch (Exception fault) when (fault is StorageSealException or FormatException)
        {
            throw new UsageException(fault.Message);
        }
    }
}
