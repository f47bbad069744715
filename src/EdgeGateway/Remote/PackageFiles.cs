using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Evidence;

namespace EdgeGateway.Remote;

/// <summary>The files of evidence that may be sent: an event's package. Each hand-over is in the access log.</summary>
/// <param name="store">Null where this gateway watches no rules.</param>
/// <param name="access">Who read what.</param>
/// <param name="time">The clock.</param>
internal sealed class PackageFiles(Func<EvidenceStore?> store, AccessLog access, TimeProvider time) : IEvidenceFiles
{
    /// <summary>The name under which a package is sent.</summary>
    public const string PartName = "package.zip";

    public async Task<IReadOnlyList<Sync.Mqtt.EvidenceFile>?> FindAsync(string eventId, CancellationToken cancel)
    {
        if (store()?.Find(eventId) is not { } kept) return null;
        await Task.Run(() => access.Append(time.GetUtcNow(), AccessAct.Send, eventId, "ioc", "fetch_evidence"), cancel);
        return [Of(kept)];
    }

    /// <summary>A package as the uploader takes it.</summary>
    public static Sync.Mqtt.EvidenceFile Of(StoredEvidence kept) => new(PartName, kept.Path, "application/zip");
}
