using EdgeGateway.Cameras;
using EdgeGateway.Commands;
using EdgeGateway.Configuration;
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
    /// <exception cref="UsageException">The folder is sealed, and the key is absent or another.</exception>
    /// <exception cref="IOException">The folder refuses.</exception>
    public static StoreGuard Service(GatewayModel gateway, Action<DamagedDatabase> damaged)
    {
        var seal = Checked(gateway);
        if (seal is not null)
        {
            var folder = gateway.Storage.Folder;
            Directory.CreateDirectory(folder);
            StorageMark.Put(folder, seal);
            GatewaySigningKey.SealKeys(folder, seal);
            PlateKey.Seal(folder, seal);
            StorageMark.SealLooseFiles(folder, seal);
        }

        return StoreGuard.ForService(seal, damaged);
    }

    private static StorageSeal? Checked(GatewayModel gateway)
    {
        try
        {
            // A command may be started where the secret is not in reach: that is no key.
            var seal = gateway.Storage.Key?.Open() is { } text && text != SecretSource.StandIn ? StorageSeal.FromText(text) : null;
            StorageMark.Check(gateway.Storage.Folder, seal);
            return seal;
        }
        catch (Exception fault) when (fault is StorageSealException or FormatException)
        {
            throw new UsageException(fault.Message);
        }
    }
}
