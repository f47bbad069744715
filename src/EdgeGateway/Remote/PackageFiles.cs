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

    public Task<IReadOnlyList<Sync.Mqtt.EvidenceFile>?> FindAsync(string eventId, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<Sync.Mqtt.EvidenceFile>?>(store()?.Find(eventId) is { } kept ? [Of(kept)] : null);

    public Task HandedOverAsync(string eventId, string officer, CancellationToken cancel) =>
        store()?.Find(eventId) is null ? Task.CompletedTask : Task.Run(() => access.Append(time.GetUtcNow(), AccessAct.Send, eventId, officer, "fetch_evidence"), cancel);

    /// <summary>A package as the uploader takes it.</summary>
    public static Sync.Mqtt.EvidenceFile Of(StoredEvidence kept) => new(PartName, kept.Path, "application/zip");
}
