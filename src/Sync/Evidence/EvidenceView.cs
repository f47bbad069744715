using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Evidence;

/// <summary>What a person needs to see of a package: the manifest and the pictures before, at and after the act, and of the plate.</summary>
public sealed record EvidenceView(EvidenceManifest Manifest, IReadOnlyList<(EvidenceRole Role, byte[] Bytes)> Pictures)
{
    /// <summary>Reads a package of this gateway; null when it is gone or cannot be read.</summary>
    public static EvidenceView? TryOpen(string path, StoreGuard guard)
    {
        try
        {
            return EvidencePackage.TryRead(path, guard) is { } read ? new EvidenceView(read.Manifest, EvidencePackage.Pictures(path, read.Manifest, guard)) : null;
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
