using System.Security.Cryptography;
using EdgeGateway.Configuration;
using EdgeGateway.Legal;
using EdgeGateway.Cameras;
using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Violations;

/// <summary>
/// What the cameras of a gateway share on the way from an act to a violation: law, evidence, cases, look-ups of owners. Made where a camera
/// has rules; a gateway that only counts has none.
/// </summary>
internal sealed class EnforcementOffice : IAsyncDisposable
{
    private volatile LegalCodes _legal;
    private readonly GatewayModel _gateway;
    private readonly SharedModels _models;
    private readonly GatewaySigningKey _key;
    private readonly EvidenceStore _store;
    private readonly CaseMetrics? _caseMetrics;
    private readonly bool _isReplay;
    private readonly StoreGuard _guard;

    /// <param name="gateway">The configuration.</param>
    /// <param name="configFolder">Where a town keeps its own legal data, in <c>legal/</c>.</param>
    /// <param name="models">For the versions in manifests.</param>
    /// <param name="storage">Folder of evidence and cases: the gateway's, or a replay's own.</param>
    /// <param name="guard">The seal of the gateway's storage. A replay's own folder is never sealed: its user asked for the files.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isReplay">Event time is the only time, and nothing is looked up.</param>
    /// <exception cref="InvalidDataException">The legal data hold a mistake; all are in the message.</exception>
    /// <exception cref="EvidenceException">The storage folder, its key or a log cannot be used.</exception>
    public EnforcementOffice(GatewayModel gateway, string configFolder, SharedModels models, string storage, StoreGuard guard, TimeProvider time, bool isReplay = false)
    {
        (_gateway, _models, _isReplay, _guard) = (gateway, models, isReplay, isReplay ? StoreGuard.None : guard);
        _legal = LegalCodes.Load(configFolder);
        WorkFolder = WorkFolderOf(storage, guard, isReplay);
        Directory.CreateDirectory(WorkFolder);
        foreach (var left in Directory.EnumerateFiles(WorkFolder)) File.Delete(left);
        foreach (var left in Directory.EnumerateDirectories(WorkFolder)) Directory.Delete(left, recursive: true);
        // A replay signs with the gateway's key where there is one: the same file gives the same bytes.
        _key = GatewaySigningKey.Exists(gateway.Storage.Folder) ? GatewaySigningKey.Load(gateway.Storage.Folder, guard.Seal)
            : isReplay ? GatewaySigningKey.Ephemeral() : GatewaySigningKey.Init(gateway.Storage.Folder, force: false, guard.Seal);
        Cases = isReplay ? null : new CaseBook(storage, time, guard);
        Journal = isReplay ? null : ActJournal.Open(storage, guard, time, keepFreeBytes: (long)gateway.Storage.KeepFreeMb << 20);
        _store = EvidenceStore.Open(EvidenceOptionsOf.Gateway(gateway) with { Storage = storage, Guard = _guard }, _key, time, Cases is { } cases ? cases.ClosedAt : null);
        _caseMetrics = Cases is { } kept ? new CaseMetrics(kept, time) : null; // last: an office that does not open has no figures
    }

    /// <summary>The paragraphs of law; taken up anew while acts are described.</summary>
    public LegalCodes Legal
    {
        get => _legal;
        set => _legal = value;
    }

    /// <summary>Where cases stand; null in a replay.</summary>
    public CaseBook? Cases { get; }

    /// <summary>Acts that are not published yet; null in a replay.</summary>
    public ActJournal? Journal { get; }

    /// <summary>Takes violations to the outbox; null in a replay.</summary>
    public ViolationOutlet? Outlet { get; init; }

    /// <summary>Tells the site that acts lost their pictures, cannot be written or cannot be read: key and kind of the alert, words; null words: it is over.</summary>
    public Action<string, AlertKind, TwoLanguages?> ActsInTrouble { get; init; } = (_, _, _) => { };

    /// <summary>The packages.</summary>
    public EvidenceStore Store => _store;

    /// <summary>Cuts of all cameras wait for one another.</summary>
    public ClipCutter Cutter { get; } = new();

    /// <summary>True when packages of live rules also hold the clip with other people hidden.</summary>
    public bool MakesExportClips => _gateway.Evidence.ExportClip;

    /// <summary>Clips lie here until they are packed.</summary>
    public string WorkFolder { get; }

    /// <summary>Looks up owners; null where no registration is configured.</summary>
    public OwnerDesk? Owners { get; init; }

    /// <summary>The unit that looks up where a camera's approval names none.</summary>
    public string? Unit => _gateway.Registration?.Unit;

    public TimeZoneInfo Zone => _gateway.TimeZone;

    public TimeSpan ClockLimit => _gateway.Evidence.ClockLimit;

    /// <summary>Called with the fault when evidence could not be kept.</summary>
    public Action<Exception> EvidenceFailed { get; init; } = _ => { };

    /// <summary>Called after each package that was kept.</summary>
    public Action EvidenceWorks { get; init; } = () => { };

    /// <summary>A package is on the disk: its files may be sent.</summary>
    public Func<StoredEvidence, Task> Kept { get; init; } = _ => Task.CompletedTask;

    /// <summary>Signed address of a package in a bucket; null where evidence goes over MQTT.</summary>
    public Func<StoredEvidence, Sync.Evidence.Bucket.SignedAddress?> AddressOf { get; init; } = _ => null;

    /// <summary>SHA-256 of a package's file as it travels; null where it cannot be read again, and in a replay, whose events are the same each time: a signature is not.</summary>
    public async Task<string?> HashOfAsync(StoredEvidence kept, CancellationToken stop)
    {
        if (_isReplay) return null;
        try
        {
            await using var file = _guard.OpenRead(kept.Path);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, stop));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The clock at an act. A replay's time is what its user stated.</summary>
    public EvidenceClock Clock()
    {
        if (_isReplay) return new EvidenceClock("replay", true, TimeSpan.Zero);
        var view = Health.SystemClock.Look();
        return new EvidenceClock(view.Source, view.Source == "ntp", view.Offset);
    }

    /// <summary>When a package is made: now, or in a replay the act's own end.</summary>
    public DateTimeOffset RecordedAt(DateTimeOffset actEnded) => _isReplay ? actEnded : TimeProvider.System.GetUtcNow();

    /// <summary>Packs and keeps; on the disk when it ends.</summary>
    /// <exception cref="EvidenceException">It could not be kept.</exception>
    public async Task<StoredEvidence> KeepAsync(EvidenceFacts facts, IReadOnlyList<EvidencePart> parts)
    {
        var kept = await Task.Run(() => _store.Keep(facts, parts));
        EvidenceWorks();
        return await SendAsync(kept);
    }

    /// <summary>Sends a package on its way; what is on its way already is not begun again.</summary>
    public async Task<StoredEvidence> SendAsync(StoredEvidence kept)
    {
        await Kept(kept);
        return kept;
    }

    /// <summary>Hands a violation to the look-ups, where that is allowed, and says what is known now.</summary>
    public OwnerStatus AskOwner(OwnerRequest request)
    {
        if (Owners is null) return OwnerStatus.NotAttempted;
        try
        {
            Owners.Submit(request);
        }
        catch (Microsoft.Data.Sqlite.SqliteException fault)
        {
            EvidenceFailed(fault); // the violation is told all the same, without its owner
            return OwnerStatus.NotAttempted;
        }

        return OwnerDesk.StatusNow(request, RegistrationOf.Floor(_gateway.Registration));
    }

    /// <summary>The models that had a part in an act on a camera, with the hashes of their files.</summary>
    public IReadOnlyList<EvidenceVersion> ModelVersions(CameraModel camera)
    {
        string[] names = [camera.Config.Model ?? _gateway.Models.Detector ?? _models.NameFor("detect"), .. camera.Plates.Enabled ? [_models.PlateDetectorName, _models.PlateReaderName] : Array.Empty<string>()];
        return [.. names.Select(name => _models.Catalogue[name]).Select(model => new EvidenceVersion(model.Name, model.Name, model.Sha256))];
    }

    // A clip lies in clear until it is packed: in memory (systemd's RuntimeDirectory) where the storage is sealed.
    private static string WorkFolderOf(string storage, StoreGuard guard, bool isReplay) =>
        !isReplay && guard.Seal is not null && Environment.GetEnvironmentVariable("RUNTIME_DIRECTORY") is { Length: > 0 } runtime && Directory.Exists(runtime)
            ? Path.Combine(runtime, "evidence-work")
            : Path.Combine(storage, "evidence-work");

    public async ValueTask DisposeAsync()
    {
        if (Owners is not null) await Owners.DisposeAsync();
        _store.Dispose();
        _caseMetrics?.Dispose();
        Cases?.Dispose();
        Journal?.Dispose();
        _key.Dispose();
        Cutter.Dispose();
    }
}
